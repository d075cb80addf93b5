/** How text is put in front of a person: escaped, aligned, coloured where there is a terminal. */
import { printable } from "../base/mod.ts";

export { printable };
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof STYLES;

/** `text` in a style; as it is where there is no terminal. */
export function paint(text: string, style: Style, terminal: boolean): string {
  return terminal ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
}

/** How a table is laid out. Columns named in `right` are aligned to the right. */
export interface TableOptions {
  readonly terminal: boolean;
  readonly right?: readonly string[];
}

/**
 * Rows under their headers, columns two spaces apart, ending in a newline. Off a terminal the columns are separated by
 * one tab and nothing is padded, so that `cut` and `awk` can read them.
 */
export function renderTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { terminal, right = [] }: TableOptions,
): string {
  const cells = rows.map((row) => headers.map((_, column) => printable(row[column] ?? "")));
  if (!terminal) return [headers, ...cells].map((row) => `${row.join("\t")}\n`).join("");
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...cells.map((row) => (row[column] ?? "").length))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return right.includes(headers[column] ?? "") ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd();
  return [paint(line(headers), "bold", true), ...cells.map(line)].map((row) => `${row}\n`).join("");
}

/** Two columns, indented by two, as in help: names and what they are for. */
export function renderList(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, text]) => `  ${left.padEnd(width)}  ${text}`.trimEnd() + "\n").join("");
}
