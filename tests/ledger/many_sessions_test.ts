/** Many sessions of one process in one ledger: one chain, one queue, a session's edges and doubts its own. */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { Fault, sha256Hex } from "../../lib/base/mod.ts";
import { type Ledger, type LedgerStore, SharedLedger } from "../../lib/ledger/mod.ts";
import { memoryStore, withFaults } from "../../lib/store/mod.ts";
import {
  call,
  die,
  entriesIn,
  heldCall,
  locksIn,
  openIn,
  openRequest,
  outcome,
  simple,
  type TestLedger,
  verifyIn,
  type World,
  world,
} from "./support.ts";

interface Place {
  readonly here: World;
  readonly shared: SharedLedger;
  begin(agent?: string): Promise<TestLedger>;
}

async function shareIn(
  here: World,
  over: { store?: LedgerStore; own?: readonly string[] } = {},
): Promise<Place> {
  const { store = memoryStore(here.rows), own = [] } = over;
  const shared = await SharedLedger.open(
    { store, keys: here.keys, locks: locksIn(here), clock: here.clock },
    { own },
  );
  const begin = async (id = "my-agent") =>
    simple(await shared.begin(openRequest({ principal: { id, verified: false, roles: [] } })));
  return { here, shared, begin };
}

function begins(place: Place, count: number): Promise<TestLedger[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => place.begin(`agent-${at}`)));
}

async function two(place: Place): Promise<readonly [TestLedger, TestLedger]> {
  return [await place.begin(), await place.begin()];
}

async function traffic(ledger: TestLedger, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) {
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
  }
}

/** Entries by session. */
async function bySession(here: World): Promise<ReadonlyMap<unknown, readonly Record<string, unknown>[]>> {
  return Map.groupBy(await entriesIn(here), ({ session }) => session);
}

Deno.test("sessions that begin, call and end at once: each has its own entries, in order, and the chain is one", async () => {
  const here = world(), place = await shareIn(here);
  const ledgers = await begins(place, 200);
  await Promise.all(ledgers.map((ledger, at) => traffic(ledger, at % 4)));
  await Promise.all(ledgers.map((ledger) => ledger.close("done")));
  const entries = await bySession(here);
  assertEquals(entries.size, 200);
  ledgers.forEach(({ opened: { session } }, at) => {
    const kinds = entries.get(session)?.map(({ kind }) => kind);
    const pairs = Array.from({ length: at % 4 }, () => ["call", "outcome"]).flat();
    assertEquals(kinds, ["session-open", ...pairs, "session-close"]);
    assertEquals(entries.get(session)?.[0]?.["agent"], { id: `agent-${at}`, roles: [], verified: false });
  });
  assertEquals((await verifyIn(here)).status, "intact");
  assertEquals(here.taken.size, 0, "no lock is left");
});

Deno.test("what sessions ask in one turn shares commits", async () => {
  const here = world(), place = await shareIn(here);
  const ledgers = await begins(place, 50);
  assert(here.rows.commits <= 2, `${here.rows.commits} commits for 50 beginnings`);
  const before = here.rows.commits;
  const refs = await Promise.all(ledgers.map((ledger) => ledger.write(call())));
  assertEquals(here.rows.commits, before + 1);
  await Promise.all(ledgers.map((ledger, at) => ledger.write(outcome(refs[at]?.ref.seq ?? -1))));
  await Promise.all(ledgers.map((ledger) => ledger.close("done")));
  assert(here.rows.commits <= before + 4, `${here.rows.commits - before} commits for 50 ends`);
});

