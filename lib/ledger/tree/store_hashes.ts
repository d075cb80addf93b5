/** The hashes of a tree from the store: from tiles where there are any, from the entries where not. */
import { Fault, toHex } from "../../base/mod.ts";
import type { LedgerStore } from "../port.ts";
import { subtreeRoot } from "./node.ts";
import type { HashSource } from "./prove.ts";
import { decodeTile, TILE_HEIGHT, TILE_WIDTH, tileKey } from "./tile.ts";

// A record of either format has its leaf hash at the same place (record.ts).
const HASH_FROM = 1;
const HASH_UNTIL = 33;

export interface StoreHashesOptions {
  /** Reads entries alone, all of them if need be: for who has seen that the tiles do not fit. */
  readonly ignoreTiles?: boolean;
}

/**
 * The tree over the entries of `store`. A proof takes a few rows and the entries behind the last full tile; where tiles are
 * missing it reads the entries that they would stand for. Rows are kept for as long as the source is: make one a proof.
 *
 * Nothing here is checked: rows may be forged, and a proof that was made of them counts once it was verified.
 */
export function storeHashes(
  store: Pick<LedgerStore, "read" | "scan">,
  options: StoreHashesOptions = {},
): HashSource {
  const tiles = new StoredTiles(store, options.ignoreTiles === true);
  return {
    subtree: async (level, index) => {
      const tileLevel = Math.floor(level / TILE_HEIGHT);
      const width = 2 ** (level - tileLevel * TILE_HEIGHT);
      return subtreeRoot(await tiles.hashes(tileLevel, index * width, width));
    },
  };
}

// A source that reads a million entries for want of tiles must not hold them all.
const MOST_TILES = 64;

class StoredTiles {
  readonly #store: Pick<LedgerStore, "read" | "scan">;
  readonly #ignoreTiles: boolean;
  readonly #tiles = new Map<string, Promise<readonly string[]>>();
  /** Hashes that stand in no tile, by level and place. */
  readonly #computed = new Map<string, string>();

  constructor(store: Pick<LedgerStore, "read" | "scan">, ignoreTiles: boolean) {
    this.#store = store;
    this.#ignoreTiles = ignoreTiles;
  }

  /** `count` hashes of one tile, from the `from`-th of its level on. */
  async hashes(level: number, from: number, count: number): Promise<readonly string[]> {
    const index = Math.floor(from / TILE_WIDTH);
    const first = from % TILE_WIDTH;
    const stored = await this.#tile(level, index);
    if (first + count <= stored.length) return stored.slice(first, first + count);
    const hashes = stored.slice(first);
    // One after the other: what stands for a tile of a high level is read, and not all of it at once.
    while (hashes.length < count) hashes.push(await this.#fromBelow(level, from + hashes.length));
    return hashes;
  }

  async #fromBelow(level: number, at: number): Promise<string> {
    if (level === 0) throw missingEntry(at);
    const key = tileKey(level, at);
    const known = this.#computed.get(key);
    if (known !== undefined) return known;
    const hash = subtreeRoot(await this.hashes(level - 1, at * TILE_WIDTH, TILE_WIDTH));
    this.#computed.set(key, hash);
    return hash;
  }

  #tile(level: number, index: number): Promise<readonly string[]> {
    const key = tileKey(level, index);
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    if (this.#tiles.size >= MOST_TILES) this.#tiles.clear();
    const read = this.#read(level, index);
    this.#tiles.set(key, read);
    return read;
  }

  async #read(level: number, index: number): Promise<readonly string[]> {
    const cell = this.#ignoreTiles ? undefined : await this.#store.read("tile", tileKey(level, index));
    const stored = cell === undefined ? [] : decodeTile(cell.value);
    // Tiles of leaves are written once they are full; one that is shorter is none of ours.
    return level > 0 || stored.length === TILE_WIDTH ? stored : await this.#leaves(index);
  }

  async #leaves(index: number): Promise<readonly string[]> {
    const leaves: string[] = [];
    const from = index * TILE_WIDTH;
    for await (const { key, value } of this.#store.scan("entry", { from, until: from + TILE_WIDTH })) {
      if (key !== from + leaves.length || value.length < HASH_UNTIL) break; // a hole: what is behind it has no place
      leaves.push(toHex(value.subarray(HASH_FROM, HASH_UNTIL)));
    }
    return leaves;
  }
}

function missingEntry(seq: number): Fault {
  return new Fault("ledger", `Cannot prove anything about entry ${seq}: it is not in the ledger`, {
    hint: "countersign verify",
  });
}
