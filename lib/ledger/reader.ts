/** Reading for people and programs; nothing is checked here (verify does that), and nothing is written. */
import { type Head, HEAD_KEY, readHead } from "./head.ts";
import type { LedgerStore } from "./port.ts";
import { readRecord, readStub, type StoredEntry, type StoredStub } from "./record.ts";

/**
 * What stands at a `seq`: an entry; a stub, all that `ledger prune` left of one; or, where both are absent, something that
 * cannot be read.
 */
export interface ReadEntry {
  readonly seq: number;
  readonly stored: StoredEntry | undefined;
  readonly pruned?: StoredStub;
}

export interface LedgerReader {
  /** The newest entry, as the head says; `undefined` in an empty ledger, and where the head cannot be read. */
  head(): Promise<Head | undefined>;
  /** How many entries there are, as the head says. */
  count(): Promise<number>;
  /** The entry at `seq`; `undefined` where there is none. */
  entry(seq: number): Promise<ReadEntry | undefined>;
  /** Entries from the newest to the oldest; those before `before`, where it is given. */
  newestFirst(before?: number): AsyncIterable<ReadEntry>;
  /** Entries from the oldest to the newest, from `from` on; those before `until`, where it is given. */
  oldestFirst(from?: number, until?: number): AsyncIterable<ReadEntry>;
  /**
   * The first `seq` whose entry is not earlier than `time` (RFC 3339 as in entries), in O(log n) reads; the count where
   * none is. Times of a ledger never fall, so that everything before it is earlier; where somebody changed them the
   * answer is some `seq`, and `verify` says what was changed.
   */
  firstAt(time: string): Promise<number>;
  /** The rows themselves, for `verify`. */
  readonly rows: Pick<LedgerStore, "read" | "scan" | "readTogether">;
  close(): void;
}

/** A reader over an open store. */
export function ledgerReader(store: LedgerStore): LedgerReader {
  const head = async () => {
    const cell = await store.read("head", HEAD_KEY);
    return cell === undefined ? undefined : readHead(cell.value);
  };
  return {
    head,
    count: async () => ((await head())?.seq ?? -1) + 1,
    entry: async (seq) => {
      const cell = await store.read("entry", seq);
      return cell === undefined ? undefined : readAt(seq, cell.value);
    },
    newestFirst: (before) =>
      readRows(store, { newestFirst: true, ...(before === undefined ? {} : { until: before }) }),
    oldestFirst: (from, until) =>
      readRows(store, {
        ...(from === undefined ? {} : { from }),
        ...(until === undefined ? {} : { until }),
      }),
    firstAt: async (time) => await firstAt(store, time, ((await head())?.seq ?? -1) + 1),
    rows: store,
    close: () => store.close(),
  };
}

async function* readRows(
  store: LedgerStore,
  scan: Parameters<LedgerStore["scan"]>[1],
): AsyncIterable<ReadEntry> {
  for await (const { key, value } of store.scan("entry", scan)) {
    if (typeof key === "number") yield readAt(key, value);
  }
}

async function firstAt(store: LedgerStore, time: string, count: number): Promise<number> {
  let low = 0, high = count;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isBefore(store, middle, time)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A stub has no time and stands before every entry that has one. A damaged entry is taken for late: rather too much is read. */
async function isBefore(store: LedgerStore, seq: number, time: string): Promise<boolean> {
  const cell = await store.read("entry", seq);
  if (cell === undefined) return false;
  const { stored, pruned } = readAt(seq, cell.value);
  return stored === undefined ? pruned !== undefined : stored.entry.time < time;
}

function readAt(seq: number, value: Uint8Array): ReadEntry {
  const pruned = readStub(value);
  if (pruned !== undefined) return { seq, stored: undefined, pruned };
  try {
    return { seq, stored: readRecord(value) };
  } catch {
    return { seq, stored: undefined }; // damaged: the reader is told so, and `verify` says how
  }
}
