import { parse, TomlError } from "smol-toml";
import type { DiagnosticSink } from "./diagnostic.ts";
import { type TableNode, toNode } from "./document.ts";
import { locateToml } from "./locate_toml.ts";

/** Reads a TOML document; `undefined` where it is none, which the sink then says. Duplicate keys are refused. */
export function readToml(text: string, sink: DiagnosticSink): TableNode | undefined {
  const value = parseToml(text, sink);
  if (value === undefined) return undefined;
  const node = toNode(value, locateToml(text), 0);
  return node.kind === "table" ? node : undefined;
}

function parseToml(text: string, sink: DiagnosticSink): unknown {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const at = offsetOf(text, thrown);
    const cause = causeOf(thrown, /[\r\n]/.test(text.charAt(at)));
    sink.error(at, `not valid TOML: ${cause}`, hintFor(cause));
    return undefined;
  }
}

/** The parser's words, where they are about what a person sees. */
function causeOf({ message }: TomlError, isAtLineEnd: boolean): string {
  const cause = message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
  return isAtLineEnd && /control characters/.test(cause) ? "a string that does not end on its line" : cause;
}

function offsetOf(text: string, { line, column }: TomlError): number {
  let start = 0;
  for (let i = 1; i < line; i++) start = text.indexOf("\n", start) + 1;
  return start + column - 1;
}

function hintFor(cause: string): string {
  if (/redefine/.test(cause)) {
    return "a key or table may stand only once: put the two together, or write [[name]] for a list of tables";
  }
  if (/illegal character in key|incomplete key/.test(cause)) {
    return 'a key and its value stand on one line, with = between them: key = "value"';
  }
  if (/expected comma/.test(cause)) {
    return "items have a comma between them; a list ends with ], a table with }";
  }
  if (/invalid value/.test(cause)) return 'strings stand in quotes: key = "value"';
  if (/unfinished|string/.test(cause)) return "close the string with the quote that it began with";
  return "see https://toml.io for how TOML is written";
}
