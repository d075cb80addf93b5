/** The total of the amounts in a call, exact, for limits on sums. */
import { addDecimals, type Decimal, decimalFromValue, decimalText, type JsonValue } from "../base/mod.ts";
import { type FieldPath, reach, type Reached } from "./field_path.ts";

/** Before the point, and behind it. Nobody moves more, and totals of such amounts can always be written down. */
const MAX_DIGITS = 40;

/**
 * The sum of all that `path` leads to in `args` (ATTACKER-CONTROLLED), in plain notation. Lists are looked into without
 * being asked, so that an amount is not dodged by putting it into one. `undefined` where an amount is absent, negative, no
 * number, or of absurd size: what cannot be counted must not pass as zero.
 */
export function totalAt(path: FieldPath, args: JsonValue): string | undefined {
  let reached: Reached = { values: [args], absent: false };
  for (const step of path.steps) {
    reached = stepAll(reached.values, { ...path, steps: [step] });
    if (reached.absent) return undefined;
  }
  const amounts: Decimal[] = [];
  for (const value of reached.values) {
    if (!addAmounts(amounts, value)) return undefined;
  }
  return sumOf(amounts);
}

/** `path` has one step. */
function stepAll(values: readonly JsonValue[], path: FieldPath): Reached {
  const all: JsonValue[] = [];
  let absent = values.length === 0;
  for (const value of values) {
    const one = reach(path, value);
    const inside = one.absent && Array.isArray(value) && !path.hasWildcard ? stepAll(value, path) : one;
    for (const member of inside.values) all.push(member);
    absent ||= inside.absent;
  }
  return { values: all, absent };
}

/** Depth is capped by the parser. */
function addAmounts(amounts: Decimal[], value: JsonValue): boolean {
  if (Array.isArray(value)) {
    return value.length > 0 && value.every((item: JsonValue) => addAmounts(amounts, item));
  }
  const amount = decimalFromValue(value);
  if (amount === undefined || amount.negative || !isSane(amount)) return false;
  amounts.push(amount);
  return true;
}

function isSane({ digits, exponent }: Decimal): boolean {
  return exponent >= -MAX_DIGITS && digits.length + exponent <= MAX_DIGITS;
}

function sumOf(amounts: readonly Decimal[]): string | undefined {
  let total: Decimal | undefined;
  for (const amount of amounts) {
    total = total === undefined ? amount : addDecimals(total, amount);
    if (total === undefined) return undefined;
  }
  return total === undefined ? undefined : decimalText(total);
}
