/** The histories of a session go with it. Those of agents stay: they are looked back on across sessions. */
import { nameOf } from "../verdict/mod.ts";
import type { LedgerStore } from "./port.ts";
import type { Tip } from "./tip.ts";

/** Deletes the history of every scope whose name begins with `"session"` and the id, in the commit that ends the session. */
export async function deleteHistories(tip: Tip, store: LedgerStore, session: string): Promise<void> {
  const from = nameOf("session", session).slice(0, -1);
  for await (const { key } of store.scan("history", { from, until: `${from}~` })) {
    if (key !== undefined) tip.change({ table: "history", key });
  }
}
