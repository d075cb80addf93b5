import { type JsonValue, numberSource } from "./json.ts";

/**
 * An exact decimal: (−1)^negative × digits × 10^exponent, where `digits` has no leading or trailing zero (zero is
 * `""`). Two equal numbers have equal fields, so 1, 1.0 and 1e0 are the same.
 */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const NUMBER_REGEXP = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?$/;
const GROUPED_REGEXP = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;

/**
 * Reads a number as people write amounts: `75000`, `75,000`, `7.5e4`, `-.5`, `+3`. `undefined` where it is none; an
 * exponent of more than nine digits counts as none, as nobody means it.
 */
export function decimalFromText(text: string): Decimal | undefined {
  const source = text.trim();
  const match = NUMBER_REGEXP.exec(GROUPED_REGEXP.test(source) ? source.replaceAll(",", "") : source);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  return normalise(sign === "-", whole + fraction, Number(exponent) - fraction.length);
}

/** The decimal of a JSON number, or of a string that reads as one; `undefined` for everything else. */
export function decimalFromValue(value: JsonValue): Decimal | undefined {
  if (typeof value === "string") return decimalFromText(value);
  const source = numberSource(value);
  return source === undefined ? undefined : decimalFromText(source);
}

function normalise(negative: boolean, allDigits: string, exponent: number): Decimal {
  let start = 0, end = allDigits.length;
  while (start < end && allDigits[start] === "0") start++;
  while (end > start && allDigits[end - 1] === "0") end--;
  if (start === end) return { negative: false, digits: "", exponent: 0 };
  return { negative, digits: allDigits.slice(start, end), exponent: exponent + allDigits.length - end };
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. No rounding, no huge powers. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const signA = signOf(a), signB = signOf(b);
  if (signA !== signB) return signA - signB;
  return signA * compareMagnitudes(a, b);
}

function signOf(value: Decimal): number {
  if (value.digits === "") return 0;
  return value.negative ? -1 : 1;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  // The power of ten of the first digit decides before any digit does: 1e400 is compared without building it.
  const byPower = a.digits.length + a.exponent - (b.digits.length + b.exponent);
  if (byPower !== 0) return byPower;
  if (a.digits === b.digits) return 0;
  const length = Math.max(a.digits.length, b.digits.length);
  return a.digits.padEnd(length, "0") < b.digits.padEnd(length, "0") ? -1 : 1;
}
