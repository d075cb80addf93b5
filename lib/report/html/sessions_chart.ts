import type { SessionFacts } from "../summary/session_facts.ts";
import { countOf, lastedText, numberText } from "../words.ts";
import { Html, markup, name } from "./html.ts";
import { at } from "./parts.ts";
import { axis, gridLines, type Tick, ticksOf } from "./ticks.ts";

const SHOWN = 24;

/** When sessions ran: a bar for each, the newest first, as far as a page can bear. */
export function sessionsChart(sessions: readonly SessionFacts[]): Html {
  const shown = sessions.slice(0, SHOWN);
  const starts = shown.map(startOf), ends = shown.map(endOf);
  const from = Math.min(...starts), until = Math.max(...ends, from + 1);
  const ticks = ticksOf(from / 1000, (until - from) / 1000);
  const rows = shown.map((session) => row(session, { from, length: until - from, ticks }));
  return markup`
    <figure class="chart">
      <div class="sessions">${rows}${axis(ticks)}</div>
      <figcaption>When the newest ${
    numberText(
      shown.length,
    )
  } sessions ran (UTC), with their calls. Red: calls were refused in it. Amber: no close.</figcaption>
    </figure>
  `;
}

interface Span {
  readonly from: number;
  readonly length: number;
  readonly ticks: readonly Tick[];
}

function row(session: SessionFacts, { from, length, ticks }: Span): Html {
  const x = (startOf(session) - from) / length * 100;
  const width = Math.max(0.8, (endOf(session) - startOf(session)) / length * 100);
  const style = session.state !== "closed" ? "hold" : session.refused > 0 ? "refuse" : "mark";
  const state = session.state === "closed" ? "" : `, ${session.state}`;
  const lasted = session.duration_ms === undefined ? "" : `, ${lastedText(session.duration_ms)}`;
  return markup`
    <span class="label">${name(session.agent)} <span class="soft">on</span> ${
    name(
      session.server,
    )
  }</span><svg class="bar"
      viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      ${gridLines(ticks, 10)}<rect class="track" y="4.5" width="100" height="1" />
      <rect class="${style}" x="${at(Math.min(x, 99.5))}" y="1" width="${at(width)}" height="8" />
    </svg><span class="count">${countOf(session.calls, "call", "calls")}${
    refusedIn(session)
  }${lasted}${state}</span>
  `;
}

function refusedIn({ refused }: SessionFacts): string {
  return refused === 0 ? "" : `, ${numberText(refused)} refused`;
}

function startOf({ opened, last_time: last }: SessionFacts): number {
  return Date.parse(opened ?? last);
}

function endOf({ closed, last_time: last }: SessionFacts): number {
  return Date.parse(closed ?? last);
}
