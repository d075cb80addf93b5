/** What the budgets do not reach is told, and is never clean. */
import { assert, assertEquals } from "@std/assert";
import { manualClock } from "../../lib/base/mod.ts";
import { createScanner, type ScanLimits } from "../../lib/scan/mod.ts";

const KEY = "AKIAIOSFODNN7EXAMPLE";

function inspect(value: unknown, limits: Partial<ScanLimits>) {
  const made = createScanner({ overrides: [] }, { limits, clock: manualClock(0) });
  if (!made.ok) throw new Error(made.error);
  return made.value.inspect({
    text: JSON.stringify(value),
    direction: "to-upstream",
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
