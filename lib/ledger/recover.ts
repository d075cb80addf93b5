/** Notes what a crash left: each session that died without closing gets an entry that names its calls without outcome. */
import type { Chain } from "./chain.ts";
import { endHolds } from "./holds.ts";
import { leftBehind, readOpenWorks } from "./open_work.ts";
import type { Cell, LedgerStore, SessionLocks } from "./port.ts";
import { readSessionRow } from "./rows.ts";
import { deleteSessionRows } from "./session_rows.ts";
import type { Tip } from "./tip.ts";

// A firewall on the network dies with hundreds of sessions. Each reading of the newest entries serves so many of them, and
// so many lock files are open meanwhile.
const CLAIMED_AT_ONCE = 64;

export interface RecoverDeps {
  readonly chain: Chain;
  readonly store: LedgerStore;
  readonly locks: SessionLocks;
}

/**
 * Ends every session whose process is gone, except our `own`. Answers how many there were. Any process does this whenever
 * it opens the ledger; when two do it at once, the lock of the dead session decides.
 */
export async function recoverDeadSessions(
  deps: RecoverDeps,
  own: ReadonlySet<string> = new Set(),
): Promise<number> {
  // A process that died before its first commit has left a lock and nothing else: that goes away with the others.
  const known = new Set([...await openSessions(deps.store), ...await deps.locks.known()]);
  const others = [...known].filter((session) => !own.has(session));
  let recovered = 0;
  for (let i = 0; i < others.length; i += CLAIMED_AT_ONCE) {
    recovered += await claimAndRecover(deps, others.slice(i, i + CLAIMED_AT_ONCE));
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

async function claimAndRecover(deps: RecoverDeps, sessions: readonly string[]): Promise<number> {
  const claimed: string[] = [];
  try {
    for (const session of sessions) {
      if (await deps.locks.claim(session)) claimed.push(session);
    }
    return await recover(deps, claimed);
  } finally {
    for (const session of claimed) await deps.locks.release(session);
  }
}

async function recover({ chain, store }: RecoverDeps, claimed: readonly string[]): Promise<number> {
  // One that has no row closed, or was noted by another process, before we had its lock.
  const left = new Set((await rowsOf(store, claimed)).keys());
  if (left.size === 0) return 0;
  await endHolds(chain, store, left);
  await deleteSessionRows(chain, store, left);
  let recovered = 0;
  while (left.size > 0) {
    // A crash between two parts leaves the session's row: whoever opens next goes on behind the parts that are there.
    const { gone, done } = await chain.append((tip) => addRecovered(tip, store, [...left]));
    for (const session of [...gone, ...done]) left.delete(session);
    recovered += done.length;
  }
  return recovered;
}

/** Sessions that are done with: by somebody else, and with this commit. */
interface Parted {
  readonly gone: readonly string[];
  readonly done: readonly string[];
}

/** As many sessions as one commit holds; of one with many calls the next part. */
async function addRecovered(tip: Tip, store: LedgerStore, sessions: readonly string[]): Promise<Parted> {
  const rows = await rowsOf(store, sessions);
  const gone = sessions.filter((session) => !rows.has(session)), done: string[] = [];
  if (rows.size === 0) return { gone, done };
  const read = new Map([...rows].map(([session, { value }]) => [session, readSessionRow(value)]));
  const lows = new Map([...read].map(([session, { low }]) => [session, low]));
  const works = await readOpenWorks(store, lows, tip.next);
  for (const [session, { agent, server }] of read) {
    if (!tip.hasRoom) break;
    const left = leftBehind(works.get(session) ?? new Map());
    tip.add({ kind: "recovered", session, agent, server, ...left });
    if (left.more !== undefined) continue;
    tip.change({ table: "session", key: session });
    done.push(session);
  }
  return { gone, done };
}

async function rowsOf(
  store: LedgerStore,
  sessions: readonly string[],
): Promise<ReadonlyMap<string, Cell>> {
  const rows = new Map<string, Cell>();
  for (const session of sessions) {
    const cell = await store.read("session", session);
    if (cell !== undefined) rows.set(session, cell);
  }
  return rows;
}
