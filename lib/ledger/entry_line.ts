/** An entry as one line of JSON: what `audit --json` prints, packs hold and the mirror gets. */
import type { StoredEntry, StoredStub } from "./record.ts";

const HIDDEN_REGEXP = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * The line, with its end: the fields of the entry in the order in which they were hashed, then `hash`, `sig` and `key`; of a
 * pruned entry `seq` and these three. As JSON escapes them, what a terminal would obey or hide is harmless, and means the
 * same to every program.
 */
export function entryLine({ entry, hash, sig, key }: StoredEntry): string {
  return lineOf({ ...entry, hash, sig, key });
}

/** As {@link entryLine}, of a pruned entry. */
export function stubLine(seq: number, { hash, sig, key }: StoredStub): string {
  return lineOf({ seq, hash, sig, key });
}

function lineOf(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(fields).replace(HIDDEN_REGEXP, escaped)}\n`;
}

function escaped(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
