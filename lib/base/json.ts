/** A number whose digits a double would change: kept as written (`JSON.rawJSON`), encoded back digit for digit. */
export interface ExactNumber {
  readonly rawJSON: string;
}
export type JsonArray = readonly JsonValue[];
/** INVARIANT: made by {@link parseJson} or a literal of ours; own keys only, so `__proto__` is a key like any other. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
export type JsonValue = null | boolean | number | string | ExactNumber | JsonArray | JsonObject;

/** Why a text is not strict JSON: a stable code, a phrase, the offset in UTF-16 units. Never any of the text itself. */
export interface JsonProblem {
  readonly code: "syntax" | "duplicate-key" | "lone-surrogate" | "nul" | "depth" | "trailing" | "empty";
  readonly message: string;
  readonly at: number;
  /**
   * Where the text is JSON but not strict: its value, without the members that have two readings, and with `null` for
   * what lies too deep (and was not looked into). Good for one thing, to address the error reply by `id`; never judged
   * and never forwarded.
   */
  readonly salvage?: JsonValue;
}

// TypeScript's library does not know this part of ECMAScript 2026 yet.
const rawJson = JSON as unknown as {
  rawJSON(source: string): ExactNumber;
  isRawJSON(value: unknown): boolean;
};

/** Is `value` a number that had to keep its digits? */
export function isExactNumber(value: unknown): value is ExactNumber {
  return rawJson.isRawJSON(value);
}

/** Is `value` an object, not an array, not null, not an exact number? */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isExactNumber(value);
}

/** The JSON text of a number value; `undefined` where `value` is not a number. */
export function numberSource(value: JsonValue): string | undefined {
  if (typeof value === "number") return String(value);
  return isExactNumber(value) ? value.rawJSON : undefined;
}

/** A JSON number from its source text, exact: a plain number where a double writes the very same digits. */
export function exactNumber(source: string): number | ExactNumber {
  const value = Number(source);
  return String(value) === source ? value : rawJson.rawJSON(source);
}
