/**
 * Any change of any row that the proof rests on: never exit 0, by neither verifier. Outside of what is proven, and so not
 * here: tiles (proofs that are made from them are verified), limits, holds, pins, payloads, texts of policies; a stored
 * checkpoint that is deleted (nothing says how many there were: that is what a kept one is for).
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { loadPublicKeyFile } from "../../../lib/identity/mod.ts";
import { verifyLedger } from "../../../lib/ledger/mod.ts";
import { answerHeld, openLedgerFolder, openLedgerReader } from "../../../lib/store/mod.ts";
import { call, heldCall, openRequest, outcome, simple } from "../support.ts";
import { startPython } from "./python.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 2000 : 120;
const HOLDS = ["intact", "intact-open", "recovered"];
const PROVEN = ["entry", "head", "checkpoint"];

/** Three sessions: calls, one held and approved, one that stays open. */
async function makeLedger(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-changes-" });
  const first = simple(await openLedgerFolder(openRequest({ folder })));
  const { ref } = await first.write(call());
  await first.write(outcome(ref.seq));
  const held = await first.write(heldCall());
  await answerHeld(folder, { call: held.ref.seq, decision: "allow", by: "somebody" });
  await first.answers([held.ref.seq]);
  await first.write(outcome(held.ref.seq));
  await first.close("done");
  const second = simple(await openLedgerFolder(openRequest({ folder })));
  await second.write(call({ tool: "write_file" }));
  await second.close("done");
  return folder;
}

interface RowAt {
  readonly key: Deno.KvKey;
  readonly value: Uint8Array;
}

async function rowsOf(kv: Deno.Kv): Promise<readonly RowAt[]> {
  const rows: RowAt[] = [];
  for (const table of PROVEN) {
    for await (const { key, value } of kv.list<Uint8Array>({ prefix: [table] })) rows.push({ key, value });
  }
  return rows;
}

/** A change, and how to undo it. */
type Change = readonly { readonly key: Deno.KvKey; readonly value: Uint8Array | null }[];

function changes(rows: readonly RowAt[]): fc.Arbitrary<Change> {
  const anyRow = fc.constantFrom(...rows);
  const entries = rows.filter(({ key }) => key[0] === "entry");
  const lasting = rows.filter(({ key }) => key[0] !== "checkpoint");
  const flipped = anyRow.chain(({ key, value }) =>
    fc.tuple(fc.nat(value.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, bits]): Change => [{ key, value: value.map((byte, i) => i === at ? byte ^ bits : byte) }])
  );
  const cut = anyRow.chain(({ key, value }) =>
    fc.nat(value.length - 1).map((length): Change => [{ key, value: value.slice(0, length) }])
  );
  const longer = anyRow.chain(({ key, value }) =>
    fc.uint8Array({ minLength: 1, maxLength: 3 })
      .map((more): Change => [{ key, value: Uint8Array.of(...value, ...more) }])
  );
  const deleted = fc.subarray([...lasting], { minLength: 1 })
    .map((gone): Change => gone.map(({ key }) => ({ key, value: null })))
    .filter((gone) => gone.length < lasting.length); // all of them gone is an empty ledger
  const swapped = fc.subarray([...entries], { minLength: 2, maxLength: 2 }).map(([one, two]): Change =>
    one === undefined || two === undefined
      ? []
      : [{ key: one.key, value: two.value }, { key: two.key, value: one.value }]
  );
  const moved = fc.tuple(fc.constantFrom(...entries), fc.integer({ min: -3, max: entries.length + 3 }))
    .filter(([{ key }, to]) => key[1] !== to)
    .map(([{ value }, to]): Change => [{ key: ["entry", to], value }]);
  return fc.oneof(flipped, cut, longer, deleted, swapped, moved);
}

async function apply(kv: Deno.Kv, change: Change): Promise<void> {
  const atomic = kv.atomic();
  for (const { key, value } of change) value === null ? atomic.delete(key) : atomic.set(key, value);
  await atomic.commit();
}

Deno.test("any change of any row that the proof rests on is found by both verifiers", async () => {
  const folder = await makeLedger();
  await using python = await startPython();
  const kv = await Deno.openKv(`${folder}/ledger.db`);
  const reader = await openLedgerReader(folder);
  const publicKeys = [await loadPublicKeyFile(folder) ?? new Uint8Array()];
  const rows = await rowsOf(kv);
  assert(rows.length > 12 && PROVEN.every((table) => rows.some(({ key }) => key[0] === table)));
  assertEquals((await verifyLedger(reader.rows, { publicKeys })).status, "intact");
  assertEquals((await python.ask({ path: folder })).status, "intact");
  await fc.assert(
    fc.asyncProperty(changes(rows), async (change) => {
      const before = change.map(({ key }) => ({
        key,
        value: rows.find((row) => String(row.key) === String(key))?.value ?? null,
      }));
      await apply(kv, change);
      try {
        const { status, finding } = await verifyLedger(reader.rows, { publicKeys });
        const second = await python.ask({ path: folder });
        assert(!HOLDS.includes(status), `${status}: ${JSON.stringify(change)}`);
        assertEquals([second.status, second.finding?.seq], [status, finding?.seq]);
      } finally {
        await apply(kv, before);
      }
    }),
    { numRuns: RUNS },
  );
  reader.close();
  kv.close();
  await Deno.remove(folder, { recursive: true });
});
