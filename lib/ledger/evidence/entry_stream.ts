/** The one walk over the ledger that a pack or a segment is made from: lines, leaf hashes and the tree at once. */
import { Fault, toHex, utf8 } from "../../base/mod.ts";
import type { Entry } from "../entry.ts";
import type { LedgerStore } from "../port.ts";
import { fitsItsHash } from "../record.ts";
import { GrowingTree } from "../tree/growing_tree.ts";
import type { HashedFile } from "./hashed_output.ts";
import { lineOf, readLine } from "./line.ts";

const STUB = 2;
const HASH_AT = 1, SIGNATURE_AT = 33, KEY_AT = 97, PREFIX_AT = 105;
const PROGRESS_EVERY = 8192;

/** Which entries go in. `entry` is absent where its text was pruned. */
export interface EvidenceFilter {
  fits(seq: number, entry: Entry | undefined): boolean;
  /** What was asked for, by flag. */
  readonly asked: Readonly<Record<string, string>>;
}

export interface WalkOptions {
  /** Entries from `first` to before `until`. */
  readonly first: number;
  readonly until: number;
  readonly filter?: EvidenceFilter | undefined;
  /** Where the lines go, and all leaf hashes where they are wanted. */
  readonly entries: HashedFile;
  readonly hashes?: HashedFile | undefined;
  /** The tree over what is before `first`. */
  readonly tree?: GrowingTree;
  /** Sees each entry that goes in, with its record. */
  readonly onEntry?: (entry: Entry, record: Uint8Array) => Promise<void> | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the walk came by. */
export interface Walked {
  /** How many lines were written, and of which entries. */
  readonly entries: number;
  readonly range: { readonly first: number; readonly last: number } | null;
  readonly root: string;
  /** Leaf hash of the newest entry, hex, and its time. */
  readonly last: string | undefined;
  readonly lastTime: string | undefined;
  /** Raw public keys that changes of the key name, by their hex. */
  readonly rotated: readonly string[];
}

/** Throws Fault `ledger` where an entry is missing or cannot be read: what is broken is not exported as if it were whole. */
export async function walkEntries(
  store: Pick<LedgerStore, "scan">,
  options: WalkOptions,
): Promise<Walked> {
  const walk = new Walk(options);
  for await (const { key, value } of store.scan("entry", { from: options.first, until: options.until })) {
    if (key !== walk.next || value.length < PREFIX_AT) break;
    await walk.step(value);
  }
  if (walk.next !== options.until) throw unreadable(walk.next);
  return walk.end();
}

class Walk {
  next: number;
  readonly #options: WalkOptions;
  readonly #tree: GrowingTree;
  readonly #rotated = new Set<string>();
  #count = 0;
  #first = 0;
  #newest = -1;
  #hash: string | undefined;
  #key = "";
  #before: Uint8Array | undefined;

  constructor(options: WalkOptions) {
    this.next = options.first;
    this.#options = options;
    this.#tree = options.tree ?? new GrowingTree();
  }

  async step(record: Uint8Array): Promise<void> {
    const { filter, onEntry, hashes, onProgress, until } = this.#options;
    const seq = this.next++;
    this.#hash = toHex(record.subarray(HASH_AT, SIGNATURE_AT));
    this.#tree.add(this.#hash);
    await hashes?.write(record.subarray(HASH_AT, SIGNATURE_AT));
    this.#noteKey(record);
    const entry = filter === undefined && onEntry === undefined ? undefined : entryOf(seq, record);
    // Changes of the key are in every pack: without them nobody could follow from the key that they trust.
    if (filter === undefined || entry?.kind === "key" || filter.fits(seq, entry)) {
      await this.#take(seq, record);
      if (entry !== undefined) await onEntry?.(entry, record);
    }
    if (this.next % PROGRESS_EVERY === 0) onProgress?.(this.next, until);
  }

  end(): Walked {
    return {
      entries: this.#count,
      range: this.#count === 0 ? null : { first: this.#first, last: this.#newest },
      root: this.#tree.root(),
      last: this.#hash,
      lastTime: this.#before === undefined ? undefined : entryOf(this.next - 1, this.#before)?.time,
      rotated: [...this.#rotated],
    };
  }

  async #take(seq: number, record: Uint8Array): Promise<void> {
    const line = lineOf(seq, record);
    const isStub = record[0] === STUB;
    // A pack of an entry that was changed would be signed, handed out, and found to be broken by somebody else.
    if (line === undefined || !isStub && !fitsItsHash(record)) throw unreadable(seq);
    if (this.#count++ === 0) this.#first = seq;
    this.#newest = seq;
    await this.#options.entries.write(utf8(`${line}\n`));
  }

  /** The entry before the first one of another key says which keys these are: only such entries are looked into. */
  #noteKey(record: Uint8Array): void {
    const key = toHex(record.subarray(KEY_AT, PREFIX_AT));
    if (key !== this.#key && this.#before !== undefined) {
      const change = entryOf(this.next - 2, this.#before)?.next_key;
      if (change !== undefined) {
        for (const hex of [change.old_public_key, change.public_key]) this.#rotated.add(hex);
      }
    }
    this.#key = key;
    this.#before = record;
  }
}

/** The entry of a record; `undefined` where its text was pruned. Throws Fault `ledger` for what is no record. */
export function entryOf(seq: number, record: Uint8Array): Entry | undefined {
  const line = lineOf(seq, record);
  const read = line === undefined ? undefined : readLine(line);
  if (!read?.ok || read.value.seq !== seq) throw unreadable(seq);
  return read.value.fields as Entry | undefined;
}

function unreadable(seq: number): Fault {
  return new Fault("ledger", `Cannot read entry ${seq}: it is missing, or damaged`, {
    hint: "countersign verify",
  });
}
