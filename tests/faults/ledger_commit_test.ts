/** The store fails around a commit. Whatever happens: no call is answered without its entry, and the ledger verifies. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { memoryStore, withFaults } from "../../lib/store/mod.ts";
import type { LedgerStore } from "../../lib/ledger/mod.ts";
import { call, charge, entriesIn, limited, openIn, outcome, verifyIn, world } from "../ledger/support.ts";

const disk = () => new Error("disk I/O error");

interface CommitFault {
  readonly name: string;
  /** Around the second commit of the session: the one of the first call. */
  readonly before?: () => Promise<{ done: false; why: "busy" | "conflict" } | void> | {
    done: false;
    why: "busy" | "conflict";
  } | void;
  readonly after?: () => void;
  /** Is the call answered, or refused with a fault? */
  readonly answered: boolean;
  /** Is its entry there? */
  readonly recorded: boolean;
}

const FAULTS: readonly CommitFault[] = [
  {
    name: "it fails before anything was written",
    before: () => {
      throw disk();
    },
    ...{ answered: false, recorded: false },
  },
  {
    name: "it fails although everything was written",
    after: () => {
      throw disk();
    },
    ...{ answered: true, recorded: true },
  },
  {
    name: "the file is busy once",
    before: () => ({ done: false, why: "busy" }),
    ...{ answered: true, recorded: true },
  },
  {
    name: "it reports a conflict that nobody made",
    before: () => ({ done: false, why: "conflict" }),
    ...{ answered: true, recorded: true },
  },
];

for (const { name, before, after, answered, recorded } of FAULTS) {
  Deno.test(`a commit of the store: ${name}`, async () => {
    const here = world();
    const ledger = await openIn(here, {
      runningClock: true,
      faults: {
        before: (nth) => nth === 2 ? before?.() : undefined,
        after: (nth) => nth === 2 ? after?.() : undefined,
      },
    });
    const [first] = await Promise.allSettled([ledger.write(call())]);
    assertEquals(first?.status, answered ? "fulfilled" : "rejected");
    if (first?.status === "rejected") assertEquals((first.reason as Fault).code, "ledger");
    const there = (await entriesIn(here)).filter(({ kind }) => kind === "call");
    assertEquals(there.length, recorded ? 1 : 0);
    const next = await ledger.write(call());
    await ledger.write(outcome(next.ref.seq));
    await ledger.close("done");
    const report = await verifyIn(here);
    assertEquals([report.status, report.withoutOutcome], ["intact", recorded ? 1 : 0]);
  });
}

