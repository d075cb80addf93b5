import { sha256Hex } from "../../base/mod.ts";

const NODE_PREFIX = 0x01;

// One buffer for the input of every interior hash; nothing here waits, so nobody sees another's bytes.
const input = Uint8Array.of(NODE_PREFIX, ...new Uint8Array(64));

/** The interior node of RFC 6962, section 2.1: SHA-256(0x01 ‖ left ‖ right); all three in hex, 64 digits each. */
export function parentHash(left: string, right: string): string {
  input.subarray(1, 33).setFromHex(left);
  input.subarray(33).setFromHex(right);
  return sha256Hex(input);
}

/** The root of a tree without leaves: the hash of nothing. */
export function emptyRoot(): string {
  return sha256Hex("");
}

/** The root of a full subtree over its hashes, which are 2^n in number. */
export function subtreeRoot(hashes: readonly string[]): string {
  let row = hashes;
  while (row.length > 1) {
    row = Array.from(
      { length: row.length / 2 },
      (_, i) => parentHash(row[2 * i] ?? "", row[2 * i + 1] ?? ""),
    );
  }
  return row[0] ?? emptyRoot();
}

/** The root over the full subtrees that a tree consists of, the largest first. */
export function rootOf(roots: readonly string[]): string {
  const [last, ...larger] = roots.toReversed();
  if (last === undefined) return emptyRoot();
  return larger.reduce((right, left) => parentHash(left, right), last);
}
