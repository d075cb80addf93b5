/** Where engines get the time from, so that a test owns it. */
export interface Clock {
  /** Microseconds since the Unix epoch, an integer. Wall time: it may step backwards. */
  nowMicros(): number;
  /** Milliseconds since an arbitrary start; never steps backwards. */
  monotonicMs(): number;
}

/** Further off than this, in milliseconds, the wall clock has been set, or the machine has slept. */
const STEP_MS = 5;

/**
 * A clock that counts on from the wall clock with the finer ticks of the monotonic one. The two part while a machine
 * sleeps, and when the time is set: then the wall clock is right, or a laptop's ledger would be hours behind.
 */
export function clockFrom(sources: { wallMs(): number; monotonicMs(): number }): Clock {
  let offsetMs = NaN;
  return {
    nowMicros: () => {
      const wall = sources.wallMs(), passed = sources.monotonicMs();
      if (!(Math.abs(offsetMs + passed - wall) <= STEP_MS)) offsetMs = wall - passed;
      return Math.round((offsetMs + passed) * 1000);
    },
    monotonicMs: () => sources.monotonicMs(),
  };
}

/** The machine's clock. */
export const systemClock: Clock = clockFrom({
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
});

/** A clock that stands still until the test moves it by `advanceMs`. */
export function manualClock(startMicros: number): Clock & { advanceMs(ms: number): void } {
  let passedMs = 0;
  return {
    nowMicros: () => startMicros + Math.round(passedMs * 1000),
    monotonicMs: () => passedMs,
    advanceMs: (ms) => {
      passedMs += ms;
    },
  };
}

/** RFC 3339, UTC, six digits of fraction: `2026-11-20T09:07:46.123456Z`. `micros`: since the Unix epoch. */
export function rfc3339Micros(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const rest = String(micros - ms * 1000).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
}
