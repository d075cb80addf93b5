import { parseDuration } from "../base/mod.ts";
import { type DiagnosticSink, suggestion, type TextNode } from "../diagnostic/mod.ts";

/** So many calls at most in any window of that length. */
export interface Rate {
  /** A whole number, one or more. */
  readonly limit: string;
  readonly ms: number;
  /** As in "more than …". */
  readonly words: string;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};
const UNIT_SYNONYMS: Readonly<Record<string, string>> = {
  s: "second",
  sec: "second",
  seconds: "second",
  m: "minute",
  min: "minute",
  minutes: "minute",
  h: "hour",
  hours: "hour",
  d: "day",
  days: "day",
};
const RATE_REGEXP = /^(\d{1,9})\/([a-z0-9]+)$/;
const RATE_HINT = 'write a rate such as "60/minute" (second, minute, hour or day) or "5/90s"';

/** Reads `60/minute` or `5/90s`; `undefined` for anything else, which the sink then says. */
export function readRate({ at, value }: TextNode, sink: DiagnosticSink): Rate | undefined {
  const [, count = "", unit = ""] = RATE_REGEXP.exec(value) ?? [];
  const isWord = Object.hasOwn(UNIT_MS, unit);
  const ms = isWord ? UNIT_MS[unit] : durationMs(unit);
  if (count === "" || ms === undefined) {
    const isOdd = unit === "" || /\d/.test(unit);
    const hint = isOdd ? RATE_HINT : `${suggestion(unit, Object.keys(UNIT_MS), UNIT_SYNONYMS)}; ${RATE_HINT}`;
    sink.error(at, `${JSON.stringify(value)} is not a rate`, hint);
    return undefined;
  }
  if (Number(count) === 0) {
    const hint = 'write 1 or more, or a rule with effect = "deny"';
    sink.error(at, `${JSON.stringify(value)} lets no call through`, hint);
    return undefined;
  }
  const limit = String(Number(count));
  return { limit, ms, words: `${limit} calls ${isWord ? `a ${unit}` : `in ${unit}`}` };
}

function durationMs(text: string): number | undefined {
  const duration = parseDuration(text);
  return duration.ok ? duration.value : undefined;
}
