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

/** Sums and plain texts are kept up to so many digits: what needs more is nobody's amount, but can be an attack. */
const MAX_DIGITS = 120;

/** The exact sum; `undefined` where its digits are too far apart to be written down, as in 1e400 + 1. Never rounded. */
export function addDecimals(a: Decimal, b: Decimal): Decimal | undefined {
  if (a.digits === "") return b;
  if (b.digits === "") return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const top = Math.max(a.digits.length + a.exponent, b.digits.length + b.exponent);
  if (top - exponent > MAX_DIGITS) return undefined;
  const sum = scaled(a, exponent) + scaled(b, exponent);
  return normalise(sum < 0n, String(sum < 0n ? -sum : sum), exponent);
}

function scaled({ negative, digits, exponent }: Decimal, to: number): bigint {
  const magnitude = BigInt(digits + "0".repeat(exponent - to));
  return negative ? -magnitude : magnitude;
}

/** Plain notation, such as `99.95`: no exponent, no needless zero. `undefined` where that takes too many digits. */
export function decimalText({ negative, digits, exponent }: Decimal): string | undefined {
  if (Math.max(0, digits.length + exponent) + Math.max(0, -exponent) > MAX_DIGITS) return undefined;
  const padded = digits.padStart(1 - exponent, "0") + "0".repeat(Math.max(0, exponent));
  const point = padded.length + Math.min(0, exponent);
  const fraction = padded.slice(point);
  return `${negative ? "-" : ""}${padded.slice(0, point)}${fraction === "" ? "" : `.${fraction}`}`;
}
