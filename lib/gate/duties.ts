import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from "../base/mod.ts";

const MASK = "[REDACTED]";

/**
 * `value` with every field masked that one of `fields` names: a key at any depth, or a dotted path that fits the end of
 * the way to it; arrays on the way are looked into. The input is left as it is; key order is kept.
 */
export function maskFields(value: JsonValue, fields: readonly string[]): JsonValue {
  return mask(value, fields.map((field) => field.split(".")), []);
}

function mask(value: JsonValue, paths: readonly (readonly string[])[], way: readonly string[]): JsonValue {
  if (Array.isArray(value)) return maskItems(value, paths, way);
  if (!isJsonObject(value)) return value;
  let copy: Record<string, JsonValue> | undefined;
  for (const key of Object.keys(value)) {
    const here = [...way, key];
    const old = value[key] ?? null;
    const masked = paths.some((path) => endsWith(here, path)) ? MASK : mask(old, paths, here);
    if (masked === old) continue;
    // The spread keeps order and `__proto__` keys; the assignment below never meets the latter's setter.
    copy ??= { ...value };
    Object.defineProperty(copy, key, { value: masked, enumerable: true, configurable: true, writable: true });
  }
  return copy ?? value;
}

function maskItems(
  items: JsonArray,
  paths: readonly (readonly string[])[],
  way: readonly string[],
): JsonArray {
  const masked = items.map((item) => mask(item, paths, way));
  return masked.some((item, i) => item !== items[i]) ? masked : items;
}

function endsWith(way: readonly string[], path: readonly string[]): boolean {
  const from = way.length - path.length;
  return from >= 0 && path.every((part, i) => way[from + i] === part);
}

// Where these methods keep what the agent says; the rest of their params names what is called. In the params of every other
// method everything is looked at: a member that calls itself `arguments` must not draw the masks away from the rest.
const ARGUMENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["tools/call", ["arguments", "inputResponses"]],
  ["prompts/get", ["arguments", "inputResponses"]],
]);

/** The params of `method` with the duties carried out on its arguments (on all of it, where it has none). */
export function maskParams(params: JsonObject, method: string, fields: readonly string[]): JsonObject {
  if (fields.length === 0) return params;
  const members = ARGUMENTS.get(method);
  if (members === undefined) return maskedObject(params, fields);
  let copy = params;
  for (const member of members) {
    const old = params[member];
    if (!isJsonObject(old)) continue;
    const masked = maskedObject(old, fields);
    if (masked !== old) copy = { ...copy, [member]: masked };
  }
  return copy;
}

function maskedObject(value: JsonObject, fields: readonly string[]): JsonObject {
  const masked = maskFields(value, fields);
  return isJsonObject(masked) ? masked : value;
}
