/**
 * Values of CEL. Those of the arguments (ATTACKER-CONTROLLED) stay JSON until they are touched; numbers are exact: an
 * `int` is a whole number of 64 bits, a `double` any other decimal, to its last digit.
 */
import {
  compareDecimals,
  composed,
  type Decimal,
  decimalFromText,
  type ExactNumber,
  isExactNumber,
  type JsonValue,
} from "../../base/mod.ts";

/** A number that is no `int`: with a fraction, beyond 64 bits, or written as a `double` in the expression. */
export class Double {
  constructor(readonly decimal: Decimal) {}
}
/** A point in time: nanoseconds since the epoch. */
export class Timestamp {
  constructor(readonly ns: bigint) {}
}
/** A length of time in nanoseconds. */
export class Span {
  constructor(readonly ns: bigint) {}
}
export class TypeName {
  constructor(readonly name: Kind) {}
}
export type List = readonly Raw[];
/** Own keys only: `constructor` and `__proto__` are names like any other. */
export interface Table {
  readonly [key: string]: Raw;
}
export type Value =
  | null
  | boolean
  | string
  | bigint
  | Double
  | Timestamp
  | Span
  | TypeName
  | List
  | Table;
/** A part of a list or table, before {@link read}. */
export type Raw = Value | number | ExactNumber | JsonValue;

export type Kind =
  | "null_type"
  | "bool"
  | "string"
  | "int"
  | "double"
  | "google.protobuf.Timestamp"
  | "google.protobuf.Duration"
  | "type"
  | "list"
  | "map";

/** Thrown where there is no answer. Made once each: an attacker who provokes a million of them should pay little. */
export class Unevaluable {
  /** A phrase; never a value of the call. */
  constructor(readonly why: string) {}
}
export const NO_FIELD = new Unevaluable("a field is absent");
export const WRONG_KIND = new Unevaluable("a value is of another kind than the expression needs");
export const OUT_OF_RANGE = new Unevaluable("a number, an index or a time is out of range");
export const DIVIDED_BY_ZERO = new Unevaluable("a division by zero");

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
const MAX_INT_DIGITS = 19;

/** The value that a part of a list or table is. Strings come out on NFC, in which all strings compare. */
export function read(raw: Raw): Value {
  if (typeof raw === "string") return composed(raw);
  if (typeof raw === "number") {
    return Number.isSafeInteger(raw) ? BigInt(raw) : numberFrom(decimalFromText(String(raw)));
  }
  return isExactNumber(raw) ? numberFrom(decimalFromText(raw.rawJSON)) : raw as Value;
}

/** Whole numbers of 64 bits are `int`, however they are written: `500.0` in the arguments is 500. */
export function numberFrom(decimal: Decimal | undefined): bigint | Double {
  if (decimal === undefined) throw OUT_OF_RANGE;
  const { negative, digits, exponent } = decimal;
  if (exponent < 0 || digits.length + exponent > MAX_INT_DIGITS) return new Double(decimal);
  const whole = BigInt(`${negative ? "-" : ""}${digits || "0"}${"0".repeat(exponent)}`);
  return isInt(whole) ? whole : new Double(decimal);
}

export function isInt(whole: bigint): boolean {
  return whole >= MIN_INT && whole <= MAX_INT;
}

export function decimalOf(value: bigint | Double): Decimal {
  if (typeof value !== "bigint") return value.decimal;
  const decimal = decimalFromText(String(value));
  if (decimal === undefined) throw new Error("internal error: policy: a whole number that is no decimal");
  return decimal;
}

export function isNumber(value: Value): value is bigint | Double {
  return typeof value === "bigint" || value instanceof Double;
}

export function isList(value: Value): value is List {
  return Array.isArray(value);
}

/** A JSON object, or a table of ours. */
export function isTable(value: Value): value is Table {
  return kindOf(value) === "map";
}

/** The part that has this name; `undefined` where there is none. */
export function memberOf(table: Table, name: string): Raw | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "string":
      return "string";
    case "bigint":
      return "int";
    case "boolean":
      return "bool";
  }
  if (value === null) return "null_type";
  if (Array.isArray(value)) return "list";
  if (value instanceof Double) return "double";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Span) return "google.protobuf.Duration";
  return value instanceof TypeName ? "type" : "map";
}

/** Negative, zero or positive. Numbers of both kinds have one order; other kinds have an order among themselves. */
export function order(a: Value, b: Value): number {
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (isNumber(a) && isNumber(b)) return compareDecimals(decimalOf(a), decimalOf(b));
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.ns, b.ns);
  if (a instanceof Span && b instanceof Span) return order(a.ns, b.ns);
  throw WRONG_KIND;
}
