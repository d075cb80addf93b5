/** Proofs of RFC 6962, sections 2.1.1 and 2.1.2, put together from the roots of full subtrees. */
import { rootOf } from "./node.ts";

/** Where the hashes of a tree come from. */
export interface HashSource {
  /**
   * The root of the full subtree of 2^`level` leaves that begins at leaf `index` · 2^`level`, hex. Rejects with a Fault
   * where the tree has no such subtree.
   */
  subtree(level: number, index: number): Promise<string>;
}

/** A part of the tree: leaves `start` to `end` - 1. INVARIANT: `start` is a multiple of the largest 2^n < end - start. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The audit path of leaf `index` in the tree of the first `size` leaves, from the leaf's sibling to the root's child, hex.
 * Throws RangeError where the tree has no such leaf.
 */
export async function inclusionProof(source: HashSource, index: number, size: number): Promise<string[]> {
  if (!isCount(index) || !isCount(size) || index >= size) {
    throw new RangeError(`Cannot prove leaf ${index}: the tree has ${size} leaves`);
  }
  return await Promise.all(pathTo(index, { start: 0, end: size }).map((range) => rangeRoot(source, range)));
}

/** The sibling ranges on the way from leaf `index` up to `range`. */
function pathTo(index: number, range: Range): readonly Range[] {
  const path: Range[] = [];
  let { start, end } = range;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
}

/**
 * The proof that the tree of `from` leaves is a prefix of that of `to` leaves, hex. Empty where one of them says nothing:
 * `from` is 0, or both are equal. Throws RangeError where `from` is more than `to`.
 */
export async function consistencyProof(source: HashSource, from: number, to: number): Promise<string[]> {
  if (!isCount(from) || !isCount(to) || from > to) {
    throw new RangeError(`Cannot prove that ${from} leaves are the beginning of ${to}`);
  }
  if (from === 0 || from === to) return [];
  return await Promise.all(prefixPath(from, to).map((range) => rangeRoot(source, range)));
}

/** SUBPROOF of RFC 6962, section 2.1.2: the ranges whose roots make both trees. */
function prefixPath(from: number, to: number): readonly Range[] {
  const path: Range[] = [];
  let start = 0;
  let end = to;
  // The old root itself is known to whoever checks, as long as the old tree is one full subtree on the left edge.
  while (end !== from) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  if (start !== 0) path.push({ start, end });
  return path.reverse();
}

async function rangeRoot(source: HashSource, { start, end }: Range): Promise<string> {
  const roots: Promise<string>[] = [];
  for (let at = start; at < end;) {
    const level = levelOf(end - at);
    roots.push(source.subtree(level, at / 2 ** level));
    at += 2 ** level;
  }
  return rootOf(await Promise.all(roots));
}

/** The largest power of two below `length`, which is at least 2. */
function splitOf(length: number): number {
  return 2 ** levelOf(length - 1);
}

/** The largest n with 2^n <= `length`. Counted, because a logarithm is rounded up just below a large power. */
function levelOf(length: number): number {
  let level = 0;
  while (2 ** (level + 1) <= length) level++;
  return level;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
