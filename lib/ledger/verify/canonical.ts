import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, utf8Decode } from "../../base/mod.ts";

/** How many arrays and objects may be open at once: entries have three; whoever nests deeper tries a parser's stack. */
const MAX_DEPTH = 64;

/**
 * One object in canonical JSON (RFC 8785); `undefined` for anything else. `bytes` are ATTACKER-CONTROLLED.
 *
 * `JSON.parse` is lax about duplicate keys, order, white space and digits. To write its value canonically and to compare
 * puts all of that right: a text that had any of it comes out different.
 */
export function canonicalObject(bytes: Uint8Array): JsonObject | undefined {
  const text = utf8Decode(bytes);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    if (!isJsonObject(value) || !isPlain(value, MAX_DEPTH)) return undefined;
    return canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined; // not JSON, or a number beyond a double
  }
}

/** Shallow, and without lone surrogates: JavaScript would write those back as they were, and no other program reads them. */
function isPlain(value: JsonValue, levels: number): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, levels - 1));
  const object = value as JsonObject;
  for (const key in object) {
    if (!key.isWellFormed() || !isPlain(object[key] ?? null, levels - 1)) return false;
  }
  return true;
}
