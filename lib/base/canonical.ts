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

function write(value: JsonValue, writeNumber: WriteNumber): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isExactNumber(value)) return writeNumber(value.rawJSON);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, writeNumber)).join(",")}]`;
  const object = value as Readonly<Record<string, JsonValue>>;
  // The default order of `sort` is by UTF-16 code units, which is the order that the RFC asks for.
  const members = Object.keys(object).sort().map((key) =>
    `${JSON.stringify(key)}:${write(object[key] ?? null, writeNumber)}`
  );
  return `{${members.join(",")}}`;
}

function asDouble(source: string): string {
  const value = Number(source);
  if (!Number.isFinite(value)) {
    throw new RangeError("Cannot canonicalise a number: it is outside of a double's range");
  }
  return JSON.stringify(value);
}

function withItsDigits(source: string): string {
  const value = Number(source);
  if (!Number.isFinite(value)) return source;
  const written = JSON.stringify(value);
  const exact = decimalFromText(source), rounded = decimalFromText(written);
  return exact && rounded && compareDecimals(exact, rounded) === 0 ? written : source;
}
