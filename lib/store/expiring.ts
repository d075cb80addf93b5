import type * as NodeSqlite from "node:sqlite";
import { Fault } from "../base/mod.ts";

const PATIENCE_MS = 2000;

/**
 * Throws Fault `ledger` where a row of the store at `path` is set to go away by itself: a ledger writes none, so somebody
 * else did, and what holds today would have a hole on the day that they chose. A file that is no store passes: to open it
 * says so. Looked at before the store is opened, which takes away what is due.
 */
export function refuseExpiring(path: string): void {
  if (!hasExpiring(path)) return;
  throw new Fault("ledger", "Cannot read the ledger: rows of its store are set to go away by themselves", {
    hint: "keep this copy as it is: somebody has written to it beside us",
  });
}

function hasExpiring(path: string): boolean {
  // deno-lint-ignore no-process-global -- importing it by name would load it wherever a ledger is opened
  const { DatabaseSync }: typeof NodeSqlite = process.getBuiltinModule("node:sqlite");
  let database: NodeSqlite.DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    database.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
    return database.prepare("SELECT 1 FROM kv WHERE expiration_ms > -1 LIMIT 1").get() !== undefined;
  } catch {
    return false; // no store, or a damaged one: opening it tells which
  } finally {
    database?.close();
  }
}
