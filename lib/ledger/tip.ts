import { type Clock, rfc3339Micros, uuidv7 } from "../base/mod.ts";
import type { Entry, EntryFields } from "./entry.ts";
import type { Ref } from "../verdict/mod.ts";
import type { Head } from "./head.ts";
import type { Book, Needs } from "../meter/mod.ts";
import type { Change, Check, Keys } from "./port.ts";
import { makeSealer, type SealedEntry } from "./record.ts";

const NO_ENTRY_BEFORE = "0".repeat(64);
// What one commit of the store holds is 1,000 rows and 800 KiB. Entries are added below the first mark, so that one more
// of any size fits; the meters and histories that it changes are counted up to the second. What is left is for the head,
// the tiles that these entries fill (8 KiB each, at most eight) and a checkpoint.
const ROOM_ROWS = 500;
const ROOM_BYTES = 256 * 1024;
const MOST_BYTES = 640 * 1024;
// A commit of the store takes 100 conditions: one for each session that takes part, one for the head.
const ROOM_CHECKS = 90;

/** What a draft needs to add entries. */
export interface TipDeps {
  readonly head: Head | undefined;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly seal: (entry: Entry) => SealedEntry;
  readonly book: Book;
  /** False on the first attempt; true where another process was faster, or the store was busy. */
  readonly again: boolean;
}

/** The end of the chain, and what one commit is going to put on it. Nothing of it is true before the commit is. */
export class Tip {
  readonly book: Book;
  readonly again: boolean;
  readonly changes: Change[] = [];
  readonly checks: Check[] = [];
  /** Leaf hashes of the entries that were added. */
  readonly hashes: string[] = [];
  readonly #deps: TipDeps;
  #keys: Keys;
  #seal: (entry: Entry) => SealedEntry;
  #head: Head | undefined;
  #bytes = 0;
  #wantsCheckpoint = false;

  constructor(deps: TipDeps) {
    this.book = deps.book;
    this.again = deps.again;
    this.#deps = deps;
    this.#keys = deps.keys;
    this.#seal = deps.seal;
    this.#head = deps.head;
  }

  /** The newest entry, those of this draft included. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** What signs the next entry, and the head of this commit. */
  get keys(): Keys {
    return this.#keys;
  }

  /** Should this commit end with a checkpoint, wherever its end is? */
  get wantsCheckpoint(): boolean {
    return this.#wantsCheckpoint;
  }

  /** Asks for a checkpoint at the end of this commit. */
  checkpoint(): void {
    this.#wantsCheckpoint = true;
  }

  /**
   * Changes the signing key within this commit (rotate.ts): the chain that commits it cannot append again. The new key signs
   * a checkpoint as well, so that whoever goes on with it finds a tree that it can trust.
   */
  signWith(keys: Keys): void {
    this.#wantsCheckpoint = true;
    this.#keys = keys;
    this.#seal = makeSealer(keys);
  }

  /** `seq` of the next entry. */
  get next(): number {
    return this.#head === undefined ? 0 : this.#head.seq + 1;
  }

  /** Is there room for one more in this commit? */
  get hasRoom(): boolean {
    const { rows, bytes } = this.book.size();
    return this.changes.length + rows < ROOM_ROWS && this.#bytes + bytes < ROOM_BYTES &&
      this.checks.length < ROOM_CHECKS;
  }

  /** Would a commit hold these meters and histories as well? */
  holds(needs: Needs): boolean {
    return this.#bytes + this.book.size(needs).bytes < MOST_BYTES;
  }

  /** Microseconds since the epoch, never earlier than the newest entry. A clock that was set back stands still here. */
  now(): number {
    return Math.max(this.#deps.clock.nowMicros(), this.#head?.timeMicros ?? 0);
  }

  /** Puts an entry on the end. `timeMicros` comes from {@link now}. */
  add(fields: EntryFields, options: { readonly id?: string; readonly timeMicros?: number } = {}): Ref {
    const timeMicros = options.timeMicros ?? this.now();
    const seq = this.next;
    const { value, hash } = this.#seal({
      ...fields,
      id: options.id ?? uuidv7(timeMicros / 1000),
      prev: this.#head?.hash ?? NO_ENTRY_BEFORE,
      seq,
      time: rfc3339Micros(timeMicros),
      v: 1,
    });
    this.change({ table: "entry", key: seq, value });
    this.hashes.push(hash);
    this.#head = { seq, hash, timeMicros };
    return { seq, hash };
  }

  /** Adds a row to the commit. */
  change(change: Change): void {
    this.changes.push(change);
    this.#bytes += 64 + (change.value?.length ?? 0);
  }

  /** Is the row of `change` in the commit already? */
  hasChange({ table, key }: Change): boolean {
    return this.changes.some((change) => change.table === table && change.key === key);
  }

  /** Adds a condition to the commit, besides the one on the head. */
  check(check: Check): void {
    this.checks.push(check);
  }
}
