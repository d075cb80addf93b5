/** Writes the native form the way the bundled policies are written. */
import { type JsonValue, numberSource } from "../../base/mod.ts";

const MAX_WIDTH = 100;
const BARE_KEY_REGEXP = /^[A-Za-z0-9_-]+$/;
const UNPRINTABLE_REGEXP = /[\x7f-\x9f\u2028\u2029\p{Cf}]/gu;
// deno-lint-ignore no-control-regex
const LINE_BREAKING_REGEXP = /[\x00-\x1f\x7f-\x9f\u2028\u2029\p{Cf}]+/gu;

/** The fields of a table in their order; `undefined` is left out. */
export type TomlFields = readonly (readonly [key: string, value: JsonValue | undefined])[];

/** `key = value` lines, and below them, as tables of their own, the tables that are too wide for a line. */
export function fieldLines(table: string, fields: TomlFields): readonly string[] {
  let lines: readonly string[] = [];
  let below: readonly string[] = [];
  for (const [key, value] of fields) {
    if (value === undefined) continue;
    const line = `${tomlKey(key)} = ${inline(value)}`;
    if (line.length > MAX_WIDTH && isTable(value)) {
      below = below.concat(tableLines(`${table}.${tomlKey(key)}`, value));
    } else {
      lines = lines.concat(line.length > MAX_WIDTH && Array.isArray(value) ? broken(key, value) : line);
    }
  }
  return [...lines, ...below];
}

/** A table under its own header. */
export function tableLines(header: string, value: { readonly [key: string]: JsonValue }): readonly string[] {
  return [`[${header}]`, ...fieldLines(header, Object.entries(value))];
}

/** A comment of one line or more, broken at words. */
export function commentLines(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "#";
  for (const word of text.replace(LINE_BREAKING_REGEXP, " ").split(" ")) {
    if (line !== "#" && line.length + 1 + word.length > MAX_WIDTH) {
      lines.push(line);
      line = "#";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

export function tomlKey(key: string): string {
  return BARE_KEY_REGEXP.test(key) ? key : tomlText(key);
}

/** A basic string. INVARIANT: well-formed Unicode, which the reader of the file has checked. */
function tomlText(text: string): string {
  return JSON.stringify(text).replace(
    UNPRINTABLE_REGEXP,
    (char) => `\\U${(char.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`,
  );
}

function inline(value: JsonValue): string {
  if (typeof value === "string") return tomlText(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  const number = numberSource(value);
  if (number !== undefined) return number;
  const fields = Object.entries(value).map(([key, item]) => `${tomlKey(key)} = ${inline(item)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

function broken(key: string, items: readonly JsonValue[]): readonly string[] {
  return [`${tomlKey(key)} = [`, ...items.map((item) => `  ${inline(item)},`), "]"];
}

function isTable(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    numberSource(value) === undefined;
}
