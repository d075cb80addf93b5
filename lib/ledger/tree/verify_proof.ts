/**
 * Checks proofs, by the algorithms of RFC 9162. Pure. Everything here is ATTACKER-CONTROLLED: sizes that are no sizes and
 * hashes that are no hashes are answered with `false`.
 */
import { emptyRoot, parentHash } from "./node.ts";

/** Hashes in hex, 64 lower-case digits; sizes and the index are safe integers. */
export interface Inclusion {
  readonly index: number;
  readonly size: number;
  /** The leaf hash. */
  readonly leaf: string;
  readonly root: string;
  readonly proof: readonly string[];
}

/** As {@link Inclusion}. */
export interface Consistency {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: string;
  readonly toRoot: string;
  readonly proof: readonly string[];
}

/** Is `leaf` the leaf at `index` of the tree with that size and root? RFC 9162, section 2.1.3.2. */
export function verifyInclusion({ index, size, leaf, root, proof }: Inclusion): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  const walk = new Walk(index, size - 1);
  let hash = leaf;
  for (const sibling of proof) {
    if (walk.atTop) return false;
    hash = walk.isRight ? parentHash(sibling, hash) : parentHash(hash, sibling);
    walk.up();
  }
  return walk.atTop && hash === root;
}

/**
 * Is the tree of `from` leaves with root `fromRoot` the beginning of the one of `to` leaves? RFC 9162, section 2.1.4.2. The
 * empty tree is the beginning of every tree, by an empty proof (C2SP tlog-witness).
 */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: Consistency): boolean {
  if (!isCount(from) || !isCount(to) || from > to) return false;
  if (![fromRoot, toRoot, ...proof].every(isHash)) return false;
  if (from === to) return proof.length === 0 && fromRoot === toRoot && (to > 0 || fromRoot === emptyRoot());
  if (from === 0) return proof.length === 0 && fromRoot === emptyRoot();
  const [first, ...rest] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  const walk = new Walk(from - 1, to - 1);
  walk.skipRights();
  let old = first;
  let now = first;
  for (const hash of rest) {
    if (walk.atTop) return false;
    if (walk.isRight) {
      old = parentHash(hash, old);
      now = parentHash(hash, now);
    } else now = parentHash(now, hash);
    walk.up();
  }
  return walk.atTop && old === fromRoot && now === toRoot;
}

/** `fn` and `sn` of the RFC: a node and the last node of its level, on their way up. */
class Walk {
  #node: number;
  #last: number;

  constructor(node: number, last: number) {
    this.#node = node;
    this.#last = last;
  }

  get atTop(): boolean {
    return this.#last === 0;
  }

  /** Is the next sibling on the left of the node? The last node of a level has none on its right. */
  get isRight(): boolean {
    return this.#node % 2 === 1 || this.#node === this.#last;
  }

  /** To the parent. A last node that is a left one has been carried up without a sibling: those levels are skipped. */
  up(): void {
    if (this.isRight) { while (this.#node % 2 === 0 && this.#node !== 0) this.#shift(); }
    this.#shift();
  }

  skipRights(): void {
    while (this.#node % 2 === 1) this.#shift();
  }

  #shift(): void {
    this.#node = Math.floor(this.#node / 2);
    this.#last = Math.floor(this.#last / 2);
  }
}

function isPowerOfTwo(value: number): boolean {
  return 2 ** Math.round(Math.log2(value)) === value;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && value.length === 64 && /^[0-9a-f]*$/.test(value);
}
