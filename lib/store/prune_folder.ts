/** `ledger prune`, on a folder. */
import { messageOf, systemClock } from "../base/mod.ts";
import { removeIfThere } from "../identity/mod.ts";
import {
  type EntryPruneOptions,
  type LedgerStore,
  type PrunedEntries,
  type PrunedPayloads,
  pruneEntries,
  prunePayloads,
} from "../ledger/mod.ts";
import { overwriteDeleted } from "./overwrite_deleted.ts";
import { underFolderLock } from "./folder_lock.ts";
import { checkFolder, makeFile, pathThere } from "./folder_modes.ts";
import { DATABASE, openKvStore } from "./kv_store.ts";
import { type FolderOptions, openLedgerReader, withLedger } from "./ledger_folder.ts";

/** In the folder as long as the file may hold bytes of what went. */
const DUE = "overwrite.due";
const NOTHING = { overwritten: "nothing" } as const;

export interface FolderPruneOptions extends Omit<EntryPruneOptions, "beforeMs"> {
  /** Everything that is older goes: milliseconds. */
  readonly olderThanMs: number;
  /** The texts of entries as well, not their payloads alone. */
  readonly entries: boolean;
}

/**
 * Was the file written anew, without what went, now or before? `sessions`: not while any runs, it would hold up their calls; `nothing`:
 * nothing went; `failed`: the disk is full, or another process was writing.
 */
export type Overwritten = "done" | "sessions" | "nothing" | "failed";

export interface PrunedFolder extends PrunedPayloads {
  /** Absent where entries were left as they are. */
  readonly texts?: PrunedEntries;
  readonly overwritten: Overwritten;
  /** Why it failed. */
  readonly problem?: string;
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
  const wasDue = await pathThere(`${folder}/${DUE}`);
  const payloads = await withStore(folder, async (store) => {
    // Before anything goes: after a crash behind it the next prune overwrites what went.
    if (!options.dryRun) await makeFile(`${folder}/${DUE}`);
    return await prunePayloads({ store, nowMs }, when);
  });
  const texts = options.entries
    ? await withLedger(folder, (deps) => pruneEntries(deps, when), { clock, ...rest })
    : undefined;
  const isDue = wasDue || payloads.payloads + (texts?.entries ?? 0) > 0;
  const end = options.dryRun ? NOTHING : await overwrite(folder, isDue);
  return { ...payloads, ...texts !== undefined && { texts }, ...end };
}

/** Under the lock of the folder: a session that wants to begin waits, instead of finding the file busy. */
async function overwrite(
  folder: string,
  isDue: boolean,
): Promise<Pick<PrunedFolder, "overwritten" | "problem">> {
  return await underFolderLock(folder, async () => {
    if (!isDue) {
      await removeIfThere(`${folder}/${DUE}`);
      return NOTHING;
    }
    if (await withStore(folder, anySession)) return { overwritten: "sessions" };
    try {
      overwriteDeleted(`${folder}/${DATABASE}`);
      await removeIfThere(`${folder}/${DUE}`);
      return { overwritten: "done" };
    } catch (thrown) {
      return { overwritten: "failed", problem: messageOf(thrown) };
    }
  });
}

async function anySession(store: LedgerStore): Promise<boolean> {
  for await (const _ of store.scan("session")) return true;
  return false;
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
