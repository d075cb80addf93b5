import { assertEquals } from "@std/assert";
import { leafHash, nodeHash, sha256, toHex } from "../../../lib/base/mod.ts";
import { GrowingTree } from "../../../lib/ledger/mod.ts";

// The eight leaves and the roots of every size that implementations of RFC 6962 share as their test tree.
const LEAVES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

Deno.test("GrowingTree has the roots of RFC 6962's test tree at every size", () => {
  const tree = new GrowingTree();
  assertEquals(tree.root(), ROOTS[0]);
  LEAVES.forEach((leaf, i) => {
    tree.add(toHex(leafHash(Uint8Array.fromHex(leaf))));
    assertEquals([tree.size, tree.root()], [i + 1, ROOTS[i + 1]]);
  });
});

/** RFC 6962, section 2.1, as it is written: split at the largest power of two below the size. */
function rootByTheBook(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array());
  if (leaves.length === 1) return leaves[0] ?? new Uint8Array();
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(rootByTheBook(leaves.slice(0, split)), rootByTheBook(leaves.slice(split)));
}

Deno.test("GrowingTree agrees with the recursive definition at every size to 130", () => {
  const tree = new GrowingTree();
  const leaves: Uint8Array[] = [];
  for (let size = 1; size <= 130; size++) {
    const leaf = leafHash(Uint8Array.of(size));
    leaves.push(leaf);
    tree.add(toHex(leaf));
    assertEquals(tree.root(), toHex(rootByTheBook(leaves)));
  }
});
