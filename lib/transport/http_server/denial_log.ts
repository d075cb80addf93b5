/** One line for the operator when something is refused, and not one for each of a thousand. */
import type { Denial } from "./denial.ts";

const QUIET_MS = 10_000;

interface Told {
  readonly atMs: number;
  readonly status: number;
  more: number;
}

export class DenialLog {
  readonly #log: (line: string) => void;
  readonly #nowMs: () => number;
  readonly #told = new Map<string, Told>();

  constructor(log: (line: string) => void, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  note({ reason, status }: Denial): void {
    const told = this.#told.get(reason);
    if (told !== undefined) {
      told.more++;
      return;
    }
    this.#told.set(reason, { atMs: this.#nowMs(), status, more: 0 });
    this.#log(`refused an HTTP request: ${reason} (${status})`);
  }

  sweep(): void {
    for (const [reason, { atMs, status, more }] of this.#told) {
      if (this.#nowMs() - atMs < QUIET_MS) continue;
      if (more > 0) this.#log(`refused ${more} more HTTP requests: ${reason} (${status})`);
      this.#told.delete(reason);
    }
  }
}
