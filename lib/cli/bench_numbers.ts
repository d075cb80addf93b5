/** The arithmetic of `bench`, and how its answer looks. */
import { paint } from "./render.ts";

/** Microseconds. */
export interface Percentiles {
  readonly p50_us: number;
  readonly p95_us: number;
  readonly p99_us: number;
}

/** What `bench --json` prints; other programs read it (spec: command line). */
export interface BenchResult {
  readonly calls: number;
  readonly lost: number;
  readonly concurrency: number;
  readonly direct: Percentiles;
  readonly proxied: Percentiles;
  readonly added: Percentiles;
  /** Calls per second. */
  readonly throughput: { readonly direct: number; readonly proxied: number };
  readonly startup_ms: number;
  /** Of the firewall's process at the end; null where the system does not say. */
  readonly rss_mb: number | null;
}

/** Nearest-rank percentiles of unsorted samples; zeros for none. */
export function percentiles(micros: readonly number[]): Percentiles {
  const sorted = Float64Array.from(micros).sort();
  const at = (share: number) => round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { p50_us: at(0.5), p95_us: at(0.95), p99_us: at(0.99) };
}

/** What the firewall adds: the difference of the percentiles, as the calls of both ways are not pairs. */
export function difference(direct: Percentiles, proxied: Percentiles): Percentiles {
  return {
    p50_us: round(proxied.p50_us - direct.p50_us),
    p95_us: round(proxied.p95_us - direct.p95_us),
    p99_us: round(proxied.p99_us - direct.p99_us),
  };
}

/** The middle one of a few measurements. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** One digit behind the point is more than these clocks hold. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Calls per second, whole. */
export function perSecond(calls: number, elapsedMs: number): number {
  return elapsedMs > 0 ? Math.round(calls / elapsedMs * 1000) : 0;
}

const BUCKETS = 24;
const BAR_WIDTH = 30;

/**
 * Two histograms over one logarithmic axis, side by side: where the calls lie that went direct, and where those that
 * went through the firewall. Empty for no samples.
 */
export function histogram(direct: readonly number[], proxied: readonly number[], terminal: boolean): string {
  const low = percentileOf([...direct, ...proxied], 0.001),
    high = percentileOf([...direct, ...proxied], 0.999);
  if (!(low > 0) || high <= low) return "";
  const step = Math.log(high / low) / BUCKETS;
  const countsOf = (samples: readonly number[]) => {
    const counts = new Array<number>(BUCKETS).fill(0);
    for (const sample of samples) {
      const bucket = Math.floor(Math.log(sample / low) / step);
      if (bucket >= 0 && bucket < BUCKETS) counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return counts;
  };
  const left = countsOf(direct), right = countsOf(proxied);
  const most = Math.max(...left, ...right);
  const bar = (count: number) => "█".repeat(Math.ceil(count / most * BAR_WIDTH)).padEnd(BAR_WIDTH);
  const rows = left.map((count, i) => {
    const from = `${Math.round(low * Math.exp(step * i))}`.padStart(8);
    return `${from}  ${paint(bar(count), "green", terminal)}  ${
      paint(bar(right[i] ?? 0).trimEnd(), "cyan", terminal)
    }\n`;
  });
  return `${"µs".padStart(8)}  ${"direct".padEnd(BAR_WIDTH)}  through Countersign\n${rows.join("")}`;
}

function percentileOf(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
