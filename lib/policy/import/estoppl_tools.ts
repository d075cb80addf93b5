/** estoppl's patterns on tool names: `*`, `X.*` and `X_*` are wild there, and nothing else is. */
import { compileGlob } from "../../base/mod.ts";
import type { TextNode } from "../../diagnostic/mod.ts";
import type { Keys } from "./keys.ts";
import { literalGlob } from "./names.ts";

/** In a list that permits: never more than there. `X.*` took every name that begins with X; here the dot must be there. */
export function allowGlob({ at, value }: TextNode, keys: Keys, key: string): string {
  const spot = { at, path: keys.spot(key).path };
  const { notes } = keys.context;
  const prefix = prefixOf(value);
  if (value.endsWith(".*")) {
    notes.add(
      "stricter",
      spot,
      `${JSON.stringify(value)} wants the dot; there it let every name pass that begins so`,
    );
    return `${literalGlob(value.slice(0, -2))}.*`;
  }
  if (prefix === undefined && /[*?[{]/.test(value)) {
    notes.add("changed", spot, `${JSON.stringify(value)} was no pattern there, and stays a plain name`);
  }
  return prefix === undefined ? literalGlob(value) : `${literalGlob(prefix)}*`;
}

/** In a list that refuses or holds: never less than there. */
export function blockGlob({ at, value }: TextNode, keys: Keys, key: string): string {
  const prefix = prefixOf(value);
  if (prefix !== undefined) return `${literalGlob(prefix)}*`;
  if (!/[*?[{\\]/.test(value)) return literalGlob(value);
  if (!compileGlob(value).ok) return literalGlob(value);
  const spot = { at, path: keys.spot(key).path };
  const message = `${
    JSON.stringify(value)
  } is a pattern; there it was taken letter by letter, and no tool has that name`;
  keys.context.notes.add("stricter", spot, message);
  return value;
}

/** What a name must begin with; `undefined` where the pattern is a plain name. */
function prefixOf(pattern: string): string | undefined {
  if (pattern === "*") return "";
  if (pattern.endsWith(".*")) return pattern.slice(0, -2);
  return pattern.endsWith("_*") ? pattern.slice(0, -1) : undefined;
}
