/** One suite for both stores: what the ledger relies on holds on disk and in the twin that the other tests use. */
import { assertEquals } from "@std/assert";
import type { LedgerStore, Row, Scan } from "../../lib/ledger/mod.ts";
import { memoryRows, memoryStore, openKvStore } from "../../lib/store/mod.ts";

/** Opens two stores over one set of rows, as two processes do. */
type OpenPair = () => Promise<{ one: LedgerStore; other: LedgerStore; done(): Promise<void> }>;

const STORES: Readonly<Record<string, OpenPair>> = {
  "in memory": () => {
    const rows = memoryRows();
    return Promise.resolve({
      one: memoryStore(rows),
      other: memoryStore(rows),
      done: () => Promise.resolve(),
    });
  },
  "on disk": async () => {
    const folder = await Deno.makeTempDir({ prefix: "countersign-store-" });
    const one = await openKvStore(`${folder}/ledger.db`), other = await openKvStore(`${folder}/ledger.db`);
    const done = async () => {
      one.close();
      other.close();
      await Deno.remove(folder, { recursive: true });
    };
    return { one: patient(one), other: patient(other), done };
  },
};

/** A file that another holds for a moment says "busy" and nothing has happened: whoever relies on the store asks again. */
function patient(store: LedgerStore): LedgerStore {
  const commit: LedgerStore["commit"] = async (asked) => {
    for (;;) {
      const result = await store.commit(asked);
      if (result.done || result.why !== "busy") return result;
    }
  };
  return { ...store, commit };
}

const bytes = (...values: number[]) => Uint8Array.from(values);

async function keysOf(store: LedgerStore, scan: Scan = {}): Promise<unknown[]> {
  const keys: unknown[] = [];
  for await (const { key } of store.scan("entry", scan)) keys.push(key);
  return keys;
}

