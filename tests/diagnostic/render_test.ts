import { assert, assertEquals } from "@std/assert";
import {
  type Diagnostic,
  DiagnosticSink,
  diagnosticsJson,
  renderDiagnostics,
} from "../../lib/diagnostic/mod.ts";

function found(text: string, at: number): Diagnostic {
  const sink = new DiagnosticSink("f.toml", text);
  sink.error(at, "it is off", "mend it");
  const [one] = sink.found;
  if (one === undefined) throw new Error("nothing was found");
  return one;
}

function shown(text: string, at: number, maskStrings = false): string {
  return renderDiagnostics([found(text, at)], { sources: new Map([["f.toml", text]]), maskStrings });
}

Deno.test("a diagnostic shows its line with a caret under the place", () => {
  assertEquals(
    shown("one\ntwo = 5\nthree", 10),
    "f.toml:2:7: error: it is off\n 2 | two = 5\n   |       ^\nhint: mend it\n",
  );
});

Deno.test("columns count characters, not code units", () => {
  const one = found("a = '🙂🙂' x", 10);
  assertEquals([one.line, one.column], [1, 9]);
});

Deno.test("a tab takes one cell, and a carriage return is not shown", () => {
  assertEquals(shown("\tx = 5\r\ny", 3).split("\n").slice(1, 3), [" 1 |  x = 5", "   |    ^"]);
});

Deno.test("control characters in a file do not reach the terminal", () => {
  const text = shown("a = '\x1b[31mred\u202e'", 4);
  assert(!text.includes("\x1b") && !text.includes("\u202e"), text);
  assert(text.includes("\\u{1b}[31mred\\u{202e}"));
});

Deno.test("a long line is cut round the place", () => {
  const [, line = "", caret = ""] = shown(`${"x".repeat(500)}HERE${"y".repeat(500)}`, 500).split("\n");
  assert(line.length <= 106, String(line.length));
  assertEquals(line.slice(caret.indexOf("^")).slice(0, 4), "HERE");
});

const MASKS: readonly (readonly [name: string, line: string])[] = [
  ["double quotes", 'key = "hunter2"'],
  ["single quotes", "key = 'hunter2'"],
  ["a string that does not end", 'key = "hunter2'],
  ["a string after another", 'key = { a = "x", b = "hunter2" }'],
  ["a string that lost its quotes", "key = hunter2"],
  ["digits before letters, and no quotes", "key=7hunter2 # x"],
  ["words without quotes", "key = my hunter2"],
  ["no quotes, and what ends a value", 'key = my,{[#"hunter2'],
  ["no quotes in a list", "key = [a, hunter2]"],
  ["no quotes in a table", 'key = { a = "x", b = hunter2 }'],
  ["the inside of a longer string", "hunter2 in the middle"],
];

for (const [name, line] of MASKS) {
  Deno.test(`a masked line shows no string: ${name}`, () => {
    const text = shown(line, 0, true);
    assert(!text.includes("hunter2"), text);
  });
}

Deno.test("a masked line shows what needs no quotes", () => {
  const line = "[a.b] # x\nkey = { a = true, b = -1_000.5, c = [1, 2], d = 2026-11-20, e = inf } # why";
  assertEquals(shown(line, 12, true).split("\n")[1], ` 2 | ${line.split("\n")[1]}`);
});

Deno.test("a masked line keeps its columns", () => {
  assertEquals(shown('key = "hunter2" # x', 16, true).split("\n").slice(1, 3), [
    ' 1 | key = "·······" # x',
    "   |                 ^",
  ]);
});

Deno.test("a place behind the end is at the end, and a file that is not at hand is not quoted", () => {
  assertEquals(found("ab", 99).column, 3);
  const text = renderDiagnostics([found("ab", 0)], { sources: new Map() });
  assertEquals(text, "f.toml:1:1: error: it is off\nhint: mend it\n");
});

Deno.test("the JSON form has the six keys and nothing else", () => {
  const extra = { ...found("ab", 1), more: true };
  assertEquals(JSON.parse(diagnosticsJson([extra])), {
    diagnostics: [{
      file: "f.toml",
      line: 1,
      column: 2,
      severity: "error",
      message: "it is off",
      hint: "mend it",
    }],
  });
});

Deno.test("diagnostics come in the order of the file", () => {
  const sink = new DiagnosticSink("f", "a\nb\nc");
  sink.warning(4, "third", "x");
  sink.error(0, "first", "x");
  sink.error(2, "second", "x");
  assertEquals(sink.found.map(({ message }) => message), ["first", "second", "third"]);
  assertEquals([sink.errors, sink.hasErrors], [2, true]);
});
