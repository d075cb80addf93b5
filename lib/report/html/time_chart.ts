import type { Series } from "../summary/over_time.ts";
import { durationOf, numberText } from "../words.ts";
import { Html, markup } from "./html.ts";
import { at, instant, legend, type Share, table } from "./parts.ts";
import { axis, gridLines, ticksOf } from "./ticks.ts";

/** The verdicts from the ground up, each with its word. */
export const VERDICTS = [
  ["forward", "forwarded"],
  ["redact", "forwarded with fields masked"],
  ["hold", "held"],
  ["refuse", "refused"],
] as const;

/** Calls over time, stacked by verdict; the numbers as a table beneath. */
export function timeChart({ widthS, buckets }: Series, shares: readonly Share[]): Html {
  const totals = buckets.map(({ counts }) => sum(Object.values(counts)));
  const top = niceTop(Math.max(1, ...totals));
  const width = 100 / Math.max(1, buckets.length);
  const columns = buckets.map(({ counts }, i) => column(counts, { x: i * width, width, top }));
  const ticks = ticksOf(buckets[0]?.start ?? 0, widthS * buckets.length);
  const caption = `Calls over time by verdict, each column ${durationOf(widthS)}`;
  return markup`
    <figure
      class="chart"><div class="plot"><div class="y" aria-hidden="true"><span>${
    numberText(
      top,
    )
  }</span><span>${
    numberText(
      top / 2,
    )
  }</span><span>0</span></div><svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="${caption}: at most ${
    numberText(
      Math.max(0, ...totals),
    )
  } in one column, ${numberText(sum(totals))} in all">
    ${
    gridLines(
      ticks,
      100,
    )
  }<line class="grid" x1="0" x2="100" y1="0" y2="0"/><line class="grid" x1="0" x2="100" y1="50" y2="50"/>${columns}<line class="grid" x1="0" x2="100" y1="100" y2="100"/></svg>${
    axis(ticks)
  }</div>${legend(shares)}<figcaption>${caption}. Times are UTC.</figcaption>${
    numbers(
      buckets,
    )
  }</figure>
  `;
}

interface Place {
  readonly x: number;
  readonly width: number;
  readonly top: number;
}

function column(counts: Readonly<Record<string, number>>, { x, width, top }: Place): Html {
  let ground = 100;
  const rects = VERDICTS.map(([verdict]) => {
    const count = counts[verdict] ?? 0;
    if (count === 0) return markup``;
    // A single refusal among thousands is still to be seen.
    const height = Math.max(0.8, count / top * 100);
    ground -= height;
    return markup`
      <rect class="${verdict}" x="${at(x + width * 0.08)}" y="${at(ground)}" width="${
      at(
        width * 0.84,
      )
    }" height="${at(height)}" />
    `;
  });
  return markup`${rects}`;
}

/** The next of 1, 2, 5, 10, … that is not below, so that the axis has round numbers. */
export function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 4, 6, 8, 10].find((factor) => factor * power >= most) ?? 10;
  return Math.max(2, step * power);
}

function numbers(buckets: Series["buckets"]): Html {
  const rows = buckets.filter(({ counts }) => sum(Object.values(counts)) > 0).map(({ start, counts }) => [
    instant(new Date(start * 1000).toISOString()),
    ...VERDICTS.map(([verdict]) => numberText(counts[verdict] ?? 0)),
  ]);
  const columns = [{ title: "From" }, ...VERDICTS.map(([, title]) => ({ title, number: true }))];
  return markup`<details><summary>The numbers as a table</summary>${
    table("Calls over time by verdict", columns, rows)
  }</details>`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
