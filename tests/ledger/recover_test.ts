import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../lib/store/mod.ts";
import { call, die, entriesIn, heldCall, openIn, outcome, verifyIn, world } from "./support.ts";

async function recoveredEntries(here: ReturnType<typeof world>) {
  return (await entriesIn(here)).filter(({ kind }) => kind === "recovered");
}

Deno.test("the next open notes a session that died, with its calls without outcome", async () => {
  const here = world();
  const ledger = await openIn(here);
  const done = await ledger.write(call()),
    open = await ledger.write(call()),
    held = await ledger.write(heldCall());
  await ledger.write(outcome(done.ref.seq));
  die(here, ledger);
  assertEquals((await verifyIn(here)).status, "intact-open");
  const next = await openIn(here);
  assertEquals(next.opened.recovered, 1);
  const [noted] = await recoveredEntries(here);
  assertEquals([noted?.["session"], noted?.["calls"]], [ledger.opened.session, [open.ref.seq]]);
  const refused = (await entriesIn(here)).find(({ kind }) => kind === "approval");
  assertEquals([refused?.["call"], refused?.["reason"]], [held.ref.seq, "cancelled"]);
  await next.close("done");
  const report = await verifyIn(here);
  assertEquals([report.status, report.recoveredSessions, report.withoutOutcome], ["recovered", 1, 1]);
  await (await openIn(here)).close("done");
  assertEquals((await recoveredEntries(here)).length, 1, "it is noted once");
});

Deno.test("a session that runs is left alone, by any number of others", async () => {
  const here = world();
  const running = await openIn(here);
  const pending = await running.write(call());
  for (let i = 0; i < 3; i++) await (await openIn(here)).close("done");
  assertEquals(await recoveredEntries(here), []);
  await running.write(outcome(pending.ref.seq));
  await running.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("several that open at once note a dead session once", async () => {
  const here = world();
  const ledger = await openIn(here);
  await ledger.write(call());
  die(here, ledger);
  const opened = await Promise.all([1, 2, 3, 4].map(() => openIn(here, { runningClock: true })));
  assertEquals(opened.reduce((sum, { opened }) => sum + opened.recovered, 0), 1);
  await Promise.all(opened.map((other) => other.close("done")));
  assertEquals((await recoveredEntries(here)).length, 1);
  assertEquals((await verifyIn(here)).status, "recovered");
});

Deno.test("more calls than one entry lists are spread over several entries", async () => {
  const here = world();
  const ledger = await openIn(here);
  const written = await Promise.all(Array.from({ length: 3500 }, () => ledger.write(call())));
  die(here, ledger);
  await (await openIn(here)).close("done");
  const noted = await recoveredEntries(here);
  assertEquals(noted.map(({ calls, more }) => [(calls as number[]).length, more]), [[3000, 500], [
    500,
    undefined,
  ]]);
  assertEquals(noted.flatMap(({ calls }) => calls as number[]), written.map(({ ref }) => ref.seq));
  assertEquals((await verifyIn(here)).withoutOutcome, 3500);
});

Deno.test("recovery reads from the session's watermark, not the whole ledger", async () => {
  const here = world();
  const ledger = await openIn(here);
  for (let i = 0; i < 400; i++) {
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
  }
  const open = await ledger.write(call());
  die(here, ledger);
  const reads: number[] = [];
  const store = memoryStore(here.rows);
  const counting = {
    ...store,
    scan: (table: Parameters<typeof store.scan>[0], scan: Parameters<typeof store.scan>[1] = {}) => {
      if (table === "entry") reads.push(Number(scan.from));
      return store.scan(table, scan);
    },
  };
  await openIn(here, { store: counting });
  assertEquals((await recoveredEntries(here))[0]?.["calls"], [open.ref.seq]);
  assert(reads.length > 0 && reads.every((from) => from > 500), `scans began at ${reads}`);
});

Deno.test("a call that stays open keeps the watermark below it", async () => {
  const here = world();
  const ledger = await openIn(here);
  const old = await ledger.write(call());
  for (let i = 0; i < 400; i++) {
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
  }
  die(here, ledger);
  await openIn(here);
  assertEquals((await recoveredEntries(here))[0]?.["calls"], [old.ref.seq]);
});

Deno.test("a running session that was taken for dead opens again, and its outcomes still count", async () => {
  const here = world();
  const ledger = await openIn(here, { runningClock: true });
  const pending = await ledger.write(call());
  die(here, ledger); // its lock file was removed by hand; the process runs on
  await (await openIn(here, { runningClock: true })).close("done");
  await ledger.write(outcome(pending.ref.seq));
  await ledger.write(call());
  await ledger.close("done");
  const opens = (await entriesIn(here)).filter(({ kind, session }) =>
    kind === "session-open" && session === ledger.opened.session
  );
  assertEquals(opens.map(({ detail }) => detail), [undefined, "taken for dead, goes on"]);
  assertEquals((await verifyIn(here)).status, "recovered");
});
