/** The sums: exact as long as they can be, honest where they are not, flat whatever comes. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Entry, ReadEntry } from "../../lib/ledger/mod.ts";
import { SessionSum, Summary } from "../../lib/report/mod.ts";
import { EXACT_VALUES, Latencies } from "../../lib/report/summary/latency.ts";
import { OverTime } from "../../lib/report/summary/over_time.ts";
import { Tally } from "../../lib/report/summary/tally.ts";
import { entryAt } from "./entries.ts";

Deno.test("Tally: exact up to twice its cap, the largest first, equal ones by name", () => {
  const tally = new Tally({ cap: 2 });
  for (const name of ["b", "a", "c", "a", "d"]) tally.add(name);
  assertEquals(tally.top(2), {
    items: [{ name: "a", count: 2 }, { name: "b", count: 1 }],
    more: 2,
    moreCount: 2,
    folded: false,
  });
});

Deno.test("Tally: a flood of names neither grows it nor hides the one that comes often", () => {
  const tally = new Tally({ cap: 50 });
  const rounds = 20_000;
  for (let i = 0; i < rounds; i++) {
    tally.add(`flood-${i}`);
    if (i % 10 === 0) tally.add("often");
  }
  const { items, folded, more, moreCount } = tally.top(1);
  assertEquals(items[0]?.name, "often");
  assertEquals([items[0]?.count, folded], [2_000, true]);
  assertEquals((items[0]?.count ?? 0) + moreCount, rounds + 2_000, "nothing is lost from the total");
  assert(more >= 100, "what is not listed is counted");
});

Deno.test("Latencies: exact as the nearest rank says, for the first values", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(10_000_000), { minLength: 1, maxLength: EXACT_VALUES }),
    (values) => {
      const latencies = new Latencies();
      for (const value of values) latencies.add(value);
      const sorted = values.toSorted((a, b) => a - b);
      const at = (quantile: number) => sorted[Math.max(1, Math.ceil(quantile * values.length)) - 1];
      const found = latencies.quantiles();
      assertEquals([found?.p50_us, found?.p90_us, found?.p99_us, found?.max_us], [
        at(0.5),
        at(0.9),
        at(0.99),
        sorted.at(-1),
      ]);
      assertEquals([found?.count, found?.exact], [values.length, true]);
    },
  ));
});

Deno.test("Latencies: beyond, within one percent of the nearest rank", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 100, max: 100_000_000 }), { minLength: EXACT_VALUES + 1, maxLength: 900 }),
      (values) => {
        const latencies = new Latencies();
        for (const value of values) latencies.add(value);
        const sorted = values.toSorted((a, b) => a - b);
        const found = latencies.quantiles();
        assertEquals(found?.exact, false);
        for (
          const [quantile, got] of [[0.5, found?.p50_us], [0.9, found?.p90_us], [
            0.99,
            found?.p99_us,
          ]] as const
        ) {
          const want = sorted[Math.ceil(quantile * values.length) - 1] ?? 0;
          // Half a unit more: results are whole microseconds.
          assert(Math.abs((got ?? 0) - want) <= want * 0.0101 + 0.5, `${got} for ${want}`);
        }
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("Latencies: nothing, zero and what is longer than any bucket", () => {
  assertEquals(new Latencies().quantiles(), undefined);
  const latencies = new Latencies();
  for (let i = 0; i <= EXACT_VALUES; i++) latencies.add(i < 300 ? 0 : Number.MAX_SAFE_INTEGER);
  const found = latencies.quantiles();
  assertEquals([found?.p50_us, found?.max_us], [0, Number.MAX_SAFE_INTEGER]);
});

Deno.test("OverTime: few buckets without gaps, and no count is lost, whatever the order", () => {
  const times = fc.array(fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(fc.property(times, (seconds) => {
    const over = new OverTime();
    for (const second of seconds) over.add(second, "forward");
    const { widthS, buckets } = over.series();
    assert(buckets.length <= 72, `${buckets.length} buckets`);
    buckets.forEach(({ start }, i) => assertEquals(start, (buckets[0]?.start ?? 0) + i * widthS));
    const sum = buckets.reduce((total, { counts }) => total + (counts["forward"] ?? 0), 0);
    assertEquals(sum, seconds.length);
  }));
  const forged = new OverTime();
  forged.add(NaN, "forward");
  assertEquals(forged.series().buckets, []);
});

const STORY: readonly Partial<Entry>[] = [
  { kind: "session-open" },
  { kind: "call", verdict: "forward", decision: "allow" },
  { kind: "outcome", call: 1, verdict: "release" },
  { kind: "call", verdict: "refuse", decision: "deny", findings: [{ id: "x", at: "/a", count: 2 }] },
  { kind: "call", verdict: "hold", decision: "ask" },
  { kind: "recovered", calls: [4], more: 1 },
  { kind: "session-open", detail: "taken for dead, goes on" },
  { kind: "call", verdict: "redact", decision: "allow" },
  { kind: "session-close", calls: [7] },
];

function sessionFrom(entries: readonly Entry[]) {
  const sum = new SessionSum("s");
  for (const entry of entries) sum.take(entry);
  return sum.facts();
}

Deno.test("SessionSum: a session's numbers, the same from whichever end it is read", () => {
  const entries = STORY.map((over, seq) => entryAt(seq, over));
  const facts = sessionFrom(entries);
  assertEquals(facts, sessionFrom(entries.toReversed()));
  assertEquals(
    [facts.state, facts.calls, facts.refused, facts.held, facts.findings, facts.without_outcome],
    ["closed", 4, 1, 1, 2, 1],
  );
  assertEquals([facts.first_seq, facts.last_seq, facts.duration_ms], [0, 8, 8_000]);
  assertEquals(sessionFrom(entries.slice(0, 6)).state, "recovered");
  assertEquals(sessionFrom(entries.slice(0, 8)).state, "open", "it went on after it was taken for dead");
  assertEquals(sessionFrom(entries.slice(4)).opened, undefined);
});

function factsOf(reads: readonly ReadEntry[]) {
  const summary = new Summary();
  for (const read of reads) summary.take(read);
  return summary.facts();
}

function read(entry: Entry): ReadEntry {
  return { seq: entry.seq, stored: { entry, hash: "", sig: "", key: "" } };
}

Deno.test("Summary: what the entries come to", () => {
  const facts = factsOf(
    STORY.map((over, seq) => read(entryAt(seq, { method: "tools/call", tool: "t", ...over }))),
  );
  assertEquals([facts.calls.calls, facts.calls.forwarded, facts.calls.held, facts.calls.refused], [
    4,
    2,
    1,
    1,
  ]);
  assertEquals(facts.calls.decisions, { allow: 2, ask: 1, deny: 1 });
  assertEquals(facts.findings.items, [{ name: "x", count: 2 }]);
  assertEquals(facts.without_outcome.total, 3);
  assertEquals(facts.without_outcome.calls.map(({ seq }) => seq), [7, 4]);
  assertEquals(facts.tools.items.map(({ tool, calls }) => [tool, calls]), [["t", 4]]);
  assertEquals(facts.sessions.recovered, 1);
});

Deno.test("Summary: pruned entries are no damage, and nothing at all is no division by it", () => {
  const stub = { hash: "", sig: "", key: "" };
  const facts = factsOf([{ seq: 0, stored: undefined, pruned: stub }, { seq: 1, stored: undefined }]);
  assertEquals([facts.entries.total, facts.entries.pruned, facts.entries.damaged], [2, 1, 1]);
  assertEquals(factsOf([]).entries.total, 0);
});
