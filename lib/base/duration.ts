import { err, ok, type Result } from "./result.ts";

/** A length of time in whole milliseconds. */
export type Duration = number;

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const WHOLE_REGEXP = /^(?:\d{1,9}(?:ms|[dhms]))+$/;
const PART_REGEXP = /(\d{1,9})(ms|[dhms])/g;

/**
 * Reads `90s`, `30m`, `2h`, `1h30m`, `1d`, `500ms`: units fall from large to small, each at most once. The error is a
 * phrase to put behind the quoted text. Anything that could be read in two ways (`90`, `-5m`, `5m1h`) is refused.
 */
export function parseDuration(text: string): Result<Duration, string> {
  if (!WHOLE_REGEXP.test(text)) return err("is not a duration such as 90s, 30m, 1h30m, 1d or 500ms");
  let total = 0;
  let previous = Infinity;
  for (const [, digits, unit] of text.matchAll(PART_REGEXP)) {
    const unitMs = UNIT_MS[unit ?? ""] ?? 0;
    if (unitMs >= previous) return err("has its units out of order: write the largest first, each once");
    previous = unitMs;
    total += Number(digits) * unitMs;
  }
  if (total > Number.MAX_SAFE_INTEGER) return err("is longer than can be counted: write at most 100000000d");
  return total > 0 ? ok(total) : err("is no time at all: write at least 1ms");
}

/** The shortest form that {@link parseDuration} reads back: 5400000 is `1h30m`. */
export function formatDuration(ms: Duration): string {
  let rest = Math.round(ms);
  let out = "";
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) out += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return out || "0ms";
}
