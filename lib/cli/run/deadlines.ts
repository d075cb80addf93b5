import type { AskOptions } from "../../channel/mod.ts";

/** How long a worker may take over one question, by the size of what it is asked about. */
export interface Deadlines {
  readonly smallMs: number;
  readonly largeMs: number;
}

// A text up to this long is judged in far less than the short deadline; longer ones get the configured one.
const SMALL = 65_536;
const SMALL_DEADLINE_MS = 250;

/** `configuredMs`: how long a worker may take over the largest question. */
export function deadlinesFor(configuredMs: number): Deadlines {
  return { smallMs: Math.min(configuredMs, SMALL_DEADLINE_MS), largeMs: configuredMs };
}

/** `size`: about how many characters the question has. */
export function forSize(size: number, { smallMs, largeMs }: Deadlines): AskOptions {
  return { size, deadlineMs: size > SMALL ? largeMs : smallMs };
}
