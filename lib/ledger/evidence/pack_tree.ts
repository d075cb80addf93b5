/** The leaf hashes of a pack against its checkpoint, and against those that somebody kept. */
import { toHex } from "../../base/mod.ts";
import type { Checkpoint } from "../note/checkpoint.ts";
import { GrowingTree } from "../tree/growing_tree.ts";
import { PACK, type PackFiles } from "./names.ts";
import type { Pack } from "./pack_read.ts";
import { type Problem, problem } from "./report.ts";

const HASH_BYTES = 32;

export interface TreeChecks {
  /** The checkpoint of the pack; its signature was checked. */
  readonly checkpoint: Checkpoint;
  /** Checkpoints of this origin that somebody kept elsewhere; their signatures were checked. */
  readonly kept: readonly Checkpoint[];
  /** Sees each leaf (hex) in order; what is wrong about it ends the walk. */
  readonly onLeaf: (index: number, leaf: string) => Problem | undefined | Promise<Problem | undefined>;
}

/** Walks along the leaves once. Memory does not grow with their number. */
export async function checkTree(
  { files }: Pick<Pack, "files">,
  { checkpoint, kept, onLeaf }: TreeChecks,
): Promise<Problem | undefined> {
  const wanted = new Map<number, string[]>();
  for (const { size, root } of kept) wanted.set(size, [...wanted.get(size) ?? [], root]);
  const tree = new GrowingTree();
  for await (const leaf of leavesOf(files)) {
    const wrong = await onLeaf(tree.size, leaf);
    if (wrong !== undefined) return wrong;
    tree.add(leaf);
    const roots = wanted.get(tree.size);
    if (roots?.some((root) => root !== tree.root())) return forked(tree.size);
  }
  if (tree.size !== checkpoint.size || tree.root() !== checkpoint.root) {
    return problem("broken", {
      seq: tree.size,
      check: "proof",
      detail: "the hashes of the pack do not give the root of its checkpoint",
    });
  }
  const beyond = kept.find(({ size }) => size > tree.size);
  return beyond === undefined ? undefined : problem("truncated", {
    seq: tree.size,
    check: "checkpoint",
    detail: `a kept checkpoint names ${beyond.size} entries, and the tree of the pack has ${tree.size}`,
  });
}

function forked(size: number): Problem {
  return problem("forked", {
    seq: size,
    check: "checkpoint",
    detail: `the first ${size} entries have another root than a kept checkpoint says`,
  });
}

async function* leavesOf(files: PackFiles): AsyncGenerator<string> {
  if (!files.sizes.has(PACK.hashes)) return;
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of files.read(PACK.hashes)) {
    let at = 0;
    if (rest.length > 0) {
      at = Math.min(HASH_BYTES - rest.length, piece.length);
      rest = Uint8Array.from([...rest, ...piece.subarray(0, at)]);
      if (rest.length < HASH_BYTES) continue;
      yield toHex(rest);
    }
    for (; at + HASH_BYTES <= piece.length; at += HASH_BYTES) {
      yield toHex(piece.subarray(at, at + HASH_BYTES));
    }
    rest = piece.slice(at);
  }
  if (rest.length > 0) yield toHex(rest); // half a hash: it gives no root that anybody signed
}
