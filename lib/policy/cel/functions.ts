/**
 * The functions of CEL that policies have, as data. What the package knows beyond these is a diagnostic: `bytes`, `uint`,
 * optionals and `cel.bind` have no use in a rule. Texts and lists in here are ATTACKER-CONTROLLED; what grows with
 * them is paid for.
 */
import { decimalFromText } from "../../base/mod.ts";
import type { Meter } from "./meter.ts";
import { spanFromText, timestampFromSeconds, timestampFromText } from "./time.ts";
import {
  decimalOf,
  Double,
  isInt,
  isList,
  isNumber,
  isTable,
  kindOf,
  type List,
  OUT_OF_RANGE,
  Timestamp,
  TypeName,
  type Value,
  WRONG_KIND,
} from "./value.ts";

/** `first`: the receiver of a method, or the first argument. */
export type CelFunction = (first: Value, rest: readonly Value[], meter: Meter) => Value;

/** By how it is called: `size(x)` is `size/1`, `x.size()` is `.size/0`. */
export const FUNCTIONS: Readonly<Record<string, CelFunction>> = {
  "size/1": size,
  ".size/0": size,
  "int/1": toInt,
  "double/1": toDouble,
  "string/1": toText,
  "bool/1": toBoolean,
  "dyn/1": (value) => value,
  "type/1": (value) => new TypeName(kindOf(value)),
  "timestamp/1": toTimestamp,
  "duration/1": (value) => spanFromText(textOf(value)),
  ".startsWith/1": onTexts((text, part) => text.startsWith(part)),
  ".endsWith/1": onTexts((text, part) => text.endsWith(part)),
  ".contains/1": onTexts((text, part) => text.includes(part)),
  ".indexOf/1": onTexts((text, part) => pointsBefore(text, text.indexOf(part))),
  ".lastIndexOf/1": onTexts((text, part) => pointsBefore(text, text.lastIndexOf(part))),
  ".split/1": split,
  ".join/0": joined,
  ".join/1": joined,
  ".substring/1": substring,
  ".substring/2": substring,
  ".lowerAscii/0": onText((text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())),
  ".upperAscii/0": onText((text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())),
  ".trim/0": onText((text) => text.trim()),
};

function textOf(value: Value | undefined): string {
  if (typeof value !== "string") throw WRONG_KIND;
  return value;
}

function onText(change: (text: string) => string): CelFunction {
  return (first, _rest, meter) => {
    const text = textOf(first);
    meter.spend(4 * text.length);
    return meter.composed(change(text));
  };
}

function onTexts(ask: (text: string, part: string) => Value): CelFunction {
  return (first, [second], meter) => {
    const text = textOf(first), part = textOf(second);
    meter.spendSearch(text, part);
    return ask(text, part);
  };
}

/** Where the unit at `index` stands, in code points; -1 stays what it is. */
function pointsBefore(text: string, index: number): bigint {
  return index < 0 ? -1n : BigInt(Array.from(text.slice(0, index)).length);
}

/** Texts are counted in code points, as everywhere in CEL. */
function size(value: Value, _rest: readonly Value[], meter: Meter): bigint {
  if (typeof value === "string") {
    meter.spend(value.length);
    let points = 0;
    for (const _ of value) points++;
    return BigInt(points);
  }
  if (isList(value)) return BigInt(value.length);
  if (!isTable(value)) throw WRONG_KIND;
  const keys = Object.keys(value).length;
  meter.spend(10 * keys);
  return BigInt(keys);
}

function toInt(value: Value): bigint {
  if (typeof value === "bigint") return value;
  if (value instanceof Timestamp) return value.ns / 1_000_000_000n;
  if (typeof value === "string" && !/^-?\d{1,19}$/.test(value)) throw OUT_OF_RANGE;
  const decimal = typeof value === "string" ? decimalFromText(value) : isNumber(value) && decimalOf(value);
  if (!decimal) throw WRONG_KIND;
  if (decimal.digits.length + decimal.exponent > 19) throw OUT_OF_RANGE;
  const { negative, digits, exponent } = decimal;
  const kept = exponent < 0 ? digits.slice(0, exponent) : digits + "0".repeat(exponent);
  const whole = BigInt(`${negative ? "-" : ""}${kept || "0"}`);
  if (!isInt(whole)) throw OUT_OF_RANGE;
  return whole;
}

/** Exact, and strict as to texts: no `inf`, no `nan`, which no comparison finds. */
function toDouble(value: Value): Double {
  if (isNumber(value)) return new Double(decimalOf(value));
  const text = textOf(value);
  const decimal = /^[+-]?[\d.]/.test(text) && !/[\s,]/.test(text) ? decimalFromText(text) : undefined;
  if (decimal === undefined) throw OUT_OF_RANGE;
  return new Double(decimal);
}

function toText(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  throw WRONG_KIND;
}

function toBoolean(value: Value): boolean {
  if (typeof value === "boolean") return value;
  if (["true", "True", "TRUE", "t", "1"].includes(textOf(value))) return true;
  if (["false", "False", "FALSE", "f", "0"].includes(textOf(value))) return false;
  throw OUT_OF_RANGE;
}

function toTimestamp(value: Value): Timestamp {
  if (value instanceof Timestamp) return value;
  return typeof value === "bigint" ? timestampFromSeconds(value) : timestampFromText(textOf(value));
}

function split(first: Value, [second]: readonly Value[], meter: Meter): List {
  const text = textOf(first);
  const separator = textOf(second);
  meter.spendSearch(text, separator);
  const parts = text.split(separator);
  meter.spend(5 * parts.length);
  return parts;
}

function joined(list: Value, [separator = ""]: readonly Value[], meter: Meter): string {
  if (!isList(list)) throw WRONG_KIND;
  const between = textOf(separator);
  let length = 0;
  const texts = list.map((raw) => {
    const text = textOf(raw as Value);
    length += text.length + between.length;
    if (length > 1 << 22) throw OUT_OF_RANGE;
    meter.spend(5);
    return text;
  });
  return meter.composed(texts.join(between));
}

/** By code points, and strict about where it may begin and end. */
function substring(first: Value, [from, to]: readonly Value[], meter: Meter): string {
  const text = textOf(first);
  meter.spend(1 + 2 * text.length);
  const points = Array.from(text);
  const end = to === undefined ? BigInt(points.length) : to;
  if (typeof from !== "bigint" || typeof end !== "bigint") throw WRONG_KIND;
  if (from < 0n || end < from || end > BigInt(points.length)) throw OUT_OF_RANGE;
  return points.slice(Number(from), Number(end)).join("");
}
