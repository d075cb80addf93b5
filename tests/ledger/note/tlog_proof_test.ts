/** Proofs that stand alone, against the example of C2SP tlog-proof (tests/vectors/README.md). */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { leafHash, toHex } from "../../../lib/base/mod.ts";
import { generateKeys } from "../../../lib/identity/mod.ts";
import {
  formatTlogProof,
  GrowingTree,
  inclusionProof,
  logVerifierKey,
  noteVerifiedBy,
  parseCheckpoint,
  parseNote,
  parseTlogProof,
  signCheckpoint,
  verifyInclusion,
} from "../../../lib/ledger/mod.ts";
import { subtreeRoot } from "../../../lib/ledger/tree/node.ts";
import { good } from "../tree/tree_support.ts";

const KEYS = generateKeys();
const ORIGIN = "example.com/fancylog";

/** The example, with the signatures that it leaves out put in by a key of ours. */
const HASHES = [
  "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=",
  "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=",
  "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=",
  "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=",
  "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=",
];
const CHECKPOINT = signCheckpoint({
  origin: ORIGIN,
  size: 109482,
  root: Uint8Array.fromBase64("sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=").toHex(),
  extensions: [],
}, KEYS);
const EXTRA = "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\n";
const EXAMPLE = `c2sp.org/tlog-proof@v1\n${EXTRA}index 73894\n${HASHES.join("\n")}\n\n${CHECKPOINT}`;

Deno.test("parseTlogProof(): the example of C2SP, with extra data and without, is read and written again as it was", () => {
  for (const text of [EXAMPLE, EXAMPLE.replace(EXTRA, "")]) {
    const proof = good(parseTlogProof(text));
    assertEquals([proof.index, proof.hashes.length, proof.checkpoint], [73894, 5, CHECKPOINT]);
    assertEquals(proof.hashes[0], "8122b25e861952067a8ddb9662b9033804629ce30626f7978e03240537" + "1d3e54");
    assertEquals(formatTlogProof(proof), text);
  }
  const extra = good(parseTlogProof(EXAMPLE)).extra?.subarray(0, 30);
  assertEquals(new TextDecoder().decode(extra), "age-v1.2.1-darwin-arm64.tar.gz");
});

Deno.test("parseTlogProof(): empty extra data are not the same as none", () => {
  const text = EXAMPLE.replace(EXTRA, "extra \n");
  const proof = good(parseTlogProof(text));
  assertEquals(proof.extra?.length, 0);
  assertEquals(formatTlogProof(proof), text);
});

Deno.test("a proof of a tree of ours: read, and checked by what stands in it and the public key", async () => {
  const leaves = Array.from({ length: 21 }, (_, i) => toHex(leafHash(Uint8Array.of(i))));
  const tree = new GrowingTree();
  for (const leaf of leaves) tree.add(leaf);
  const source = {
    subtree: (level: number, at: number) =>
      Promise.resolve(subtreeRoot(leaves.slice(at * 2 ** level, (at + 1) * 2 ** level))),
  };
  const checkpoint = signCheckpoint({ origin: ORIGIN, size: 21, root: tree.root(), extensions: [] }, KEYS);
  const text = formatTlogProof({ index: 13, hashes: await inclusionProof(source, 13, 21), checkpoint });
  const { index, hashes, checkpoint: note } = good(parseTlogProof(text));
  const signed = good(parseNote(note));
  assert(noteVerifiedBy(signed, logVerifierKey(ORIGIN, KEYS.publicKey)));
  const { size, root } = good(parseCheckpoint(signed.text));
  assert(verifyInclusion({ index, size, root, leaf: leaves[13] ?? "", proof: hashes }));
  assert(!verifyInclusion({ index, size, root, leaf: leaves[12] ?? "", proof: hashes }));
});

const BAD: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["another version", EXAMPLE.replace("@v1", "@v2")],
  ["no index", EXAMPLE.replace("index 73894\n", "")],
  ["an index with a leading zero", EXAMPLE.replace("index 7", "index 07")],
  ["an index that no double can tell", EXAMPLE.replace("73894", "9007199254740993")],
  ["two indices", EXAMPLE.replace("index 73894\n", "index 73894\nindex 73894\n")],
  [
    "extra data behind the index",
    EXAMPLE.replace(EXTRA, "").replace("index 73894\n", `index 73894\n${EXTRA}`),
  ],
  ["extra data twice", EXAMPLE.replace(EXTRA, EXTRA + EXTRA)],
  ["extra data that are no base 64", EXAMPLE.replace("extra YW", "extra YW!")],
  ["a hash of 31 bytes", EXAMPLE.replace("gSKyXoYZ", "gSKy")],
  ["an empty line among the hashes", EXAMPLE.replace("\nEKNz", "\n\nEKNz")],
  ["64 hashes", EXAMPLE.replace(`${HASHES[0]}\n`, `${HASHES[0]}\n`.repeat(60))],
  ["no checkpoint", EXAMPLE.slice(0, EXAMPLE.indexOf("\n\n") + 2)],
  ["a checkpoint without signature", EXAMPLE.slice(0, EXAMPLE.lastIndexOf("\n\n") + 1)],
  ["a checkpoint that is cut short", EXAMPLE.slice(0, -1)],
  ["a note that is no checkpoint", EXAMPLE.replace("109482", "many")],
  ["a carriage return", EXAMPLE.replaceAll("\n", "\r\n")],
  ["an empty line in front", `\n${EXAMPLE}`],
  ["an empty line behind", `${EXAMPLE}\n`],
];

for (const [what, text] of BAD) {
  Deno.test(`parseTlogProof() refuses ${what}`, () => assert(text !== EXAMPLE && !parseTlogProof(text).ok));
}

Deno.test("parseTlogProof() answers, whatever it is given, and takes no two texts for one proof", () => {
  const change = fc.tuple(fc.nat(EXAMPLE.length), fc.nat(3), fc.string({ unit: "binary", maxLength: 3 }));
  fc.assert(
    fc.property(change, ([at, cut, put]) => {
      const text = EXAMPLE.slice(0, at) + put + EXAMPLE.slice(at + cut);
      const proof = parseTlogProof(text);
      if (proof.ok) assertEquals(formatTlogProof(proof.value), text);
    }),
    { numRuns: 500 },
  );
});
