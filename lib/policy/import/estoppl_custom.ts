/** estoppl's custom rules: one condition each, the same form as ours. */
import type { JsonValue } from "../../base/mod.ts";
import type { DocNode } from "../../diagnostic/mod.ts";
import type { CustomRuleDraft } from "./draft.ts";
import { allowGlob, blockGlob } from "./estoppl_tools.ts";
import { jsonOf } from "./json_of.ts";
import type { Keys } from "./keys.ts";
import { pathOfDotted } from "./names.ts";

const ACTIONS = ["block", "human_review", "allow"];
const OPERATORS: Readonly<Record<string, string>> = {
  gt: "gt",
  lt: "lt",
  gte: "ge",
  lte: "le",
  eq: "eq",
  neq: "ne",
  contains: "contains",
  not_contains: "not_contains",
  ">": "gt",
  "<": "lt",
  ">=": "ge",
  "<=": "le",
  "==": "eq",
  "!=": "ne",
};
const ORDERED = ["gt", "lt", "ge", "le"];
const MAX_NAME = 100;

/** The rules of `custom_rules`, in order. */
export function readCustomRules(keys: Keys): readonly CustomRuleDraft[] {
  return keys.tables("custom_rules").flatMap((rule, i) => readCustomRule(rule, i) ?? []);
}

function readCustomRule(rule: Keys, i: number): CustomRuleDraft | undefined {
  const name = rule.text("name"), action = rule.text("action");
  const tool = rule.node("tool");
  const condition = readCondition(rule, action);
  if (action !== undefined && !ACTIONS.includes(action)) {
    rule.wrongWord("action", ACTIONS);
  }
  if (tool !== undefined && (tool.kind !== "text" || tool.value === "")) {
    rule.wrong(tool, "tool", "the name of a tool");
  }
  rule.end();
  if (!rule.has("action")) rule.missing("action", ACTIONS.join(", "));
  if (condition === undefined || action === undefined) return undefined;
  const glob = action === "allow" ? allowGlob : blockGlob;
  return {
    spot: { at: rule.at, path: rule.path },
    name: oneLine(name) ?? `rule ${i + 1}`,
    fields: [
      ["tool", tool?.kind === "text" && tool.value !== "*" ? glob(tool, rule, "tool") : undefined],
      ["condition", condition],
      ["action", action],
    ],
  };
}

function readCondition(rule: Keys, action: string | undefined): JsonValue | undefined {
  const condition = rule.table("condition");
  if (condition === undefined) {
    if (!rule.has("condition")) rule.missing("condition", "condition = { field, operator, value }");
    return undefined;
  }
  const field = condition.text("field"),
    written = condition.text("operator"),
    value = condition.node("value");
  condition.end();
  const operator = Object.hasOwn(OPERATORS, written ?? "") ? OPERATORS[written ?? ""] : undefined;
  if (operator === undefined) condition.wrongWord("operator", Object.keys(OPERATORS));
  for (const [key, got] of [["field", field], ["value", value]] as const) {
    if (got === undefined || got === "") condition.missing(key, `a ${key}`);
  }
  if (field === undefined || operator === undefined || value === undefined) return undefined;
  return conditionOf({ field: pathOfDotted(field), operator, value }, condition, action);
}

interface Condition {
  readonly field: string;
  readonly operator: string;
  readonly value: DocNode;
}

/** Ours, as strict or stricter; `undefined` where theirs can never hold. */
function conditionOf(
  { field, operator, value }: Condition,
  keys: Keys,
  action: string | undefined,
): JsonValue | undefined {
  const spot = keys.spot("operator");
  const { notes } = keys.context;
  if (ORDERED.includes(operator) && value.kind !== "number") {
    notes.add(
      "changed",
      keys.spot("value"),
      "compared with no number this held for nothing there: the rule is left out",
    );
    return undefined;
  }
  // What is no text was an empty one there, which everything contains.
  if ((value.kind !== "text" || value.value === "") && operator.endsWith("contains")) {
    if (operator === "contains") return { field, operator: "exists", value: true };
    notes.add(
      "changed",
      keys.spot("value"),
      "everything contains an empty text, and what is no text was one: the rule is left out",
    );
    return undefined;
  }
  if (ORDERED.includes(operator)) {
    const message = action === "allow"
      ? "a string that reads as a number is compared as that number, so that the rule may let more pass; there it never was"
      : "a string that reads as a number is compared as that number, and a value that cannot be compared counts as a " +
        "match; there neither did";
    notes.once(action === "allow" ? "changed" : "stricter", spot, message);
  }
  if (operator === "eq" || operator === "ne") {
    notes.once("changed", spot, '1, 1.0 and "1" are the same number here; there they were three values');
  }
  if (operator.endsWith("contains")) {
    notes.once("changed", spot, "a list is looked into; there it contained nothing");
  }
  const operand = jsonOf(value);
  if (operand === undefined) keys.wrong(value, "value", "a value without dates and empty parts");
  return operand === undefined ? undefined : { field, operator, value: operand };
}

function oneLine(name: string | undefined): string | undefined {
  const line = (name ?? "").replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
  return line === "" ? undefined : Array.from(line).slice(0, MAX_NAME / 2).join("");
}

/** A second rule of a name gets a number behind it. */
export function namesOnce(rules: readonly CustomRuleDraft[]): readonly CustomRuleDraft[] {
  const taken = new Set<string>();
  return rules.map((rule) => {
    let { name } = rule;
    for (let n = 2; taken.has(name); n++) name = `${rule.name} (${n})`;
    taken.add(name);
    return name === rule.name ? rule : { ...rule, name };
  });
}
