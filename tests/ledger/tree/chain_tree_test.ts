/** Tiles and checkpoints as the ledger grows: in the commit that fills a tile, whoever writes, whatever goes wrong. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../../lib/base/mod.ts";
import { type Commit, makeCheckpoint, type Table } from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import { call, die as kill, openIn, type TestLedger, verifyIn, type World, world } from "../support.ts";
import { checkTree, checkWholeTree } from "./tree_support.ts";

/** Writes `count` calls, as many at once as `together`. */
async function writeCalls(ledger: TestLedger, count: number, together = 32): Promise<void> {
  for (let left = count; left > 0; left -= together) {
    await Promise.all(Array.from({ length: Math.min(together, left) }, () => ledger.write(call())));
  }
}

const storeOf = (here: World) => memoryStore(here.rows);
const whole = (here: World) => checkWholeTree(storeOf(here), here.keys.publicKey);
const right = (here: World) => checkTree(storeOf(here), here.keys.publicKey);
const checkpointIn = (here: World, origin?: string) =>
  makeCheckpoint({ store: storeOf(here), keys: here.keys, clock: here.clock, origin });

/** Everything but the entries and what goes with them: a ledger of a version that knew no tree. */
function forgetTree(here: World): void {
  here.rows.tables.delete("tile");
  here.rows.tables.delete("checkpoint");
}

function valueOf(here: World, table: Table, key: string | number): Uint8Array {
  const value = here.rows.tables.get(table)?.get(key)?.value;
  if (value === undefined) throw new Error(`there is no ${table} ${key}`);
  return value;
}

function put(here: World, table: Table, key: string | number, value: Uint8Array): void {
  const cells = here.rows.tables.get(table) ?? new Map();
  here.rows.tables.set(table, cells);
  cells.set(key, { value, version: String(++here.rows.commits).padStart(20, "0") });
}

function rowsOf(here: World, table: "tile" | "checkpoint"): readonly (string | number)[] {
  return [...here.rows.tables.get(table)?.keys() ?? []];
}

