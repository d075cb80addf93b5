/** Proofs from the store: few reads where there are tiles, right answers where there are none, and no belief in either. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault, leafHash, toHex } from "../../../lib/base/mod.ts";
import {
  consistencyProof,
  GrowingTree,
  inclusionProof,
  type LedgerStore,
  storeHashes,
  type StoreHashesOptions,
  verifyConsistency,
  verifyInclusion,
} from "../../../lib/ledger/mod.ts";
import { TreeState } from "../../../lib/ledger/tree/tree_state.ts";

/** A ledger's rows, as far as proofs look at them. */
interface Grown {
  readonly leaves: readonly string[];
  /** By size. */
  readonly roots: readonly string[];
  readonly tiles: ReadonlyMap<string, Uint8Array>;
  /** An entry that is not there. */
  readonly hole?: number;
}

type Rows = Pick<LedgerStore, "read" | "scan">;

function grown(size: number): Grown {
  const tree = new GrowingTree(), state = new TreeState();
  const leaves: string[] = [], roots: string[] = [tree.root()];
  for (let seq = 0; seq < size; seq++) {
    const leaf = toHex(leafHash(Uint8Array.of(seq, seq >> 8, seq >> 16)));
    tree.add(leaf);
    state.add(leaf);
    leaves.push(leaf);
    roots.push(tree.root());
  }
  const tiles = state.takeRows().map(({ key, value }) => [String(key), value ?? new Uint8Array()] as const);
  return { leaves, roots, tiles: new Map(tiles) };
}

interface Count {
  reads: number;
  /** Entries that were looked at. */
  scanned: number;
}

/** A store of these rows, which counts what it is asked. */
function rowsOf({ leaves, tiles, hole }: Grown, count: Count = { reads: 0, scanned: 0 }): Rows {
  return {
    read: (table, key) => {
      count.reads++;
      const value = table === "tile" ? tiles.get(String(key)) : undefined;
      return Promise.resolve(value === undefined ? undefined : { value, version: "1" });
    },
    scan: async function* (table, { from = 0, until = 0 } = {}) {
      count.reads++;
      assertEquals(table, "entry");
      for (let seq = Number(from); seq < Math.min(Number(until), leaves.length); seq++) {
        if (seq === hole) continue;
        count.scanned++;
        const value = new Uint8Array(106);
        value.subarray(1).setFromHex(leaves[seq] ?? "");
        yield await Promise.resolve({ key: seq, value, version: "1" });
      }
    },
  };
}

const SIZE = 256 * 256 + 3 * 256 + 77;
const LARGE = grown(SIZE);
const SMALL = grown(2 * 256 + 5);

async function includes(ledger: Grown, index: number, size: number, options?: StoreHashesOptions) {
  const proof = await inclusionProof(storeHashes(rowsOf(ledger), options), index, size);
  const { leaves, roots } = ledger;
  return verifyInclusion({ index, size, leaf: leaves[index] ?? "", root: roots[size] ?? "", proof });
}

const PLACES = [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 66_303, 66_304, SIZE - 1];

Deno.test("inclusionProof() from the store: any entry in any tree that the ledger ever had", async () => {
  for (const index of PLACES) {
    for (const size of [...PLACES, SIZE].filter((size) => size > index)) {
      assert(await includes(LARGE, index, size), `${index} of ${size}`);
    }
  }
});

Deno.test("consistencyProof() from the store: between any two trees that the ledger ever had", async () => {
  for (const to of [...PLACES, SIZE]) {
    for (const from of PLACES.filter((from) => from <= to)) {
      const proof = await consistencyProof(storeHashes(rowsOf(LARGE)), from, to);
      const [fromRoot = "", toRoot = ""] = [LARGE.roots[from], LARGE.roots[to]];
      assert(verifyConsistency({ from, to, fromRoot, toRoot, proof }), `${from} to ${to}`);
    }
  }
});

Deno.test("a proof takes a tile of each level or two, and the entries behind the last full tile", async () => {
  for (const index of PLACES) {
    const count = { reads: 0, scanned: 0 };
    await inclusionProof(storeHashes(rowsOf(LARGE, count)), index, SIZE);
    // Three levels: the entry's own tile and the last one of each, and the tile of leaves that is not full by a scan.
    assert(count.reads <= 7, `${count.reads} reads for entry ${index}`);
    assert(count.scanned <= 255, `${count.scanned} entries for entry ${index}`);
  }
  const count = { reads: 0, scanned: 0 };
  await consistencyProof(storeHashes(rowsOf(LARGE, count)), 65_537, SIZE);
  assert(count.reads <= 9 && count.scanned <= 510, JSON.stringify(count));
});

Deno.test("the reads of a proof grow with the logarithm of the ledger", async () => {
  const reads = await Promise.all([SMALL, LARGE].map(async (ledger) => {
    const count = { reads: 0, scanned: 0 };
    await inclusionProof(storeHashes(rowsOf(ledger, count)), 3, ledger.leaves.length);
    return count.reads;
  }));
  const [small = 0, large = 0] = reads;
  assert(large - small <= 2, `${small} of ${SMALL.leaves.length}, ${large} of ${SIZE}`);
});

const LOSSES: readonly (readonly [string, (tiles: Map<string, Uint8Array>) => void])[] = [
  ["no tiles", (tiles) => tiles.clear()],
  ["no tile of the first level", (tiles) => void tiles.delete("0/1")],
  ["no tile above", (tiles) => void tiles.delete("1/0")],
];

for (const [what, lose] of LOSSES) {
  Deno.test(`proofs with ${what} are made from entries, and are the same`, async () => {
    const tiles = new Map(SMALL.tiles);
    lose(tiles);
    assert(tiles.size < 3);
    const less = { ...SMALL, tiles };
    for (const index of [0, 255, 256, 300, 512, 516]) assert(await includes(less, index, 517), String(index));
  });
}

const HOSTILE = new Uint8Array(256 * 32).fill(5);
const FORGED: readonly (readonly [string, string, Uint8Array])[] = [
  ["a forged tile of leaves", "0/0", HOSTILE],
  ["a forged tile above", "1/0", HOSTILE.slice(0, 64)],
];

for (const [what, key, value] of FORGED) {
  Deno.test(`${what} makes proofs that do not verify, and none once tiles are ignored`, async () => {
    const forged = { ...SMALL, tiles: new Map(SMALL.tiles).set(key, value) };
    assert(!await includes(forged, 3, 517) || !await includes(forged, 516, 517));
    for (const index of [3, 516]) assert(await includes(forged, index, 517, { ignoreTiles: true }));
  });
}

const NO_TILES: readonly (readonly [string, string, Uint8Array])[] = [
  ["a tile of leaves that is short", "0/0", HOSTILE.slice(0, 32)],
  ["a tile that is cut within a hash", "0/0", HOSTILE.slice(0, 33)],
  ["a tile that is too long", "1/0", new Uint8Array(257 * 32)],
  ["an empty tile", "1/0", new Uint8Array()],
];

for (const [what, key, value] of NO_TILES) {
  Deno.test(`${what} is none, and the entries are read`, async () => {
    assert(await includes({ ...SMALL, tiles: new Map(SMALL.tiles).set(key, value) }, 3, 517));
  });
}

Deno.test("storeHashes(): an entry that is missing is said, and nothing is made up for it", async () => {
  const holed = { ...SMALL, hole: 514 };
  const fault = await assertRejects(() => includes(holed, 3, 517), Fault);
  assertEquals(fault.code, "ledger");
  assert(await includes(holed, 3, 512));
  await assertRejects(() => includes(SMALL, 3, 600), Fault);
});
