import { assertEquals } from "@std/assert";
import { paint, printable, renderList, renderTable } from "../../lib/cli/render.ts";

const HOSTILE: Readonly<Record<string, readonly [text: string, shown: string]>> = {
  "an escape sequence": ["a\x1b[2Jb", "a\\u{1b}[2Jb"],
  "a line end": ["a\nb\r", "a\\u{a}b\\u{d}"],
  "a change of direction": ["a\u202eb", "a\\u{202e}b"],
  "a tag character": ["a\u{e0041}", "a\\u{e0041}"],
  "a line separator": ["a\u2028", "a\\u{2028}"],
  "letters of any script": ["Ωжで 🎉", "Ωжで 🎉"],
};
for (const [name, [text, shown]] of Object.entries(HOSTILE)) {
  Deno.test(`printable(): ${name}`, () => assertEquals(printable(text), shown));
}

Deno.test("renderTable(): aligned on a terminal, separated by tabs elsewhere", () => {
  const headers = ["tool", "n"], rows = [["read", "5"], ["a", "1000"]];
  const aligned = renderTable(headers, rows, { terminal: true, right: ["n"] });
  assertEquals(aligned, "\x1b[1mtool     n\x1b[0m\nread     5\na     1000\n");
  assertEquals(renderTable(headers, rows, { terminal: false }), "tool\tn\nread\t5\na\t1000\n");
});

Deno.test("renderTable(): what stands in a cell cannot begin a row or a colour", () => {
  const text = renderTable(["tool"], [["a\n\x1b[31mb\tc"]], { terminal: false });
  assertEquals(text, "tool\na\\u{a}\\u{1b}[31mb\\u{9}c\n");
});

Deno.test("renderList() and paint()", () => {
  assertEquals(renderList([["a", "one"], ["bcd", ""]]), "  a    one\n  bcd\n");
  assertEquals([paint("x", "red", true), paint("x", "red", false)], ["\x1b[31mx\x1b[0m", "x"]);
});
