/** The sums of a ledger for people: bars and tables on a terminal, lines of columns elsewhere. */
import type { Facts, Quantiles, Top } from "../../report/mod.ts";
import { countOf, durationOf, millisText, numberText, share } from "../../report/mod.ts";
import { paint, printable, renderTable } from "../render.ts";
import { bar, sparkline } from "./bars.ts";

const BAR_WIDTH = 32;

/** All sections that have something to say. */
export function statsText(facts: Facts, terminal: boolean): string {
  const sections = [
    overview(facts),
    verdicts(facts, terminal),
    overTime(facts, terminal),
    counted("refused, by reason", facts.refusals, terminal),
    counted("withheld replies, by reason", facts.withheld, terminal),
    counted("findings", facts.findings, terminal),
    tools(facts, terminal),
    agents(facts, terminal),
    latency(facts, terminal),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function heading(text: string, terminal: boolean): string {
  return `${paint(text, "bold", terminal)}\n`;
}

function overview(
  { entries, calls, sessions, outcomes, approvals, without_outcome: unfinished }: Facts,
): string {
  const { first, last } = entries;
  const rows: (readonly [string, string])[] = [
    ["entries", numberText(entries.total)],
    ...(first === undefined || last === undefined
      ? []
      : [["from", shortTime(first.time)], ["to", shortTime(last.time)]] as const),
    ["sessions", `${numberText(sessions.opened)} opened, ${numberText(sessions.recovered)} ended by a crash`],
    ["calls", `${numberText(calls.calls)}${dryRun(calls.dry_run)}`],
    [
      "decisions",
      `${numberText(calls.decisions.allow)} allow, ${numberText(calls.decisions.ask)} ask, ${
        numberText(calls.decisions.deny)
      } deny`,
    ],
    [
      "replies",
      `${numberText(outcomes.released)} released, ${numberText(outcomes.redacted)} redacted, ${
        numberText(outcomes.withheld)
      } withheld`,
    ],
    [
      "holds",
      `${numberText(approvals.approved)} approved, ${numberText(approvals.denied)} denied, ${
        numberText(approvals.expired)
      } expired, ${numberText(approvals.cancelled)} cancelled`,
    ],
    ["unfinished", countOf(unfinished.total, "call without outcome", "calls without outcome")],
    ...(entries.pruned === 0 ? [] : [["pruned", `${numberText(entries.pruned)} entries`] as const]),
    ...(entries.damaged === 0
      ? []
      : [["unreadable", `${numberText(entries.damaged)} entries; countersign verify says why`] as const]),
  ];
  return rows.map(([name, text]) => `${name.padEnd(10)}  ${text}\n`).join("");
}

function dryRun(count: number): string {
  return count === 0 ? "" : `, ${numberText(count)} of them in a dry run`;
}

function shortTime(time: string): string {
  return `${time.slice(0, 19).replace("T", " ")} UTC`;
}

function verdicts({ calls }: Facts, terminal: boolean): string {
  if (calls.calls === 0) return "";
  const rows = [
    ["forwarded", calls.forwarded - calls.redacted],
    ["redacted", calls.redacted],
    ["held", calls.held],
    ["refused", calls.refused],
  ] as const;
  return heading("calls, by verdict", terminal) +
    bars(rows.map(([name, count]) => ({ name, count })), { total: calls.calls, terminal });
}

function overTime({ over_time: series }: Facts, terminal: boolean): string {
  if (!terminal || series.buckets.length < 2) return "";
  const totals = series.buckets.map(({ counts }) => Object.values(counts).reduce((sum, one) => sum + one, 0));
  return heading(`calls over time, each ${durationOf(series.widthS)}`, terminal) + `  ${sparkline(totals)}\n`;
}

function counted(title: string, top: Top, terminal: boolean): string {
  if (top.items.length === 0) return "";
  const total = top.items.reduce((sum, { count }) => sum + count, 0) + top.moreCount;
  const more = top.more === 0
    ? ""
    : `  and ${top.folded ? "at least " : ""}${numberText(top.more)} more, ${
      numberText(top.moreCount)
    } times\n`;
  return heading(title, terminal) + bars(top.items, { total, terminal }) + more;
}

interface Bars {
  readonly total: number;
  readonly terminal: boolean;
}

function bars(rows: Top["items"], { total, terminal }: Bars): string {
  const names = rows.map(({ name }) => printable(name));
  if (!terminal) return rows.map(({ count }, i) => `  ${names[i]}\t${count}\n`).join("");
  const width = Math.min(40, Math.max(...names.map((name) => name.length)));
  const most = Math.max(...rows.map(({ count }) => count));
  return rows.map(({ count }, i) => {
    const name = (names[i] ?? "").padEnd(width);
    return `  ${name}  ${numberText(count).padStart(9)}  ${share(count, total).padStart(6)}  ${
      bar(count, most, BAR_WIDTH)
    }`.trimEnd() + "\n";
  }).join("");
}

const LATENCY_HEADERS = ["P50", "P90", "P99", "MAX"] as const;

function quantileCells(quantiles: Quantiles | undefined): readonly string[] {
  if (quantiles === undefined) return ["", "", "", ""];
  const { p50_us: p50, p90_us: p90, p99_us: p99, max_us: max } = quantiles;
  return [p50, p90, p99, max].map(millisText);
}

function tools({ tools: { items, more, folded } }: Facts, terminal: boolean): string {
  if (items.length === 0) return "";
  const right = ["CALLS", "HELD", "REFUSED", ...LATENCY_HEADERS];
  const rows = items.map(({ server, tool, calls, held, refused, latency: quantiles }) => [
    `${server}/${tool}`,
    numberText(calls),
    numberText(held),
    numberText(refused),
    ...quantileCells(quantiles),
  ]);
  const rest = more === 0 ? "" : `and ${folded ? "at least " : ""}${numberText(more)} more\n`;
  return heading("tools", terminal) + renderTable(["TOOL", ...right], rows, { terminal, right }) + rest;
}

function agents({ agents: { items, more, folded } }: Facts, terminal: boolean): string {
  if (items.length === 0) return "";
  const right = ["CALLS", "VERIFIED", "HELD", "REFUSED", "FINDINGS", "SESSIONS"];
  const rows = items.map((agent) => [
    agent.agent,
    ...[agent.calls, agent.verified_calls, agent.held, agent.refused, agent.findings, agent.sessions].map(
      numberText,
    ),
  ]);
  const rest = more === 0 ? "" : `and ${folded ? "at least " : ""}${numberText(more)} more\n`;
  return heading("agents", terminal) + renderTable(["AGENT", ...right], rows, { terminal, right }) + rest;
}

function latency({ latency: { decision, upstream, total } }: Facts, terminal: boolean): string {
  if (total === undefined) return "";
  const rows = [["decision", decision], ["upstream", upstream], ["total", total]] as const;
  const cells = rows.map(([name, quantiles]) => [name, ...quantileCells(quantiles)]);
  return heading("latency", terminal) +
    renderTable(["PART", ...LATENCY_HEADERS], cells, { terminal, right: LATENCY_HEADERS });
}
