/** What the tests of the tree have in common: everything that the rows of a ledger's tree must be, worked out anew. */
import { assert, assertEquals } from "@std/assert";
import { type Result, toHex, utf8Decode } from "../../../lib/base/mod.ts";
import {
  GrowingTree,
  type LedgerStore,
  logVerifierKey,
  noteVerifiedBy,
  parseCheckpoint,
  parseNote,
} from "../../../lib/ledger/mod.ts";
import { subtreeRoot } from "../../../lib/ledger/tree/node.ts";
import { encodeTile } from "../../../lib/ledger/tree/tile.ts";

export interface TreeRows {
  /** Sizes of the checkpoints, in order. */
  readonly checkpoints: readonly number[];
  /** Keys of the tiles, in order. */
  readonly tiles: readonly string[];
  readonly origins: readonly string[];
  readonly size: number;
}

/** Fails for a tile or a checkpoint that is not what the entries make it; answers with which there are. */
export async function checkTree(
  store: LedgerStore,
  ...publicKeys: readonly Uint8Array[]
): Promise<TreeRows> {
  const { leaves, roots } = await treeOf(store);
  const tiles: string[] = [];
  for await (const { key, value } of store.scan("tile")) {
    if (typeof key !== "string") throw new Error("a tile has a number for a key");
    const [level, index] = key.split("/").map(Number);
    const hashes = levelOf(leaves, level ?? 0).slice((index ?? 0) * 256, ((index ?? 0) + 1) * 256);
    const count = value.length / 32;
    assert(count > 0 && (level !== 0 || count === 256), `tile ${key} has ${count} hashes`);
    assertEquals(toHex(value), toHex(encodeTile(hashes.slice(0, count))), `tile ${key}`);
    tiles.push(key);
  }
  const checkpoints: number[] = [];
  const origins = new Set<string>();
  for await (const { key, value } of store.scan("checkpoint")) {
    const note = good(parseNote(utf8Decode(value) ?? ""));
    const { size, root, origin } = good(parseCheckpoint(note.text));
    assertEquals(size, key);
    assertEquals(root, roots[size], `checkpoint ${size}`);
    const signed = publicKeys.some((key) => noteVerifiedBy(note, logVerifierKey(origin, key)));
    assert(signed, `checkpoint ${size}`);
    checkpoints.push(size);
    origins.add(origin);
  }
  return { checkpoints, tiles, origins: [...origins], size: leaves.length };
}

/** As {@link checkTree}, and every tile that the entries fill is there, every level as large as it can be. */
export async function checkWholeTree(
  store: LedgerStore,
  ...publicKeys: readonly Uint8Array[]
): Promise<TreeRows> {
  const rows = await checkTree(store, ...publicKeys);
  for (let level = 0, count = rows.size; count >= 256; level++, count = Math.floor(count / 256)) {
    const full = level === 0 ? Math.floor(count / 256) : Math.ceil(count / 256);
    for (let index = 0; index < full; index++) {
      const cell = await store.read("tile", `${level}/${index}`);
      assertEquals(cell?.value.length, 32 * Math.min(256, count - 256 * index), `tile ${level}/${index}`);
    }
  }
  return rows;
}

interface Worked {
  readonly leaves: readonly string[];
  /** By size. */
  readonly roots: readonly string[];
}

async function treeOf(store: LedgerStore): Promise<Worked> {
  const tree = new GrowingTree();
  const leaves: string[] = [];
  const roots: string[] = [tree.root()];
  for await (const { value } of store.scan("entry")) {
    const leaf = toHex(value.subarray(1, 33));
    leaves.push(leaf);
    tree.add(leaf);
    roots.push(tree.root());
  }
  return { leaves, roots };
}

function levelOf(leaves: readonly string[], level: number): readonly string[] {
  let hashes = leaves;
  for (let at = 0; at < level; at++) {
    hashes = Array.from(
      { length: Math.floor(hashes.length / 256) },
      (_, i) => subtreeRoot(hashes.slice(i * 256, (i + 1) * 256)),
    );
  }
  return hashes;
}

/** The value of a result; fails with its reason where it has none. */
export function good<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new Error(result.error);
}
