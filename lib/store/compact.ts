import type * as NodeSqlite from "node:sqlite";

// Somebody may be reading; a writer there is none.
const PATIENCE_MS = 2000;

/**
 * Writes the store's file anew, without what was deleted from it: until then the bytes of a deleted row stay in the file
 * and are only written over in time. The file must not be open in this process. SQLite holds everybody else off meanwhile,
 * and does all of it or nothing, also when it is killed. Throws where the disk is full or somebody writes.
 */
export function compactFile(path: string, patienceMs: number = PATIENCE_MS): void {
  // deno-lint-ignore no-process-global -- importing it by name would load it wherever a ledger is opened
  const { DatabaseSync }: typeof NodeSqlite = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${patienceMs}`);
    database.exec("VACUUM");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)"); // what was written before is in the log as well
  } finally {
    database.close();
  }
}
