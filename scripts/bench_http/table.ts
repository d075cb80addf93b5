/** What `bench:http` found, as a table of BENCHMARKS.md and as JSON. */
import { difference, type Percentiles, percentiles, perSecond, round } from "../../lib/cli/bench_numbers.ts";
import type { Found, Leg } from "./legs.ts";

/** One line: a way, an era, so many requests in flight. */
export interface Row extends Percentiles {
  readonly leg: string;
  readonly era: string;
  readonly concurrency: number;
  /** Against the direct way of the same era. */
  readonly added_p50_us: number;
  readonly added_p99_us: number;
  readonly calls: number;
  readonly lost: number;
  readonly calls_per_second: number;
  /** Of the process in between, or of the server on the direct way; null where the system does not say. */
  readonly cpu_us_per_call: number | null;
  readonly rss_mb: number | null;
  readonly problem?: string;
}

export function rowsOf(legs: readonly Leg[], concurrencies: readonly number[]): readonly Row[] {
  return legs.flatMap((leg) =>
    concurrencies.flatMap((concurrency) => {
      const direct = legs.find(({ name, era }) => name === "direct" && era === leg.era);
      return rowOf(leg, concurrency, direct?.found.get(concurrency)) ?? [];
    })
  );
}

const NOTHING: Found = { micros: [], lost: 0, elapsedMs: 0, cpuMs: 0 };

function rowOf(leg: Leg, concurrency: number, direct: Found = NOTHING): Row {
  const { micros, lost, elapsedMs, cpuMs } = leg.found.get(concurrency) ?? NOTHING;
  const own = percentiles(micros);
  const added = difference(percentiles(direct.micros), own);
  return {
    leg: leg.name,
    era: leg.era,
    concurrency,
    ...own,
    added_p50_us: added.p50_us,
    added_p99_us: added.p99_us,
    calls: micros.length,
    lost,
    calls_per_second: perSecond(micros.length, elapsedMs),
    cpu_us_per_call: known(cpuMs * 1000 / micros.length),
    rss_mb: known(leg.server.rssMb()),
    ...leg.problem !== undefined && { problem: leg.problem },
  };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? round(value) : null;
}

const COLUMNS: readonly (readonly [head: string, cell: (row: Row) => string])[] = [
  ["way", ({ leg }) => leg],
  ["era", ({ era }) => era],
  ["at once", ({ concurrency }) => String(concurrency)],
  ["p50 ms", ({ p50_us }) => ms(p50_us)],
  ["p95 ms", ({ p95_us }) => ms(p95_us)],
  ["p99 ms", ({ p99_us }) => ms(p99_us)],
  ["added p50", ({ leg, added_p50_us }) => leg === "direct" ? "" : ms(added_p50_us)],
  ["calls/s", ({ calls_per_second }) => String(calls_per_second)],
  ["CPU µs a call", ({ cpu_us_per_call }) => cpu_us_per_call === null ? "?" : cpu_us_per_call.toFixed(0)],
  ["resident MB", ({ rss_mb }) => rss_mb === null ? "?" : rss_mb.toFixed(0)],
  ["lost", ({ lost }) => String(lost)],
];

/** Markdown. A way that cannot be measured has a line of its own below. */
export function tableOf(rows: readonly Row[]): string {
  const measured = rows.filter(({ calls }) => calls > 0);
  const cells = [
    COLUMNS.map(([head]) => head),
    ...measured.map((row) => COLUMNS.map(([, cell]) => cell(row))),
  ];
  const widths = COLUMNS.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  const lines = cells.map((line) =>
    `| ${
      line.map((cell, at) => at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)).join(
        " | ",
      )
    } |`
  );
  const rule = `| ${
    widths.map((width, at) => "-".repeat(width - (at < 2 ? 0 : 1)) + (at < 2 ? "" : ":")).join(" | ")
  } |`;
  const problems = new Set(
    rows.flatMap(({ leg, era, problem }) => problem === undefined ? [] : [`${leg}, ${era}: ${problem}`]),
  );
  return [lines[0], rule, ...lines.slice(1), ...problems].join("\n");
}

function ms(micros: number): string {
  return (micros / 1000).toFixed(2);
}
