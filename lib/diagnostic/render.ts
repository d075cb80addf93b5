import { printable } from "../base/mod.ts";
import type { Diagnostic } from "./diagnostic.ts";

export interface RenderOptions {
  /** The texts of the files, to quote the line at fault; a file that is not here is not quoted. */
  readonly sources: ReadonlyMap<string, string>;
  /** Shows `"…"` for what stands in quotes, or should: a configuration may hold a secret where nobody expects one. */
  readonly maskStrings?: boolean;
  readonly colour?: boolean;
}

const STRING_REGEXP = /"[^"]*(?:"|$)|'[^']*(?:'|$)/g;
/** From a value without its quotes to the end of the line; numbers, dates and the words of TOML are none. */
const BARE_REGEXP =
  /(?<==\s*\[?\s*)(?![+-]?(?:true|false|inf|nan|\d[\d_.:+-]*)(?:[\s,\]}#]|$))[^\s"'[\]{}#].*$/;
const BEGINS_REGEXP = /^\s*(?:\[|[\w."'-]+\s*=)/;
const MAX_QUOTED = 100;
const RED = 31, YELLOW = 33, BOLD = 1, CYAN = 36;

/** For people: `file:line:column: error: message`, the line with a caret under the place, and `hint: …`. */
export function renderDiagnostics(list: readonly Diagnostic[], options: RenderOptions): string {
  return list.map((one) => renderOne(one, options)).join("");
}

function renderOne(diagnostic: Diagnostic, options: RenderOptions): string {
  const { file, line, column, severity, message, hint } = diagnostic;
  const colour = options.colour === true;
  const place = paint(`${printable(file)}:${line}:${column}:`, BOLD, colour);
  const word = paint(`${severity}:`, severity === "error" ? RED : YELLOW, colour);
  const head = `${place} ${word} ${printable(message)}\n`;
  return `${head}${quote(diagnostic, options)}${paint("hint:", CYAN, colour)} ${printable(hint)}\n`;
}

/** The line at fault with a caret under the column; a long one is cut round it. */
function quote({ file, line, column }: Diagnostic, { sources, maskStrings }: RenderOptions): string {
  const written = sources.get(file)?.split("\n")[line - 1]?.replace(/\r$/, "");
  if (written === undefined || written.trim() === "") return "";
  // A line that begins neither a table nor a key may be the inside of a longer string.
  if (maskStrings === true && !BEGINS_REGEXP.test(written)) return "";
  // Each character of the file becomes one cell, so that the caret stays under the place that it means.
  const shown = maskStrings === true
    ? written.replace(STRING_REGEXP, maskString).replace(BARE_REGEXP, dots)
    : written;
  const cells = Array.from(shown, (char) => printable(char === "\t" ? " " : char));
  const start = Math.max(0, Math.min(column - 1 - MAX_QUOTED / 2, cells.length - MAX_QUOTED));
  const before = cells.slice(start, column - 1).join("");
  const text = cells.slice(start, start + MAX_QUOTED).join("");
  const gutter = " ".repeat(String(line).length);
  return ` ${line} | ${text.trimEnd()}\n ${gutter} | ${" ".repeat(before.length)}^\n`;
}

function maskString(literal: string): string {
  const inside = literal.length > 1 && literal.endsWith(literal[0] ?? "")
    ? literal.slice(1, -1)
    : literal.slice(1);
  const closing = literal.slice(inside.length + 1);
  return `${literal[0]}${dots(inside)}${closing}`;
}

function dots(text: string): string {
  return "·".repeat(Array.from(text).length);
}

function paint(text: string, style: number, colour: boolean): string {
  return colour ? `\x1b[${style}m${text}\x1b[0m` : text;
}

/** For programs: `{"diagnostics": [{"file","line","column","severity","message","hint"}]}`. */
export function diagnosticsJson(list: readonly Diagnostic[]): string {
  const diagnostics = list.map(({ file, line, column, severity, message, hint }) => ({
    file,
    line,
    column,
    severity,
    message,
    hint,
  }));
  return JSON.stringify({ diagnostics });
}
