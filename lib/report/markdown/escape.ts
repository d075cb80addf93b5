import { printable } from "../../base/mod.ts";
import { shortened } from "../html/html.ts";

/**
 * A name that a peer may have chosen, as a code span: nothing in it is a link, an emphasis, an HTML tag or the end of a
 * table's cell. The three characters that could end a span or a cell, and what a reader would not see, are `\u{…}`; and so
 * is a name that is empty shown as such.
 */
export function codeName(text: string): string {
  const safe = printable(shortened(text)).replace(
    /[`|\\]/g,
    (character) => character === "\\" ? character : `\\u{${character.charCodeAt(0).toString(16)}}`,
  );
  // A span may not begin or end with a space that counts, and an empty one is none.
  const inner = safe.trim();
  return inner === "" ? "(no name)" : `\`${inner}\``;
}

/** Rows under their headers. Cells are Markdown already: names in them went through {@link codeName}. */
export function markdownTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const rule = headers.map((header) => right.includes(header) ? "---:" : "---");
  return line(headers) + line(rule) + rows.map(line).join("");
}