Deno.test("the commit that fills a tile has the tile and a checkpoint at its own end; the close has a checkpoint", async () => {
  const here = world();
  const commits: Commit[] = [];
  const ledger = await openIn(here, { faults: { before: (_, commit) => void commits.push(commit) } });
  await writeCalls(ledger, 600, 7);
  await ledger.close("done");
  const rows = await whole(here);
  for (const { changes } of commits) {
    const seqs = changes.flatMap(({ table, key }) => table === "entry" ? [Number(key)] : []);
    const isClose = seqs.includes(601);
    const fills = seqs.some((seq) => seq % 256 === 255);
    const tables = new Set(changes.map(({ table }) => table));
    assertEquals(tables.has("tile"), fills);
    assertEquals(tables.has("checkpoint"), fills || isClose);
  }
  assertEquals(rows.tiles, ["0/0", "0/1", "1/0"]);
  assertEquals(rows.checkpoints.length, 3);
  assertEquals(rows.checkpoints.at(-1), 602);
  assertEquals(rows.origins, [`countersign/${here.keys.id}`]);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("one commit that fills two tiles writes both, and the level above once", async () => {
  const here = world();
  const ledger = await openIn(here);
  await writeCalls(ledger, 1100, 550);
  await ledger.close("done");
  assertEquals((await whole(here)).tiles, ["0/0", "0/1", "0/2", "0/3", "1/0"]);
});

Deno.test("the next session goes on with the tree of the one before", async () => {
  const here = world();
  for (const calls of [250, 3, 1, 254, 300]) {
    const ledger = await openIn(here);
    await writeCalls(ledger, calls);
    await ledger.close("done");
    await whole(here);
  }
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("two processes that take turns around the edge of a tile keep one tree", async () => {
  const here = world();
  const [one, two] = [await openIn(here), await openIn(here)];
  for (let i = 0; i < 530; i++) await (i % 3 === 0 ? one : two).write(call());
  await one.close("done");
  await whole(here);
  await writeCalls(two, 260);
  await two.close("done");
  const rows = await whole(here);
  assertEquals(rows.tiles, ["0/0", "0/1", "0/2", "1/0"]);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("four processes that write at once keep one tree", async () => {
  const here = world();
  const ledgers = await Promise.all(Array.from({ length: 4 }, () => openIn(here, { runningClock: true })));
  await Promise.all(ledgers.map((ledger) => writeCalls(ledger, 300, 10)));
  await Promise.all(ledgers.map((ledger) => ledger.close("done")));
  await right(here);
  await (await openIn(here)).close("done"); // what was left in the crowd
  assertEquals((await whole(here)).size, 1210);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("whoever finds the head moved at the edge of a tile begins again, and no tile holds what was not written", async () => {
  const here = world();
  const two = await openIn(here);
  let stalled = false;
  const one = await openIn(here, {
    faults: {
      before: async (_, { changes }) => {
        if (stalled || !changes.some(({ table }) => table === "tile")) return;
        stalled = true;
        await writeCalls(two, 3); // these are entry 255 and those behind it, and not ours
      },
    },
  });
  await writeCalls(one, 300, 1);
  assert(stalled);
  await right(here);
  await one.close("done");
  await two.close("done");
  assertEquals((await whole(here)).size, 307);
});

Deno.test("whoever is crowded out at the edge of a tile writes the entry without it, and the next tile makes up for it", async () => {
  const here = world();
  const two = await openIn(here);
  let stalls = 0;
  const one = await openIn(here, {
    runningClock: true,
    faults: {
      before: async (_, { changes }) => {
        if (stalls >= 10 || !changes.some(({ table }) => table === "checkpoint")) return;
        stalls++;
        await two.write(call());
      },
    },
  });
  await writeCalls(one, 20, 1);
  await one.close("done");
  assertEquals(stalls, 4);
  assertEquals(rowsOf(here, "checkpoint"), []);
  await writeCalls(two, 250);
  await two.close("done");
  await whole(here);
});

Deno.test("a ledger without tiles, of an older version, gets all of them with the next tile that is filled", async () => {
  const here = world();
  const before = await openIn(here);
  await writeCalls(before, 5 * 256 + 10);
  await before.close("done");
  forgetTree(here);
  const ledger = await openIn(here);
  await writeCalls(ledger, 256);
  assertEquals((await whole(here)).tiles.length, 7);
  await ledger.close("done");
  assertEquals((await whole(here)).checkpoints.length, 2);
});

Deno.test("a ledger without tiles gets all of them at the close of a session that filled none", async () => {
  const here = world();
  const before = await openIn(here);
  await writeCalls(before, 5 * 256 + 10);
  await before.close("done");
  forgetTree(here);
  await (await openIn(here)).close("done");
  assertEquals((await whole(here)).checkpoints, [5 * 256 + 14]);
});

interface Attack {
  readonly name: string;
  /** What somebody with the file, and without the key, does to a ledger of 602 entries. */
  readonly attack: (here: World) => void;
}

const FAKE = new Uint8Array(256 * 32).fill(7);
const otherTile = (count: number) => new Uint8Array(count * 32).fill(9);
const ATTACKS: readonly Attack[] = [
  { name: "a forged tile above the leaves", attack: (here) => put(here, "tile", "1/0", otherTile(2)) },
  { name: "a tile above the leaves that is too long", attack: (here) => put(here, "tile", "1/0", FAKE) },
  {
    name: "a tile above the leaves that is no tile",
    attack: (here) => put(here, "tile", "1/0", new Uint8Array(33)),
  },
  { name: "no tiles", attack: (here) => void here.rows.tables.delete("tile") },
  { name: "no checkpoints", attack: (here) => void here.rows.tables.delete("checkpoint") },
  {
    name: "only an old checkpoint",
    attack: (here) => {
      for (const size of rowsOf(here, "checkpoint").slice(1)) {
        here.rows.tables.get("checkpoint")?.delete(size);
      }
    },
  },
  { name: "garbage in the newest checkpoint", attack: (here) => put(here, "checkpoint", 602, FAKE) },
  {
    name: "the newest checkpoint under another size",
    attack: (here) => {
      const cells = here.rows.tables.get("checkpoint");
      put(here, "checkpoint", 601, cells?.get(602)?.value ?? FAKE);
      cells?.delete(602);
    },
  },
  {
    name: "a checkpoint of another key",
    attack: (here) => {
      const cells = here.rows.tables.get("checkpoint");
      const text = new TextDecoder().decode(cells?.get(602)?.value);
      put(here, "checkpoint", 602, new TextEncoder().encode(text.replace(/.{20}\n$/, `${"A".repeat(20)}\n`)));
    },
  },
  {
    name: "a thousand rows where checkpoints stand",
    attack: (here) => {
      for (let at = 0; at < 600; at++) put(here, "checkpoint", at, FAKE);
    },
  },
];

for (const { name, attack } of ATTACKS) {
  Deno.test(`${name}: what is signed from then on is the tree of the entries`, async () => {
    const here = world();
    const before = await openIn(here);
    await writeCalls(before, 600);
    await before.close("done");
    attack(here);
    const ledger = await openIn(here);
    await writeCalls(ledger, 200);
    await ledger.close("done");
    // Rows that the attack left are not what is looked at: those that were written behind it are.
    const size = 804;
    assertEquals((await checkpointIn(here)).root, (await verifyRoot(here)).root);
    assertEquals((await verifyRoot(here)).entries, size);
    assertEquals(rowsOf(here, "checkpoint").includes(size), true);
    for (const key of rowsOf(here, "checkpoint")) {
      if (Number(key) <= 602) here.rows.tables.get("checkpoint")?.delete(key);
    }
    assert((await whole(here)).checkpoints.includes(size));
  });
}

/** The root over the entries, by the verifier's own eyes; checkpoints are left out of its sight. */
function verifyRoot(here: World) {
  const tables = new Map(
    [...here.rows.tables].filter(([table]) => table !== "checkpoint" && table !== "tile"),
  );
  return verifyIn({ ...here, rows: { ...here.rows, tables } });
}

Deno.test("entries that were changed under the tree are not signed by a checkpoint", async () => {
  const here = world();
  const before = await openIn(here);
  await writeCalls(before, 300);
  await before.close("done");
  forgetTree(here);
  put(here, "entry", 100, valueOf(here, "entry", 100).with(120, 65));
  const fault = await assertRejects(() => checkpointIn(here), Fault);
  assertEquals(fault.code, "ledger");
  const ledger = await openIn(here);
  await writeCalls(ledger, 300);
  await ledger.close("done");
  assertEquals(rowsOf(here, "checkpoint"), []);
  assertEquals(rowsOf(here, "tile"), []);
});

for (const calls of [253, 254, 255, 300]) {
  Deno.test(`a checkpoint and tiles of another ledger of our key, with ${calls} calls, are not taken for this one's`, async () => {
    const [here, other] = [world(), world()];
    const twin = { ...other, keys: here.keys };
    for (const ledger of [await openIn(here), await openIn(twin)]) {
      await writeCalls(ledger, calls);
      await ledger.close("done");
    }
    forgetTree(here);
    for (const table of ["tile", "checkpoint"] as const) {
      for (const key of rowsOf(twin, table)) put(here, table, key, valueOf(twin, table, key));
    }
    const ledger = await openIn(here);
    await writeCalls(ledger, 20);
    await ledger.close("done");
    // The foreign checkpoints stay, for verify to find; the new one is that of these entries.
    const newest = rowsOf(here, "checkpoint").map(Number).filter((size) => size > calls + 2);
    assert(newest.length > 0);
    for (const key of rowsOf(here, "checkpoint")) {
      if (!newest.includes(Number(key))) here.rows.tables.get("checkpoint")?.delete(key);
    }
    await whole(here);
  });
}

for (const when of ["before", "after"] as const) {
  Deno.test(`a crash ${when} the commit that fills a tile leaves tiles that are right or absent`, async () => {
    const here = world();
    let dead = false;
    const die = (at: typeof when, { changes }: Commit) => {
      dead ||= at === when && changes.some(({ table }) => table === "tile");
      if (dead && at === "before") throw new Error("kill -9");
    };
    const doomed = await openIn(here, {
      faults: { before: (_, commit) => die("before", commit), after: (_, commit) => die("after", commit) },
    });
    await assertRejects(() => writeCalls(doomed, 300, 5));
    kill(here, doomed);
    assertEquals(rowsOf(here, "tile").length > 0, when === "after");
    await right(here);
    const ledger = await openIn(here);
    await writeCalls(ledger, 300);
    await ledger.close("done");
    await whole(here);
    assertEquals((await verifyIn(here)).status, "recovered");
  });
}

Deno.test("a crash among the tiles that an older version left undone leaves some of them, and they are right", async () => {
  const here = world();
  const before = await openIn(here);
  await writeCalls(before, 60 * 100);
  await before.close("done");
  forgetTree(here);
  let lots = 0;
  const doomed = await openIn(here, {
    faults: {
      before: (_, { changes }) => {
        if (changes.every(({ table }) => table === "tile") && ++lots === 1) return;
        if (lots > 0) throw new Error("kill -9");
      },
    },
  });
  await assertRejects(() => doomed.close("done"));
  kill(here, doomed);
  assertEquals(lots, 1);
  assert((await right(here)).tiles.length > 0);
  await (await openIn(here)).close("done");
  await whole(here);
});

Deno.test("makeCheckpoint(): signs the ledger as it is, adds no entry, and answers with the same note until there are more", async () => {
  const here = world();
  const ledger = await openIn(here);
  await writeCalls(ledger, 20);
  const entries = [...here.rows.tables.get("entry")?.keys() ?? []].length;
  const first = await checkpointIn(here);
  assertEquals([first.size, first.made, first.root], [entries, true, (await verifyRoot(here)).root]);
  assertEquals((await checkpointIn(here)).made, false);
  assertEquals((await checkpointIn(here)).note, first.note);
  assertEquals([...here.rows.tables.get("entry")?.keys() ?? []].length, entries);
  await writeCalls(ledger, 1);
  assertEquals((await checkpointIn(here)).size, entries + 1);
  await ledger.close("done");
  await whole(here);
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("makeCheckpoint(): beside a session that goes on writing", async () => {
  const here = world();
  const ledger = await openIn(here, { runningClock: true });
  const writing = writeCalls(ledger, 600, 3);
  const sizes = [];
  for (let i = 0; i < 10; i++) sizes.push((await checkpointIn(here)).size);
  await writing;
  await ledger.close("done");
  assertEquals(sizes, sizes.toSorted((a, b) => a - b));
  await whole(here);
});

Deno.test("makeCheckpoint(): a large ledger without tiles gets them all", async () => {
  const here = world();
  const before = await openIn(here);
  await writeCalls(before, 33 * 256, 256);
  await before.close("done");
  forgetTree(here);
  const ledger = await openIn(here);
  await writeCalls(ledger, 300);
  assertEquals(rowsOf(here, "tile"), [], "too many entries to read while a call waits");
  await checkpointIn(here);
  await ledger.close("done");
  assertEquals((await whole(here)).tiles.length, 35);
});

Deno.test("makeCheckpoint() with rebuild: puts every tile right, from the entries alone", async () => {
  const here = world();
  const before = await openIn(here);
  await writeCalls(before, 1000);
  await before.close("done");
  const { note } = await checkpointIn(here);
  put(here, "tile", "0/1", FAKE);
  put(here, "tile", "1/0", otherTile(3));
  const rebuilt = await makeCheckpoint({
    store: storeOf(here),
    keys: here.keys,
    clock: here.clock,
    rebuild: true,
  });
  assertEquals(rebuilt.note, note);
  assertEquals((await whole(here)).tiles.length, 4);
});

Deno.test("makeCheckpoint(): a second tree of one size is refused, a row that is not ours is written over", async () => {
  const here = world();
  await (await openIn(here)).close("done");
  const { note } = await checkpointIn(here);
  put(here, "checkpoint", 2, new TextEncoder().encode("hello\n"));
  assertEquals((await checkpointIn(here)).note, note);
  const other = world();
  await (await openIn({ ...other, keys: here.keys })).close("else");
  put(here, "checkpoint", 2, valueOf(other, "checkpoint", 2));
  assertEquals((await assertRejects(() => checkpointIn(here), Fault)).code, "ledger");
});

Deno.test("makeCheckpoint(): an empty ledger has none, and an origin that is none is refused", async () => {
  const here = world();
  assertEquals((await assertRejects(() => checkpointIn(here), Fault)).code, "usage");
  await (await openIn(here)).close("done");
  for (const origin of ["", "a b", "a+b", "countersign/head/v1", "cosignature/v1", "a\nb", "x".repeat(201)]) {
    assertEquals((await assertRejects(() => checkpointIn(here, origin), Fault)).code, "config", origin);
  }
});

Deno.test("the origin is the configured one, and stays where nobody configures it", async () => {
  const here = world();
  await (await openIn(here, { request: { origin: "example.org/agents" } })).close("done");
  await (await openIn(here)).close("done");
  assertEquals((await whole(here)).origins, ["example.org/agents"]);
  await (await openIn(here, { request: { origin: "example.org/other" } })).close("done");
  assertEquals((await whole(here)).origins, ["example.org/agents", "example.org/other"]);
});
