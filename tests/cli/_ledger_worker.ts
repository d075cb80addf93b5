/**
 * Opens a ledger in its worker, makes the worker hang until it is replaced, and writes with the next one. Says what came of
 * it in one line. Started by key_test.ts, with a passphrase in its environment.
 */
import { DatabaseSync } from "node:sqlite";
import { startLedgerWorker } from "../../lib/cli/run/workers.ts";
import type { Opened, Written } from "../../lib/verdict/mod.ts";
import { call, openRequest } from "../ledger/support.ts";

const [folder = ""] = Deno.args;
const worker = startLedgerWorker(folder);
const opening = openRequest({ folder });
const { session, key } = await worker.greet<Opened>({ operation: "open", payload: opening });
worker.greeting = { operation: "open", payload: { ...opening, resume: session } };

const database = new DatabaseSync(`${folder}/ledger.db`);
database.exec("BEGIN IMMEDIATE");
const hung = await worker.ask("write", call(), { deadlineMs: 1 }).then(() => "wrote", (fault) => fault.code);
database.close();
const { ref } = await worker.ask<Written>("write", call(), { deadlineMs: 20_000 });
await worker.ask("close", "done", { deadlineMs: 20_000 });
worker.close();
console.log(JSON.stringify({ key, hung, seq: ref.seq }));
