/** When a run of the conformance suite through the product counts as the same as one without it. */
import { assertEquals } from "@std/assert";
import { differences } from "../../scripts/conformance/differences.ts";
import { pooled } from "../../scripts/conformance/pool.ts";

function checks(passed: readonly string[], failed: Readonly<Record<string, string>> = {}) {
  return { passed: new Set(passed), failed: new Map(Object.entries(failed)) };
}

const DIRECT = checks(["s/a", "s/b"], { "s/c": "no" });

const RUNS: readonly (readonly [name: string, run: ReturnType<typeof checks>, said: readonly string[]])[] = [
  ["the same", checks(["s/b", "s/a"], { "s/c": "for another reason" }), []],
  ["a check that fails", checks(["s/a"], { "s/b": "why", "s/c": "no" }), [
    "passes directly, but not here: s/b: why",
  ]],
  ["a check that is not made", checks(["s/a"], { "s/c": "no" }), [
    "passes directly, and is not looked at here: s/b",
  ]],
  ["a check that passes here alone", checks(["s/a", "s/b", "s/c"]), ["passes here, but not directly: s/c"]],
  ["a check that is made here alone", checks(["s/a", "s/b"], { "s/c": "no", "s/d": "why" }), [
    "does not pass here, and is not looked at directly: s/d: why",
  ]],
  ["nothing", checks([]), [
    "passes directly, and is not looked at here: s/a",
    "passes directly, and is not looked at here: s/b",
  ]],
];

for (const [name, run, said] of RUNS) {
  Deno.test(`a conformance run is held against the direct one: ${name}`, () => {
    assertEquals(differences(run, DIRECT), said);
  });
}

Deno.test("jobs run so many at a time, and their outcomes stand in the order of the jobs", async () => {
  let running = 0, most = 0;
  const jobs = [5, 1, 3, 2, 4].map((n) => async () => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < n; turn++) await Promise.resolve();
    running--;
    return n;
  });
  assertEquals(await pooled(jobs, 2), [5, 1, 3, 2, 4]);
  assertEquals([running, most], [0, 2]);
});
