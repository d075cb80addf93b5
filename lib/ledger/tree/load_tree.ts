/** The tree of a ledger that somebody else wrote to: from its newest checkpoint, its tiles and the entries behind them. */
import { utf8Decode } from "../../base/mod.ts";
import type { Head } from "../head.ts";
import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import { parseNote } from "../note/signed_note.ts";
import { logVerifierKey, noteVerifiedBy } from "../note/verifier_key.ts";
import type { LedgerStore } from "../port.ts";
import { recordHash } from "../record.ts";
import { provenLeaves } from "./proven_leaves.ts";
import { decodeTile, TILE_WIDTH, tileKey } from "./tile.ts";
import { TreeState } from "./tree_state.ts";

// Rows that somebody else put among the checkpoints cost no more than so many looks.
const MOST_CHECKPOINTS = 64;

export interface LoadOptions {
  readonly publicKey: Uint8Array;
  /** The most entries that are read; beyond, there is no answer. */
  readonly mostEntries: number;
  /** Looks at neither checkpoints nor tiles: everything from the entries. */
  readonly rebuild?: boolean;
  /** Called now and then with how many entries are done, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** `origin`: that of the newest checkpoint of ours. */
export type Loaded =
  | { readonly ok: true; readonly tree: TreeState; readonly origin?: string }
  | { readonly ok: false; readonly why: string };

type Source = Pick<LedgerStore, "read" | "scan">;

/**
 * The tree up to `head`, which was trusted. Nothing else in the store is: tiles count because their root is the one of a
 * checkpoint that our key signed, entries because the head's hash leads to them. Where that does not work out everything
 * is read from the entries, if they are not too many. Its rows to write are the tiles that these sources did not have.
 */
export async function loadTree(store: Source, head: Head, options: LoadOptions): Promise<Loaded> {
  const checkpoint = options.rebuild ? undefined : await newestCheckpoint(store, head, options.publicKey);
  const origin = checkpoint === undefined ? {} : { origin: checkpoint.origin };
  if (checkpoint !== undefined) {
    const tree = await fromTiles(store, checkpoint, { head, ...options });
    if (tree !== undefined) return { ok: true, tree, ...origin };
  }
  if (head.seq >= options.mostEntries) {
    return { ok: false, why: `there are no tiles that fit, and ${head.seq + 1} entries to make them from` };
  }
  const tree = new TreeState();
  const { publicKey, onProgress } = options;
  const why = await provenLeaves(store, { from: 0, head, publicKey }, (leaf) => {
    tree.add(leaf);
    if (tree.size % 8192 === 0) onProgress?.(tree.size, head.seq + 1);
  });
  return why === undefined ? { ok: true, tree, ...origin } : { ok: false, why };
}

/** The largest tree that our key signed and that can be a part of this one. */
async function newestCheckpoint(
  store: Source,
  head: Head,
  publicKey: Uint8Array,
): Promise<Checkpoint | undefined> {
  const until = head.seq + 2;
  // Mostly there is one behind the last full tile, and the others need not be read.
  for (const from of [until - 1 - (until - 1) % TILE_WIDTH, 0]) {
    let looks = 0;
    for await (const { key, value } of store.scan("checkpoint", { from, until, newestFirst: true })) {
      const checkpoint = trustedCheckpoint(value, publicKey);
      if (checkpoint !== undefined && checkpoint.size === key) return checkpoint;
      if (++looks >= MOST_CHECKPOINTS) break;
    }
  }
  return undefined;
}

/** The checkpoint in a row, if `publicKey` signed it under its own origin. */
export function trustedCheckpoint(value: Uint8Array, publicKey: Uint8Array): Checkpoint | undefined {
  const note = parseNote(utf8Decode(value) ?? "");
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note;
  if (!note.ok || !checkpoint.ok) return undefined;
  const key = logVerifierKey(checkpoint.value.origin, publicKey);
  return noteVerifiedBy(note.value, key) ? checkpoint.value : undefined;
}

/**
 * `undefined` where tiles or entries are not those that the checkpoint was made of, or are too many. Up to its size the root
 * proves the hashes, whatever became of the entries' texts and whichever key signed them; behind it the head does.
 */
async function fromTiles(
  store: Source,
  { size, root }: Checkpoint,
  { head, publicKey, mostEntries }: LoadOptions & { readonly head: Head },
): Promise<TreeState | undefined> {
  // Never at the end of the tile: the leaf before the first new one is read, which must name it.
  const from = Math.floor((size - 1) / TILE_WIDTH) * TILE_WIDTH;
  if (size === 0 || head.seq - from >= mostEntries) return undefined;
  const tree = await edgeFromTiles(store, from);
  if (tree === undefined) return undefined;
  for await (const { value } of store.scan("entry", { from, until: size })) tree.add(recordHash(value));
  if (tree.size !== size || tree.root() !== root) return undefined;
  if (head.seq === size - 1) return tree.last === head.hash ? tree : undefined;
  const range = { from: size, before: tree.last, head, publicKey };
  const why = await provenLeaves(store, range, (leaf) => tree.add(leaf));
  return why === undefined ? tree : undefined;
}

/** The right edge at `size`, a multiple of a tile's width, from the last tile of each level above the leaves. */
async function edgeFromTiles(store: Source, size: number): Promise<TreeState | undefined> {
  const levels: (readonly string[])[] = [[]];
  for (let level = 1, count = size / TILE_WIDTH; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const wanted = count % TILE_WIDTH;
    const cell = wanted === 0
      ? undefined
      : await store.read("tile", tileKey(level, Math.floor(count / TILE_WIDTH)));
    const hashes = cell === undefined ? [] : decodeTile(cell.value).slice(0, wanted);
    if (hashes.length < wanted) return undefined;
    levels.push(hashes);
  }
  return new TreeState(size, levels);
}
