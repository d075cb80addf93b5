import { nodeHash, sha256 } from "../../base/mod.ts";

/** The Merkle tree of RFC 6962, section 2.1, over leaf hashes as they come: O(log n) memory. */
export class GrowingTree {
  #size = 0;
  /** Roots of the full subtrees that the leaves make, the largest first: one for each bit of the size. */
  readonly #roots: Uint8Array[] = [];

  get size(): number {
    return this.#size;
  }

  add(leaf: Uint8Array): void {
    let root = leaf;
    // Each subtree as large as the one that is being added joins it, as in adding one to a binary number.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      root = nodeHash(this.#roots.pop() ?? root, root);
    }
    this.#roots.push(root);
    this.#size++;
  }

  /** The root hash; of no leaves it is the hash of nothing. */
  root(): Uint8Array {
    const [last, ...larger] = this.#roots.toReversed();
    if (last === undefined) return sha256(new Uint8Array());
    return larger.reduce((right, left) => nodeHash(left, right), last);
  }
}
