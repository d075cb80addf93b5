/**
 * Tiles: rows of 256 hashes that the tree is kept in, beside the entries. Level 0 holds leaf hashes, level n the roots of
 * the full tiles of level n - 1. Whoever can write to the store can change them: nothing may be believed for standing in one.
 */
import { toHex } from "../../base/mod.ts";

/** Hashes in a full tile. */
export const TILE_WIDTH = 256;
/** A tile's height in the tree: one level of tiles is so many levels of nodes. */
export const TILE_HEIGHT = 8;
const HASH_BYTES = 32;

/** The row's key. */
export function tileKey(level: number, index: number): string {
  return `${level}/${index}`;
}

/** The row's value. */
export function encodeTile(hashes: readonly string[]): Uint8Array {
  const value = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, i) => value.subarray(i * HASH_BYTES).setFromHex(hash));
  return value;
}

/** The hashes of a row, hex; a value that is no tile has none. */
export function decodeTile(value: Uint8Array): readonly string[] {
  const count = value.length / HASH_BYTES;
  if (!Number.isInteger(count) || count > TILE_WIDTH) return [];
  return Array.from({ length: count }, (_, i) => toHex(value.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)));
}
