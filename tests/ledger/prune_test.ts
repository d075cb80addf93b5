/** Pruning: what goes, what stays, what a crash in between leaves, and that every proof is as it was. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import {
  answerCall,
  type Entry,
  ledgerReader,
  type PrunedEntries,
  type PrunedPayloads,
  pruneEntries,
  prunePayloads,
  readPayloads,
  type Table,
} from "../../lib/ledger/mod.ts";
import { type CommitFaults, memoryStore, withFaults } from "../../lib/store/mod.ts";
import {
  call,
  die,
  heldCall,
  locksIn,
  openIn,
  outcome,
  PRINCIPAL,
  type TestLedger,
  verifyIn,
  type World,
  world,
} from "./support.ts";

const HOUR_MS = 3_600_000;

function nowMs(here: World): number {
  return here.clock.nowMicros() / 1000;
}

function openFull(here: World): Promise<TestLedger> {
  return openIn(here, { request: { record: "full" } });
}

/** A session of `calls` answered calls, an hour before what comes next. */
async function session(here: World, calls = 3): Promise<void> {
  const ledger = await openFull(here);
  for (let i = 0; i < calls; i++) {
    const { ref } = await ledger.write(call({ input: `{"n":${i}}` }));
    await ledger.write(outcome(ref.seq));
  }
  await ledger.close("done");
  here.clock.advanceMs(HOUR_MS);
}

interface How {
  readonly olderThanMs?: number;
  readonly dryRun?: boolean;
  readonly faults?: CommitFaults;
}

function storeOf(here: World, { faults }: How) {
  const store = memoryStore(here.rows);
  return faults === undefined ? store : withFaults(store, faults);
}

function payloads(here: World, how: How = {}): Promise<PrunedPayloads> {
  const { olderThanMs = 0, dryRun = false } = how;
  const now = nowMs(here);
  return prunePayloads({ store: storeOf(here, how), nowMs: now }, { beforeMs: now - olderThanMs, dryRun });
}

function entries(here: World, how: How = {}): Promise<PrunedEntries> {
  const { olderThanMs = 0, dryRun = false } = how;
  const deps = { store: storeOf(here, how), keys: here.keys, locks: locksIn(here), clock: here.clock };
  const beforeMs = nowMs(here) - olderThanMs;
  return pruneEntries(deps, { beforeMs, dryRun, principal: PRINCIPAL, by: "jane" });
}

function count(here: World, table: Table): number {
  return here.rows.tables.get(table)?.size ?? 0;
}

/** `e` an entry, `-` a stub. */
async function shape(here: World): Promise<string> {
  let text = "";
  for await (const { stored, pruned } of ledgerReader(memoryStore(here.rows)).oldestFirst()) {
    text += stored !== undefined ? "e" : pruned !== undefined ? "-" : "?";
  }
  return text;
}

async function hashes(here: World): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { stored, pruned } of ledgerReader(memoryStore(here.rows)).oldestFirst()) {
    found.push((stored ?? pruned)?.hash ?? "none");
  }
  return found;
}

Deno.test("payloads that are older go, younger ones stay, and the ledger verifies as before", async () => {
  const here = world();
  await session(here), await session(here), await session(here);
  const before = await verifyIn(here);
  assertEquals(count(here, "payload"), 18);
  const old = { olderThanMs: 1.5 * HOUR_MS };
  assertEquals((await payloads(here, { ...old, dryRun: true })).payloads, 12);
  assertEquals(count(here, "payload"), 18, "a dry run changes nothing");
  const pruned = await payloads(here, old);
  assertEquals(pruned.payloads, 12);
  assert(pruned.bytes > 12 * 8);
  assertEquals(count(here, "payload"), 6);
  assertEquals(await verifyIn(here), before);
  assertEquals((await payloads(here, old)).payloads, 0, "the second time there is nothing left");
  const { stored } = await ledgerReader(memoryStore(here.rows)).entry(1) ?? {};
  assertEquals((await readPayloads(memoryStore(here.rows), stored?.entry as Entry)).damaged, []);
});

Deno.test("payloads of many parts count once, and go in commits of at most 500 rows", async () => {
  const here = world();
  const ledger = await openFull(here);
  const large = Array.from({ length: 60_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 0).toString(36)).join(
    "",
  );
  for (let i = 0; i < 300; i++) await ledger.write(call({ input: i % 100 === 0 ? `"${large}"` : "{}" }));
  for (let i = 0; i < 300; i++) await ledger.write(call());
  await ledger.close("done");
  here.clock.advanceMs(1);
  const sizes: number[] = [];
  const rows = count(here, "payload");
  assert(rows > 603);
  const pruned = await payloads(here, {
    faults: { before: (_, { changes }) => void sizes.push(changes.length) },
  });
  assertEquals(pruned.payloads, 600);
  assertEquals(sizes, [500, rows - 500]);
  assertEquals(count(here, "payload"), 0);
});

