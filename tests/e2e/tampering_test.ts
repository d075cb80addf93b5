/** A ledger that somebody changed: `verify` ends with 1 and names the entry. The rows are found by what stands in them. */
import { assert, assertEquals } from "@std/assert";
import { type Box, fixture, openBox, verify } from "./harness.ts";

/** A ledger with six calls in it, its session closed. */
async function ledgerOfSixCalls(box: Box): Promise<void> {
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await client.initialize();
  for (let n = 0; n < 6; n++) await client.call("echo", { n });
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  assertEquals((await verify(box)).status, "intact");
}

interface Row {
  readonly key: Deno.KvKey;
  readonly value: Uint8Array;
  readonly seq: number;
}

/** The rows that hold an entry, by its number. */
async function entryRows(kv: Deno.Kv): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { key, value } of kv.list({ prefix: [] })) {
    if (!(value instanceof Uint8Array)) continue;
    const seq = /"kind":"[a-z-]+".*?"seq":(\d+)/.exec(new TextDecoder("latin1").decode(value))?.[1];
    if (seq !== undefined) rows.push({ key, value, seq: Number(seq) });
  }
  return rows.sort((a, b) => a.seq - b.seq);
}

/** Replaces text in a row by other text of the same length. */
function edited(value: Uint8Array, from: string, to: string): Uint8Array {
  const text = new TextDecoder("latin1").decode(value);
  assert(text.includes(from), `"${from}" is not in the row`);
  return Uint8Array.from(text.replace(from, to), (char) => char.charCodeAt(0));
}

const CALL = 5;

/** What somebody with the file and without the key may do. Each answers with the number of the entry to be named. */
const CHANGES: readonly {
  readonly name: string;
  readonly change: (kv: Deno.Kv, rows: Row[]) => Promise<number>;
}[] = [
  {
    name: "an edited entry",
    change: async (kv, rows) => {
      const row = rowAt(rows, CALL);
      await kv.set(row.key, edited(row.value, '"tool":"echo"', '"tool":"ecko"'));
      return CALL;
    },
  },
  {
    name: "a renumbered entry",
    change: async (kv, rows) => {
      const row = rowAt(rows, CALL);
      await kv.set(row.key, edited(row.value, `"seq":${CALL}`, `"seq":${CALL + 2}`));
      return CALL;
    },
  },
  {
    name: "a deleted entry",
    change: async (kv, rows) => {
      await kv.delete(rowAt(rows, CALL).key);
      return CALL;
    },
  },
  {
    name: "two swapped entries",
    change: async (kv, rows) => {
      const [a, b] = [rowAt(rows, CALL), rowAt(rows, CALL + 2)];
      await kv.atomic().set(a.key, b.value).set(b.key, a.value).commit();
      return CALL;
    },
  },
  {
    name: "the newest entries cut off",
    change: async (kv, rows) => {
      for (const { key, seq } of rows) {
        if (seq >= CALL) await kv.delete(key);
      }
      return CALL;
    },
  },
  {
    name: "an entry of another ledger in its place",
    change: async (kv, rows) => {
      await using other = await openBox();
      await ledgerOfSixCalls(other);
      const theirs = await Deno.openKv(`${other.ledgerPath}/ledger.db`);
      await kv.set(rowAt(rows, CALL).key, rowAt(await entryRows(theirs), CALL).value);
      theirs.close();
      return CALL;
    },
  },
];

function rowAt(rows: readonly Row[], seq: number): Row {
  const row = rows.find((candidate) => candidate.seq === seq);
  if (row === undefined) throw new Error(`There is no row with entry ${seq}`);
  return row;
}

for (const { name, change } of CHANGES) {
  Deno.test(`verify finds ${name}, ends with 1 and names it`, async () => {
    await using box = await openBox();
    await ledgerOfSixCalls(box);
    const kv = await Deno.openKv(`${box.ledgerPath}/ledger.db`);
    const named = await change(kv, await entryRows(kv));
    kv.close();
    const { code, status, finding } = await verify(box);
    assertEquals(code, 1, `verify says ${status}`);
    assert(["broken", "truncated", "unsigned", "forked"].includes(status), status);
    assertEquals(finding?.seq, named, JSON.stringify(finding));
  });
}
