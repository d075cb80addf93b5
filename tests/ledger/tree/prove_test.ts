import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { leafHash, nodeHash, sha256Hex, toHex } from "../../../lib/base/mod.ts";
import {
  consistencyProof,
  GrowingTree,
  type HashSource,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from "../../../lib/ledger/mod.ts";

const LEAVES = Array.from({ length: 300 }, (_, i) => toHex(leafHash(Uint8Array.of(i % 256, i >> 8))));

/** By the book: RFC 6962, section 2.1, with nothing remembered. */
function bookRoot(leaves: readonly string[]): string {
  if (leaves.length <= 1) return leaves[0] ?? sha256Hex("");
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)].map(bookRoot);
  return toHex(nodeHash(Uint8Array.fromHex(left ?? ""), Uint8Array.fromHex(right ?? "")));
}

/** Section 2.1.1, as it is written. */
function bookPath(index: number, leaves: readonly string[]): string[] {
  if (leaves.length === 1) return [];
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...bookPath(index, left), bookRoot(right)]
    : [...bookPath(index - split, right), bookRoot(left)];
}

const source: HashSource = {
  subtree: (level, index) =>
    Promise.resolve(bookRoot(LEAVES.slice(index * 2 ** level, (index + 1) * 2 ** level))),
};

const roots = (() => {
  const tree = new GrowingTree();
  return [tree.root(), ...LEAVES.map((leaf) => (tree.add(leaf), tree.root()))];
})();
const rootAt = (size: number) => roots[size] ?? "";
const leafAt = (index: number) => LEAVES[index] ?? "";

Deno.test("inclusionProof() is the path of RFC 6962 for every leaf of every tree to 40 leaves, and verifies", async () => {
  for (let size = 1; size <= 40; size++) {
    for (let index = 0; index < size; index++) {
      const proof = await inclusionProof(source, index, size);
      assertEquals(proof, bookPath(index, LEAVES.slice(0, size)), `${index} of ${size}`);
      assert(verifyInclusion({ index, size, leaf: leafAt(index), root: rootAt(size), proof }));
    }
  }
});

Deno.test("consistencyProof() verifies between any two sizes to 40, and between no others", async () => {
  for (let to = 0; to <= 40; to++) {
    for (let from = 0; from <= to; from++) {
      const proof = await consistencyProof(source, from, to);
      const whole = { from, to, fromRoot: rootAt(from), toRoot: rootAt(to), proof };
      assert(verifyConsistency(whole), `${from} to ${to}`);
      assert(
        !verifyConsistency({ ...whole, fromRoot: rootAt(from + 1) }),
        `${from} to ${to}, another old root`,
      );
      // The empty tree is the beginning of every tree, so it says nothing about the new root.
      if (from > 0) {
        assert(
          !verifyConsistency({ ...whole, toRoot: rootAt(to + 1) }),
          `${from} to ${to}, another new root`,
        );
      }
    }
  }
});

const sizes = fc.tuple(fc.integer({ min: 1, max: LEAVES.length }), fc.nat(LEAVES.length - 1))
  .map(([size, index]) => ({ size, index: index % size }));
const flip = (hash: string, at: number) => {
  const bytes = Uint8Array.fromHex(hash);
  bytes[at % 32] = (bytes[at % 32] ?? 0) ^ (1 << (at % 8));
  return bytes.toHex();
};

Deno.test("verifyInclusion() fails for any changed hash, index, size or length of the path", async () => {
  await fc.assert(fc.asyncProperty(sizes, fc.nat(), async ({ size, index }, at) => {
    const proof = await inclusionProof(source, index, size);
    const good = { index, size, leaf: leafAt(index), root: rootAt(size), proof };
    const other = at % Math.max(proof.length, 1);
    assert(verifyInclusion(good));
    assert(!verifyInclusion({ ...good, leaf: flip(good.leaf, at) }));
    assert(!verifyInclusion({ ...good, root: flip(good.root, at) }));
    assert(!verifyInclusion({ ...good, proof: [...proof, leafAt(0)] }));
    if (proof.length > 0) {
      assert(!verifyInclusion({ ...good, proof: proof.with(other, flip(proof[other] ?? "", at)) }));
      assert(!verifyInclusion({ ...good, proof: proof.toSpliced(other, 1) }));
    }
    const elsewhere = at % size;
    assertEquals(verifyInclusion({ ...good, index: elsewhere }), elsewhere === index);
    assert(!verifyInclusion({ ...good, index: size }));
    // The same path may stand for another size; the root of that size it never has.
    const size2 = 1 + at % LEAVES.length;
    assertEquals(verifyInclusion({ ...good, size: size2, root: rootAt(size2) }), size2 === size);
  }));
});

Deno.test("verifyConsistency() fails for any changed hash, size or length of the path", async () => {
  await fc.assert(fc.asyncProperty(sizes, fc.nat(), async ({ size: to, index: from }, at) => {
    const proof = await consistencyProof(source, from, to);
    const good = { from, to, fromRoot: rootAt(from), toRoot: rootAt(to), proof };
    const other = at % Math.max(proof.length, 1);
    assert(verifyConsistency(good));
    assert(!verifyConsistency({ ...good, proof: [...proof, leafAt(0)] }));
    assert(!verifyConsistency({ ...good, fromRoot: flip(good.fromRoot, at) }));
    if (from > 0) assert(!verifyConsistency({ ...good, toRoot: flip(good.toRoot, at) }));
    if (proof.length > 0) {
      assert(!verifyConsistency({ ...good, proof: proof.with(other, flip(proof[other] ?? "", at)) }));
      assert(!verifyConsistency({ ...good, proof: proof.toSpliced(other, 1) }));
    }
    const size = at % (LEAVES.length + 1);
    // No path at all leads from the empty tree, and from a tree to itself.
    const isOwn = size === from || (proof.length === 0 && (size === 0 || size === to));
    assertEquals(verifyConsistency({ ...good, from: size, fromRoot: rootAt(size) }), isOwn);
    if (from > 0) assertEquals(verifyConsistency({ ...good, to: size, toRoot: rootAt(size) }), size === to);
  }));
});

const HOSTILE = fc.oneof(fc.string(), fc.constant(leafAt(0)), fc.constant(leafAt(0).toUpperCase()));
const HOSTILE_SIZE = fc.oneof(fc.integer(), fc.double(), fc.constant(2 ** 53 - 1), fc.constant(2 ** 53));

Deno.test("verifyInclusion() and verifyConsistency() answer, whatever they are given", () => {
  fc.assert(
    fc.property(HOSTILE_SIZE, HOSTILE_SIZE, HOSTILE, HOSTILE, fc.array(HOSTILE), (a, b, x, y, proof) => {
      assertEquals(typeof verifyInclusion({ index: a, size: b, leaf: x, root: y, proof }), "boolean");
      assertEquals(typeof verifyConsistency({ from: a, to: b, fromRoot: x, toRoot: y, proof }), "boolean");
    }),
  );
});

Deno.test("proofs are refused for what no tree has", async () => {
  await assertRejects(() => inclusionProof(source, 5, 5), RangeError);
  await assertRejects(() => inclusionProof(source, -1, 5), RangeError);
  await assertRejects(() => inclusionProof(source, 0.5, 5), RangeError);
  await assertRejects(() => consistencyProof(source, 6, 5), RangeError);
  await assertRejects(() => consistencyProof(source, 0, Number.NaN), RangeError);
});
