import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ledgerReader, type LedgerStore } from "../../lib/ledger/mod.ts";
import { makeSealer, stubOf } from "../../lib/ledger/record.ts";
import { memoryRows, memoryStore } from "../../lib/store/mod.ts";
import { call, openIn, outcome, world } from "./support.ts";

/** A store with entries at these times, in milliseconds; the first `pruned` of them are stubs. */
async function storeWith(times: readonly number[], pruned: number): Promise<LedgerStore> {
  const here = world(), store = memoryStore(memoryRows()), seal = makeSealer(here.keys);
  const records = times.map((ms, seq) =>
    seal({
      v: 1,
      seq,
      id: "01a0c450-6c00-732e-97b2-9dc2b7eee311",
      time: `${new Date(ms).toISOString().slice(0, -1)}000Z`,
      prev: "0".repeat(64),
      kind: "session-open",
      session: "s",
      agent: { id: "a", roles: [], verified: false },
      server: "files",
    }).value
  );
  const changes = records.map((value, seq) => ({
    table: "entry" as const,
    key: seq,
    value: seq < pruned ? stubOf(value) : value,
  }));
  const head = new TextEncoder().encode(JSON.stringify({
    hash: "0".repeat(64),
    key: "0".repeat(16),
    seq: times.length - 1,
    sig: "0".repeat(128),
    time_us: 1,
    v: 1,
  }));
  await store.commit({ checks: [], changes: [...changes, { table: "head", key: "newest", value: head }] });
  return store;
}

Deno.test("firstAt() finds the place that a walk finds, stubs before it or not", async () => {
  const cases = fc.record({
    steps: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 }),
    pruned: fc.nat(40),
    asked: fc.integer({ min: -2, max: 130 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ steps, pruned, asked }) => {
      let now = 0;
      const times = steps.map((step) => now += step);
      const reader = ledgerReader(await storeWith(times, pruned));
      const wanted = times.findIndex((ms, seq) => seq >= pruned && ms >= asked);
      const expected = wanted < 0 ? times.length : Math.max(wanted, 0);
      const found = await reader.firstAt(`${new Date(asked).toISOString().slice(0, -1)}000Z`);
      assertEquals(found, pruned >= times.length ? times.length : expected);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a reader hands out stubs as pruned, with hash, signature and key, and damage as neither", async () => {
  const here = world(), ledger = await openIn(here);
  const { ref } = await ledger.write(call());
  await ledger.write(outcome(ref.seq));
  await ledger.close("done");
  const store = memoryStore(here.rows), reader = ledgerReader(store);
  const whole = await reader.entry(0);
  const first = here.rows.tables.get("entry")?.get(0)?.value ?? new Uint8Array();
  await store.commit({
    checks: [],
    changes: [{ table: "entry", key: 0, value: stubOf(first) }, {
      table: "entry",
      key: 1,
      value: first.slice(0, 50),
    }],
  });
  const { hash, sig, key } = whole?.stored ?? { hash: "", sig: "", key: "" };
  assertEquals(await reader.entry(0), { seq: 0, stored: undefined, pruned: { hash, sig, key } });
  assertEquals(await reader.entry(1), { seq: 1, stored: undefined });
  assertEquals(await reader.entry(99), undefined);
});

Deno.test("oldestFirst() ends before `until`", async () => {
  const reader = ledgerReader(await storeWith([1, 2, 3, 4, 5], 0));
  const seqs: number[] = [];
  for await (const { seq } of reader.oldestFirst(1, 3)) seqs.push(seq);
  assertEquals(seqs, [1, 2]);
});
