/** What was sent on a stream, for a client that lost its connection: bounded in bytes and age, oldest first. */
import { Budget } from "./budget.ts";

type Chunk = Uint8Array<ArrayBuffer>;

interface Sent {
  readonly n: number;
  readonly chunk: Chunk;
  readonly atMs: number;
}

export class ReplayLog {
  readonly #budget: Budget;
  #events: Sent[] = [];

  /** `all`: what the logs of everybody may hold together. */
  constructor(maxBytes: number, all: Budget) {
    this.#budget = new Budget(maxBytes, all);
  }

  /** Keeps event number `n`. Where there is no room for it beside newer ones of this stream, older ones go. */
  add(n: number, chunk: Chunk, atMs: number): void {
    while (!this.#budget.take(chunk.length)) {
      if (this.#events.length === 0) return;
      this.#forget(1);
    }
    this.#events.push({ n, chunk, atMs });
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

  clear(): void {
    this.#events = [];
    this.#budget.giveAll();
  }

  #forget(count: number): void {
    for (const { chunk } of this.#events.splice(0, count)) this.#budget.give(chunk.length);
  }
}
