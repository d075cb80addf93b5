import type { Commit, CommitResult, LedgerStore } from "../ledger/mod.ts";

/** What goes wrong around a commit; `nth` counts the commits from 1. A hook that waits stalls, one that throws fails. */
export interface CommitFaults {
  /** Nothing is written yet. May answer in the store's place. */
  before?(nth: number, commit: Commit): Promise<CommitResult | void> | CommitResult | void;
  /** All is written, and nobody knows. */
  after?(nth: number, commit: Commit): Promise<void> | void;
}

/** `store`, with a hook before and behind each commit. For tests. */
export function withFaults(store: LedgerStore, faults: CommitFaults): LedgerStore {
  let commits = 0;
  return {
    read: (table, key) => store.read(table, key),
    readTogether: (keys) => store.readTogether(keys),
    scan: (table, scan) => store.scan(table, scan),
    commit: async (commit) => {
      const nth = ++commits;
      const instead = await faults.before?.(nth, commit);
      if (instead !== undefined) return instead;
      const result = await store.commit(commit);
      await faults.after?.(nth, commit);
      return result;
    },
    close: () => store.close(),
  };
}
