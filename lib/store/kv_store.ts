/** The only file that names `Deno.openKv`. One file of SQLite behind it; each commit is synced to the disk. */
import { Fault } from "../base/mod.ts";
import type {
  Cell,
  Change,
  Check,
  Commit,
  CommitResult,
  LedgerStore,
  Row,
  RowKey,
  Scan,
  Table,
} from "../ledger/mod.ts";
import { patiently, saysBusy, waitForFile } from "./busy.ts";

/** The file of the store, within the ledger's folder. */
export const DATABASE = "ledger.db";

const SCAN_BATCH = 500;

/** Opens the file at `path` (it is made where there is none: the caller has seen to its mode). Throws Fault `ledger`. */
export async function openKvStore(path: string): Promise<LedgerStore> {
  try {
    return kvStore(await patiently(() => Deno.openKv(path)));
  } catch (cause) {
    throw new Fault("ledger", `Cannot open the ledger at "${path}": ${shortReason(cause)}`, { cause });
  }
}

function shortReason(cause: unknown): string {
  return cause instanceof Error ? cause.message : "the store did not say why";
}

function kvStore(kv: Deno.Kv): LedgerStore {
  return {
    read: async (table, key) => cellOf(await patiently(() => kv.get(kvKey(table, key)))),
    readTogether: async (keys) => {
      const found = await patiently(() => kv.getMany(keys.map(([table, key]) => kvKey(table, key))));
      return found.map(cellOf);
    },
    scan: (table, scan = {}) => scanRows(kv, table, scan),
    commit: (commit) => commitOnce(kv, commit),
    close: () => kv.close(),
  };
}

/**
 * SQLite keeps rows in the order of their keys. Each commit adds entries in front of the head and what follows it; rows of
 * many KiB among those are moved about with every one (measured: 27 µs of 265 for tiles alone). These stand elsewhere.
 */
const IN_FRONT: Partial<Readonly<Record<Table, string>>> = {
  payload: "bulk-payload",
  policy: "bulk-policy",
  tile: "bulk-tile",
};

function place(table: Table): string {
  return IN_FRONT[table] ?? table;
}

/** Where a row stands: `[table, key]`. Keys of numbers sort as numbers. */
function kvKey(table: Table, key: RowKey): Deno.KvKey {
  return [place(table), key];
}

/** A value that is no bytes was not written by us: it becomes bytes that no reader takes for a record. */
function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function cellOf({ value, versionstamp }: Deno.KvEntryMaybe<unknown>): Cell | undefined {
  return versionstamp === null ? undefined : { value: bytesOf(value), version: versionstamp };
}

async function* scanRows(kv: Deno.Kv, table: Table, scan: Scan): AsyncIterable<Row> {
  const options = { batchSize: SCAN_BATCH, reverse: scan.newestFirst === true };
  let last: Deno.KvKey | undefined;
  let movedMs = performance.now();
  for (let done = false; !done;) {
    try {
      for await (const { key, value, versionstamp } of kv.list(selector(table, scan, last), options)) {
        if (last !== undefined && sameKey(key, last)) continue;
        last = key;
        movedMs = performance.now();
        yield { key: rowKey(key), value: bytesOf(value), version: versionstamp };
      }
      done = true;
    } catch (thrown) {
      // The file was busy: goes on behind the last row that was handed over.
      if (!saysBusy(thrown)) throw thrown;
      await waitForFile(thrown, movedMs);
    }
  }
}

function selector(table: Table, scan: Scan, last: Deno.KvKey | undefined): Deno.KvListSelector {
  const { from, until, newestFirst = false } = scan;
  const start = last !== undefined && !newestFirst
    ? last
    : from === undefined
    ? undefined
    : kvKey(table, from);
  const end = last !== undefined && newestFirst
    ? last
    : until === undefined
    ? undefined
    : kvKey(table, until);
  if (start !== undefined && end !== undefined) return { start, end };
  const prefix: Deno.KvKey = [place(table)];
  if (start !== undefined) return { prefix, start };
  return end === undefined ? { prefix } : { prefix, end };
}

function sameKey(a: Deno.KvKey, b: Deno.KvKey): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

function rowKey(key: Deno.KvKey): RowKey | undefined {
  const part = key[1];
  const plain = typeof part === "number" || typeof part === "string";
  return key.length === 2 && plain ? part : undefined;
}

/** One attempt. "database is locked" means that nothing happened; any other error leaves it open whether it did. */
async function commitOnce(kv: Deno.Kv, { checks, changes }: Commit): Promise<CommitResult> {
  const atomic = kv.atomic().check(...checks.map(kvCheck));
  for (const change of changes) addChange(atomic, change);
  try {
    const result = await atomic.commit();
    return result.ok ? { done: true, version: result.versionstamp } : { done: false, why: "conflict" };
  } catch (thrown) {
    if (saysBusy(thrown)) return { done: false, why: "busy" };
    throw thrown;
  }
}

function kvCheck({ table, key, version }: Check): Deno.AtomicCheck {
  return { key: kvKey(table, key), versionstamp: version ?? null };
}

function addChange(atomic: Deno.AtomicOperation, { table, key, value }: Change): void {
  if (value === undefined) atomic.delete(kvKey(table, key));
  else atomic.set(kvKey(table, key), value);
}
