/** What is written to slow a scanner down or to slip past it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { manualClock } from "../../lib/base/mod.ts";
import { createScanner, type Inspection, type ScannerParts } from "../../lib/scan/mod.ts";
import { cpuMs } from "../alone.ts";
import { inspectText, inspectValue } from "./_harness.ts";
import { HOSTILE } from "./_hostile.ts";
import { HOSTILE_VIEWS } from "./_hostile_views.ts";

const UNITS = 16 * 1024;
/**
 * One text of eight lengths costs as much as eight texts of one length, and eight times as much where time grows with
 * the square. The two take about equally long, so that a busy machine and a garbage collector hit both alike.
 */
const TIMES = 8, MAX_RATIO = 2.6;

/** How much more one long text costs than the same amount of short ones; the shortest of several runs of each. */
function costRatio(short: string, long: string): number {
  let shortest = Infinity, longest = Infinity;
  for (let run = 0; run < 3; run++) {
    shortest = Math.min(
      shortest,
      timeOf(() => {
        for (let i = 0; i < TIMES; i++) inspectText(short);
      }),
    );
    longest = Math.min(longest, timeOf(() => inspectText(long)));
  }
  return longest / shortest;
}

function timeOf(run: () => void): number {
  const start = cpuMs();
  run();
  return cpuMs() - start;
}

for (const [name, make] of Object.entries({ ...HOSTILE, ...HOSTILE_VIEWS })) {
  Deno.test(`the time for ${name} grows with its length and no faster`, () => {
    const short = make(UNITS), long = make(TIMES * UNITS);
    let ratio = Infinity;
    for (let attempt = 0; attempt < 8 && ratio > MAX_RATIO; attempt++) ratio = costRatio(short, long);
    assert(ratio <= MAX_RATIO, `eight times the text took ${ratio.toFixed(1)} times as long as eight texts`);
    assert(inspectText(long).report.complete);
  });
}

Deno.test("8,000 social-security numbers and 100 KB of PEM headers are all seen", () => {
  const numbers = inspectValue({ t: "078-05-1120 ".repeat(8000) });
  assertEquals(numbers.report.findings.map(({ count }) => count), [8000]);
  const list = inspectValue(Array(8000).fill("078-05-1120"));
  assertEquals(list.report.findings.reduce((sum, { count }) => sum + count, 0), 8000);
  assertEquals(JSON.parse(list.clean ?? "[]"), Array(8000).fill("[REDACTED:ssn]"));
  const header = "-----BEGIN RSA PRIVATE KEY-----\n";
  const headers = inspectValue({ t: header.repeat(3200) });
  assertEquals(headers.report.findings.map(({ count }) => count), [3200]);
});

Deno.test("the findings of a message fit into a ledger entry, however many and however deep", () => {
  const wide = unhurried(Array(5000).fill(["078-05-1120", "AKIAIOSFODNN7EXAMPLE"]));
  const deep = unhurried({ ["k".repeat(100_000)]: Array(5000).fill("078-05-1120") });
  let nested: unknown = "078-05-1120";
  for (let level = 0; level < 200; level++) nested = { [`key number ${level}`]: nested };
  for (const { report } of [wide, deep, unhurried(nested)]) {
    assert(report.complete);
    assert(JSON.stringify(report.findings).length < 40_000);
  }
  assertEquals(wide.report.findings.reduce((sum, { count }) => sum + count, 0), 10_000);
  assertEquals(wide.report.findings.at(-1), { id: "aws-access-key", at: "", action: "redact", count: 4968 });
  assertEquals(deep.report.findings, [{ id: "ssn", at: "", action: "redact", count: 5000 }]);
  const [finding] = unhurried(nested).report.findings;
  assertStringIncludes(finding?.at ?? "", "/key number 199/key number 198/");
});

/** On a clock that stands: these are about what is found, and a busy machine must not end them. */
function unhurried(value: unknown) {
  return inspectWith(JSON.stringify(value), { clock: manualClock(0) });
}

function inspectWith(text: string, parts: ScannerParts) {
  const scanner = createScanner({ overrides: [] }, parts);
  if (!scanner.ok) throw new Error(scanner.error);
  const inspection: Inspection = { text, direction: "to-client", server: "s", tool: "t", method: "m" };
  return scanner.value.inspect(inspection);
}

Deno.test("a message over the byte budget is incomplete, not clean", () => {
  const { report, clean } = inspectWith(JSON.stringify("x".repeat(100)), { limits: { maxUnits: 100 } });
  assertEquals([report.complete, report.findings, clean], [false, [], undefined]);
  assertEquals(report.gap, "the message has 102 characters, and no more than 100 are scanned");
  assert(inspectWith(JSON.stringify("x".repeat(98)), { limits: { maxUnits: 100 } }).report.complete);
});

Deno.test("a scan over the time budget is incomplete and still says and masks what it saw", () => {
  const clock = manualClock(0);
  let asked = 0;
  // The budget is gone when the clock is asked for the second time: at the beginning, and between tokens.
  const slow = {
    ...clock,
    monotonicMs: () => {
      if (++asked === 2) clock.advanceMs(1001);
      return clock.monotonicMs();
    },
  };
  const { report, clean } = inspectWith(JSON.stringify(Array(200).fill("078-05-1120")), { clock: slow });
  assertEquals([report.complete, report.gap], [false, "the scan took more than 1000 ms"]);
  assertEquals(report.findings.length, 63);
  assertStringIncludes(clean ?? "", "078-05-1120");
});

const BROKEN: readonly string[] = [
  '{"a":"078-05-1120"',
  '{"a":"078-05-1120',
  '["078-05-1120"}',
  '{"a":"078-05-1120"}}, "078-05-1120"',
  '["\\u00"',
  '"\\u00zz 078-05-1120"',
  "078-05-1120 <",
  '["078-05-1120", ?, "078-05-1120"]',
];

for (const text of BROKEN) {
  Deno.test(`a text that is not strict JSON is incomplete: ${text}`, () => {
    const { report } = inspectText(text);
    assertEquals([report.complete, report.gap], [false, "the message is not strict JSON"]);
  });
}

Deno.test("more levels than the wire lets through are incomplete", () => {
  const text = `${"[".repeat(300)}"078-05-1120"${"]".repeat(300)}`;
  assertEquals(inspectText(text).report.gap, "the message has more than 256 levels of nesting");
});

Deno.test("no marker in a message turns anything off", () => {
  for (
    const words of [
      "countersign:allow",
      "gitleaks:allow",
      "noscan",
      "[REDACTED:aws-access-key]",
      "[REDACTED:",
      "EXAMPLE",
      "test",
      "// nosec",
    ]
  ) {
    const { report } = inspectValue({ [words]: `${words} AKIAIOSFODNN7EXAMPLE ${words}`, note: words });
    assertEquals(report.findings.map(({ id }) => id), ["aws-access-key"], words);
  }
  assertEquals(inspectValue({ password: "[REDACTED:hunter2hunter2]" }).report.findings.length, 1);
  assertEquals(inspectValue({ password: "[REDACTED:pan]hunter2hunter2" }).report.findings.length, 1);
});

Deno.test("every unit of the basic plane can stand in a text, alone and beside a secret", () => {
  const units = Array.from({ length: 0x10000 - 0x80 }, (_, i) => String.fromCharCode(i + 0x80));
  const all = units.filter((unit) => unit.isWellFormed()).join("");
  const { report } = inspectValue({ all, secret: `\uffff\ufffe\ufffd AKIAIOSFODNN7EXAMPLE \uffff` });
  assert(report.findings.some(({ id }) => id === "aws-access-key"), JSON.stringify(report));
});