Deno.test("a session that ends leaves the others alone, and nothing more is written in it", async () => {
  const here = world(), place = await shareIn(here);
  const [first, second] = await two(place);
  let isDone = false;
  const running = (async () => {
    while (!isDone) await traffic(second, 1);
  })();
  await traffic(first, 5);
  await first.close("deleted");
  await assertRejects(() => first.write(call()), Fault, "its session is closed");
  await first.close("again");
  isDone = true;
  await running;
  await second.close("done");
  const closes = (await entriesIn(here)).filter(({ kind }) => kind === "session-close");
  assertEquals(closes.map(({ reason }) => reason), ["deleted", "done"]);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("the end of a session refuses what it held, and nobody else's", async () => {
  const here = world(), place = await shareIn(here);
  const [first, second] = await two(place);
  const mine = await first.write(heldCall()), other = await second.write(heldCall());
  await first.close("done");
  const ended = (await entriesIn(here)).filter(({ kind }) => kind === "approval");
  assertEquals(ended.map((entry) => entry["call"]), [mine.ref.seq]);
  assertEquals(await second.answers([other.ref.seq]), []);
  await second.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("an outcome of another session's call is refused, and the batch that it came in goes on", async () => {
  const here = world(), place = await shareIn(here);
  const [first, second] = await two(place);
  const { ref } = await first.write(call());
  const [foreign, own] = await Promise.allSettled([second.write(outcome(ref.seq)), second.write(call())]);
  assertEquals([foreign?.status, own?.status], ["rejected", "fulfilled"]);
  await first.write(outcome(ref.seq));
});

Deno.test("a commit that fails is told to everybody in it, and each session knows afterwards what was written", async () => {
  const here = world();
  let fails = false;
  const store = withFaults(memoryStore(here.rows), {
    before: () => {
      if (fails) throw new Error("the disk is gone");
    },
  });
  const place = await shareIn(here, { store });
  const ledgers = await begins(place, 5);
  fails = true;
  const failed = await Promise.allSettled(ledgers.map((ledger) => ledger.write(call())));
  assertEquals(failed.map(({ status }) => status), ledgers.map(() => "rejected"));
  fails = false;
  await Promise.all(ledgers.map((ledger) => traffic(ledger, 2)));
  await Promise.all(ledgers.map((ledger) => ledger.close("done")));
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a process that dies with 50 sessions: the next one names all, with their calls", async () => {
  const here = world(), place = await shareIn(here);
  const ledgers = await begins(place, 50);
  const open = await Promise.all(ledgers.map((ledger) => ledger.write(call())));
  for (const ledger of ledgers) die(here, ledger);
  const next = await openIn(here);
  assertEquals(next.opened.recovered, 50);
  await next.close("done");
  const noted = (await entriesIn(here)).filter(({ kind }) => kind === "recovered");
  const calls = new Map(noted.map(({ session, calls }) => [session, calls]));
  assertEquals(calls, new Map(ledgers.map(({ opened }, at) => [opened.session, [open[at]?.ref.seq]])));
  const report = await verifyIn(here);
  assertEquals([report.status, report.recoveredSessions, report.withoutOutcome], ["recovered", 50, 50]);
});

Deno.test("a restarted worker goes on with all sessions, and with what each of them waits for", async () => {
  const here = world(), before = await shareIn(here);
  const ledgers = await begins(before, 120);
  const open = await Promise.all(ledgers.map((ledger) => ledger.write(call())));
  for (const ledger of ledgers) die(here, ledger); // the worker is gone; the system frees its locks
  const requests = ledgers.map(({ opened }) => openRequest({ resume: opened.session }));
  const after = await shareIn(here, { own: ledgers.map(({ opened }) => opened.session) });
  const resumed = await after.shared.beginAll(requests);
  assertEquals(resumed.map(({ opened }) => opened.session), ledgers.map(({ opened }) => opened.session));
  await Promise.all(resumed.map((ledger, at) => ledger.write(outcome(open[at]?.ref.seq ?? -1))));
  await Promise.all(resumed.map((ledger) => ledger.close("done")));
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("of the sessions of a dead worker, one that was given up meanwhile is begun anew", async () => {
  const here = world(), before = await shareIn(here);
  const [lost, kept] = await two(before);
  die(here, lost);
  await (await openIn(here)).close("took it for dead");
  die(here, kept);
  const requests = [lost, kept].map(({ opened }) => openRequest({ resume: opened.session }));
  const after = await shareIn(here, { own: [lost.opened.session, kept.opened.session] });
  const [anew, resumed] = await after.shared.beginAll(requests) as [Ledger, Ledger];
  assertNotEquals(anew.opened.session, lost.opened.session);
  assertEquals(resumed.opened.session, kept.opened.session);
  for (const ledger of [anew, resumed]) await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "recovered");
});

Deno.test("sessions in front of one server share its pins, and each answers for what it saw itself", async () => {
  const here = world(), { shared } = await shareIn(here);
  const pins = { identity: '["node","server.js"]', newTools: "accept" } as const;
  const begin = async (identity: string) =>
    simple(await shared.begin(openRequest({ pins: { ...pins, identity } })));
  const first = await begin(pins.identity), second = await begin(pins.identity), other = await begin("[]");
  const old = definition("read"), changed = definition("read me first");
  assertEquals((await first.observe(listing(old))).first, true);
  assertEquals((await begin(pins.identity)).opened.pinned, true, "known to whoever comes later");
  assertEquals((await begin("[]")).opened.pinned, false);
  assertEquals((await second.observe(listing(changed))).refused.map(({ state }) => state), ["drifted"]);
  const reason = async (ledger: TestLedger, digest?: string) => {
    const called = { name: "read", ...digest !== undefined && { digest } };
    const { settled } = await ledger.write(call({ tool: "read", called }));
    return settled?.reason;
  };
  assertEquals(
    await Promise.all([reason(first, old.digest), reason(second, changed.digest), reason(first)]),
    [
      "rule:allow-read",
      "drift",
      "drift",
    ],
  );
  assertEquals((await other.observe(listing(changed))).refused, [], "another server's tool of that name");
});

Deno.test("two sessions that see a new server's tools in one commit: one of them pins, both know", async () => {
  const here = world(), { shared } = await shareIn(here);
  const request = openRequest({ pins: { identity: "[]", newTools: "accept" } });
  const ledgers = await Promise.all([1, 2].map(async () => simple(await shared.begin(request))));
  const answers = await Promise.all(ledgers.map((ledger) => ledger.observe(listing(definition("read")))));
  assertEquals(answers.map(({ first }) => first), [true, false]);
  assertEquals((await entriesIn(here)).filter(({ kind }) => kind === "pin").length, 1);
});

function definition(description: string) {
  const text = JSON.stringify(description), digest = sha256Hex(text);
  return { name: "read", shown: "read", digest, fields: [{ name: "description", digest, text }] };
}

function listing(tool: ReturnType<typeof definition>) {
  return { type: "pins", tools: [tool], continues: false, withheld: false } as const;
}

Deno.test("two processes with sessions of their own: one chain, and neither takes the other's for dead", async () => {
  const here = world();
  const places = [await shareIn(here), await shareIn(here)];
  const ledgers = (await Promise.all(places.map((place) => begins(place, 10)))).flat();
  await Promise.all(ledgers.map((ledger) => traffic(ledger, 3)));
  await Promise.all(ledgers.map((ledger) => ledger.close("done")));
  const report = await verifyIn(here);
  assertEquals([report.status, report.recoveredSessions], ["intact", 0]);
});

Deno.test("a session that was taken for dead opens again, and those beside it do not", async () => {
  const here = world(), place = await shareIn(here);
  const [first, second] = await two(place);
  await traffic(first, 1);
  die(here, first); // its lock file was removed by hand
  await (await openIn(here)).close("done");
  await Promise.all([traffic(first, 2), traffic(second, 2)]);
  await Promise.all([first.close("done"), second.close("done")]);
  const opens = (await bySession(here)).get(first.opened.session)?.filter(({ kind }) =>
    kind === "session-open"
  );
  assertEquals(opens?.map(({ detail }) => detail), [undefined, "taken for dead, goes on"]);
  const others = (await bySession(here)).get(second.opened.session);
  assertEquals(others?.filter(({ kind }) => kind === "session-open").length, 1);
  assertEquals((await verifyIn(here)).status, "recovered");
});

Deno.test("a session that ends behind many entries of others reads none of them", async () => {
  const here = world(), store = memoryStore(here.rows);
  let scans = 0;
  const counting: LedgerStore = {
    ...store,
    scan: (table, scan) => {
      if (table === "entry") scans++;
      return store.scan(table, scan);
    },
  };
  const place = await shareIn(here, { store: counting });
  const [idle, busy] = await two(place);
  await idle.write(call());
  await traffic(busy, 50);
  await idle.close("idle");
  assertEquals(scans, 1, "the tree of its checkpoint alone");
  await busy.close("done");
  assertEquals((await verifyIn(here)).withoutOutcome, 1);
});
