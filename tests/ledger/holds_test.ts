import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { answerCall, type PersonsAnswer } from "../../lib/ledger/mod.ts";
import { memoryStore } from "../../lib/store/mod.ts";
import type { Ref } from "../../lib/verdict/mod.ts";
import {
  call,
  charge,
  clause,
  clausesOf,
  decision,
  die,
  entriesIn,
  heldCall,
  limited,
  locksIn,
  open,
  openIn,
  outcome,
  verifyIn,
  type World,
  world,
} from "./support.ts";

/** A person in another terminal. */
function person(here: World, answer: PersonsAnswer) {
  const { keys, clock } = here;
  return answerCall({ store: memoryStore(here.rows), keys, clock, locks: locksIn(here) }, answer);
}

async function answered(here: World, answer: PersonsAnswer): Promise<Ref> {
  const result = await person(here, answer);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

async function refusalOf(here: World, answer: PersonsAnswer): Promise<string> {
  const result = await person(here, answer);
  if (result.ok) throw new Error("the answer was taken");
  return result.error;
}

Deno.test("an approval: an entry, seen by the session that holds, and the outcome follows", async () => {
  const here = world();
  const ledger = await openIn(here);
  const held = await ledger.write(heldCall());
  assertEquals(held.settled?.verdict, "hold");
  assertEquals(await ledger.answers([held.ref.seq]), []);
  const answer = await answered(here, { call: held.ref.seq, decision: "allow", note: "fine", by: "jane" });
  assertEquals(await ledger.answers([held.ref.seq, 0, 999]), [
    { call: held.ref.seq, decision: "allow", reason: "rule:ask-first", cleared: [], seq: answer.seq },
  ]);
  await ledger.write(outcome(held.ref.seq));
  await ledger.close("done");
  const entry = (await entriesIn(here))[answer.seq];
  assertEquals([entry?.["kind"], entry?.["call"], entry?.["decision"], entry?.["verdict"]], [
    "approval",
    1,
    "allow",
    "forward",
  ]);
  assertEquals([entry?.["note"], entry?.["by"], entry?.["tool"]], ["fine", "jane", "read_file"]);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a denial: approval-denied, the reason in the person's words beside it", async () => {
  const here = world();
  const ledger = await openIn(here);
  const { ref } = await ledger.write(heldCall());
  const answer = await answered(here, { call: ref.seq, decision: "deny", note: "not on a Friday" });
  assertEquals(await ledger.answers([ref.seq]), [{
    call: ref.seq,
    decision: "deny",
    reason: "approval-denied",
    cleared: [],
    seq: answer.seq,
  }]);
  assertEquals((await entriesIn(here))[answer.seq]?.["note"], "not on a Friday");
  await assertRejects(() => ledger.write(outcome(ref.seq)), Fault, "does not wait");
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("exactly one answer counts: the second is told who was first", async () => {
  const here = world();
  const ledger = await openIn(here);
  const [a, b, c] = await Promise.all([1, 2, 3].map(() => ledger.write(heldCall())));
  if (a === undefined || b === undefined || c === undefined) throw new Error("three were written");
  await person(here, { call: a.ref.seq, decision: "allow" });
  assertEquals(
    await refusalOf(here, { call: a.ref.seq, decision: "deny" }),
    "it is approved already, by entry 4",
  );
  await assertRejects(
    () => ledger.write({ type: "unanswered", call: a.ref.seq, reason: "approval-expired" }),
    Fault,
    "answered",
  );
  await ledger.write({ type: "unanswered", call: b.ref.seq, reason: "approval-expired" });
  assertEquals(await refusalOf(here, { call: b.ref.seq, decision: "allow" }), "it has expired (entry 5)");
  const both = await Promise.all([
    person(here, { call: c.ref.seq, decision: "allow" }),
    person(here, { call: c.ref.seq, decision: "deny" }),
  ]);
  assertEquals(both.filter(({ ok }) => ok).length, 1);
  assertEquals((await ledger.answers([c.ref.seq])).length, 1);
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("two ends of one hold in one batch: the first counts", async () => {
  const here = world();
  const ledger = await openIn(here);
  const { ref } = await ledger.write(heldCall());
  const ends = await Promise.allSettled([
    ledger.write({ type: "unanswered", call: ref.seq, reason: "cancelled" }),
    ledger.write({ type: "unanswered", call: ref.seq, reason: "approval-expired" }),
  ]);
  assertEquals(ends.map(({ status }) => status), ["fulfilled", "rejected"]);
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("what cannot be answered, and what the person is told", async () => {
  const here = world();
  const ledger = await openIn(here);
  await ledger.write(call());
  const refused = await ledger.write(call({ decision: decision({ outcome: "deny" }) }));
  const rows: readonly (readonly [number, string])[] = [
    [0, "it is an entry of kind session-open, not a call"],
    [1, "it is not held: its verdict is forward"],
    [refused.ref.seq, "it is not held: its verdict is refuse"],
    [77, "there is no such entry"],
  ];
  for (const [seq, message] of rows) {
    assertEquals(await refusalOf(here, { call: seq, decision: "allow" }), message);
  }
});

Deno.test("the charges of a held call are made when it is approved, with the numbers of then", async () => {
  const here = world();
  const ledger = await openIn(here);
  const asked = clause("ask", [], { ref: "standard/ask-first", reason: "rule:ask-first" });
  const once = open([...clausesOf(limited(charge({ limit: "1" }))), asked]);
  const held = await ledger.write(call({ decision: once }));
  const other = await ledger.write(call({ decision: once }));
  assertEquals([held.settled?.verdict, other.settled?.verdict], ["hold", "hold"], "holding charges nothing");
  const answer = await answered(here, { call: held.ref.seq, decision: "allow" });
  assertEquals((await entriesIn(here))[answer.seq]?.["charges"], [
    { amount: "1", limit: "1", meter: '["rate","files","read_file"]', window_ms: 60_000 },
  ]);
  here.clock.advanceMs(18_000);
  const refusal = await refusalOf(here, { call: other.ref.seq, decision: "allow" });
  assert(refusal.startsWith("its limit is used up (1 in 60 s); it fits in 42 s, at 2026-"), refusal);
  assertEquals(
    (await ledger.write(call({ decision: limited(charge({ limit: "1" })) }))).settled?.verdict,
    "refuse",
  );
  here.clock.advanceMs(42_000);
  assert(
    (await person(here, { call: other.ref.seq, decision: "allow" })).ok,
    "it was still held, and fits now",
  );
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a session that closes refuses what it holds, and nobody can approve it afterwards", async () => {
  const here = world();
  const ledger = await openIn(here);
  const held = await Promise.all(Array.from({ length: 400 }, () => ledger.write(heldCall())));
  await ledger.close("client-eof");
  const first = held[0]?.ref.seq ?? -1;
  const refusal = await refusalOf(here, { call: first, decision: "allow" });
  assert(refusal.startsWith("it was cancelled, or its session ended"), refusal);
  assertEquals((await entriesIn(here)).filter(({ kind }) => kind === "approval").length, 400);
  assertEquals([...here.rows.tables.get("hold") ?? []], []);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a call that a dead session held cannot be approved: the session is noted first", async () => {
  const here = world();
  const ledger = await openIn(here);
  const { ref } = await ledger.write(heldCall());
  die(here, ledger);
  const refusal = await refusalOf(here, { call: ref.seq, decision: "allow" });
  assert(refusal.startsWith("it was cancelled, or its session ended"), refusal);
  assertEquals((await verifyIn(here)).status, "recovered");
});

Deno.test("whoever can write to the store but has no key cannot release a held call", async () => {
  const here = world();
  const ledger = await openIn(here);
  const forwarded = await ledger.write(call()), held = await ledger.write(heldCall());
  const store = memoryStore(here.rows);
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const hold = await store.read("hold", held.ref.seq);
  // Takes the hold away and points at an entry that is no approval; then at a forged one.
  await store.commit({
    checks: [],
    changes: [{ table: "hold", key: held.ref.seq }, {
      table: "answer",
      key: held.ref.seq,
      value: json({ seq: forwarded.ref.seq }),
    }],
  });
  await assertRejects(() => ledger.answers([held.ref.seq]), Fault, "no entry that we signed");
  const genuine = (await store.read("entry", forwarded.ref.seq))?.value ?? new Uint8Array();
  const text = JSON.stringify({
    ...(await entriesIn(here))[1],
    kind: "approval",
    call: held.ref.seq,
    decision: "allow",
  });
  const forged = new Uint8Array(106 + text.length);
  forged.set(genuine.subarray(0, 106));
  forged.set(new TextEncoder().encode(text), 106);
  await store.commit({
    checks: [],
    changes: [{ table: "entry", key: 9, value: forged }, {
      table: "answer",
      key: held.ref.seq,
      value: json({ seq: 9 }),
    }],
  });
  await assertRejects(() => ledger.answers([held.ref.seq]), Fault, "no entry that we signed");
  // Or makes a hold of a call that was refused, and waits for a person.
  await store.commit({
    checks: [],
    changes: [
      { table: "answer", key: held.ref.seq },
      { table: "hold", key: forwarded.ref.seq, value: hold?.value ?? new Uint8Array() },
    ],
  });
  await assertRejects(
    () => person(here, { call: forwarded.ref.seq, decision: "allow" }),
    Fault,
    "no entry that we signed",
  );
});
