/** Ordinary sources look encoded in many layers: full of backslashes and long names. They are looked at in full. */
import { assertEquals } from "@std/assert";
import { inspectValue } from "./_harness.ts";

/** Each line has been seen in a real program, where it made the whole file one that could not be looked at. */
const LINES: readonly (readonly [name: string, line: string])[] = [
  [
    "backslashes and a name that decodes by accident",
    String.raw`s = s.replace(/\\\\\\\\/g, "\\\\\\\\"); emitter.removeAllListeners(); // "\\\\\\\\"`,
  ],
  [
    "escapes of controls",
    String.raw`N => "\x85", a => "\x07", e => "\x1b[0m", '\\\\\\\\' => '\\\\\\\\', U => "\u009b"`,
  ],
  ["characters of a code page", String.raw`93: 253,  # '\x80' '\x9b' '\\\\\\\\' 'ç' 'Ω' 'ά' '·'`],
  [
    "entities and percent signs",
    String.raw`&lt;a href=&quot;%2Fpath%2520x&quot;&gt; "\\\\t" &amp;amp;amp;lt; %252520`,
  ],
];

for (const [name, line] of LINES) {
  for (const direction of ["to-upstream", "to-client"] as const) {
    Deno.test(`a source with ${name} is looked at in full, ${direction}`, () => {
      const text = Array.from({ length: 60_000 / line.length }, (_, i) => `${line} ${i}`).join("\n");
      const { report, withhold, clean } = inspectValue({ content: [{ type: "text", text }] }, { direction });
      assertEquals([report.complete, report.gap, withhold, clean], [true, undefined, undefined, undefined]);
      assertEquals(report.findings, []);
    });
  }
}

const KEY = "AKIAIOSFODNN7EXAMPLE";

function layers(text: string, count: number): string {
  return count === 0 ? text : layers(btoa(text), count - 1);
}

Deno.test("what is encoded more often than is looked into is told", () => {
  for (let count = 1; count <= 8; count++) {
    const { report } = inspectValue({ t: layers(`see ${KEY} here`, count) }, { direction: "to-upstream" });
    assertEquals(report.complete && report.findings.length === 0, false, `${count}`);
    assertEquals(report.findings.length > 0, count <= 5, `${count}`);
  }
  const deep = inspectValue({ t: layers(encodeURIComponent(`see "${KEY.replace("A", "%41")}" here`), 5) });
  assertEquals(deep.report.complete, false);
});

Deno.test("a terminal obeys an escape, and not its spelling in a source", () => {
  const source = String.raw`const HIDE = "\x1b[8m", CLEAR = "\x1b[2J\x1b[1;1H", COPY = "\u001b]52;c;";`;
  for (const text of [source, btoa(source), JSON.stringify({ source })]) {
    assertEquals(inspectValue({ content: [{ type: "text", text }] }).report.findings, []);
  }
  const real = inspectValue({ content: [{ type: "text", text: "a\x1b[8mhidden\x1b[0m" }] });
  assertEquals(real.report.findings.some(({ id }) => id === "injection-terminal-command"), true);
});
