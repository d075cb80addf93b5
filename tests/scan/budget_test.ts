/** What the budgets do not reach is told, and is never clean. */
import { assert, assertEquals } from "@std/assert";
import { manualClock } from "../../lib/base/mod.ts";
import { createScanner, type ScanLimits } from "../../lib/scan/mod.ts";
import type { Direction } from "../../lib/verdict/mod.ts";

const KEY = "AKIAIOSFODNN7EXAMPLE";

function inspect(value: unknown, limits: Partial<ScanLimits>, direction: Direction = "to-upstream") {
  const made = createScanner({ overrides: [] }, { limits, clock: manualClock(0) });
  if (!made.ok) throw new Error(made.error);
  return made.value.inspect({
    text: JSON.stringify(value),
    direction,
    server: "s",
    tool: "t",
    method: "tools/call",
  });
}

const ROWS: readonly (readonly [name: string, text: string])[] = [
  ["percent-encoding", `%41${KEY.slice(1)} `.repeat(20)],
  ["base64", `see ${btoa(`see ${KEY} `.repeat(20))}`],
  ["JSON in a string", JSON.stringify(Array(20).fill({ a: KEY }))],
  ["entities", `&#65;${KEY.slice(1)} `.repeat(20)],
];

for (const [name, text] of ROWS) {
  Deno.test(`decoding beyond the budget is a gap: ${name}`, () => {
    const { report } = inspect({ t: text }, { viewFactor: 0, viewUnits: 100 });
    assertEquals([report.complete, report.gap], [false, "decoding it takes more than 100 characters"]);
    const enough = inspect({ t: text }, {}).report;
    assertEquals([enough.complete, enough.findings.map(({ id }) => id)], [true, ["aws-access-key"]]);
  });
}

Deno.test("the default budget is enough for an ordinary document in each dress", () => {
  const page = "A paragraph of ordinary text with a number or two: 42 %, 3/4 & more. ".repeat(200);
  for (
    const text of [
      page,
      encodeURIComponent(page),
      btoa(page),
      JSON.stringify({ a: JSON.stringify({ page }) }),
    ]
  ) {
    assert(inspect({ t: text }, {}).report.complete);
  }
});

const SSN = "078-05-1120";
const MANY: readonly (readonly [name: string, value: unknown])[] = [
  ["in one string", { t: `${SSN} `.repeat(21) }],
  ["in many strings", Array(21).fill(SSN)],
  ["in keys", Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`${i} ${KEY}`, i]))],
  ["in base64", [btoa(`${SSN} `.repeat(21))]],
  ["in a string of JSON", [JSON.stringify(Array(21).fill(SSN))]],
];

for (const [name, value] of MANY) {
  Deno.test(`more findings than the budget has, ${name}: told, and nothing leaves`, () => {
    for (const direction of ["to-upstream", "to-client"] as const) {
      const { report, clean, withhold } = inspect([value, "x", "y"], { maxFindings: 20 }, direction);
      assertEquals(
        [report.complete, report.gap],
        [false, "the message has more than 20 findings"],
        direction,
      );
      assertEquals([clean, withhold], [undefined, direction === "to-client" ? true : undefined]);
      assert(report.findings.some(({ action }) => action !== "allow" && action !== "annotate"), direction);
    }
  });
}

Deno.test("as many findings as the budget has are all masked", () => {
  const { report, clean } = inspect(Array(20).fill(SSN), { maxFindings: 20 }, "to-client");
  assert(report.complete);
  assertEquals(JSON.parse(clean ?? "[]"), Array(20).fill("[REDACTED:ssn]"));
});

Deno.test("what is only taken out of a text, or allowed, uses up no budget of findings", () => {
  const { report, clean } = inspect("a\u200b".repeat(100), { maxFindings: 20 }, "to-client");
  assertEquals([report.complete, JSON.parse(clean ?? "")], [true, "a".repeat(100)]);
  const made = createScanner(
    { overrides: [{ detector: "ssn", results: "allow" }] },
    { limits: { maxFindings: 20 }, clock: manualClock(0) },
  );
  if (!made.ok) throw new Error(made.error);
  const text = JSON.stringify(Array(100).fill(SSN));
  const allowed = made.value.inspect({ text, direction: "to-client", server: "s", tool: "t", method: "m" });
  assertEquals([allowed.report.complete, allowed.withhold, allowed.clean], [true, undefined, undefined]);
});
