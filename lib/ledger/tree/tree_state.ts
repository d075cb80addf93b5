import { rootOf, subtreeRoot } from "./node.ts";
import { encodeTile, TILE_WIDTH, tileKey } from "./tile.ts";
import type { Change } from "../port.ts";

/**
 * The right edge of the tree, as tiles have it: hashes that are in no full tile yet, one list a level. Enough to go on, and
 * to write the rows that change.
 */
export class TreeState {
  #size: number;
  #last: string;
  readonly #levels: string[][];
  /** Full tiles that came about, and levels whose last tile grew, since the rows were taken. */
  #full: Change[] = [];
  readonly #grown = new Set<number>();

  constructor(size = 0, levels: readonly (readonly string[])[] = [], last = "") {
    this.#size = size;
    this.#levels = levels.map((hashes) => [...hashes]);
    this.#last = last;
  }

  get size(): number {
    return this.#size;
  }

  /** The newest leaf; empty where it is not known, because nothing was added yet. */
  get last(): string {
    return this.#last;
  }

  /** A copy that may go its own way; it has the rows that were not taken as well. */
  clone(): TreeState {
    const copy = new TreeState(this.#size, this.#levels, this.#last);
    copy.#full = [...this.#full];
    for (const level of this.#grown) copy.#grown.add(level);
    return copy;
  }

  add(leaf: string): void {
    this.#push(0, leaf);
    this.#size++;
    this.#last = leaf;
  }

  /** The root hash, hex. */
  root(): string {
    return rootOf(this.#levels.toReversed().flatMap(fullSubtrees));
  }

  /** Rows of all tiles that are new or larger since the last time. */
  takeRows(): Change[] {
    const rows = this.#full;
    for (const level of this.#grown) {
      const hashes = this.#levels[level] ?? [];
      if (hashes.length > 0) rows.push(tileRow(level, this.#tileIndex(level), hashes));
    }
    this.#full = [];
    this.#grown.clear();
    return rows;
  }

  #push(level: number, hash: string): void {
    const hashes = this.#levels[level] ??= [];
    hashes.push(hash);
    if (level > 0) this.#grown.add(level);
    if (hashes.length < TILE_WIDTH) return;
    this.#full.push(tileRow(level, this.#tileIndex(level), hashes));
    this.#grown.delete(level);
    this.#levels[level] = [];
    this.#push(level + 1, subtreeRoot(hashes));
  }

  /** Which tile of its level is being filled. The leaf that is being added does not count yet. */
  #tileIndex(level: number): number {
    return Math.floor(this.#size / TILE_WIDTH ** (level + 1));
  }
}

function tileRow(level: number, index: number, hashes: readonly string[]): Change {
  return { table: "tile", key: tileKey(level, index), value: encodeTile(hashes) };
}

/** Roots of the full subtrees over fewer hashes than a tile has, the largest first. */
function fullSubtrees(hashes: readonly string[]): readonly string[] {
  const roots: string[] = [];
  let at = 0;
  for (let width = TILE_WIDTH / 2; width >= 1; width /= 2) {
    if (hashes.length - at < width) continue;
    roots.push(subtreeRoot(hashes.slice(at, at + width)));
    at += width;
  }
  return roots;
}
