/** What crosses between main and a worker. Many questions or answers share one message: under load that is cheaper. */
import type { PlainFault } from "../base/mod.ts";

/** `[number, operation, payload]` */
export type Question = readonly [number, string, unknown];
/** `[number of the question, value]`, or with a fault in place of the value. */
export type Answered = readonly [number, unknown] | readonly [number, undefined, PlainFault];

/** Hands everything that was put in during one turn of the event loop to `send`, as one batch. */
export class Outbox<T> {
  readonly #send: (batch: readonly T[]) => void;
  #batch: T[] = [];

  constructor(send: (batch: readonly T[]) => void) {
    this.#send = send;
  }

  put(item: T): void {
    this.#batch.push(item);
    if (this.#batch.length === 1) queueMicrotask(() => this.flush());
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
