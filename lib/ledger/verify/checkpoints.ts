/**
 * Checkpoints against the tree, as the walk passes their sizes: those of the store, one after the other in the order of
 * their sizes, and those that the auditor kept elsewhere. All of them are ATTACKER-CONTROLLED until a key of the ledger has
 * verified them.
 */
import { utf8Decode } from "../../base/mod.ts";
import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import { parseNote, type SignedNote } from "../note/signed_note.ts";
import { logVerifierKey, noteVerifiedBy } from "../note/verifier_key.ts";
import type { Row } from "../port.ts";
import type { GrowingTree } from "../tree/growing_tree.ts";
import { type Finding, finding } from "./finding.ts";
import type { ChainKey } from "./key_chain.ts";
import type { VerifySource } from "./source.ts";

/** A checkpoint that was parsed; nothing is known about who signed it. */
export interface ReadCheckpoint extends Checkpoint {
  readonly note: SignedNote;
}

/** A checkpoint that the auditor kept. */
export interface KeptCheckpoint {
  /** What the auditor calls it, such as the path of its file. */
  readonly name: string;
  readonly checkpoint: ReadCheckpoint;
}

/** Reads a note that holds a checkpoint, strictly. The error is a phrase. */
export function readCheckpoint(text: string): ReadCheckpoint | string {
  const note = parseNote(text);
  if (!note.ok) return note.error;
  const checkpoint = parseCheckpoint(note.value.text);
  return checkpoint.ok ? { ...checkpoint.value, note: note.value } : checkpoint.error;
}

/** Is it signed by one of `keys`, under the name of its own origin? */
export function isSignedBy({ origin, note }: ReadCheckpoint, keys: readonly ChainKey[]): boolean {
  return keys.some(({ publicKey }) => noteVerifiedBy(note, logVerifierKey(origin, publicKey)));
}

export class Checkpoints {
  /** What ends the walk: a row that is no checkpoint of ours. */
  broken: Finding | undefined;
  /** The first checkpoint of another history. */
  forked: Finding | undefined;
  /** A checkpoint that is larger than the ledger. */
  truncated: Finding | undefined;
  /** The first one that fits the tree and that no key of the ledger signed. */
  unsigned: Finding | undefined;
  /** The largest that fit the tree and are signed: of one size there may be a stored and several kept ones. */
  newest: readonly ReadCheckpoint[] = [];
  /** How many of the store fit the tree and are signed. */
  stored = 0;
  readonly #believed: () => readonly ChainKey[];
  readonly #kept: readonly KeptCheckpoint[];
  #nextKept = 0;
  #rows: AsyncIterator<Row> | undefined;
  #row: Row | undefined;

  /** `believed`: the keys whose signature counts when it is called. */
  constructor(kept: readonly KeptCheckpoint[], believed: () => readonly ChainKey[]) {
    this.#kept = kept.toSorted((a, b) => a.checkpoint.size - b.checkpoint.size);
    this.#believed = believed;
  }