Deno.test("a crash between two deletions leaves what the next pruning takes; so do rows without an entry", async () => {
  const here = world();
  await session(here, 400);
  const killed = payloads(here, {
    faults: {
      before: (nth) => {
        if (nth === 2) throw new Error("killed");
      },
    },
  });
  await assertRejects(() => killed, Fault);
  assertEquals(count(here, "payload"), 300);
  const [key = ""] = [...here.rows.tables.get("payload")?.keys() ?? []].map(String);
  const orphan = `${key.slice(0, 24)}000000000000/in/0`;
  await memoryStore(here.rows).commit({
    checks: [],
    changes: [{ table: "payload", key: orphan, value: Uint8Array.of(0) }],
  });
  assertEquals((await payloads(here)).payloads, 301);
  assertEquals(count(here, "payload"), 0);
});

Deno.test("while a session runs, payloads of the last minute stay: those of its next entries may be there already", async () => {
  const here = world();
  const ledger = await openFull(here);
  await ledger.write(call());
  here.clock.advanceMs(61_000);
  await ledger.write(call());
  here.clock.advanceMs(1000);
  assertEquals((await payloads(here)).payloads, 1);
  assertEquals(count(here, "payload"), 1);
  await ledger.close("done");
  assertEquals((await payloads(here)).payloads, 1);
});

