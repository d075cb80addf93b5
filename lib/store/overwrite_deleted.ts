import type * as NodeSqlite from "node:sqlite";

// Somebody may be reading; a writer there is none.
const PATIENCE_MS = 2000;
const FILLER_BYTES = 16 * 1024 * 1024;

/**
 * Writes the rows of the store's file anew, and zeros over everything that was deleted from it: until then the bytes of a
 * deleted row stay in the file. It keeps its size. Not by VACUUM, which attaches a second file: that is for processes that
 * may do everything, and we may not. The file must not be open in this process. SQLite holds everybody else off
 * meanwhile, and does all of it or nothing, also when it is killed. Throws where the disk is full or somebody writes.
 */
export function overwriteDeleted(path: string, patienceMs: number = PATIENCE_MS): void {
  // deno-lint-ignore no-process-global -- importing it by name would load it wherever a ledger is opened
  const { DatabaseSync }: typeof NodeSqlite = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${patienceMs}`);
    database.exec("PRAGMA secure_delete = ON"); // what is freed from here on is filled with zeros
    database.exec("BEGIN IMMEDIATE");
    writeRowsAnew(database);
    fillFreePages(database);
    database.exec("COMMIT");
    emptyLog(database);
  } finally {
    database.close(); // a transaction that is open was not
  }
}

/** Twice, because a page that keeps some of its rows keeps what lay between them. */
function writeRowsAnew(database: NodeSqlite.DatabaseSync): void {
  database.exec("CREATE TABLE countersign_rows AS SELECT * FROM kv ORDER BY k");
  database.exec("DELETE FROM kv");
  database.exec("INSERT INTO kv SELECT * FROM countersign_rows ORDER BY k");
  database.exec("DROP TABLE countersign_rows");
}

/** Pages that were free before are not touched by any of that: zeros take their place for a moment. */
function fillFreePages(database: NodeSqlite.DatabaseSync): void {
  const count = (pragma: string) =>
    Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const free = count("freelist_count") * count("page_size");
  database.exec("CREATE TABLE countersign_zeros (filler BLOB)");
  const fill = database.prepare("INSERT INTO countersign_zeros VALUES (zeroblob(?))");
  for (let rest = free; rest > 0; rest -= FILLER_BYTES) fill.run(Math.min(rest, FILLER_BYTES));
  database.exec("DROP TABLE countersign_zeros");
}

/** What was written before stands in the log as well. Whoever reads from it keeps it from being emptied. */
function emptyLog(database: NodeSqlite.DatabaseSync): void {
  const answer = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
  if (answer?.["busy"] !== 0) {
    throw new Error("another process reads the file, and its log still has what went");
  }
}
