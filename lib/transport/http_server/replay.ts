/** What was sent on a stream, for a client that lost its connection: bounded in bytes and age, oldest first. */
import { Budget } from "./budget.ts";

type Chunk = Uint8Array<ArrayBuffer>;

interface Sent {
  readonly n: number;
  readonly chunk: Chunk;
  readonly atMs: number;
}

/** An event on the shelf, between the one that was sent before it and the one behind. */
interface Kept {
  readonly log: ReplayLog;
  before: Kept | undefined;
  behind: Kept | undefined;
}

/**
 * What the logs of everybody hold together. Where it is full the oldest event goes, whoever's it is: else a few clients with
 * large answers would leave no room for others, and theirs would be lost with the connection.
 */
export class ReplayShelf {
  readonly budget: Budget;
  #oldest: Kept | undefined;
  #newest: Kept | undefined;

  constructor(maxBytes: number) {
    this.budget = new Budget(maxBytes);
  }

  /** Lets the oldest event go; false where there is none. */
  makeRoom(): boolean {
    if (this.#oldest === undefined) return false;
    this.#oldest.log.forgetOldest();
    return true;
  }

  put(log: ReplayLog): Kept {
    const kept: Kept = { log, before: this.#newest, behind: undefined };
    if (this.#newest === undefined) this.#oldest = kept;
    else this.#newest.behind = kept;
    this.#newest = kept;
    return kept;
  }

  remove({ before, behind }: Kept): void {
    if (before === undefined) this.#oldest = behind;
    else before.behind = behind;
    if (behind === undefined) this.#newest = before;
    else behind.before = before;
  }
}

export class ReplayLog {
  readonly #shelf: ReplayShelf;
  readonly #budget: Budget;
  readonly #maxBytes: number;
  #events: (Sent & { readonly kept: Kept })[] = [];

  constructor(maxBytes: number, shelf: ReplayShelf) {
    this.#shelf = shelf;
    this.#maxBytes = maxBytes;
    this.#budget = new Budget(maxBytes, shelf.budget);
  }

  /** Keeps event number `n`. Where there is no room for it, older ones go: of this stream, or of all. */
  add(n: number, chunk: Chunk, atMs: number): void {
    const { length } = chunk;
    while (!this.#budget.take(length)) {
      if (length > this.#maxBytes) return this.clear();
      if (this.#budget.taken + length > this.#maxBytes) this.forgetOldest();
      else if (!this.#shelf.makeRoom()) return;
    }
    this.#events.push({ n, chunk, atMs, kept: this.#shelf.put(this) });
  }

  /** The events behind number `n`, in order. */
  after(n: number): readonly Chunk[] {
    return this.#events.filter((event) => event.n > n).map(({ chunk }) => chunk);
  }

  /** Forgets what was sent before `atMs`. */
  expire(atMs: number): void {
    let count = 0;
    while ((this.#events[count]?.atMs ?? Infinity) < atMs) count++;
    if (count > 0) this.#forget(count);
  }

  forgetOldest(): void {
    this.#forget(1);
  }

  clear(): void {
    this.#forget(this.#events.length);
  }

  #forget(count: number): void {
    for (const { chunk, kept } of this.#events.splice(0, count)) {
      this.#budget.give(chunk.length);
      this.#shelf.remove(kept);
    }
  }
}
