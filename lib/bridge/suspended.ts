import type { Upcall } from "./upcall.ts";

export interface SuspendedOptions {
  readonly secret: () => string;
  readonly pause: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
  /** Nobody will come back for it. */
  readonly onExpired: (upcall: Upcall) => void;
}

// Clients that never come back: so many calls wait for them, for so long, and hold so many characters.
const MOST = 256;
const PATIENCE_MS = 10 * 60_000;
const MOST_CHARS = 32 * 1024 * 1024;
const SWEEP_MS = 30_000;

interface Resting {
  readonly upcall: Upcall;
  readonly sinceMs: number;
}

/** Calls whose client has to come back with answers. Each is found once, by a text that nobody can guess. */
export class Suspended {
  readonly #options: SuspendedOptions;
  /** By request state, oldest first. */
  readonly #resting = new Map<string, Resting>();
  #isSweeping = false;

  constructor(options: SuspendedOptions) {
    this.#options = options;
  }

  /** The request state to come back with. */
  put(upcall: Upcall): string {
    const state = this.#options.secret();
    this.#resting.set(state, { upcall, sinceMs: this.#options.nowMs() });
    this.shrink();
    this.#sweepLater();
    return state;
  }

  /** `state`: ATTACKER-CONTROLLED. */
  get(state: string): Upcall | undefined {
    return this.#resting.get(state)?.upcall;
  }

  take(state: string): void {
    this.#resting.delete(state);
  }

  /** The one whose request `key` was answered with questions. */
  takeByKey(key: string): Upcall | undefined {
    for (const [state, { upcall }] of this.#resting) {
      if (upcall.lastKey !== key) continue;
      this.#resting.delete(state);
      return upcall;
    }
    return undefined;
  }

  /** Another request has the id now: a cancellation means that one. */
  forgetKey(key: string): void {
    for (const { upcall } of this.#resting.values()) if (upcall.lastKey === key) upcall.lastKey = "";
  }

  all(): readonly Upcall[] {
    return [...this.#resting.values()].map(({ upcall }) => upcall);
  }

  /** Forgets the oldest until what is kept fits its bounds. */
  shrink(): void {
    let chars = 0;
    for (const { upcall } of this.#resting.values()) chars += upcall.size;
    for (const [state, { upcall }] of this.#resting) {
      if (this.#resting.size <= MOST && chars <= MOST_CHARS) return;
      chars -= upcall.size;
      this.#expire(state, upcall);
    }
  }

  clear(): void {
    for (const [state, { upcall }] of this.#resting) this.#expire(state, upcall);
  }

  #expire(state: string, upcall: Upcall): void {
    this.#resting.delete(state);
    this.#options.onExpired(upcall);
  }

  /** One timer, and only while something rests. */
  #sweepLater(): void {
    if (this.#isSweeping || this.#resting.size === 0) return;
    this.#isSweeping = true;
    this.#options.pause(SWEEP_MS).then(() => {
      this.#isSweeping = false;
      const until = this.#options.nowMs() - PATIENCE_MS;
      for (const [state, { upcall, sinceMs }] of this.#resting) {
        if (sinceMs <= until) this.#expire(state, upcall);
      }
      this.#sweepLater();
    });
  }
}
