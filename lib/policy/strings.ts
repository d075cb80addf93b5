/** Every string of a call's arguments. */
import { isJsonObject, type JsonValue } from "../base/mod.ts";

/** The strings in `args` (ATTACKER-CONTROLLED) at any depth, names of fields as well. */
export function stringsIn(args: JsonValue): readonly string[] {
  const strings: string[] = [];
  collect(args, strings);
  return strings;
}

/** Depth is capped by the parser. */
function collect(value: JsonValue, strings: string[]): void {
  if (typeof value === "string") strings.push(value);
  else if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) collect(item, strings);
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      strings.push(key);
      collect(value[key] ?? null, strings);
    }
  }
}
