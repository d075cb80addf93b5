/** Reading for people and programs; nothing is checked here (verify does that), and nothing is written. */
import { type Head, HEAD_KEY, readHead } from "./head.ts";
import type { LedgerStore } from "./port.ts";
import { readRecord, type StoredEntry } from "./record.ts";

/** What stands at a `seq`: an entry, or something that cannot be read. */
export type ReadEntry = { readonly seq: number; readonly stored: StoredEntry | undefined };

export interface LedgerReader {
  /** The newest entry, as the head says; `undefined` in an empty ledger, and where the head cannot be read. */
  head(): Promise<Head | undefined>;
  /** How many entries there are, as the head says. */
  count(): Promise<number>;
  /** The entry at `seq`; `undefined` where there is none. */
  entry(seq: number): Promise<ReadEntry | undefined>;
  /** Entries from the newest to the oldest; those before `before`, where it is given. */
  newestFirst(before?: number): AsyncIterable<ReadEntry>;
  /** Entries from the oldest to the newest, from `from` on. */
  oldestFirst(from?: number): AsyncIterable<ReadEntry>;
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
    oldestFirst: (from) => readRows(store, from === undefined ? {} : { from }),
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

function readAt(seq: number, value: Uint8Array): ReadEntry {
  try {
    return { seq, stored: readRecord(value) };
  } catch {
    return { seq, stored: undefined }; // damaged: the reader is told so, and `verify` says how
  }
}
