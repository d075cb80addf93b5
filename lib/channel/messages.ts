/** What crosses between main and a worker. Many questions or answers share one message: under load that is cheaper. */
import type { PlainFault } from "../base/mod.ts";

/** `[number, operation, payload]` */
export type Question = readonly [number, string, unknown];
/** `[number of the question, value]`, or with a fault in place of the value. */
export type Answered = readonly [number, unknown] | readonly [number, undefined, PlainFault];

// A batch is unpacked whole before the first of it is looked at: of 5,000 questions in one message the first would be late
// on a busy machine before anybody saw it.
const MOST_IN_A_BATCH = 64;

/** Hands everything that was put in during one turn of the event loop to `send`, in batches. */
export class Outbox<T> {
  readonly #send: (batch: readonly T[]) => void;
  #batch: T[] = [];

  constructor(send: (batch: readonly T[]) => void) {
    this.#send = send;
  }

  put(item: T): void {
    this.#batch.push(item);
    if (this.#batch.length === MOST_IN_A_BATCH) this.flush();
    else if (this.#batch.length === 1) queueMicrotask(() => this.flush());
  }

  /** Forgets what was not sent yet. */
  clear(): void {
    this.#batch = [];
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#send(batch);
  }
}
