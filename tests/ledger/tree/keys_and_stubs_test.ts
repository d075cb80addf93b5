/** The tree of a ledger whose key was changed, or whose old entries lost their text. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../../lib/base/mod.ts";
import { generateKeys } from "../../../lib/identity/mod.ts";
import { type Keys, makeCheckpoint, pruneEntries, rotateKey } from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import { call, locksIn, openIn, PRINCIPAL, verifyIn, type World, world } from "../support.ts";
import { checkWholeTree } from "./tree_support.ts";

async function session(here: World, calls: number): Promise<void> {
  const ledger = await openIn(here);
  await Promise.all(Array.from({ length: calls }, () => ledger.write(call())));
  await ledger.close("done");
  here.clock.advanceMs(3_600_000);
}

const depsOf = (here: World) => ({
  store: memoryStore(here.rows),
  keys: here.keys,
  locks: locksIn(here),
  clock: here.clock,
});
const checkpointIn = (here: World, rebuild = false) => makeCheckpoint({ ...depsOf(here), rebuild });

/** Changes the signing key; the answer is the same machine with the new one. */
async function rotated(here: World): Promise<World> {
  const next: Keys = { ...generateKeys(), blinding: here.keys.blinding };
  await rotateKey(depsOf(here), { principal: PRINCIPAL, prepare: () => Promise.resolve(next) });
  return { ...here, keys: next };
}

/** Takes the text of every entry that may lose it. */
async function prune(here: World): Promise<number> {
  const { entries } = await pruneEntries(depsOf(here), {
    beforeMs: here.clock.nowMicros() / 1000,
    dryRun: false,
    principal: PRINCIPAL,
  });
  return entries;
}

function forgetTree(here: World): void {
  here.rows.tables.delete("tile");
  here.rows.tables.delete("checkpoint");
}

Deno.test("a change of the key ends with a checkpoint of the new one, and the tree goes on under the same origin", async () => {
  const old = world();
  await session(old, 300);
  const here = await rotated(old);
  const after = [...here.rows.tables.get("checkpoint")?.keys() ?? []].at(-1);
  assertEquals(after, 305, "300 calls, the session around them, and three entries of the change");
  await session(here, 300);
  const rows = await checkWholeTree(memoryStore(here.rows), here.keys.publicKey, old.keys.publicKey);
  assertEquals(rows.origins, [`countersign/${old.keys.id}`]);
  assertEquals(rows.tiles, ["0/0", "0/1", "1/0"]);
});

Deno.test("a change of the key at the edge of a tile: both are in one commit, signed by the new key", async () => {
  const old = world();
  await session(old, 252); // 254 entries; those of the change are 254 to 256
  const here = await rotated(old);
  await session(here, 10);
  const rows = await checkWholeTree(memoryStore(here.rows), here.keys.publicKey, old.keys.publicKey);
  assert(rows.checkpoints.includes(257));
  assertEquals(rows.tiles, ["0/0", "1/0"]);
});

Deno.test("entries that lost their text keep their place in the tree", async () => {
  const here = world();
  await session(here, 300);
  await session(here, 3);
  const { note, size } = await checkpointIn(here);
  assert(await prune(here) > 256);
  await session(here, 300);
  const rows = await checkWholeTree(memoryStore(here.rows), here.keys.publicKey);
  assert(rows.checkpoints.includes(size));
  assertEquals(new TextDecoder().decode(here.rows.tables.get("checkpoint")?.get(size)?.value), note);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a change of the key, and entries of the old one that lost their text: the tree goes on", async () => {
  for (const calls of [20, 251, 252, 253, 300]) {
    const old = world();
    await session(old, calls);
    await session(old, 3);
    const here = await rotated(old);
    assert(await prune(here) > 20);
    await session(here, 5);
    await session(here, 300);
    const rows = await checkWholeTree(memoryStore(here.rows), here.keys.publicKey, old.keys.publicKey);
    assert(rows.checkpoints.includes(rows.size));
  }
});

Deno.test("the tree can be made anew from what is left of entries, as long as our key signed them", async () => {
  const here = world();
  await session(here, 300);
  await session(here, 3);
  await prune(here);
  const { root } = await checkpointIn(here);
  forgetTree(here);
  assertEquals((await checkpointIn(here, true)).root, root);
  await checkWholeTree(memoryStore(here.rows), here.keys.publicKey);
});

Deno.test("entries without text that nobody proves are signed by no checkpoint", async () => {
  const here = world();
  await session(here, 300);
  await session(here, 3);
  await prune(here);
  forgetTree(here);
  const cells = here.rows.tables.get("entry");
  const cell = cells?.get(100);
  if (cell === undefined) throw new Error("there is no entry 100");
  cells?.set(100, { ...cell, value: cell.value.with(5, (cell.value[5] ?? 0) ^ 1) });
  const fault = await assertRejects(() => checkpointIn(here), Fault);
  assertEquals(fault.code, "ledger");
});
