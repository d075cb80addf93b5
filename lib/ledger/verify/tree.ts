import { sha256Hex } from "../../base/mod.ts";

const NODE_PREFIX = 0x01;

/** The Merkle tree of RFC 6962, section 2.1, over leaf hashes as they come (hex): O(log n) memory. */
export class GrowingTree {
  #size = 0;
  /** Roots of the full subtrees that the leaves make, the largest first: one for each bit of the size. */
  readonly #roots: string[] = [];
  /** The input of an interior node's hash: SHA-256(0x01 ‖ left ‖ right). */
  readonly #node = Uint8Array.of(NODE_PREFIX, ...new Uint8Array(64));

  get size(): number {
    return this.#size;
  }

  add(leaf: string): void {
    let root = leaf;
    // Each subtree as large as the one that is being added joins it, as in adding one to a binary number.
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      root = this.#parent(this.#roots.pop() ?? "", root);
    }
    this.#roots.push(root);
    this.#size++;
  }

  /** The root hash, hex; of no leaves it is the hash of nothing. */
  root(): string {
    const [last, ...larger] = this.#roots.toReversed();
    if (last === undefined) return sha256Hex("");
    return larger.reduce((right, left) => this.#parent(left, right), last);
  }

  #parent(left: string, right: string): string {
    this.#node.subarray(1).setFromHex(left);
    this.#node.subarray(33).setFromHex(right);
    return sha256Hex(this.#node);
  }
}
