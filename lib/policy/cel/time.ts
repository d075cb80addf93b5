/** Times of CEL: RFC 3339 timestamps, durations, and what of them can be asked in a time zone. */
import { OUT_OF_RANGE, Span, Timestamp } from "./value.ts";

const NS_PER_MS = 1_000_000n;
const RFC3339_REGEXP =
  /^([1-9]\d{3}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const DURATION_REGEXP = /^(-?)((?:\d{1,18}(?:\.\d{1,9})?(?:h|ms|m|s|us|µs|ns))+)$/;
const DURATION_PART_REGEXP = /(\d{1,18})(?:\.(\d{1,9}))?(h|ms|m|s|us|µs|ns)/g;
const NS_OF_UNIT: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: NS_PER_MS,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};
const BILLION = 1_000_000_000n;
const MAX_NS = 2n ** 63n - 1n;
const MIN_SECONDS = BigInt(Date.UTC(1000, 0, 1)) / 1000n;
const MAX_SECONDS = BigInt(Date.UTC(9999, 11, 31, 23, 59, 59)) / 1000n;

/** `ms`: since the epoch. */
export function timestampFromMs(ms: number): Timestamp {
  return new Timestamp(BigInt(Math.trunc(ms)) * NS_PER_MS);
}

export function timestampFromSeconds(seconds: bigint): Timestamp {
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) throw OUT_OF_RANGE;
  return new Timestamp(seconds * BILLION);
}

/** RFC 3339 with a zone, years 1000 to 9999. A day or an hour that the calendar does not have is no time. */
export function timestampFromText(text: string): Timestamp {
  const [, date, time, fraction = "", sign, hours = "0", minutes = "0"] = RFC3339_REGEXP.exec(text) ?? [];
  const ms = Date.parse(`${date}T${time}.000Z`);
  // `2026-02-30` is read as the second of March by Date.parse.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== `${date}T${time}.000Z`) throw OUT_OF_RANGE;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 * (sign === "-" ? -1 : 1);
  const { ns } = timestampFromSeconds(BigInt(ms / 1000 - offset));
  return new Timestamp(ns + BigInt(fraction.padEnd(9, "0")));
}

/** `1h30m`, `1.5h`, `500ms`, `-2s`. */
export function spanFromText(text: string): Span {
  const [, sign, parts] = DURATION_REGEXP.exec(text) ?? [];
  if (parts === undefined) throw OUT_OF_RANGE;
  let ns = 0n;
  for (const [, whole = "0", fraction = "", unit = ""] of parts.matchAll(DURATION_PART_REGEXP)) {
    const unitNs = NS_OF_UNIT[unit] ?? 0n;
    ns += BigInt(whole) * unitNs + BigInt(fraction.padEnd(9, "0")) * unitNs / BILLION;
  }
  if (ns > MAX_NS) throw OUT_OF_RANGE;
  return new Span(sign === "-" ? -ns : ns);
}

/** What can be asked of a duration: it as a whole number of hours, minutes and so on. */
export const SPAN_PARTS: Readonly<Record<string, (span: Span) => bigint>> = {
  getHours: ({ ns }) => ns / 3_600_000_000_000n,
  getMinutes: ({ ns }) => ns / 60_000_000_000n,
  getSeconds: ({ ns }) => ns / BILLION,
  getMilliseconds: ({ ns }) => ns / NS_PER_MS,
};

/** The clock and the calendar of a place, in whole numbers. */
interface WallClock {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** What can be asked of a timestamp, as CEL counts: months and days of the month from 0, `getDate` from 1. */
export const TIME_PARTS: Readonly<Record<string, (at: WallClock, ms: number) => number>> = {
  getFullYear: ({ year }) => year,
  getMonth: ({ month }) => month - 1,
  getDate: ({ day }) => day,
  getDayOfMonth: ({ day }) => day - 1,
  getDayOfWeek: ({ year, month, day }) => new Date(Date.UTC(year, month - 1, day)).getUTCDay(),
  getDayOfYear: ({ year, month, day }) =>
    (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000,
  getHours: ({ hour }) => hour,
  getMinutes: ({ minute }) => minute,
  getSeconds: ({ second }) => second,
  getMilliseconds: (_, ms) => ((ms % 1000) + 1000) % 1000,
};

/**
 * Reads one part of timestamps in a time zone (`Europe/Berlin`, `+02:00`, absent: UTC). Throws RangeError for a zone
 * that there is not.
 */
export function timePart(name: string, zone: string | undefined): (timestamp: Timestamp) => bigint {
  const part = TIME_PARTS[name];
  if (part === undefined) throw new Error("internal error: policy: no such part of a timestamp");
  const wallClock = zone === undefined ? wallClockInUtc : wallClockIn(zone);
  return ({ ns }) => {
    const ms = Number(ns / NS_PER_MS);
    return BigInt(part(wallClock(ms), ms));
  };
}

function wallClockInUtc(ms: number): WallClock {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

function wallClockIn(timeZone: string): (ms: number) => WallClock {
  const number = "numeric";
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    calendar: "gregory",
    numberingSystem: "latn",
    year: number,
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
  });
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? NaN;
    return {
      year: part("year"),
      month: part("month"),
      day: part("day"),
      hour: part("hour"),
      minute: part("minute"),
      second: part("second"),
    };
  };
}
