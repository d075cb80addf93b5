/** Reads the short form, `[guardrails]`, into a layer: block, allow list, human review, amount, custom rules, rate. */
import { compareDecimals, type Decimal, decimalFromValue, type JsonValue } from "../base/mod.ts";
import { type Fields, readFields, type TableNode } from "../diagnostic/mod.ts";
import type { Effect, ReasonCode } from "../verdict/mod.ts";
import { matchOf } from "./compare.ts";
import { anyOf, type Condition } from "./condition.ts";
import { type FieldPath, parseFieldPath, reachThroughLists } from "./field_path.ts";
import type { Layer } from "./layer.ts";
import { readCustomRules } from "./read_custom_rules.ts";
import { readRateLimit } from "./read_rate_limit.ts";
import { argumentsTest, checkedFieldNames } from "./read_rules.ts";
import type { ReadContext } from "./read_when.ts";
import type { Rule, RuleTest } from "./rule.ts";
import { GUARDRAIL_FIELDS } from "./schema_guardrails.ts";
import { type NameSet, readNames, type Selectors, TOOL_CALLS } from "./selectors.ts";

const MESSAGES = {
  block_tools: "this tool is blocked",
  allow_tools: "this tool is not on the list of allowed tools",
  human_review_tools: "a person has to approve calls of this tool",
  max_amount_usd: "the amount is over the limit, or cannot be read",
};

/** A layer of the name `layer` from a `[guardrails]` table. */
export function readGuardrails(
  table: TableNode,
  { name, file }: { name: string; file: string },
  context: ReadContext,
): Layer {
  const { sink } = context;
  const fields = readFields(table, GUARDRAIL_FIELDS, { sink, where: "[guardrails]" });
  const rule = ruleMaker(name, fields);
  const allowed = namesOf(fields, "allow_tools", context);
  const rules = [
    rule("block_tools", "deny", selecting(namesOf(fields, "block_tools", context))),
    rule("allow_tools", "deny", allowed === undefined ? undefined : { exceptTools: allowed }),
    rule("human_review_tools", "ask", selecting(namesOf(fields, "human_review_tools", context))),
    rule("max_amount_usd", "deny", {}, readAmountLimit(fields, context)),
    ...readCustomRules(fields.tables("custom_rules"), name, context),
    ...readRateLimit(fields, name, context),
    // Behind everything else: what is on the list and was not stopped passes.
    rule("allow_tools", "allow", selecting(allowed)),
  ].filter((one) => one !== undefined);
  return {
    name,
    file,
    rules,
    labelRules: [],
    watches: [],
    redactFields: checkedFieldNames(fields.texts("redact_fields") ?? [], sink),
    hideDeniedTools: false,
    isGuardrails: true,
  };
}

const REASONS: Readonly<Record<keyof typeof MESSAGES, ReasonCode>> = {
  block_tools: "guardrail:block_tools",
  allow_tools: "guardrail:allow_tools",
  human_review_tools: "guardrail:human_review",
  max_amount_usd: "guardrail:max_amount",
};

type ToolSelectors = Omit<Selectors, "methods">;

/** Makes the rule of one key; `undefined` where there is nothing for it to select or to test. */
function ruleMaker(layer: string, fields: Fields) {
  return (
    id: keyof typeof MESSAGES,
    effect: Effect,
    selectors: ToolSelectors | undefined,
    test?: RuleTest | "none",
  ): Rule | undefined => {
    if (selectors === undefined || test === "none") return undefined;
    return {
      id,
      ref: `${layer}/${id}`,
      effect,
      reason: REASONS[id],
      message: effect === "allow" ? "this tool is on the list of allowed tools" : MESSAGES[id],
      selectors: { methods: TOOL_CALLS, ...selectors },
      tests: test === undefined ? [] : [test],
      guards: [],
      redactFields: [],
      at: fields.keyAt(id),
    };
  };
}

function selecting(tools: NameSet | undefined): ToolSelectors | undefined {
  return tools === undefined ? undefined : { tools };
}

/** The set of a list of globs; an empty list is as good as none. */
function namesOf(fields: Fields, key: string, { sink }: ReadContext): NameSet | undefined {
  const nodes = fields.texts(key) ?? [];
  return nodes.length === 0 ? undefined : readNames(nodes, sink);
}

function readAmountLimit(fields: Fields, { sink }: ReadContext): RuleTest | "none" {
  const max = fields.decimal("max_amount_usd");
  const field = fields.text("amount_field") ?? "amount";
  const path = parseFieldPath(field);
  if (!path.ok) {
    sink.error(
      fields.keyAt("amount_field"),
      `${JSON.stringify(field)} ${path.error}`,
      "write a path, such as payment.total",
    );
    return "none";
  }
  if (max !== undefined) return argumentsTest(amountOver(path.value, max));
  if (fields.has("amount_field") && !fields.has("max_amount_usd")) {
    sink.warning(
      fields.keyAt("amount_field"),
      '"amount_field" has no effect',
      "add max_amount_usd, or take it out",
    );
  }
  return "none";
}

/** Is some amount over the limit? One that is there and is no number, null included, cannot be told to be under it. */
function amountOver(path: FieldPath, max: Decimal): Condition {
  const test = (args: JsonValue) =>
    anyOf(
      reachThroughLists(path, args).map((value) => {
        const amount = decimalFromValue(value);
        return amount === undefined ? "unevaluable" : matchOf(compareDecimals(amount, max) > 0);
      }),
    );
  return {
    test,
    explain(args) {
      const match = test(args);
      const why = match === "unevaluable" ? " (it cannot be read as a number)" : "";
      return { match, words: `${path.text} over the limit: ${match}${why}` };
    },
    leaves: [],
  };
}
