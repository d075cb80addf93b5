/** A worker that was restarted goes on with the sessions of the one that died. */
import type { Chain } from "./chain.ts";
import { readOpenWorks } from "./open_work.ts";
import type { Cell, LedgerStore } from "./port.ts";
import { readSessionRow } from "./rows.ts";
import type { AfterCommit, Session } from "./session.ts";
import type { Tip } from "./tip.ts";

// Each brings a condition, and a commit takes 100.
const RESUMED_AT_ONCE = 80;

export interface ResumeDeps {
  readonly chain: Chain;
  readonly store: LedgerStore;
}

/** Goes on with `sessions`, whose locks are ours. Answers with those that were given up for dead meanwhile. */
export async function resumeSessions(
  { chain, store }: ResumeDeps,
  sessions: readonly Session[],
): Promise<ReadonlySet<Session>> {
  const lost = new Set<Session>();
  for (let i = 0; i < sessions.length; i += RESUMED_AT_ONCE) {
    const some = sessions.slice(i, i + RESUMED_AT_ONCE);
    await chain.append((tip) => resumeOn(tip, store, some), {
      committed: ({ gone, done }) => {
        for (const after of done) after(chain.version);
        for (const session of gone) lost.add(session);
      },
    });
  }
  return lost;
}

interface Resumed {
  readonly gone: readonly Session[];
  readonly done: readonly AfterCommit[];
}

async function resumeOn(tip: Tip, store: LedgerStore, sessions: readonly Session[]): Promise<Resumed> {
  const cells = new Map<Session, Cell>();
  for (const session of sessions) {
    const cell = await store.read("session", session.id);
    if (cell !== undefined) cells.set(session, cell);
  }
  const gone = sessions.filter((session) => !cells.has(session));
  if (cells.size === 0) return { gone, done: [] };
  const lows = new Map([...cells].map(([{ id }, { value }]) => [id, readSessionRow(value).low]));
  const works = await readOpenWorks(store, lows, tip.next);
  const done = [...cells].map(([session, cell]) =>
    session.resume(tip, cell, works.get(session.id) ?? new Map())
  );
  return { gone, done };
}
