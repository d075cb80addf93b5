/**
 * Opens a ledger in its worker, makes the worker hang until it is replaced, and writes with the next one. Says what came of
 * it in one line. Started by key_test.ts, with a passphrase in its environment.
 */
import { DatabaseSync } from "node:sqlite";
import { LedgerWorker } from "../../lib/cli/run/ledger_worker.ts";
import { call, openRequest } from "../ledger/support.ts";

const [folder = ""] = Deno.args;
const worker = new LedgerWorker({ folder }, 400);
await worker.start();
const { opened: { key }, ledger, close } = await worker.open(openRequest({ folder }));

const database = new DatabaseSync(`${folder}/ledger.db`);
database.exec("BEGIN IMMEDIATE");
const hung = await ledger.record(call()).then(() => "wrote", (fault) => fault.code);
database.close();
const written = await patiently();
await close("done");
await worker.end();
console.log(JSON.stringify({ key, hung, seq: "ref" in written ? written.ref.seq : undefined }));

/** The machine may be too busy for the deadline that makes the first worker hang. */
async function patiently(): ReturnType<typeof ledger.record> {
  for (;;) {
    const written = await ledger.record(call()).catch(() => undefined);
    if (written !== undefined) return written;
  }
}
