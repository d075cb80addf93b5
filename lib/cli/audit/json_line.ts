import { entryLine, type ReadEntry, stubLine } from "../../ledger/mod.ts";

const HIDDEN_REGEXP = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Any value as one line. As JSON escapes them, what a terminal would obey or hide is harmless, and means the same. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(HIDDEN_REGEXP, escaped)}\n`;
}

function escaped(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

/** What stands at a `seq` as `audit --json` prints it: of a pruned entry what is left, nothing for a damaged one. */
export function readLine({ seq, stored, pruned }: ReadEntry): string {
  if (stored !== undefined) return entryLine(stored);
  return pruned === undefined ? "" : stubLine(seq, pruned);
}