Deno.test("nobody can tell whether a commit happened: the call is refused, and the close names it if it did", async () => {
  const here = world();
  const healthy = memoryStore(here.rows);
  let failing = false;
  const store: LedgerStore = {
    ...withFaults(healthy, {
      after: (nth) => {
        if (nth !== 2) return;
        failing = true;
        throw disk();
      },
    }),
    read: (table, key) => failing ? Promise.reject(disk()) : healthy.read(table, key),
  };
  const ledger = await openIn(here, { store });
  const fault = await assertRejects(() => ledger.write(call()), Fault, "Cannot tell");
  assertEquals(fault.code, "ledger");
  failing = false;
  for (let i = 0; i < 300; i++) {
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
  }
  await ledger.close("done");
  assertEquals((await entriesIn(here)).at(-1)?.["calls"], [1]);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("nobody can tell whether the commit that moved the session's own row happened: the session goes on", async () => {
  const here = world();
  const healthy = memoryStore(here.rows);
  let failing = false, doubts = 0;
  const store: LedgerStore = {
    ...withFaults(healthy, {
      after: (nth, { changes }) => {
        if (nth === 1 || !changes.some(({ table, value }) => table === "session" && value !== undefined)) {
          return;
        }
        failing = true;
        doubts++;
        throw disk();
      },
    }),
    read: (table, key) => failing ? Promise.reject(disk()) : healthy.read(table, key),
  };
  const ledger = await openIn(here, { store, runningClock: true });
  let faults = 0;
  for (let i = 0; i < 600; i++) {
    await ledger.write(call()).then(({ ref }) => ledger.write(outcome(ref.seq))).catch(() => {
      failing = false;
      faults++;
    });
  }
  assert(doubts > 0, "the watermark moved");
  assertEquals(faults, doubts, "each doubt costs one answer");
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a process that stalls between check and commit is overtaken, and settles again with fresh numbers", async () => {
  const here = world();
  const once = call({ decision: limited(charge({ limit: "1" })) });
  let release = () => {};
  const overtaken = new Promise<void>((resolve) => release = resolve);
  let stalled = () => {};
  const isStalled = new Promise<void>((resolve) => stalled = resolve);
  const slow = await openIn(here, {
    runningClock: true,
    faults: {
      before: async (nth) => {
        if (nth !== 2) return;
        stalled();
        await overtaken;
      },
    },
  });
  const fast = await openIn(here, { runningClock: true });
  const late = slow.write(once);
  await isStalled; // its entry is made, signed and charged, on a head that is about to be old
  assertEquals((await fast.write(once)).settled?.verdict, "forward");
  release();
  assertEquals((await late).settled?.verdict, "refuse", "the only unit is gone");
  await Promise.all([slow.close("done"), fast.close("done")]);
  assertEquals((await verifyIn(here)).status, "intact");
  const seqs = (await entriesIn(here)).map(({ seq }) => seq);
  assertEquals(seqs, seqs.map((_, i) => i));
});

Deno.test("a store that stays busy: the calls are refused after the writer's patience, and not one by one", async () => {
  const here = world();
  let busy = false;
  const ledger = await openIn(here, {
    faults: {
      before: () => {
        if (!busy) return;
        here.clock.advanceMs(200);
        return { done: false, why: "busy" };
      },
    },
  });
  busy = true;
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => ledger.write(call())));
  assert(results.every(({ status }) => status === "rejected"));
  assert(here.clock.monotonicMs() < 3000, "one patience for all of them");
  busy = false;
  assertEquals((await ledger.write(call())).ref.seq, 1);
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("faults at every commit in turn, under two writers: the ledger verifies and each answer has its entry", async () => {
  for (let failing = 1; failing <= 12; failing++) {
    for (const when of ["before", "after"] as const) {
      const here = world();
      const faults = {
        [when]: (nth: number) => {
          if (nth === failing) throw disk();
        },
      };
      const one = await openIn(here, { runningClock: true, faults }).catch(() => undefined);
      const other = await openIn(here, { runningClock: true });
      const answered: number[] = [];
      const work = async (ledger: typeof other | undefined) => {
        for (let i = 0; i < 5; i++) {
          const written = await ledger?.write(call()).catch(() => undefined);
          if (written === undefined) continue;
          answered.push(written.ref.seq);
          await ledger?.write(outcome(written.ref.seq)).catch(() => undefined);
        }
        await ledger?.close("done").catch(() => undefined);
      };
      await Promise.all([work(one), work(other)]);
      const entries = await entriesIn(here);
      for (const seq of answered) assertEquals(entries[seq]?.["kind"], "call", `${when} commit ${failing}`);
      const { status } = await verifyIn(here);
      assert(["intact", "intact-open", "recovered"].includes(status), `${when} commit ${failing}: ${status}`);
      here.taken.clear();
      await (await openIn(here)).close("done");
      assert(
        ["intact", "recovered"].includes((await verifyIn(here)).status),
        `${when} commit ${failing}, reopened`,
      );
    }
  }
});

Deno.test("an outcome of which nobody knows whether it is there is not written twice", async () => {
  const here = world();
  const inner = memoryStore(here.rows);
  let blind = false;
  const faulty = withFaults(inner, {
    after: () => {
      if (blind) throw new Error("the disk is gone");
    },
  });
  const store: LedgerStore = {
    ...faulty,
    read: (table, key) =>
      blind && table === "entry" ? Promise.reject(new Error("still gone")) : faulty.read(table, key),
  };
  const ledger = await openIn(here, { store });
  const { ref } = await ledger.write(call());
  blind = true;
  await assertRejects(() => ledger.write(outcome(ref.seq, { verdict: "withhold" })), Fault, "Cannot tell");
  blind = false;
  await assertRejects(() => ledger.write(outcome(ref.seq, { verdict: "withhold" })), Fault);
  await ledger.write(call());
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a commit that a dead worker had on its way does not land behind the one that goes on", async () => {
  const here = world();
  let release = () => {};
  const resumed = new Promise<void>((resolve) => release = resolve);
  let stalled = () => {};
  const isStalled = new Promise<void>((resolve) => stalled = resolve);
  const once = call({ decision: limited(charge({ limit: "1" })) });
  const dead = await openIn(here, {
    faults: {
      before: async (nth) => {
        if (nth !== 2) return;
        stalled();
        await resumed;
        // It is dead: of what the store answers it takes no notice any more.
        throw new Error("terminated");
      },
    },
  });
  const store = memoryStore(here.rows);
  const row = await store.read("session", dead.opened.session);
  void dead.write(once).catch(() => {});
  await isStalled;
  here.taken.delete(dead.opened.session);
  const heir = await openIn(here, { request: { resume: dead.opened.session } });
  const now = await store.read("session", dead.opened.session);
  assertEquals(now?.value, row?.value, "nothing changed but the version that the dead commit would check");
  assert(now?.version !== row?.version);
  release();
  assertEquals((await heir.write(once)).settled?.verdict, "forward");
  await heir.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a crash around the commit of a charge: charged and recorded, or neither", async () => {
  for (const when of ["before", "after"] as const) {
    const here = world();
    const once = call({ decision: limited(charge({ limit: "1" })) });
    const healthy = memoryStore(here.rows);
    let dying = false;
    const store: LedgerStore = {
      ...withFaults(healthy, {
        [when]: (nth: number) => {
          if (nth !== 2) return;
          dying = true;
          throw disk();
        },
      }),
      read: (table, key) => dying ? Promise.reject(disk()) : healthy.read(table, key),
    };
    const ledger = await openIn(here, { store });
    await assertRejects(() => ledger.write(once), Fault);
    here.taken.clear(); // the process is gone
    const next = await openIn(here);
    const recorded = (await entriesIn(here)).some(({ kind }) => kind === "call");
    assertEquals(recorded, when === "after");
    assertEquals((await next.write(once)).settled?.verdict, recorded ? "refuse" : "forward");
    await next.close("done");
    assertEquals((await verifyIn(here)).status, "recovered");
  }
});
