/** `ledger prune`, on a folder. */
import { systemClock } from "../base/mod.ts";
import {
  type EntryPruneOptions,
  type LedgerStore,
  type PrunedEntries,
  type PrunedPayloads,
  pruneEntries,
  prunePayloads,
} from "../ledger/mod.ts";
import { checkFolder } from "./folder_modes.ts";
import { DATABASE, openKvStore } from "./kv_store.ts";
import { type FolderOptions, openLedgerReader, withLedger } from "./ledger_folder.ts";

export interface FolderPruneOptions extends Omit<EntryPruneOptions, "beforeMs"> {
  /** Everything that is older goes: milliseconds. */
  readonly olderThanMs: number;
  /** The texts of entries as well, not their payloads alone. */
  readonly entries: boolean;
}

export interface PrunedFolder extends PrunedPayloads {
  /** Absent where entries were left as they are. */
  readonly texts?: PrunedEntries;
}

/**
 * Prunes the ledger in `folder`, also while sessions run. Payloads go without a key; what takes the texts of entries signs
 * that it does. Throws Fault `usage` where there is no ledger, `ledger` where an entry is not what was signed, and as
 * {@link withLedger}.
 */
export async function pruneLedgerFolder(
  folder: string,
  options: FolderPruneOptions,
  { clock = systemClock, ...rest }: FolderOptions = {},
): Promise<PrunedFolder> {
  const nowMs = clock.nowMicros() / 1000;
  const when = { ...options, beforeMs: nowMs - options.olderThanMs };
  const payloads = await withStore(folder, (store) => prunePayloads({ store, nowMs }, when));
  if (!options.entries) return payloads;
  const texts = await withLedger(folder, (deps) => pruneEntries(deps, when), { clock, ...rest });
  return { ...payloads, texts };
}

async function withStore<T>(folder: string, work: (store: LedgerStore) => Promise<T>): Promise<T> {
  (await openLedgerReader(folder)).close(); // says what is wrong where there is no ledger, and makes none
  await checkFolder(folder);
  const store = await openKvStore(`${folder}/${DATABASE}`);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}
