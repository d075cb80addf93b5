import type { ReadContext } from "./read_context.ts";
import { type Fields, readFields, type TableNode, type TextNode } from "../diagnostic/mod.ts";
import type { Effect } from "../verdict/mod.ts";
import type { Condition } from "./condition.ts";
import { type FieldPath, parseFieldPath } from "./field_path.ts";
import type { GuardrailSet } from "./guardrail_sets.ts";
import { OPERATOR_ALIASES } from "./operators.ts";
import { argumentsTest } from "./read_rules.ts";
import { readFieldTest } from "./read_when.ts";
import type { Rule } from "./rule.ts";
import { CUSTOM_CONDITION_FIELDS, CUSTOM_RULE_FIELDS } from "./schema_guardrails.ts";
import { readNames, type Selectors, TOOL_CALLS } from "./selectors.ts";

const EFFECT_OF_ACTION: Readonly<Record<string, Effect>> = {
  block: "deny",
  human_review: "ask",
  allow: "allow",
};

/** The `custom_rules` of a set, in order; one that cannot be read is said to the sink and left out. */
export function readCustomRules(
  set: GuardrailSet,
  who: Place["who"],
  context: ReadContext,
): readonly Rule[] {
  const seen = new Set<string>();
  return set.fields.tables("custom_rules").map((table) => {
    const fields = readFields(table, CUSTOM_RULE_FIELDS, { sink: context.sink, where: "a custom rule" });
    const name = fields.text("name");
    if (name !== undefined && seen.has(name)) {
      const message = `a second custom rule with the name ${JSON.stringify(name)}`;
      context.sink.error(fields.keyAt("name"), message, "give each custom rule a name of its own");
    }
    if (name !== undefined) seen.add(name);
    return readCustomRule(fields, { set, who }, context);
  }).filter((rule) => rule !== undefined);
}

interface Place {
  readonly set: GuardrailSet;
  readonly who: Pick<Selectors, "agents" | "exceptAgents">;
}

function readCustomRule(fields: Fields, { set, who }: Place, context: ReadContext): Rule | undefined {
  const condition = readCustomCondition(fields.table("condition"), context);
  const name = fields.text("name"), effect = EFFECT_OF_ACTION[fields.text("action") ?? ""];
  const tool = fields.node("tool");
  const tools = tool?.kind === "text" ? readNames([tool as TextNode], context.sink) : undefined;
  if (name === undefined || effect === undefined || condition === undefined) return undefined;
  return {
    id: `${set.prefix}custom:${name}`,
    ref: `${set.layer}/${set.prefix}custom:${name}`,
    effect,
    reason: `guardrail:custom:${name}`,
    message: name,
    selectors: { methods: TOOL_CALLS, ...(tools === undefined ? {} : { tools }), ...who },
    tests: [argumentsTest(condition)],
    guards: [],
    redactFields: [],
    at: fields.keyAt("name"),
  };
}

function readCustomCondition(table: TableNode | undefined, context: ReadContext): Condition | undefined {
  if (table === undefined) return undefined;
  const fields = readFields(table, CUSTOM_CONDITION_FIELDS, {
    sink: context.sink,
    where: "the condition of a custom rule",
  });
  const field = fields.text("field"), operator = fields.text("operator"), value = fields.node("value");
  const path = field === undefined ? undefined : parseFieldPath(field);
  if (path !== undefined && !path.ok) {
    context.sink.error(
      fields.node("field")?.at ?? fields.at,
      `${JSON.stringify(field)} ${path.error}`,
      "write a path, such as payment.total",
    );
  }
  if (operator === undefined || value === undefined) return undefined;
  const name = Object.hasOwn(OPERATOR_ALIASES, operator) ? OPERATOR_ALIASES[operator] ?? operator : operator;
  const operatorAt = fields.node("operator")?.at ?? fields.at;
  // Read with a path that is wrong as well: what else is wrong is said in the same run.
  const tested = readFieldTest(
    path?.ok === true ? path.value : NO_PATH,
    { name, keyAt: operatorAt, value },
    context,
  );
  return path?.ok === true ? tested : undefined;
}

const NO_PATH: FieldPath = { text: "field", steps: [], hasWildcard: false };
