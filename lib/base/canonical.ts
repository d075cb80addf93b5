import { compareDecimals, decimalFromText } from "./decimal.ts";
import { isExactNumber, type JsonValue } from "./json.ts";

/**
 * Canonical JSON (RFC 8785, JCS): no white space, object keys sorted by UTF-16 code units, numbers and strings as
 * ECMAScript writes them. Throws RangeError for a number outside of the range of a double, which JCS has no form for.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, asDouble);
}

/**
 * As {@link canonicalJson}, for payloads: a number that a double cannot hold keeps its digits, so that two different
 * amounts never share a digest. Equal to the RFC's form wherever every number is in the RFC's domain.
 */
export function canonicalPayload(value: JsonValue): string {
  return write(value, withItsDigits);
}

type WriteNumber = (source: string) => string;

/** No escapes, and no surrogates, which `JSON.stringify` would have to look at: such a string is its own JSON. */
const PLAIN_REGEXP = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
/** Beyond this, the platform's own quoting is faster than looking first. */
const SHORT_CHARS = 40;

function write(value: JsonValue, writeNumber: WriteNumber): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return finite(value);
  if (value === null || typeof value !== "object") return String(value);
  if (isExactNumber(value)) return writeNumber(value.rawJSON);
  let out = "";
  if (Array.isArray(value)) {
    for (const item of value) out += `${out === "" ? "" : ","}${write(item, writeNumber)}`;
    return `[${out}]`;
  }
  const object = value as Readonly<Record<string, JsonValue>>;
  // The default order of `sort` is by UTF-16 code units, which is the order that the RFC asks for.
  for (const key of Object.keys(object).sort()) {
    out += `${out === "" ? "" : ","}${quote(key)}:${write(object[key] ?? null, writeNumber)}`;
  }
  return `{${out}}`;
}

function quote(text: string): string {
  return text.length <= SHORT_CHARS && PLAIN_REGEXP.test(text) ? `"${text}"` : JSON.stringify(text);
}

function asDouble(source: string): string {
  return finite(Number(source));
}

function finite(value: number): string {
  if (!Number.isFinite(value)) {
    throw new RangeError("Cannot canonicalise a number: it is outside of a double's range");
  }
  return String(value); // -0 is "0", as the RFC has it
}

function withItsDigits(source: string): string {
  const value = Number(source);
  if (!Number.isFinite(value)) return source;
  const written = String(value);
  const exact = decimalFromText(source), rounded = decimalFromText(written);
  return exact && rounded && compareDecimals(exact, rounded) === 0 ? written : source;
}