  /** Begins to read those of the store. */
  async open(source: VerifySource): Promise<void> {
    if (this.#rows !== undefined) return;
    this.#rows = source.scan("checkpoint")[Symbol.asyncIterator]();
    await this.#advance();
  }

  /** Is a checkpoint due, now that the tree has `size` leaves? The walk asks this for every entry. */
  isDue(size: number): boolean {
    const key = this.#row?.key;
    const stored = this.#row !== undefined && !(typeof key === "number" && key > size);
    return stored || (this.#kept[this.#nextKept]?.checkpoint.size ?? Infinity) <= size;
  }

  /** Compares what is due with the tree. */
  async pass(tree: GrowingTree): Promise<void> {
    for (let row = this.#row; row !== undefined && this.broken === undefined; row = this.#row) {
      if (typeof row.key === "number" && row.key > tree.size) break;
      this.#compareStored(row, tree);
      await this.#advance();
    }
    if (this.broken !== undefined) return;
    for (let kept = this.#kept[this.#nextKept]; kept !== undefined; kept = this.#kept[++this.#nextKept]) {
      if (kept.checkpoint.size > tree.size) break;
      // Whether it is signed is asked at the end, when all keys are known.
      this.#compareSigned(kept.checkpoint, tree, `the checkpoint that was kept (${kept.name})`);
    }
  }

  /** The first stored checkpoint that is larger than the tree. */
  async larger(source: VerifySource, tree: GrowingTree): Promise<Row | undefined> {
    for await (const row of source.scan("checkpoint", { from: tree.size })) {
      if (row.key !== tree.size) return row;
    }
    return undefined;
  }

  /** The walk has seen every entry: what is `larger` than the tree, stored or kept, tells of entries that are gone. */
  end(larger: Row | undefined, tree: GrowingTree): void {
    const read = larger === undefined ? undefined : this.#readRow(larger);
    if (read !== undefined && isSignedBy(read, this.#believed())) {
      this.#missing(read.size, tree, "a stored checkpoint");
    } else if (read !== undefined) {
      const detail = `a stored checkpoint of ${read.size} entries is not signed`;
      this.broken = finding(tree.size, "checkpoint", detail);
    }
    const kept = this.#kept[this.#nextKept];
    if (kept === undefined) return;
    this.#missing(kept.checkpoint.size, tree, `the checkpoint that was kept (${kept.name})`);
  }

  /** Kept ones that no key of this ledger has signed. */
  strangers(): readonly KeptCheckpoint[] {
    return this.#kept.filter(({ checkpoint }) => !isSignedBy(checkpoint, this.#believed()));
  }

  async close(): Promise<void> {
    await this.#rows?.return?.();
  }

  async #advance(): Promise<void> {
    const next = await this.#rows?.next();
    this.#row = next === undefined || next.done ? undefined : next.value;
  }

  #compareStored(row: Row, tree: GrowingTree): void {
    const read = this.#readRow(row);
    if (read === undefined) return;
    const place = Math.max(0, read.size - 1);
    const fits = read.root === tree.root();
    if (isSignedBy(read, this.#believed())) {
      if (fits) this.stored++;
      this.#compareSigned(read, tree, "a stored checkpoint");
    } else if (fits) {
      this.unsigned ??= finding(
        place,
        "checkpoint",
        "a stored checkpoint is not signed by a key of this ledger",
      );
    } else {
      this.broken = finding(
        place,
        "checkpoint",
        "a stored checkpoint has another root, and no signature of ours",
      );
    }
  }

  #readRow({ key, value }: Row): ReadCheckpoint | undefined {
    const text = utf8Decode(value);
    const read = text === undefined ? "it is not UTF-8" : readCheckpoint(text);
    const place = typeof key === "number" && Number.isSafeInteger(key) && key >= 0 ? key : undefined;
    if (typeof read !== "string" && read.size === place) return read;
    const cause = typeof read === "string" ? read : `it says that it has ${read.size}`;
    this.broken = finding(
      Math.max(0, (place ?? 0) - 1),
      "checkpoint",
      `the stored checkpoint of ${place ?? "no number of"} entries is none: ${cause}`,
    );
    return undefined;
  }

  #compareSigned(read: ReadCheckpoint, tree: GrowingTree, what: string): void {
    if (read.root !== tree.root()) {
      const detail = `${what} has another root for ${read.size} entries`;
      this.forked ??= finding(Math.max(0, read.size - 1), "checkpoint", detail);
      return;
    }
    this.newest = read.size === this.newest[0]?.size ? [...this.newest, read] : [read];
  }

  #missing(size: number, tree: GrowingTree, what: string): void {
    this.truncated ??= finding(
      tree.size,
      "checkpoint",
      `${what} has ${size} entries, and the ledger has ${tree.size}`,
    );
  }
}
