/** Somebody without the key who writes to the store while it is verified, so that it looks like a ledger in use. */
import { assertEquals } from "@std/assert";
import { utf8 } from "../../../lib/base/mod.ts";
import { type Cell, verifyLedger, type VerifySource } from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import type { World } from "../support.ts";
import { addSession, checkpointIn, keptOf, someLedger } from "../evidence/support.ts";

/** The store, with a head that has another version whenever it is looked at. */
function restless({ rows }: World, change: (cell: Cell) => Cell = (cell) => cell): VerifySource {
  const store = memoryStore(rows);
  let version = 0;
  return {
    scan: (table, scan) => store.scan(table, scan),
    read: async (table, key) => {
      const cell = await store.read(table, key);
      return cell === undefined || table !== "head" ? cell : { ...change(cell), version: String(++version) };
    },
  };
}

async function statusOf(here: World, source: VerifySource, notes: readonly string[] = []): Promise<string> {
  const options = { publicKeys: [here.keys.publicKey], kept: keptOf(notes) };
  return (await verifyLedger(source, options)).status;
}

/** The entries from `seq` on are gone, and the head is the one of that time. */
async function rolledBack(): Promise<
  { readonly here: World; readonly kept: string; readonly larger: string }
> {
  const here = await someLedger(1);
  const old = here.rows.tables.get("head")?.get("newest");
  const size = here.rows.tables.get("entry")?.size ?? 0;
  await addSession(here, 1);
  const kept = await checkpointIn(here);
  for (let seq = size; seq < 12; seq++) here.rows.tables.get("entry")?.delete(seq);
  if (old !== undefined) here.rows.tables.get("head")?.set("newest", old);
  here.rows.tables.get("checkpoint")?.clear();
  return { here, kept, larger: kept };
}

Deno.test("a ledger whose end was cut off is not intact because its head is written again and again", async () => {
  const { here } = await rolledBack();
  here.rows.tables.get("entry")?.delete(5);
  const noHead = (cell: Cell) => ({ ...cell, value: utf8("{}") });
  assertEquals(await statusOf(here, restless(here, noHead)), "broken");
  assertEquals(await statusOf(here, restless(here)), "truncated");
});

Deno.test("checkpoints of more entries are compared, however often the head is written", async () => {
  const { here, kept, larger } = await rolledBack();
  assertEquals(await statusOf(here, restless(here)), "intact", "else the rest shows nothing");
  here.rows.tables.get("checkpoint")?.set(12, { value: utf8(larger), version: "x" });
  assertEquals(await statusOf(here, restless(here)), "truncated");
  assertEquals(await statusOf(here, restless(here), [kept]), "truncated");
});

Deno.test("a row behind the head is found, however often the head is written", async () => {
  const here = await someLedger(1);
  here.rows.tables.get("entry")?.set(6, { value: utf8("x"), version: "x" });
  assertEquals(await statusOf(here, restless(here)), "broken");
});
