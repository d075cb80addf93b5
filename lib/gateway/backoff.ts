import type { Clock } from "../base/mod.ts";

const FIRST_MS = 1_000, MOST_MS = 60_000, HEALTHY_MS = 60_000;
/** So much of a pause is left to chance: servers that died together do not come back together. */
const JITTER = 0.2;

/** How long to wait before a server that ended is started again: 1 s, doubling to a minute, and anew after a minute of health. */
export class Backoff {
  readonly #clock: Clock;
  /** From 0 up to, but not, 1. */
  readonly #random: () => number;
  #failures = 0;
  #startedMs: number;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
    this.#startedMs = clock.monotonicMs();
  }

  started(): void {
    this.#startedMs = this.#clock.monotonicMs();
  }

  /** The server ended, or did not start: the pause until the next try, in milliseconds. */
  failed(): number {
    if (this.#clock.monotonicMs() - this.#startedMs >= HEALTHY_MS) this.#failures = 0;
    const whole = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 10));
    return Math.round(whole * (1 - JITTER * this.#random()));
  }
}
