import { type ExactNumber, isExactNumber, type JsonValue, numberSource } from "../base/mod.ts";

/** A request id as MCP allows it: a string or an integer, with the digits it came with. ATTACKER-CONTROLLED. */
export type Id = string | number | ExactNumber;

const INTEGER_REGEXP = /^-?\d+$/;

/** Is `value` an id that MCP allows? `1.0` and `1e3` are not: an id that is written in two ways could be two ids. */
export function isId(value: JsonValue | undefined): value is Id {
  if (typeof value === "string") return true;
  if (typeof value !== "number" && !isExactNumber(value)) return false;
  return INTEGER_REGEXP.test(numberSource(value) ?? "");
}

/**
 * A map key for an id or a progress token: `"1"` and `1` are two ids, and get two keys. The letter in front has a second
 * use: V8 hashes bare strings of digits by their value, so that a sender could make all of its ids collide.
 */
export function idKey(id: Id): string {
  return typeof id === "string" ? `s:${id}` : `n:${numberSource(id) ?? ""}`;
}
