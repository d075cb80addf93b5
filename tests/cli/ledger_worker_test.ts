/** The ledger worker with several sessions, as a run has it: on real files, restarted in the middle. */
import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "../../lib/base/mod.ts";
import { LedgerWorker } from "../../lib/cli/run/ledger_worker.ts";
import { loadPublicKeyFile } from "../../lib/identity/mod.ts";
import { verifyLedger } from "../../lib/ledger/mod.ts";
import { openLedgerReader } from "../../lib/store/mod.ts";
import { call, openRequest, outcome } from "../ledger/support.ts";

type Session = Awaited<ReturnType<LedgerWorker["open"]>>;

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-worker-" });
  try {
    await test(`${folder}/ledger`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function statusOf(folder: string): Promise<readonly [status: string, recovered: number]> {
  const reader = await openLedgerReader(folder);
  try {
    const publicKeys = [await loadPublicKeyFile(folder) ?? new Uint8Array()];
    const { status, recoveredSessions } = await verifyLedger(reader.rows, { publicKeys });
    return [status, recoveredSessions];
  } finally {
    reader.close();
  }
}

/** Once it is written: the machine may be too busy for the deadline that makes a worker hang. */
async function written({ ledger }: Session): Promise<number> {
  for (;;) {
    const done = await ledger.record(call()).catch((fault) => fault);
    if ("ref" in done) return done.ref.seq;
    assert(done instanceof Fault && done.code === "worker", String(done));
  }
}

Deno.test("sessions begin, write and end beside each other, and one that has ended takes nothing", () =>
  withFolder(async (folder) => {
    const worker = new LedgerWorker({ folder }, 20_000);
    assertEquals(await worker.start(), { entries: 0, recovered: 0 });
    const sessions = await Promise.all(
      Array.from({ length: 20 }, () => worker.open(openRequest({ folder }))),
    );
    assertEquals(new Set(sessions.map(({ opened }) => opened.session)).size, 20);
    const [first] = sessions;
    await Promise.all(sessions.map(async (session) => {
      await session.ledger.write(outcome(await written(session)));
      await session.close("done");
    }));
    const late = await first?.ledger.record(call()).catch((fault) => fault);
    assert(late instanceof Fault && late.code === "ledger");
    await worker.end();
    assertEquals(await statusOf(folder), ["intact", 0]);
  }));

Deno.test("a worker that is replaced goes on with all sessions; one that ended meanwhile stays ended", () =>
  withFolder(async (folder) => {
    const worker = new LedgerWorker({ folder }, 400);
    await worker.start();
    const sessions = await Promise.all(Array.from({ length: 5 }, () => worker.open(openRequest({ folder }))));
    const [ended, ...others] = sessions;
    await ended?.close("done");
    const calls = await Promise.all(others.map(written));
    const database = new DatabaseSync(`${folder}/ledger.db`);
    database.exec("BEGIN IMMEDIATE");
    const hung = await others[0]?.ledger.record(call()).catch(({ code }) => code);
    database.close();
    assertEquals(hung, "worker");
    await Promise.all(others.map(written));
    for (const [at, { ledger }] of others.entries()) {
      await ledger.write(outcome(calls[at] ?? -1)).catch(({ code }) => assertEquals(code, "worker"));
    }
    for (const session of others) await session.close("done");
    await worker.end();
    assertEquals(await statusOf(folder), ["intact", 0]);
  }));

Deno.test("the worker is dropped with sessions open: the next one names them", () =>
  withFolder(async (folder) => {
    const worker = new LedgerWorker({ folder }, 20_000);
    await worker.start();
    const sessions = await Promise.all(Array.from({ length: 5 }, () => worker.open(openRequest({ folder }))));
    await Promise.all(sessions.map(written));
    worker.drop();
    const next = new LedgerWorker({ folder }, 20_000);
    assertEquals((await next.start()).recovered, 5);
    await next.end();
    assertEquals(await statusOf(folder), ["recovered", 5]);
  }));