for (const [name, open] of Object.entries(STORES)) {
  const contract = (
    behaviour: string,
    test: (pair: { one: LedgerStore; other: LedgerStore }) => Promise<void>,
  ) =>
    Deno.test(`store ${name}: ${behaviour}`, async () => {
      const { one, other, done } = await open();
      try {
        await test({ one, other });
      } finally {
        await done();
      }
    });

  contract("a commit is seen by everybody, with one version for all of its rows", async ({ one, other }) => {
    const result = await one.commit({
      checks: [],
      changes: [
        { table: "entry", key: 0, value: bytes(1, 2) },
        { table: "head", key: "newest", value: bytes(3) },
      ],
    });
    if (!result.done) throw new Error("nothing is in its way");
    assertEquals(await other.read("entry", 0), { value: bytes(1, 2), version: result.version });
    assertEquals((await other.read("head", "newest"))?.version, result.version);
    assertEquals(await other.read("entry", 1), undefined);
  });

  contract(
    "a check on a version that moved on is a conflict, and nothing is written",
    async ({ one, other }) => {
      const head = (value: number, version: string | undefined) => ({
        checks: [{ table: "head", key: "newest", version }] as const,
        changes: [
          { table: "head", key: "newest", value: bytes(value) },
          { table: "entry", key: value, value: bytes(value) },
        ] as const,
      });
      const first = await one.commit(head(1, undefined));
      if (!first.done) throw new Error("nothing is in its way");
      assertEquals(await other.commit(head(2, undefined)), { done: false, why: "conflict" });
      assertEquals(await other.read("entry", 2), undefined);
      assertEquals((await other.commit(head(3, first.version))).done, true);
      assertEquals(await one.commit(head(4, first.version)), { done: false, why: "conflict" });
      assertEquals(await keysOf(one), [1, 3]);
    },
  );

  contract("a check on an absent row holds only while it is absent, also after a delete", async ({ one }) => {
    const add = {
      checks: [{ table: "hold", key: 7, version: undefined }],
      changes: [{ table: "hold", key: 7, value: bytes(1) }],
    } as const;
    assertEquals((await one.commit(add)).done, true);
    assertEquals((await one.commit(add)).done, false);
    await one.commit({ checks: [], changes: [{ table: "hold", key: 7 }] });
    assertEquals(await one.read("hold", 7), undefined);
    assertEquals((await one.commit(add)).done, true);
  });

  contract("readTogether() answers in the order of the keys", async ({ one }) => {
    await one.commit({
      checks: [],
      changes: [{ table: "meter", key: "b", value: bytes(2) }, { table: "hold", key: 1, value: bytes(1) }],
    });
    const found = await one.readTogether([["hold", 1], ["meter", "a"], ["meter", "b"]]);
    assertEquals(found.map((cell) => cell?.value), [bytes(1), undefined, bytes(2)]);
  });

  contract("scan() goes by number, from, until, and backwards", async ({ one }) => {
    const changes = [11, 2, 100, 0, 9].map((key) => ({ table: "entry", key, value: bytes(key) }) as const);
    await one.commit({ checks: [], changes: [...changes, { table: "session", key: "s", value: bytes(1) }] });
    assertEquals(await keysOf(one), [0, 2, 9, 11, 100]);
    assertEquals(await keysOf(one, { from: 2, until: 11 }), [2, 9]);
    assertEquals(await keysOf(one, { from: 9 }), [9, 11, 100]);
    assertEquals(await keysOf(one, { until: 9 }), [0, 2]);
    assertEquals(await keysOf(one, { newestFirst: true, until: 100 }), [11, 9, 2, 0]);
    assertEquals(await keysOf(one, { newestFirst: true, from: 9 }), [100, 11, 9]);
  });

  contract(
    "scan() hands out more rows than one batch, each once, with what was written during it",
    async ({ one, other }) => {
      const write = (store: LedgerStore, from: number, count: number) =>
        store.commit({
          checks: [],
          changes: Array.from(
            { length: count },
            (_, i) => ({ table: "entry", key: from + i, value: bytes(1) }),
          ),
        });
      await write(one, 0, 800);
      await write(one, 800, 800);
      const seen: unknown[] = [];
      for await (const { key } of one.scan("entry", { from: 1 })) seen.push(key);
      assertEquals(seen, Array.from({ length: 1599 }, (_, i) => i + 1));
      const backwards: Row[] = [];
      for await (const row of other.scan("entry", { newestFirst: true })) backwards.push(row);
      assertEquals(backwards.length, 1600);
      assertEquals(backwards.at(-1)?.key, 0);
    },
  );
}

Deno.test("store on disk: a value or key that we never write is handed out as one that nobody can read", async () => {
  const folder = await Deno.makeTempDir({ prefix: "countersign-store-" });
  const kv = await Deno.openKv(`${folder}/ledger.db`);
  await kv.set(["entry", 0], { hello: "world" });
  await kv.set(["entry", 1, "deeper"], bytes(1));
  await kv.set(["entry", 2n], bytes(1));
  kv.close();
  const store = await openKvStore(`${folder}/ledger.db`);
  assertEquals((await store.read("entry", 0))?.value, bytes());
  const keys = [];
  for await (const { key } of store.scan("entry")) keys.push(key);
  assertEquals(keys, [undefined, 0, undefined]);
  store.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("store on disk: commits from several handles at once all come about, each exactly once", async () => {
  const folder = await Deno.makeTempDir({ prefix: "countersign-store-" });
  const stores = await Promise.all([1, 2, 3].map(() => openKvStore(`${folder}/ledger.db`)));
  const append = async (store: LedgerStore) => {
    for (let done = 0; done < 20;) {
      const head = await store.read("head", "newest");
      const next = (head?.value[0] ?? 0) + 1;
      const result = await store.commit({
        checks: [{ table: "head", key: "newest", version: head?.version }],
        changes: [
          { table: "head", key: "newest", value: bytes(next) },
          { table: "entry", key: next, value: bytes(next) },
        ],
      });
      if (result.done) done++;
    }
  };
  await Promise.all(stores.map(append));
  assertEquals((await stores[0]?.read("head", "newest"))?.value, bytes(60));
  for (const store of stores) store.close();
  await Deno.remove(folder, { recursive: true });
});
