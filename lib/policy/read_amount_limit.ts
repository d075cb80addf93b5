import type { ReadContext } from "./read_context.ts";
import { compareDecimals, type Decimal, decimalFromValue, type JsonValue } from "../base/mod.ts";
import { matchOf } from "./compare.ts";
import { anyOf, type Condition } from "./condition.ts";
import { type FieldPath, parseFieldPath, reachThroughLists } from "./field_path.ts";
import { fieldsFor, type GuardrailSet } from "./guardrail_sets.ts";
import { argumentsTest } from "./read_rules.ts";
import type { RuleTest } from "./rule.ts";

/** `max_amount_usd` with `amount_field`; `undefined` where there is no limit, or one that cannot be read. */
export function readAmountLimit(set: GuardrailSet, { sink }: ReadContext): RuleTest | undefined {
  const { fields } = set;
  const max = fieldsFor(set, "max_amount_usd").decimal("max_amount_usd");
  const field = fieldsFor(set, "amount_field").text("amount_field") ?? "amount";
  const path = parseFieldPath(field);
  const isStatedHere = fields.has("amount_field");
  if (!path.ok) {
    const message = `${JSON.stringify(field)} ${path.error}`;
    if (isStatedHere) {
      sink.error(
        fields.node("amount_field")?.at ?? fields.at,
        message,
        "write a path, such as payment.total",
      );
    }
    return undefined;
  }
  if (max !== undefined) return argumentsTest(amountOver(path.value, max));
  if (isStatedHere && !fieldsFor(set, "max_amount_usd").has("max_amount_usd")) {
    const hint = "add max_amount_usd, or take it out";
    sink.warning(fields.keyAt("amount_field"), '"amount_field" has no effect', hint);
  }
  return undefined;
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
