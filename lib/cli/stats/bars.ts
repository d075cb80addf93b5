/** Small charts out of block characters, for terminals. */

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;
const LEVELS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** A bar of at most `width` characters; whatever is not nothing is at least a line. */
export function bar(value: number, most: number, width: number): string {
  if (value <= 0 || most <= 0) return "";
  const eighths = Math.max(1, Math.round(value / most * width * 8));
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}

/** One character for each value; nothing is a gap. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(0, ...values);
  return values.map((value) => LEVELS[value <= 0 ? 0 : Math.max(1, Math.round(value / most * 8))] ?? "").join(
    "",
  );
}
