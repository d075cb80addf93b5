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
  #later: ReturnType<typeof setImmediate> | undefined;

  constructor(send: (batch: readonly T[]) => void) {
    this.#send = send;
  }

  /**
   * `busy`: the other side has enough to do until all of this turn's events were handled. Requests over HTTP come one by
   * one, and a message for each of them costs more than what is done about them.
   */
  put(item: T, busy = false): void {
    this.#batch.push(item);
    if (this.#batch.length === MOST_IN_A_BATCH) this.flush();
    else if (this.#batch.length > 1) return;
    else if (busy) this.#later = setImmediate(() => this.flush());
    else queueMicrotask(() => this.flush());
  }

  /** Forgets what was not sent yet. */
  clear(): void {
    this.#batch = [];
  }

  flush(): void {
    clearImmediate(this.#later);
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#send(batch);
  }
}