Deno.test("the texts of old entries go behind an entry that says so; hashes, head and status stay", async () => {
  const here = world();
  await session(here), await session(here);
  const before = await hashes(here);
  const want = { olderThanMs: 1.5 * HOUR_MS };
  assertEquals(await entries(here, { ...want, dryRun: true }), { entries: 8, until: 8 });
  assertEquals(await shape(here), "e".repeat(16), "a dry run changes nothing");
  const pruned = await entries(here, want);
  assertEquals(pruned, { entries: 8, until: 8, seq: 17 });
  assertEquals(await shape(here), "-".repeat(8) + "e".repeat(11));
  assertEquals((await hashes(here)).slice(0, 16), before);
  const { stored } = await ledgerReader(memoryStore(here.rows)).entry(17) ?? {};
  assertEquals([stored?.entry.kind, stored?.entry.until, stored?.entry.by], ["prune", 8, "jane"]);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("the second time there is nothing to do, and no entry says that something was done", async () => {
  const here = world();
  await session(here), await session(here);
  await entries(here, { olderThanMs: 1.5 * HOUR_MS });
  const before = await shape(here);
  assertEquals(await entries(here, { olderThanMs: 1.5 * HOUR_MS }), { entries: 0, until: 8 });
  assertEquals(await shape(here), before);
});

Deno.test("pruning everything leaves a ledger that verifies, opens and goes on", async () => {
  const here = world();
  await session(here), await session(here);
  await entries(here), await payloads(here);
  here.clock.advanceMs(1);
  assertEquals(await shape(here), "-".repeat(16) + "eee");
  await entries(here);
  assertEquals(await shape(here), "-".repeat(19) + "eee");
  assertEquals((await verifyIn(here)).status, "intact");
  await session(here);
  assertEquals((await verifyIn(here)).status, "intact");
  assertEquals(count(here, "payload"), 6);
});

Deno.test("an empty ledger, and one of a running session alone, have nothing to prune", async () => {
  const here = world();
  assertEquals(await entries(here), { entries: 0, until: 0 });
  assertEquals((await payloads(here)).payloads, 0);
  const ledger = await openFull(here);
  await ledger.write(call());
  here.clock.advanceMs(HOUR_MS);
  assertEquals(await entries(here), { entries: 0, until: 0 });
  assertEquals(await shape(here), "ee");
});

Deno.test("nothing behind the beginning of a running session goes, be it ever so old", async () => {
  const here = world();
  await session(here);
  const running = await openFull(here);
  const { ref } = await running.write(call());
  const held = await running.write(heldCall());
  here.clock.advanceMs(HOUR_MS);
  await session(here);
  here.clock.advanceMs(HOUR_MS);
  assertEquals((await entries(here)).until, 8);
  assertEquals((await shape(here)).slice(0, 11), "--------eee");
  // Its calls, holds and answers go on as if nothing had been.
  await running.write(outcome(ref.seq));
  const deps = { store: memoryStore(here.rows), keys: here.keys, locks: locksIn(here), clock: here.clock };
  assert((await answerCall(deps, { call: held.ref.seq, decision: "allow" })).ok);
  assertEquals((await running.answers([held.ref.seq])).length, 1);
  await running.write(outcome(held.ref.seq));
  const late = await answerCall(deps, { call: 2, decision: "allow" });
  assertEquals(late, { ok: false, error: "its session has ended, and its text was pruned" });
  await running.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a session that died is ended first, and does not keep what is behind it", async () => {
  const here = world();
  const dead = await openFull(here);
  await dead.write(call());
  die(here, dead);
  here.clock.advanceMs(HOUR_MS);
  const pruned = await entries(here);
  assertEquals(pruned, { entries: 0, until: 0 }, "its end is younger");
  here.clock.advanceMs(HOUR_MS);
  assertEquals((await entries(here)).entries, 3);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("killed at any instant, pruning leaves a ledger that verifies, and the next one ends it", async () => {
  let died = 0;
  for (let at = 1;; at++) {
    const here = world();
    await session(here, 600), await session(here);
    const faults: CommitFaults = {
      before: (nth) => {
        if (nth === at) throw new Error("killed");
      },
    };
    const killed = await entries(here, { faults, olderThanMs: 1.5 * HOUR_MS }).then(() => false, () => true);
    assert(["intact", "recovered"].includes((await verifyIn(here)).status), `killed at ${at}`);
    await entries(here, { olderThanMs: 1.5 * HOUR_MS });
    assertEquals((await shape(here)).slice(0, 1210), "-".repeat(1202) + "e".repeat(8));
    assert(["intact", "recovered"].includes((await verifyIn(here)).status));
    if (!killed) break;
    died++;
  }
  assertEquals(died, 4, "one entry and three commits of stubs");
});

Deno.test("two that prune at once, while a session writes, come out as one", async () => {
  const here = world();
  for (let i = 0; i < 5; i++) await session(here);
  const running = await openFull(here);
  const writing = (async () => {
    for (let i = 0; i < 50; i++) await running.write(call());
  })();
  const both = await Promise.all([entries(here), entries(here), payloads(here, { olderThanMs: HOUR_MS })]);
  await writing;
  await running.close("done");
  assertEquals([both[0].until, both[1].until], [40, 40]);
  assertEquals((await shape(here)).slice(0, 41), `${"-".repeat(40)}e`);
  assertEquals((await verifyIn(here)).status, "intact");
});

const TAMPERED: readonly { name: string; tamper: (record: Uint8Array) => Uint8Array }[] = [
  {
    name: "its text was changed",
    tamper: (record) => record.map((byte, at) => at === 120 ? byte ^ 1 : byte),
  },
  { name: "its hash was changed", tamper: (record) => record.map((byte, at) => at === 5 ? byte ^ 1 : byte) },
  { name: "its text is gone, and another hash is there", tamper: (record) => record.slice(0, 105).fill(2) },
];

for (const { name, tamper } of TAMPERED) {
  Deno.test(`an entry is not pruned where ${name}: nothing may hide what was done to it`, async () => {
    const here = world();
    await session(here);
    const rows = here.rows.tables.get("entry");
    const cell = rows?.get(3);
    if (cell !== undefined) rows?.set(3, { ...cell, value: tamper(cell.value) });
    await assertRejects(() => entries(here), Fault, "is not what was signed");
    assertEquals((await shape(here)).replace("?", "e").replace("-", "e"), "e".repeat(8));
  });
}

Deno.test("an entry that changes the key keeps its text: trust in the next key hangs by it", async () => {
  const here = world();
  await session(here);
  const { rotateKey } = await import("../../lib/ledger/rotate.ts");
  const { generateKeys } = await import("../../lib/identity/mod.ts");
  const next = { ...generateKeys(), blinding: here.keys.blinding };
  const deps = { store: memoryStore(here.rows), keys: here.keys, locks: locksIn(here), clock: here.clock };
  await rotateKey(deps, { principal: PRINCIPAL, prepare: () => Promise.resolve(next) });
  const rotated = { ...here, keys: next };
  here.clock.advanceMs(HOUR_MS);
  await session(rotated);
  await entries(rotated);
  assertEquals(await shape(here), `${"-".repeat(9)}e${"-".repeat(9)}eee`);
  assertEquals((await verifyIn(rotated)).status, "intact");
});
