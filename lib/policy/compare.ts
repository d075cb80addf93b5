/**
 * Compares a value of the arguments (ATTACKER-CONTROLLED) with what a rule says. Three answers: a value that is there and
 * cannot be compared is `unevaluable`, so that `["delete"]` or `{}` in the place of `"delete"` dodges nothing.
 */
import {
  compareDecimals,
  composed,
  type Decimal,
  decimalFromText,
  decimalFromValue,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  numberSource,
} from "../base/mod.ts";
import type { Match } from "../verdict/mod.ts";
import { dateOf, orderDates } from "./date.ts";

/** What a rule compares with, prepared once. */
export interface Operand {
  readonly value: JsonValue;
  /** Where the operand is a number, or a string that reads as one. */
  readonly decimal: Decimal | undefined;
  /** The same number where a double holds it to the digit: then doubles compare as their decimals do. */
  readonly double: number | undefined;
  /** Where the operand is a string, in the form that texts are compared in. */
  readonly text: string | undefined;
  readonly fold: boolean;
  /** Where the operand is a list or an object: its parts. */
  readonly items?: readonly Operand[];
  readonly fields?: ReadonlyMap<string, Operand>;
}

export function prepareOperand(value: JsonValue, fold: boolean): Operand {
  const text = typeof value === "string" ? comparable(value, fold) : undefined;
  const decimal = decimalFromValue(value);
  return { value, decimal, double: doubleOf(value, decimal), text, fold, ...partsOf(value, fold) };
}

function partsOf(value: JsonValue, fold: boolean): Pick<Operand, "items" | "fields"> {
  if (Array.isArray(value)) return { items: value.map((item: JsonValue) => prepareOperand(item, fold)) };
  if (!isJsonObject(value)) return {};
  return {
    fields: new Map(Object.keys(value).map((key) => [key, prepareOperand(value[key] ?? null, fold)])),
  };
}

/**
 * A plain number of the arguments is one whose digits a double writes back (exact numbers are kept apart), so the order
 * of two doubles is the order of what was written, as long as the operand is written so, too.
 */
function doubleOf(value: JsonValue, decimal: Decimal | undefined): number | undefined {
  const double = Number(typeof value === "string" ? NaN : numberSource(value) ?? NaN);
  const rounded = Number.isFinite(double) ? decimalFromText(String(double)) : undefined;
  return decimal !== undefined && rounded !== undefined && compareDecimals(decimal, rounded) === 0
    ? double
    : undefined;
}

/** The form in which strings are compared: NFC, and with `fold` without case. */
export function comparable(text: string, fold: boolean): string {
  if (text.length < LONG) return formOf(text, fold);
  // Several rules look at one field, and a list of words asks for each: a long text is brought to its form once.
  if (latest.text !== text || latest.fold !== fold) latest = { text, fold, form: formOf(text, fold) };
  return latest.form;
}

/** As {@link comparable}: a number of a million digits is read once for a whole list of numbers. */
function numberIn(text: string): Decimal | undefined {
  if (text.length < LONG) return decimalFromText(text);
  if (latestNumber.text !== text) latestNumber = { text, decimal: decimalFromText(text) };
  return latestNumber.decimal;
}

const LONG = 256;
let latest = { text: "", fold: false, form: "" };
let latestNumber: { readonly text: string; readonly decimal: Decimal | undefined } = {
  text: "",
  decimal: undefined,
};

function formOf(text: string, fold: boolean): string {
  // Up and then down: `ß`, `ſ` and the Kelvin sign meet their plain forms only by way of the upper case.
  return fold ? composed(composed(text).toUpperCase().toLowerCase()) : composed(text);
}

export function matchOf(holds: boolean): Match {
  return holds ? "yes" : "no";
}

export function invert(match: Match): Match {
  return match === "unevaluable" ? match : matchOf(match === "no");
}

/**
 * Is the value what the rule says? Two that read as numbers compare as exact decimals, strings or not (`"75,000"` is
 * `"75000"`); else strings on NFC; null is equal to null alone; lists and objects by their parts. Values of kinds that
 * cannot meet are unevaluable.
 */
