import type { ReadEntry } from "../../ledger/mod.ts";
import { readLine } from "../audit/json_line.ts";
import { readRow, styleOf } from "../audit/row.ts";
import { paint, printable } from "../render.ts";

// Lines come one by one: no width can be taken from those that are yet to come.
const WIDTHS: readonly number[] = [7, 12, 13, 12, 38, 9];
const TIME = 1;

/** One entry as a line: JSON, or columns; on a terminal aligned and coloured. `undefined` where it cannot be read. */
export function tailLine(
  read: ReadEntry,
  { json, terminal }: { readonly json: boolean; readonly terminal: boolean },
): string | undefined {
  if (read.stored === undefined && read.pruned === undefined) return undefined;
  if (json) return readLine(read);
  const cells = readRow(read).map(printable);
  if (!terminal) return `${cells.join("\t")}\n`;
  const line = cells.map((cell, column) => aligned(column === TIME ? cell.slice(11) : cell, column)).join(" ")
    .trimEnd();
  const style = read.stored === undefined ? "dim" : styleOf(read.stored.entry);
  return `${style === undefined ? line : paint(line, style, true)}\n`;
}

function aligned(cell: string, column: number): string {
  const width = WIDTHS[column];
  if (width === undefined) return cell;
  const short = cell.length > width ? `${cell.slice(0, width - 1)}…` : cell;
  return column === 0 ? short.padStart(width) : short.padEnd(width);
}
