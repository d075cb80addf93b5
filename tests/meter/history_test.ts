import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Fault, utf8 } from "../../lib/base/mod.ts";
import { decodeHistory, encodeHistory } from "../../lib/meter/history_row.ts";
import { marked, NO_HISTORY } from "../../lib/meter/history.ts";
import { Book, memoryBook } from "../../lib/meter/mod.ts";
import type { Mark } from "../../lib/verdict/mod.ts";
import { after, event, marks, RUNS, SCOPE, START } from "./_meter.ts";

const SECOND = 1_000_000;
const CALL: Mark = { kind: "call", scope: SCOPE };

/** The book as another process finds it. */
function reopened(book: Book): Book {
  const next = new Book();
  for (const { table, key, value } of book.changes()) next.put({ table, key }, value);
  return next;
}

Deno.test("events: reached, not longer ago than asked, and not before they happened", () => {
  const book = memoryBook();
  assertEquals(book.at(START).match(after("a")), "no");
  book.settle(marks(event("a")), START);
  const rows = [[0, "yes", "no"], [2 * SECOND, "yes", "no"], [2 * SECOND + 1, "no", "yes"]] as const;
  for (const [later, expected, inverse] of rows) {
    const usage = book.at(START + later);
    assertEquals(usage.match(after("a", 0, 2000)), expected);
    assertEquals(usage.match({ ...after("a", 0, 2000), holds: "not_after" }), inverse);
  }
  assertEquals(book.at(START + 1e15).match(after("a")), "yes", "without a reach, as long as the scope");
  assertEquals(book.at(START).match(after("b")), "no");
});

Deno.test("age: longer ago than so much since the first call of the scope; none: no", () => {
  const book = memoryBook();
  const old = { kind: "age", scope: SCOPE, overMs: 1000 } as const;
  assertEquals(book.at(START).match(old), "no");
  book.settle(marks(CALL, CALL), START);
  book.settle(marks(CALL), START + 500_000);
  assertEquals(book.at(START).calls(SCOPE), 2, "two layers count one call once");
  assertEquals(book.at(START + SECOND).match(old), "no");
  assertEquals(book.at(START + SECOND + 1).match(old), "yes");
});

Deno.test("a call is one step of a run, never two", () => {
  const book = memoryBook();
  const all = marks(event("t", 0), event("t", 1), event("t", 2));
  const reached = () => [0, 1, 2].map((step) => book.at(START).match(after("t", step)));
  book.settle(all, START);
  assertEquals(reached(), ["yes", "no", "no"]);
  book.settle(all, START);
  assertEquals(reached(), ["yes", "yes", "no"]);
  book.settle(all, START);
  assertEquals(reached(), ["yes", "yes", "yes"]);
});

Deno.test("a workflow goes one step on at a time, in its order", () => {
  const book = memoryBook();
  const walk = (...steps: number[]) => {
    const mark: Mark = { kind: "walk", scope: SCOPE, track: "w", steps };
    book.settle(marks(mark, mark), START);
  };
  const gone = () => book.at(START).progress(SCOPE, "w");
  walk(1);
  assertEquals(gone(), 0);
  walk(0, 1);
  walk(0);
  assertEquals(gone(), 1);
  walk(1, 2);
  walk(2);
  assertEquals([gone(), reopened(book).at(START).progress(SCOPE, "w")], [3, 3]);
});

interface Call {
  readonly at: number;
  readonly steps: readonly number[];
}

/** Is there a run of steps 0 to `last`, in order, one call a step, that began at `since` or later? Tries them all. */
function naiveRun(calls: readonly Call[], last: number, since: number): boolean {
  const goesOn = (step: number, from: number): boolean =>
    step > last || calls.some(({ steps }, i) => i >= from && steps.includes(step) && goesOn(step + 1, i + 1));
  return calls.some(({ at, steps }, i) => at >= since && steps.includes(0) && goesOn(1, i + 1));
}

