import type { Outgoing } from "./outgoing.ts";

/** A request whose exchange runs. */
export class UnderWay {
  readonly outgoing: Outgoing;
  readonly #abort = new AbortController();
  readonly #free: () => void;
  readonly #settled = Promise.withResolvers<void>();
  #isSettled = false;
  #lingering: ReturnType<typeof setTimeout> | undefined;

  /** `free`: gives its place to another one. */
  constructor(outgoing: Outgoing, free: () => void) {
    this.outgoing = outgoing;
    this.#free = free;
  }

  /** Aborted when nothing more is to be read. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Was it answered, or is nobody waiting for the answer any more? */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Resolves once it is settled. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** From here on it keeps nobody waiting. What else its stream carries is read for another `lingerMs`. */
  settle(lingerMs: number): void {
    if (this.#isSettled) return;
    this.#release();
    this.#lingering = setTimeout(() => this.end(), lingerMs);
  }

  /** Ends the exchange at once. */
  end(): void {
    this.over();
    this.#abort.abort();
  }

  /** The exchange has ended by itself: there is nothing left to break off, which would cost more than all of this. */
  over(): void {
    clearTimeout(this.#lingering);
    if (!this.#isSettled) this.#release();
  }

  #release(): void {
    this.#isSettled = true;
    this.#free();
    this.#settled.resolve();
  }
}
