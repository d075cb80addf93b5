/** Dates in texts, and the order of what they mean. */

/** A date, with or without a time behind it. */
export interface DateText {
  /** As it is written, in one form: `2026-01-31`, `2026-01-31T12:00:00.000000000`. */
  readonly written: string;
  /** Where a time stands behind the date: seconds since the epoch as if it were UTC, and how far its zone is from that. */
  readonly seconds?: number;
  readonly offset?: number;
}

const DATE_REGEXP =
  /^(\d{4}-\d\d)(?:-(\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?: ?(Z|[+-]\d\d:?\d\d))?)?)?$/i;

/** `2026-01`, `2026-01-31`, `2026-01-31T12:00:00.5+02:00`; `undefined` for everything else, and for the 30th of February. */
export function dateOf(text: string): DateText | undefined {
  const match = DATE_REGEXP.exec(text);
  if (match === null) return undefined;
  const [, month, day, time, second = "00", fraction = "", zone] = match;
  const instant = `${month}-${day ?? "01"}T${time ?? "00:00"}:${second}.000Z`;
  const ms = Date.parse(instant);
  // `2026-02-30` is read as the second of March by Date.parse.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== instant) return undefined;
  if (day === undefined) return { written: `${month}` };
  if (time === undefined) return { written: `${month}-${day}` };
  const written = `${month}-${day}T${time}:${second}.${fraction.padEnd(9, "0")}`;
  return { written, seconds: ms / 1000, ...(zone === undefined ? {} : { offset: offsetOf(zone) }) };
}

/** In seconds. */
function offsetOf(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith("-") ? -60 : 60) * minutes;
}

/**
 * Negative, zero or positive; `undefined` where a time that names its zone meets one that does not. A date alone is
 * compared with the date that the other one has where it was written.
 */
export function orderDates(a: DateText, b: DateText): number | undefined {
  if (a.seconds === undefined || b.seconds === undefined || a.offset === b.offset) {
    return orderTexts(a.written, b.written);
  }
  if (a.offset === undefined || b.offset === undefined) return undefined;
  return (a.seconds - a.offset) - (b.seconds - b.offset) ||
    orderTexts(a.written.slice(-9), b.written.slice(-9));
}

function orderTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
