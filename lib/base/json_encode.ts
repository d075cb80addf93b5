import { isExactNumber, type JsonObject, type JsonValue } from "./json.ts";

/** The source order of an object's keys, kept where JavaScript would change it: keys like `"1"` jump to the front. */
const KEY_ORDER: unique symbol = Symbol("key order");

// Native `JSON.stringify` is right for every value until this thread has made an object whose order it would lose.
let orderedObjectsExist = false;

/** Remembers that the keys of `object` came in the order `keys`. For the parser alone. */
export function keepKeyOrder(object: Record<string, JsonValue>, keys: readonly string[]): void {
  orderedObjectsExist = true;
  Object.defineProperty(object, KEY_ORDER, { value: keys, enumerable: true });
}

/** The keys of `object` in the order of the text that it was parsed from; keys added since come last. */
export function orderedKeys(object: JsonObject): readonly string[] {
  const order = (object as { [KEY_ORDER]?: readonly string[] })[KEY_ORDER];
  if (order === undefined) return Object.keys(object);
  const kept = order.filter((key) => Object.hasOwn(object, key));
  const keys = Object.keys(object);
  if (kept.length === keys.length) return kept;
  // Never a Set of the bare keys: V8 hashes strings like "4096" by their value, and a sender who knows that makes all of
  // them collide. Behind a letter they are strings like any other.
  const known = new Set(kept.map((key) => `k${key}`));
  return [...kept, ...keys.filter((key) => !known.has(`k${key}`))];
}

/** Compact JSON text of `value`: keys in their order, numbers with the digits they came with. */
export function encodeJson(value: JsonValue): string {
  return orderedObjectsExist && holdsOrdered(value) ? encodeOrdered(value) : JSON.stringify(value);
}

/** One hostile message makes such objects exist for good; only messages that hold one may pay for it. */
function holdsOrdered(value: JsonValue): boolean {
  if (value === null || typeof value !== "object") return false;
  if (Array.isArray(value)) return value.some(holdsOrdered);
  if (KEY_ORDER in value) return true;
  const object = value as JsonObject;
  for (const key in object) {
    if (holdsOrdered(object[key] ?? null)) return true;
  }
  return false;
}

function encodeOrdered(value: JsonValue): string {
  if (value === null || typeof value !== "object" || isExactNumber(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(encodeOrdered).join(",")}]`;
  const object = value as JsonObject;
  return `{${
    orderedKeys(object).map((key) => `${JSON.stringify(key)}:${encodeOrdered(object[key] ?? null)}`).join(",")
  }}`;
}
