/** Rows that no ledger writes, put into the file behind the store's back: both verifiers must have an answer to each. */
import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openLedgerFolder } from "../../../lib/store/mod.ts";
import { runStep } from "../../cli/script.ts";
import { call, openRequest, outcome, simple } from "../support.ts";
import { startPython } from "./python.ts";

const HEAD = "substr(hex(k), 1, 10) = '0268656164'", ENTRY = "substr(hex(k), 1, 12) = '02656E747279'";
// Table `checkpoint`, then the number infinity, or what is no number.
const [INFINITY, NO_NUMBER] = ["fff0", "fff8"].map((bits) =>
  `x'02636865636b706f696e740021${bits}000000000000'`
);
const insert = (key: string | undefined) =>
  `insert into kv (k, v, v_encoding, version) select ${key}, v, 3, 1 from kv where ${HEAD}`;

const rows: Readonly<Record<string, readonly [sql: string, status: string]>> = {
  "entries that go away one day": [
    `update kv set expiration_ms = 99999999999999 where ${ENTRY}`,
    "unreadable",
  ],
  "entries that are due to go away": [`update kv set expiration_ms = 1 where ${ENTRY}`, "unreadable"],
  "a head that is no value of the store": [`update kv set v_encoding = 1 where ${HEAD}`, "unreadable"],
  "an entry that is no value of the store": [`update kv set v_encoding = 1 where ${ENTRY}`, "unreadable"],
  // Table `entry`, then a text: CSI in one character, and an override of the direction.
  "an entry under a name that a terminal obeys": [
    insert("x'02656e7472790002c29b33316de280ae00'"),
    "broken",
  ],
  // Table `checkpoint`, then 4.015625: between the size of the tree and that of any larger one.
  "a checkpoint of a size with a fraction": [
    insert("x'02636865636b706f696e740021c010100000000000'"),
    "broken",
  ],
  "a checkpoint of endless size": [insert(INFINITY), "broken"],
  "a checkpoint of no size": [insert(NO_NUMBER), "broken"],
};

for (const [name, [sql, status]] of Object.entries(rows)) {
  Deno.test(`verify: ${name}: both verifiers say ${status}`, async () => {
    const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-foreign-" }));
    const ledger = simple(await openLedgerFolder(openRequest({ folder: `${outer}/ledger` })));
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
    await ledger.close("done");
    const database = new DatabaseSync(`${outer}/ledger/ledger.db`);
    database.exec(sql);
    database.close();
    await using python = await startPython();
    const theirs = await python.ask({ path: `${outer}/ledger` });
    const ours = await runStep({ argv: ["verify", "ledger", "--json"] }, outer);
    assertEquals([ours.exit, JSON.parse(ours.stdout.join("")).status, theirs.status], [1, status, status]);
    assertEquals(/[\p{Cc}\p{Cf}]/u.test(ours.stdout.join("")), false);
    await Deno.remove(outer, { recursive: true });
  });
}
