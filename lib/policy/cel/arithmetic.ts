/** `+ - * / %` of CEL. Whole numbers have 64 bits and never wrap; decimals are exact, but for a division. */
import { type Decimal, decimalFromText } from "../../base/mod.ts";
import type { Meter } from "./meter.ts";
import {
  decimalOf,
  DIVIDED_BY_ZERO,
  Double,
  isInt,
  isList,
  isNumber,
  OUT_OF_RANGE,
  Span,
  Timestamp,
  type Value,
  WRONG_KIND,
} from "./value.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

/** Longest text that an expression may put together, in UTF-16 units. */
const MAX_TEXT = 1 << 22;
/** Numbers wider than this are compared, and not calculated with. */
const MAX_DIGITS = 400;
/** Digits behind the point of a quotient that does not come out even. */
const QUOTIENT_DIGITS = 40;

export function calculate(operator: ArithmeticOperator, a: Value, b: Value, meter: Meter): Value {
  if (isNumber(a) && isNumber(b)) {
    if (typeof a === "bigint" && typeof b === "bigint") return wholeNumbers(operator, a, b);
    meter.spendDecimal();
    return decimals(operator, decimalOf(a), decimalOf(b));
  }
  if (operator === "+") return join(a, b, meter);
  if (operator === "-") return distance(a, b);
  throw WRONG_KIND;
}

export function negate(value: Value): Value {
  if (typeof value === "bigint") return inRange(-value);
  if (!(value instanceof Double)) throw WRONG_KIND;
  const { decimal } = value;
  return new Double(decimal.digits === "" ? decimal : { ...decimal, negative: !decimal.negative });
}

function wholeNumbers(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case "+":
      return inRange(a + b);
    case "-":
      return inRange(a - b);
    case "*":
      return inRange(a * b);
    case "/":
      if (b === 0n) throw DIVIDED_BY_ZERO;
      return inRange(a / b);
    case "%":
      if (b === 0n) throw DIVIDED_BY_ZERO;
      return a % b;
  }
}

function inRange(whole: bigint): bigint {
  if (!isInt(whole)) throw OUT_OF_RANGE;
  return whole;
}

/** Arguments have one kind of number, so `args.price * 2` is asked for without knowing which of CEL's two it will be. */
function decimals(operator: ArithmeticOperator, left: Decimal, right: Decimal): Double {
  const exponent = Math.min(left.exponent, right.exponent);
  const a = scaled(left, exponent), b = scaled(right, exponent);
  switch (operator) {
    case "+":
      return double(a + b, exponent);
    case "-":
      return double(a - b, exponent);
    case "*":
      return double(a * b, 2 * exponent);
    case "/":
      if (b === 0n) throw DIVIDED_BY_ZERO;
      return double((a * 10n ** BigInt(QUOTIENT_DIGITS)) / b, -QUOTIENT_DIGITS);
    case "%":
      throw WRONG_KIND;
  }
}

function scaled({ negative, digits, exponent }: Decimal, to: number): bigint {
  // ATTACKER-CONTROLLED: 1e999999999 is a short text and a number of a gigabyte.
  if (digits.length + exponent - to > MAX_DIGITS) throw OUT_OF_RANGE;
  return BigInt(`${negative ? "-" : ""}${digits || "0"}${"0".repeat(digits === "" ? 0 : exponent - to)}`);
}

function double(whole: bigint, exponent: number): Double {
  const decimal = decimalFromText(`${whole}e${exponent}`);
  if (decimal === undefined) throw OUT_OF_RANGE;
  return new Double(decimal);
}

function join(a: Value, b: Value, meter: Meter): Value {
  if (typeof a === "string" && typeof b === "string") {
    const length = a.length + b.length;
    if (length > MAX_TEXT) throw OUT_OF_RANGE;
    return meter.composed(a + b);
  }
  if (isList(a) && isList(b)) {
    meter.spend(a.length + b.length);
    return a.concat(b);
  }
  if (a instanceof Span && b instanceof Span) return new Span(inRange(a.ns + b.ns));
  if (a instanceof Timestamp && b instanceof Span) return new Timestamp(a.ns + b.ns);
  if (a instanceof Span && b instanceof Timestamp) return new Timestamp(a.ns + b.ns);
  throw WRONG_KIND;
}

function distance(a: Value, b: Value): Value {
  if (a instanceof Timestamp && b instanceof Timestamp) return new Span(inRange(a.ns - b.ns));
  if (a instanceof Timestamp && b instanceof Span) return new Timestamp(a.ns - b.ns);
  if (a instanceof Span && b instanceof Span) return new Span(inRange(a.ns - b.ns));
  throw WRONG_KIND;
}
