/** The proofs that implementations of RFC 6962 share (tests/vectors/README.md), a row each. */
import { assert, assertEquals } from "@std/assert";
import { verifyConsistency, verifyInclusion } from "../../../lib/ledger/mod.ts";

interface Row {
  readonly path: string;
  readonly case: Shared & (Inclusion | SubtreeInclusion | Consistency | SubtreeConsistency);
}
interface Shared {
  readonly proof: readonly string[] | null;
  readonly desc: string;
  readonly wantErr: boolean;
}
interface Inclusion {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
}
/** Of leaves `start` to `end` - 1, which are a tree of their own. */
interface SubtreeInclusion extends Omit<Inclusion, "treeSize"> {
  readonly start: number;
  readonly end: number;
}
interface Consistency {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
}
interface SubtreeConsistency {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly root1: string;
  readonly root2: string;
}

const rows: readonly Row[] = JSON.parse(
  await Deno.readTextFile(new URL("../../vectors/merkle.json", import.meta.url)),
);

// The reference takes equal roots, or the empty tree, for proof enough, whatever the roots are. Here a root is 32 bytes,
// and a tree without leaves has one root; what begins behind the first leaf is no tree of RFC 6962 and always refused.
const REFUSED_HERE: readonly string[] = [
  "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json",
  ...[
    "sizes-are-equal-one-and-proof-is-empty.json",
    "subtree-is-empty-sizes-are-equal-one-subtree-root-valid-proof-is-empty.json",
    "subtree-is-empty-sizes-are-equal-one-subtree-root-valid-tree-root-random-proof-is-empty.json",
    "subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty.json",
    "subtree-is-empty-subtree-root-valid-proof-is-empty.json",
    "subtree-is-empty-subtree-root-valid-tree-root-random-proof-is-empty.json",
  ].map((name) => `subtreeconsistency/additional/${name}`),
];

Deno.test("RFC 6962 vectors: the corpus is there, all of it, good and bad", () => {
  assertEquals(rows.length, 518);
  for (const kind of ["inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"]) {
    const known = rows.filter(({ path }) => path.startsWith(`${kind}/`));
    assert(known.length >= 98 && known.some((row) => !row.case.wantErr), kind);
  }
  assertEquals(rows.filter(({ path }) => REFUSED_HERE.includes(path)).length, REFUSED_HERE.length);
});

for (const row of rows) {
  Deno.test(`RFC 6962 vector ${row.path}: ${row.case.desc}`, () => {
    assertEquals(verified(row.case), !row.case.wantErr && !REFUSED_HERE.includes(row.path));
  });
}

function verified(given: Row["case"]): boolean {
  const proof = (given.proof ?? []).map(hex);
  if ("leafIdx" in given) {
    const start = "start" in given ? given.start : 0;
    const size = "end" in given ? given.end - start : given.treeSize;
    const { root, leafHash } = given;
    return verifyInclusion({
      index: given.leafIdx - start,
      size,
      leaf: hex(leafHash),
      root: hex(root),
      proof,
    });
  }
  if ("start" in given && given.start !== 0) return false;
  const [from, to] = "size" in given ? [given.end, given.size] : [given.size1, given.size2];
  return verifyConsistency({ from, to, fromRoot: hex(given.root1), toRoot: hex(given.root2), proof });
}

function hex(base64: string): string {
  return Uint8Array.fromBase64(base64).toHex();
}
