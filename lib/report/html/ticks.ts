/** Where an axis of time has its marks: at whole minutes, hours, days, as people name them. */
import { Html, markup } from "./html.ts";
import { at } from "./parts.ts";

const MOST = 6;
const MINUTE = 60, HOUR = 3_600, DAY = 86_400;
const STEPS_S: readonly number[] = [
  1,
  5,
  15,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  91 * DAY,
  364 * DAY,
  3_640 * DAY,
];

/** A mark: its place in percent of the axis, and its words. */
export interface Tick {
  readonly place: number;
  readonly label: string;
}

/** At most seven marks between `start` and `start + length`, in seconds since the epoch. */
export function ticksOf(start: number, length: number): readonly Tick[] {
  if (!(length > 0) || !Number.isFinite(start)) return [];
  const step = STEPS_S.find((size) => length / size <= MOST) ?? length;
  const ticks: Tick[] = [];
  for (let second = Math.ceil(start / step) * step; second <= start + length; second += step) {
    ticks.push({ place: (second - start) / length * 100, label: labelAt(second, step) });
  }
  return ticks;
}

function labelAt(second: number, step: number): string {
  const text = new Date(second * 1000).toISOString();
  if (step >= 91 * DAY) return text.slice(0, 7);
  if (step >= DAY) return text.slice(5, 10);
  if (step < MINUTE) return text.slice(11, 19);
  // A day's first mark says which day it is.
  return second % DAY === 0 ? text.slice(5, 10) : text.slice(11, 16);
}

/** The words of the marks, under a chart. They repeat what the chart's description says. */
export function axis(ticks: readonly Tick[]): Html {
  return markup`<div class="x" aria-hidden="true">${
    ticks.map(({ place, label }) =>
      markup`<span style="left:${at(Math.min(97, Math.max(3, place)))}%">${label}</span>`
    )
  }</div>`;
}

/** Lines of the marks within a chart whose box is 100 wide. */
export function gridLines(ticks: readonly Tick[], height: number): Html {
  return markup`${
    ticks.map(({ place }) =>
      markup`
        <line class="grid" x1="${at(place)}" x2="${at(place)}" y1="0" y2="${height}" />
      `
    )
  }`;
}
