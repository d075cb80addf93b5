import { assert, assertEquals, assertThrows } from "@std/assert";
import { Fault, utf8 } from "../../lib/base/mod.ts";
import { Book, bookKey, memoryBook, needsOf } from "../../lib/meter/mod.ts";
import { type Mark, nameOf, NO_MARKS } from "../../lib/verdict/mod.ts";
import {
  after,
  charge,
  charges,
  event,
  marks,
  NO_WINDOW,
  over,
  SCOPE,
  sliding,
  START,
  within,
} from "./_meter.ts";

Deno.test("limits: over and within are each other's opposite, and unevaluable together", () => {
  const book = memoryBook();
  book.settle(charges(charge(2, sliding(1000), 2)), START);
  const usage = book.at(START);
  for (const [amount, isOver, isWithin] of [[0, "no", "yes"], [1, "yes", "no"]] as const) {
    const one = charge(2, sliding(1000), amount);
    assertEquals([usage.match(over(one)), usage.match(within(one))], [isOver, isWithin]);
  }
  const unclear = charge(2, NO_WINDOW, "1e-400");
  assertEquals([usage.match(over(unclear)), usage.match(within(unclear))], ["unevaluable", "unevaluable"]);
});

Deno.test("a row that was not read is a mistake of ours, and does not look like one that is empty", () => {
  const book = new Book();
  const usage = book.at(START);
  assertThrows(() => usage.match(over(charge(1, NO_WINDOW))), Fault, "was not read");
  assertThrows(() => usage.match(after("a")), Fault, "was not read");
  assertThrows(() => usage.calls(SCOPE), Fault, "was not read");
  assertThrows(() => book.settle(charges(charge(1, NO_WINDOW)), START), Fault, "was not read");
  assertThrows(() => book.settle(marks(event("a")), START), Fault, "was not read");
  book.put({ table: "history", key: SCOPE }, undefined);
  assertEquals(book.at(START).match(after("a")), "no");
  book.forget();
  assertThrows(() => book.at(START).match(after("a")), Fault, "was not read");
});

Deno.test("missing() names each row that is not here, once, until it was put", () => {
  const book = new Book();
  const needs = { meters: ["a", "b", "a"], scopes: [SCOPE] };
  const rows = book.missing(needs);
  assertEquals(rows.map(({ table, key }) => `${table} ${key}`), ["meter a", "meter b", `history ${SCOPE}`]);
  for (const row of rows) book.put(row, undefined);
  assertEquals(book.missing(needs), []);
});

Deno.test("a damaged row is thrown at whoever needs it, and at nobody else", () => {
  const book = new Book();
  book.put({ table: "meter", key: '["m"]' }, utf8("nothing of ours"));
  book.put({ table: "meter", key: '["other"]' }, undefined);
  book.put({ table: "history", key: SCOPE }, utf8("{}"));
  const usage = book.at(START);
  assertThrows(() => usage.match(over(charge(1, NO_WINDOW))), Fault, "damaged");
  assertThrows(() => usage.progress(SCOPE, "w"), Fault, "damaged");
  assertEquals(usage.match(over({ ...charge(1, NO_WINDOW), meter: '["other"]' })), "no");
});

Deno.test("settle() does all of it or nothing", () => {
  const book = memoryBook();
  const good = charge(9, NO_WINDOW), bad = { ...charge(9, NO_WINDOW, "-1"), meter: "bad" };
  assertThrows(() => book.settle({ charges: [good, bad], marks: [event("a")] }, START), Fault);
  assertThrows(() => book.settle({ charges: [good], marks: [event("a", -1)] }, START), Fault);
  assertEquals(book.changes(), []);
  assertEquals(book.at(START).match(after("a")), "no");
});

Deno.test("size() is never less than what changes() has, and counts rows that would be changed as well", () => {
  const book = memoryBook();
  for (let i = 0; i < 300; i++) {
    book.settle({ charges: [charge(1e9, sliding(1e9), 1e9)], marks: [event(`${i}`)] }, START + i * 1e9);
  }
  const changes = book.changes();
  const bytes = changes.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  assert(book.size().bytes >= bytes, `${book.size().bytes} and ${bytes}`);
  assertEquals(book.size().rows, changes.length);
  book.settled();
  assertEquals([book.changes(), book.size().rows], [[], 0]);
  assert(book.size({ meters: ['["m"]'], scopes: [SCOPE] }).bytes >= bytes);
});

Deno.test("names that are too long for a key are told apart by a digest", () => {
  const long = nameOf("rate", "x".repeat(1_048_576)), other = nameOf("rate", `${"x".repeat(1_048_575)}y`);
  assert(bookKey(long).length < 100 && bookKey(long) !== bookKey(other));
  assertEquals(bookKey(bookKey(long)), bookKey(long), "a name that was shortened stays as it is");
  const book = memoryBook();
  book.settle(charges({ ...charge(1, NO_WINDOW), meter: long }), START);
  assertEquals(book.at(START).match(over({ ...charge(1, NO_WINDOW), meter: long })), "yes");
  assertEquals(book.at(START).match(over({ ...charge(1, NO_WINDOW), meter: other })), "no");
});

Deno.test("needsOf() names every meter and scope that a decision can look at or change, once", () => {
  const mark = (scope: string): Mark => ({ kind: "call", scope });
  const named = (meter: string) => ({ ...charge(1, NO_WINDOW), meter });
  const clause = {
    effect: "deny",
    ref: "l/r",
    reason: "rule:r",
    message: "",
    unevaluable: false,
    redactFields: [],
    guards: [over(named("guarded")), { ...after("t"), scope: "looked at" }],
    charges: [named("charged")],
  } as const;
  const part = { id: "p", severity: 1, guard: { kind: "age", scope: "aged", overMs: 1 } } as const;
  const envelope = { ref: "l/e", scope: "watched", parts: [part], workflows: [], workflowsAfter: 3 };
  const needs = needsOf({
    charges: [named("closed"), named("closed")],
    marks: {
      forwarded: [mark("forwarded")],
      refused: [mark("refused")],
      approved: [{ mark: mark("approved") }],
      labelled: [],
    },
    open: {
      layers: [{ clauses: [clause], redactFields: [], redactRefs: [] }],
      envelopes: [{ ...envelope, thresholds: { warn: 0.3, ask: 0.6, kill: 0.9 } }],
      fallback: { outcome: "deny", rules: [], reason: "default", message: "" },
    },
  });
  assertEquals(needs.meters.toSorted(), ["charged", "closed", "guarded"]);
  assertEquals(needs.scopes.toSorted(), ["aged", "approved", "forwarded", "looked at", "refused", "watched"]);
  assertEquals(needsOf({ charges: [], marks: NO_MARKS }), { meters: [], scopes: [] });
});
