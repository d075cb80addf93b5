/** Numbers and times as people read them. */

/** `1234567` is `1,234,567`. */
export function numberText(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Microseconds in the unit that suits them, with three digits at most before the unit changes. */
export function millisText(micros: number): string {
  if (micros < 1_000) return `${Math.round(micros)} µs`;
  if (micros < 10_000) return `${(micros / 1_000).toFixed(2)} ms`;
  if (micros < 100_000) return `${(micros / 1_000).toFixed(1)} ms`;
  if (micros < 1_000_000) return `${Math.round(micros / 1_000)} ms`;
  if (micros < 60_000_000) return `${(micros / 1_000_000).toFixed(1)} s`;
  return `${(micros / 60_000_000).toFixed(1)} min`;
}

/** The share of a whole in percent; never 0 for something and never 100 for less than all. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  if (part === whole) return "100 %";
  const percent = Math.min(99.9, Math.max(0.1, part / whole * 100));
  return `${percent.toFixed(1)} %`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [604_800, "week"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** A width of time such as `15 minutes`, `1 day`. `seconds`: whole. */
export function durationOf(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** How long something took, to two units. */
export function lastedText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 60) return `${seconds} s`;
  if (seconds >= 600 && seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 3_600) return twoUnits(seconds, { size: 60, large: "min", small: "s" });
  if (seconds < 86_400) return twoUnits(Math.floor(seconds / 60), { size: 60, large: "h", small: "min" });
  return twoUnits(Math.floor(seconds / 3_600), { size: 24, large: "d", small: "h" });
}

function twoUnits(
  count: number,
  { size, large, small }: { readonly size: number; readonly large: string; readonly small: string },
): string {
  const rest = count % size;
  return rest === 0
    ? `${Math.floor(count / size)} ${large}`
    : `${Math.floor(count / size)} ${large} ${rest} ${small}`;
}

/** `one` where there is one of it, else `many`, with the number before. */
export function countOf(count: number, one: string, many: string): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}