export function equals(value: JsonValue, operand: Operand): Match {
  if (value === null || operand.value === null) return matchOf(value === operand.value);
  if (typeof value === "string" && operand.text !== undefined) return equalTexts(value, operand);
  if (typeof value === "boolean" && typeof operand.value === "boolean") {
    return matchOf(value === operand.value);
  }
  if (operand.items !== undefined) {
    return Array.isArray(value) ? sameItems(value, operand.items) : "unevaluable";
  }
  if (operand.fields !== undefined) {
    return isJsonObject(value) ? sameFields(value, operand.fields) : "unevaluable";
  }
  if (operand.decimal === undefined) return "unevaluable";
  const sign = orderNumbers(value, operand, operand.decimal);
  return sign === undefined ? "unevaluable" : matchOf(sign === 0);
}

function equalTexts(value: string, { text, fold, decimal }: Operand): Match {
  if (comparable(value, fold) === text) return "yes";
  const other = decimal === undefined ? undefined : numberIn(value);
  return matchOf(decimal !== undefined && other !== undefined && compareDecimals(decimal, other) === 0);
}

/** Negative, zero or positive; `undefined` where the two have no order. */
export function order(value: JsonValue, operand: Operand): number | undefined {
  if (operand.decimal !== undefined) return orderNumbers(value, operand, operand.decimal);
  const date = typeof value === "string" ? dateOf(value) : undefined;
  const other = typeof operand.value === "string" ? dateOf(operand.value) : undefined;
  return date === undefined || other === undefined ? undefined : orderDates(date, other);
}

function orderNumbers(value: JsonValue, { double }: Operand, exact: Decimal): number | undefined {
  if (typeof value === "number" && double !== undefined) return value - double;
  const decimal = typeof value === "string" ? numberIn(value) : decimalFromValue(value);
  return decimal === undefined ? undefined : compareDecimals(decimal, exact);
}

/** Is the value one of these? One that some can be compared with and none equals is not. */
export function oneOf(value: JsonValue, operands: readonly Operand[]): Match {
  const matches = operands.map((operand) => equals(value, operand));
  if (matches.includes("yes")) return "yes";
  // A list or an object in the place of a word is not "none of these": `["delete"]` dodges nothing.
  if (isContainer(value) && matches.includes("unevaluable")) return "unevaluable";
  return matches.includes("no") ? "no" : "unevaluable";
}

/** A string holds the text, or a list has the element. */
export function contains(value: JsonValue, operand: Operand): Match {
  if (typeof value === "string") {
    if (operand.text === undefined) return "unevaluable";
    return matchOf(comparable(value, operand.fold).includes(operand.text));
  }
  if (!Array.isArray(value)) return "unevaluable";
  const matches = (value as readonly JsonValue[]).map((item) => equals(item, operand));
  if (matches.includes("yes")) return "yes";
  // An element of another kind could be the thing in another dress (`["delete"]` in a list of actions).
  return value.some((item: JsonValue, i: number) => isContainer(item) && matches[i] === "unevaluable")
    ? "unevaluable"
    : "no";
}

function isContainer(value: JsonValue): boolean {
  return Array.isArray(value) || isJsonObject(value);
}

/** Part by part, as {@link equals}: `["1"]` is `[1]`, and `[["x"]]` in the place of `["x"]` dodges nothing. */
function sameItems(value: readonly JsonValue[], items: readonly Operand[]): Match {
  if (value.length !== items.length) return "no";
  return allEqual(items, (operand, i) => equals(value[i] ?? null, operand));
}

function sameFields(value: JsonObject, fields: ReadonlyMap<string, Operand>): Match {
  const keys = Object.keys(value);
  if (keys.length !== fields.size || !keys.every((key) => fields.has(key))) return "no";
  return allEqual([...fields], ([key, operand]) => equals(value[key] ?? null, operand));
}

function allEqual<T>(parts: readonly T[], equal: (part: T, i: number) => Match): Match {
  let answer: Match = "yes";
  for (const [i, part] of parts.entries()) {
    const match = equal(part, i);
    if (match === "no") return match;
    if (match === "unevaluable") answer = match;
  }
  return answer;
}

/** The exact decimal of an operand that reads as a number, for checks at load. */
export function decimalOperand(value: JsonValue): Decimal | undefined {
  return typeof value === "string" ? decimalFromText(value) : decimalFromValue(value);
}
