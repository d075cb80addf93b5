import { parentHash, rootOf } from "./node.ts";

/** The Merkle tree of RFC 6962, section 2.1, over leaf hashes as they come (hex): O(log n) memory. */
export class GrowingTree {
  #size = 0;
  readonly #roots: string[] = [];

  get size(): number {
    return this.#size;
  }

  /** Roots of the full subtrees that the leaves make, the largest first: one for each bit of the size. */
  get roots(): readonly string[] {
    return this.#roots;
  }

  add(leaf: string): void {
    let root = leaf;
    // Each subtree as large as the one that is being added joins it, as in adding one to a binary number.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      root = parentHash(this.#roots.pop() ?? "", root);
    }
    this.#roots.push(root);
    this.#size++;
  }

  /** The root hash, hex; of no leaves it is the hash of nothing. */
  root(): string {
    return rootOf(this.#roots);
  }
}
