import type { Facts } from "../summary/facts.ts";
import type { Quantiles } from "../summary/latency.ts";
import { millisText } from "../words.ts";
import { Html, markup, type Part } from "./html.ts";
import { at, table } from "./parts.ts";

const PARTS = [
  ["decision", "our decision"],
  ["upstream", "the server"],
  ["total", "the whole call"],
] as const;

/** Where the time of a call goes: from the median to the slowest in a hundred, on one logarithmic scale. */
export function latencyChart(latency: Facts["latency"]): Html {
  const rows = PARTS.flatMap(([part, word]) =>
    latency[part] === undefined ? [] : [{ word, of: latency[part] }]
  );
  const scale = scaleOf(rows.map(({ of }) => of));
  const cells = rows.map(({ word, of }): readonly Part[] => [
    word,
    rangeMark(of, scale),
    ...[of.p50_us, of.p90_us, of.p99_us, of.max_us].map(millisText),
  ]);
  const exact = rows.every(({ of }) => of.exact) ? "" : " Quantiles are within 1 %.";
  return markup`
    <figure
      class="latency">${
    table(
      "Latency of calls: the bar runs from p50 to p99, on a logarithmic scale",
      [{ title: "Part" }, { title: "p50 to p99" }, ...LATENCY_COLUMNS],
      cells,
    )
  }<figcaption>From outcomes. A held call includes the wait for a person.${exact}</figcaption></figure>
  `;
}

export const LATENCY_COLUMNS = ["p50", "p90", "p99", "max"].map((title) => ({ title, number: true }));

/** The numbers of a row of a table; empty where there are none. */
export function latencyCells(quantiles: Quantiles | undefined): readonly Part[] {
  if (quantiles === undefined) return ["", "", "", ""];
  const { p50_us: p50, p90_us: p90, p99_us: p99, max_us: max } = quantiles;
  return [p50, p90, p99, max].map(millisText);
}

/** From microseconds to a place between 0 and 100. */
type Scale = (micros: number) => number;

/** A scale on which all of them have a place. */
export function scaleOf(all: readonly Quantiles[]): Scale {
  const low = Math.log(Math.max(1, Math.min(...all.map(({ p50_us: p50 }) => p50), Infinity) * 0.7));
  const high = Math.log(Math.max(2, ...all.map(({ p99_us: p99 }) => p99)) * 1.3);
  return (micros) =>
    Math.min(100, Math.max(0, (Math.log(Math.max(1, micros)) - low) / Math.max(0.1, high - low) * 100));
}

/** A bar from p50 to p99 with a mark at p90. */
export function rangeMark(quantiles: Quantiles, scale: Scale): Html {
  const from = scale(quantiles.p50_us),
    to = Math.max(from + 1, scale(quantiles.p99_us)),
    mid = scale(quantiles.p90_us);
  return markup`
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" width="110" height="15" aria-hidden="true">
      <rect class="track" y="4.5" width="100" height="1" />
      <rect class="mark" x="${at(from)}" y="2.5" width="${at(to - from)}" height="5" />
      <rect class="hold" x="${at(mid)}" y="1" width="1.2" height="8" />
    </svg>
  `;
}
