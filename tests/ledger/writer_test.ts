import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { memoryStore } from "../../lib/store/mod.ts";
import type { CallRecord, Decision } from "../../lib/verdict/mod.ts";
import {
  call,
  charge,
  decision,
  die,
  entriesIn,
  heldCall,
  limited,
  openIn,
  outcome,
  verifyIn,
  world,
} from "./support.ts";

Deno.test("write() of a call answers with where its entry is and what was settled", async () => {
  const here = world();
  const ledger = await openIn(here);
  const { ref, settled } = await ledger.write(call());
  assertEquals(settled?.verdict, "forward");
  const entry = (await entriesIn(here))[ref.seq];
  assertEquals(entry?.["kind"], "call");
  assertEquals(entry?.["tool"], "read_file");
  assertEquals(entry?.["input"], {
    bytes: 62,
    digest: (entry?.["input"] as { digest: string }).digest,
  });
  await ledger.close("client-eof");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("no payload and no finding's value is in any row of the store", async () => {
  const here = world();
  const ledger = await openIn(here);
  const secret = "AKIAIOSFODNN7EXAMPLE";
  const findings = [{ id: "aws-access-key", at: "/arguments/key", count: 1, action: "block" as const }];
  const report = {
    complete: true,
    findings,
    threat: { score: 3, parts: [{ id: "exfil", weight: 3, at: "/x" }] },
  };
  const { ref } = await ledger.write(call({ input: `{"key":"${secret}"}`, report }));
  await ledger.write(outcome(ref.seq, { output: `{"text":"${secret}"}`, report }));
  await ledger.close("done");
  for (const [, cells] of here.rows.tables) {
    for (const { value } of cells.values()) assert(!new TextDecoder().decode(value).includes(secret));
  }
  const entry = (await entriesIn(here))[ref.seq];
  assertEquals(entry?.["findings"], [{ at: "/arguments/key", count: 1, id: "aws-access-key" }]);
  assertEquals(entry?.["threat"], 3);
  assertEquals(entry?.["threat_parts"], ["exfil"]);
});

Deno.test("everything queued while one commit runs shares the next, in order", async () => {
  const here = world();
  let release = () => {};
  const gate = new Promise<void>((resolve) => release = resolve);
  const ledger = await openIn(here, { faults: { before: (nth) => nth === 2 ? gate : undefined } });
  const first = ledger.write(call({ tool: "t0" }));
  await new Promise((resolve) => setTimeout(resolve, 0)); // the first commit is on its way now
  const others = Array.from({ length: 100 }, (_, i) => ledger.write(call({ tool: `t${i + 1}` })));
  release();
  const seqs = (await Promise.all([first, ...others])).map(({ ref }) => ref.seq);
  assertEquals(seqs, Array.from({ length: 101 }, (_, i) => i + 1));
  assertEquals(here.rows.commits, 3, "the opening, the first, and the hundred");
  assertEquals(
    (await entriesIn(here)).map(({ tool }) => tool).slice(1, 102),
    Array.from({ length: 101 }, (_, i) => `t${i}`),
  );
  await ledger.close("done");
});

Deno.test("a queue that is too long for one commit is spread over several, in order", async () => {
  const here = world();
  const ledger = await openIn(here);
  const written = await Promise.all(Array.from({ length: 1200 }, () => ledger.write(call())));
  assertEquals(written.map(({ ref }) => ref.seq), Array.from({ length: 1200 }, (_, i) => i + 1));
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a dry run records the verdict, forwards all the same, and holds nothing", async () => {
  const here = world();
  const ledger = await openIn(here, { request: { enforced: false } });
  const denied = await ledger.write(call({ enforced: false, decision: decision({ outcome: "deny" }) }));
  const asked = await ledger.write(heldCall({ enforced: false }));
  assertEquals([denied.settled?.verdict, asked.settled?.verdict], ["refuse", "hold"]);
  await ledger.write(outcome(denied.ref.seq, { enforced: false }));
  await ledger.write(outcome(asked.ref.seq, { enforced: false }));
  assertEquals(await ledger.answers([asked.ref.seq]), []);
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("limits are settled in the commit: of a burst just as many pass as the limit has", async () => {
  const here = world();
  const ledger = await openIn(here);
  const one = () => call({ decision: limited(charge({ limit: "3" })) });
  const written = await Promise.all(Array.from({ length: 10 }, () => ledger.write(one())));
  const verdicts = written.map(({ settled }) => settled?.verdict);
  assertEquals(verdicts, [...Array(3).fill("forward"), ...Array(7).fill("refuse")]);
  assertEquals(written[3]?.settled?.reason, "guardrail:rate");
  here.clock.advanceMs(60_000);
  assertEquals((await ledger.write(one())).settled?.verdict, "forward");
  const entries = await entriesIn(here);
  assertEquals(entries[1]?.["charges"], [{
    amount: "1",
    limit: "3",
    meter: '["rate","files","read_file"]',
    window_ms: 60_000,
  }]);
  assertEquals(entries[4]?.["charges"], undefined, "a refused call is not charged");
  await ledger.close("done");
});

Deno.test("limits survive a restart and are shared between processes", async () => {
  const here = world();
  const record = call({ decision: limited(charge({ limit: "3" })) });
  const one = await openIn(here), other = await openIn(here);
  assertEquals((await one.write(record)).settled?.verdict, "forward");
  assertEquals((await other.write(record)).settled?.verdict, "forward");
  await one.close("done");
  const later = await openIn(here);
  assertEquals((await later.write(record)).settled?.verdict, "forward");
  assertEquals((await other.write(record)).settled?.verdict, "refuse");
  assertEquals((await later.write(record)).settled?.verdict, "refuse");
});

Deno.test("several charges of one call are made together or not at all", async () => {
  const here = world();
  const ledger = await openIn(here);
  const wide = charge({ meter: "all", limit: "10" }), narrow = charge({ meter: "one", limit: "1" });
  const both = call({ decision: limited(wide, narrow) });
  assertEquals((await ledger.write(both)).settled?.verdict, "forward");
  for (let i = 0; i < 20; i++) assertEquals((await ledger.write(both)).settled?.verdict, "refuse");
  const only = call({ decision: limited({ ...wide, limit: "2" }) });
  const second = await ledger.write(only);
  assertEquals(second.settled?.verdict, "forward", "the refused ones did not use up the other meter");
});

Deno.test("a meter that two rules share is charged once a call, with the largest amount", async () => {
  const here = world();
  const ledger = await openIn(here);
  const shared = (amount: string, ms: number) =>
    charge({ meter: "two", limit: "5", amount, window: { kind: "sliding", ms } });
  const twice = call({ decision: limited(shared("1", 60_000), shared("2", 3_600_000)) });
  const verdicts = [];
  for (let i = 0; i < 4; i++) verdicts.push((await ledger.write(twice)).settled?.verdict);
  assertEquals(verdicts, ["forward", "forward", "refuse", "refuse"], "2 and 2 fit under 5, a third does not");
});

const UNKEPT: Readonly<Record<string, Decision>> = {
  "an amount that no total can hold": decision({ charges: [charge({ amount: "1e-400" })] }),
  "a negative amount": decision({ charges: [charge({ amount: "-1", window: { kind: "none" } })] }),
  "more charges than a commit can hold": decision({
    charges: Array.from({ length: 33 }, (_, i) => charge({ meter: `m${i}` })),
  }),
};

for (const [name, bad] of Object.entries(UNKEPT)) {
  Deno.test(`${name}: the call is refused as a fault of ours, with an entry, and no other call with it`, async () => {
    const here = world();
    const ledger = await openIn(here);
    const [refused, good] = await Promise.all([ledger.write(call({ decision: bad })), ledger.write(call())]);
    assertEquals([refused.settled?.verdict, refused.settled?.reason], ["refuse", "fault:ledger"]);
    assertEquals(good.settled?.verdict, "forward");
    const entry = (await entriesIn(here))[refused.ref.seq];
    assert(String(entry?.["detail"]).startsWith("Cannot charge a "), String(entry?.["detail"]));
    assertEquals(entry?.["charges"], undefined);
  });
}

Deno.test("a tool name of 1 MiB is recorded by its beginning and a keyed digest, also as the name of a meter", async () => {
  const here = world();
  const ledger = await openIn(here);
  const tool = "x".repeat(1_048_576);
  const record: CallRecord = call({
    tool,
    decision: decision({
      outcome: "ask",
      charges: [charge({ meter: JSON.stringify(["rate", "files", tool]) })],
    }),
  });
  const { ref } = await ledger.write(record);
  const entry = (await entriesIn(here))[ref.seq];
  assert(/^x{160}…\[1048576 bytes, hmac [0-9a-f]{64}\]$/.test(String(entry?.["tool"])));
  for (const cells of here.rows.tables.values()) {
    for (const [key, { value }] of cells) assert(value.length < 60_000 && String(key).length < 300);
  }
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("an outcome that no call waits for is refused: unknown, refused, second, within one batch as well", async () => {
  const here = world();
  const ledger = await openIn(here);
  const refused = await ledger.write(call({ decision: decision({ outcome: "deny" }) }));
  const notice = await ledger.write(call({ form: "notice" }));
  const passed = await ledger.write(call());
  for (const seq of [999, 0, refused.ref.seq, notice.ref.seq]) {
    await assertRejects(() => ledger.write(outcome(seq)), Fault, "does not wait");
  }
  const twice = await Promise.allSettled([
    ledger.write(outcome(passed.ref.seq)),
    ledger.write(outcome(passed.ref.seq)),
  ]);
  assertEquals(twice.map(({ status }) => status), ["fulfilled", "rejected"]);
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("time never goes back: a clock that is set back stands still", async () => {
  const here = world();
  const ledger = await openIn(here);
  here.clock.advanceMs(1000);
  await ledger.write(call());
  here.clock.advanceMs(-5000);
  await ledger.write(call());
  await ledger.close("done");
  const times = (await entriesIn(here)).map(({ time }) => String(time));
  assertEquals(times[2], times[1]);
  assertEquals(times, times.toSorted());
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("close() writes what is queued, names the calls without outcome, and takes nothing more", async () => {
  const here = world();
  const ledger = await openIn(here);
  const pending = await ledger.write(call());
  const queued = ledger.write(call());
  const closing = ledger.close("client-eof");
  await assertRejects(() => ledger.write(call()), Fault, "closed");
  await closing;
  const last = (await entriesIn(here)).at(-1);
  assertEquals(last?.["kind"], "session-close");
  assertEquals(last?.["reason"], "client-eof");
  assertEquals(last?.["calls"], [pending.ref.seq, (await queued).ref.seq]);
  const report = await verifyIn(here);
  assertEquals([report.status, report.withoutOutcome], ["intact", 2]);
  assertEquals(here.taken.size, 0);
  assertEquals([...here.rows.tables.get("session") ?? []], []);
});

Deno.test("a session id to resume: goes on with its open calls, and opens nothing twice", async () => {
  const here = world();
  const ledger = await openIn(here);
  const done = await ledger.write(call());
  await ledger.write(outcome(done.ref.seq));
  const pending = await ledger.write(call()), held = await ledger.write(heldCall());
  die(here, ledger);
  const resumed = await openIn(here, { request: { resume: ledger.opened.session } });
  assertEquals(resumed.opened.session, ledger.opened.session);
  assertEquals(resumed.opened.recovered, 0);
  await resumed.write(outcome(pending.ref.seq));
  await resumed.write({ type: "unanswered", call: held.ref.seq, reason: "cancelled" });
  await assertRejects(() => resumed.write(outcome(done.ref.seq)), Fault);
  await resumed.close("done");
  assertEquals((await entriesIn(here)).filter(({ kind }) => kind === "session-open").length, 1);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a session to resume that was given up for dead: a new one begins", async () => {
  const here = world();
  const ledger = await openIn(here);
  die(here, ledger);
  await (await openIn(here)).close("done");
  const resumed = await openIn(here, { request: { resume: ledger.opened.session } });
  assert(resumed.opened.session !== ledger.opened.session);
  await resumed.close("done");
  assertEquals((await verifyIn(here)).status, "recovered");
});

Deno.test("a head that points nowhere, or is not ours, is not appended to", async () => {
  const here = world();
  await (await openIn(here)).close("done");
  const store = memoryStore(here.rows);
  const entry = await store.read("entry", 1), head = await store.read("head", "newest");
  await store.commit({ checks: [], changes: [{ table: "entry", key: 1 }] });
  await assertRejects(() => openIn(here), Fault, "does not name its newest entry");
  await store.commit({
    checks: [],
    changes: [{ table: "entry", key: 1, ...entry }, { table: "head", key: "newest" }],
  });
  await assertRejects(() => openIn(here), Fault, "does not name its newest entry");
  const forged = new TextEncoder().encode(
    new TextDecoder().decode(head?.value).replace('"seq":1', '"seq":0'),
  );
  await store.commit({ checks: [], changes: [{ table: "head", key: "newest", value: forged }] });
  await assertRejects(() => openIn(here), Fault, "changed by somebody else");
});

Deno.test("a ledger that gets its first entry while it is opened is no ledger without a head", async () => {
  const here = world();
  const store = memoryStore(here.rows);
  let others = 0;
  const overtaken: typeof store = {
    ...store,
    read: async (table, key) => {
      const cell = await store.read(table, key);
      if (table === "head" && others++ === 0) await openIn(here);
      return cell;
    },
  };
  await (await openIn(here, { store: overtaken })).close("done");
  assertEquals((await entriesIn(here)).map(({ kind }) => kind), [
    "session-open",
    "session-open",
    "session-close",
  ]);
});

Deno.test("a ledger of another key is not appended to", async () => {
  const here = world();
  await (await openIn(here)).close("done");
  const fault = await assertRejects(() => openIn({ ...here, keys: world().keys }), Fault, "is signed by key");
  assertEquals(fault.code, "key");
});

Deno.test("an older copy that is put in place under a running session is noticed before it is signed on", async () => {
  const here = world();
  const ledger = await openIn(here);
  await ledger.write(call());
  const older = new Map([...here.rows.tables].map(([table, cells]) => [table, new Map(cells)] as const));
  await ledger.write(call());
  here.rows.tables.clear();
  for (const [table, cells] of older) here.rows.tables.set(table, cells);
  await assertRejects(() => ledger.write(call()), Fault, "its newest entry was 2 and is 1 now");
});