Deno.test("property: tracks agree with a search through every run of the calls that were made", () => {
  const plan = fc.array(
    fc.record({ wait: fc.nat(5), steps: fc.uniqueArray(fc.nat(3), { maxLength: 3 }) }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(plan, fc.nat(3), fc.nat(12), (calls, last, withinMs) => {
      let book = memoryBook();
      const made: Call[] = [];
      let now = START;
      for (const { wait, steps } of calls) {
        now += wait * 1000;
        const expected = naiveRun(made, last, now - withinMs * 1000);
        assertEquals(book.at(now).match(after("t", last, withinMs)), expected ? "yes" : "no");
        book.settle(marks(...steps.map((step) => event("t", step, 12))), now);
        // Through the bytes of the store each time, as a restart between any two calls would do.
        if (book.changes().length > 0) book = reopened(book);
        made.push({ at: now, steps });
      }
    }),
    { numRuns: RUNS },
  );
});

Deno.test("a sequence of thirty steps, with ten thousand other calls in between", () => {
  const book = memoryBook();
  let now = START;
  for (let step = 0; step < 30; step++) {
    assertEquals(book.at(now).match(after("long", 29)), "no");
    book.settle(marks(event("long", step)), now);
    for (let i = 0; i < 334; i++) book.settle(marks(CALL, event("noise", 0, 1000)), now += SECOND);
  }
  const later = reopened(book), passedMs = (now - START) / 1000;
  assertEquals(later.at(now).match(after("long", 29)), "yes");
  assertEquals(later.at(now).match(after("long", 29, passedMs)), "yes", "it began at the start");
  assertEquals(later.at(now).match(after("long", 29, passedMs - 1)), "no");
  assertEquals(later.at(now).calls(SCOPE), 30 * 334);
});

Deno.test("what nothing looks back on any more is not kept; of too many tracks, the newest are", () => {
  const book = memoryBook();
  book.settle(marks(event("short", 0, 1000), event("for ever")), START);
  book.settle(marks(event("short", 0, 60_000)), START);
  book.settle(marks(CALL), START + 60 * SECOND);
  assertEquals(book.at(START + 60 * SECOND).match(after("short", 0, 60_000)), "yes", "kept for the longest");
  book.settle(marks(CALL), START + 61 * SECOND);
  const row = new TextDecoder().decode(book.changes()[0]?.value);
  assert(!row.includes('"short"') && row.includes('"for ever"'), row);
  for (let i = 0; i < 1000; i++) book.settle(marks(event(`track ${i}`)), START + (62 + i) * SECOND);
  const usage = reopened(book).at(START + 2000 * SECOND);
  assertEquals([487, 488, 999].map((i) => usage.match(after(`track ${i}`))), ["no", "yes", "yes"]);
});

Deno.test("a history fits the store, however long its tracks and their names are", () => {
  const book = memoryBook();
  for (let step = 0; step < 20; step++) {
    const some = Array.from({ length: 512 }, (_, i) => event(`${i}`.padStart(300, "語"), step));
    book.settle(marks(...some), START + step);
  }
  const value = book.changes()[0]?.value ?? new Uint8Array();
  assert(value.length > 10_000 && value.length < 61_000, `${value.length} bytes`);
  assert(decodeHistory(value).tracks.size >= 64);
});

const DAMAGED: Readonly<Record<string, string>> = {
  "no JSON": "x",
  "a list": "[]",
  "another version": '{"calls":0,"tracks":[],"v":2,"walks":[]}',
  "no tracks": '{"calls":0,"v":1,"walks":[]}',
  "calls that are no count": '{"calls":-1,"tracks":[],"v":1,"walks":[]}',
  "a track without a name": '{"calls":0,"tracks":[{"best":[]}],"v":1,"walks":[]}',
  "an instant that is a text": '{"calls":0,"tracks":[{"best":["1"],"name":"a"}],"v":1,"walks":[]}',
  "a walk without steps": '{"calls":0,"tracks":[],"v":1,"walks":[{"name":"a"}]}',
  "a first call that is none": '{"calls":0,"first":null,"tracks":[],"v":1,"walks":[]}',
};

for (const [name, text] of Object.entries(DAMAGED)) {
  Deno.test(`decodeHistory() refuses ${name}`, () => {
    assertThrows(() => decodeHistory(utf8(text)), Fault, "damaged");
  });
}

Deno.test("a history comes back from its bytes as it was", () => {
  let history = NO_HISTORY;
  const walk: Mark = { kind: "walk", scope: SCOPE, track: "w", steps: [0] };
  for (let i = 0; i < 3; i++) {
    history = marked(history, [event("a", 0, 5000), event("b", i), event("c", 2), CALL, walk], START + i);
  }
  assertEquals(decodeHistory(encodeHistory(history)), history);
  assertEquals(history.tracks.get("b")?.best, [START, START, START]);
});
