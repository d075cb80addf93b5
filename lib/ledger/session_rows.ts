/** Limits and history of sessions go with them. Those of agents, tools and the ledger stay: they outlast sessions. */
import { nameOf } from "../verdict/mod.ts";
import type { Chain } from "./chain.ts";
import type { LedgerStore } from "./port.ts";

// One row each, in commits of at most 1,000.
const DELETED_AT_ONCE = 500;

/**
 * Deletes the histories of the sessions and the meters that are their own, in commits of their own: a session may have made
 * more than one commit holds. Nothing of it is decided any more. A crash here leaves a session that is noted as dead by
 * the next one, which deletes the rest.
 */
export async function deleteSessionRows(
  chain: Chain,
  store: LedgerStore,
  sessions: ReadonlySet<string>,
): Promise<void> {
  const keys = [...await historiesOf(store, sessions), ...await metersOf(store, sessions)];
  for (let i = 0; i < keys.length; i += DELETED_AT_ONCE) {
    await chain.append((tip) => {
      for (const change of keys.slice(i, i + DELETED_AT_ONCE)) tip.change(change);
      return Promise.resolve();
    });
  }
}

interface Named {
  readonly table: "history" | "meter";
  readonly key: string;
}

async function historiesOf(store: LedgerStore, sessions: ReadonlySet<string>): Promise<readonly Named[]> {
  const found: Named[] = [];
  for (const session of sessions) {
    const from = nameOf("session", session).slice(0, -1);
    for await (const { key } of store.scan("history", { from, until: `${from}~` })) {
      if (typeof key === "string") found.push({ table: "history", key });
    }
  }
  return found;
}

// Within a name, JSON writes this pair of texts in this one way, and a text that holds it with back slashes.
// The second text is looked at alone: it may be the first of the pair that is meant.
const PAIR_REGEXP = /"session"(?=,"([^"\\]*)")/g;

/** A name that was too long for a key is a digest, and the pair is behind it. */
async function metersOf(store: LedgerStore, sessions: ReadonlySet<string>): Promise<readonly Named[]> {
  const found: Named[] = [];
  for await (const { key } of store.scan("meter")) {
    if (typeof key !== "string") continue;
    if (key.matchAll(PAIR_REGEXP).some(([, session]) => sessions.has(session ?? ""))) {
      found.push({ table: "meter", key });
    }
  }
  return found;
}
