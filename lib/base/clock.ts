/** Where engines get the time from, so that a test owns it. */
export interface Clock {
  /** Microseconds since the Unix epoch, an integer. Wall time: it may step backwards. */
  nowMicros(): number;
  /** Milliseconds since an arbitrary start; never steps backwards. */
  monotonicMs(): number;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
};

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
