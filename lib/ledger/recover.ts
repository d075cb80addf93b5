/** Notes what a crash left: each session that died without closing gets an entry that names its calls without outcome. */
import type { Chain } from "./chain.ts";
import { endHolds } from "./holds.ts";
import { leftBehind, readOpenWork } from "./open_work.ts";
import type { LedgerStore, SessionLocks } from "./port.ts";
import { readSessionRow } from "./rows.ts";
import { deleteSessionRows } from "./session_rows.ts";

export interface RecoverDeps {
  readonly chain: Chain;
  readonly store: LedgerStore;
  readonly locks: SessionLocks;
}

/**
 * Ends every session whose process is gone, except `own`. Answers how many there were. Any process does this whenever
 * it opens the ledger; when two do it at once, the lock of the dead session decides.
 */
export async function recoverDeadSessions(deps: RecoverDeps, own?: string): Promise<number> {
  let recovered = 0;
  // A process that died before its first commit has left a lock and nothing else: that goes away with the others.
  for (const session of new Set([...await openSessions(deps.store), ...await deps.locks.known()])) {
    if (session === own || !await deps.locks.claim(session)) continue;
    try {
      if (await recover(deps, session)) recovered++;
    } finally {
      await deps.locks.release(session);
    }
  }
  return recovered;
}

async function openSessions(store: LedgerStore): Promise<readonly string[]> {
  const sessions: string[] = [];
  for await (const { key } of store.scan("session")) {
    if (typeof key === "string") sessions.push(key);
  }
  return sessions;
}

/** False: the session closed, or was noted by another process, before we had its lock. */
async function recover({ chain, store }: RecoverDeps, session: string): Promise<boolean> {
  if (await store.read("session", session) === undefined) return false;
  await endHolds(chain, store, session);
  await deleteSessionRows(chain, store, session);
  for (;;) {
    // A crash between two parts leaves the session's row: whoever opens next goes on behind the parts that are there.
    const part = await chain.append(async (tip) => {
      const cell = await store.read("session", session);
      if (cell === undefined) return "gone";
      const { agent, server, low } = readSessionRow(cell.value);
      const left = leftBehind(await readOpenWork(store, session, { from: low, until: tip.next }));
      tip.add({ kind: "recovered", session, agent, server, ...left });
      if (left.more !== undefined) return "more";
      tip.change({ table: "session", key: session });
      return "last";
    });
    if (part !== "more") return part === "last";
  }
}
