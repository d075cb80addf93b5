/** Sections about what was called: over time, tools, latency, agents, sessions. */
import type { AgentFacts, Facts, ToolFacts } from "../summary/facts.ts";
import { countOf, numberText } from "../words.ts";
import { Html, markup, name, type Part } from "./html.ts";
import { LATENCY_COLUMNS, latencyCells, latencyChart, rangeMark, scaleOf } from "./latency_chart.ts";
import { instant, moreLine, nothing, section, type Share, stackedBar, table, topBars } from "./parts.ts";
import { sessionsChart } from "./sessions_chart.ts";
import { timeChart } from "./time_chart.ts";

/** How many calls there were, when, and what became of them. */
export function callsSection({ calls, over_time: series, outcomes, approvals }: Facts): Html {
  if (calls.calls === 0) return section("Calls", nothing("There are no calls in this time."));
  const shares = verdictShares(calls);
  const { allow, ask, deny } = calls.decisions;
  const decisions: readonly Share[] = [
    { style: "allow", word: "allow", count: allow },
    { style: "ask", word: "ask a person", count: ask },
    { style: "deny", word: "deny", count: deny },
  ];
  return section(
    "Calls",
    markup`<p>${countOf(calls.calls, "call", "calls")} asked to pass. ${
      numberText(calls.forwarded)
    } went on at once, ${numberText(calls.held)} waited for a person, ${
      numberText(calls.refused)
    } were refused.${
      calls.dry_run === 0
        ? ""
        : ` ${numberText(calls.dry_run)} were judged in a dry run, where nothing is enforced.`
    } Of the replies ${numberText(outcomes.released)} were released as they came, ${
      numberText(outcomes.redacted)
    } with secrets masked, ${numberText(outcomes.withheld)} withheld.</p>`,
    timeChart(series, shares),
    markup`<div class="columns">${stackedBar(decisions, "What the policy decided")}${
      stackedBar(holdShares(approvals), "How holds ended")
    }</div>`,
  );
}

function verdictShares(calls: Facts["calls"]): readonly Share[] {
  return [
    { style: "forward", word: "forwarded", count: calls.forwarded - calls.redacted },
    { style: "redact", word: "forwarded, fields masked", count: calls.redacted },
    { style: "hold", word: "held", count: calls.held },
    { style: "refuse", word: "refused", count: calls.refused },
  ];
}

function holdShares({ approved, denied, expired, cancelled }: Facts["approvals"]): readonly Share[] {
  return [
    { style: "allow", word: "approved", count: approved },
    { style: "deny", word: "denied", count: denied },
    { style: "ask", word: "expired", count: expired },
    { style: "mark", word: "cancelled", count: cancelled },
  ];
}

/** What was refused, and why. */
export function refusalsSection({ refusals, withheld }: Facts): Html {
  if (refusals.items.length === 0 && withheld.items.length === 0) {
    return section("Refusals", nothing("Nothing was refused in this time."));
  }
  const charts: Part[] = [];
  if (refusals.items.length > 0) {
    charts.push(
      topBars(refusals, {
        what: "reasons",
        caption: "Calls and holds that were refused, by reason",
        style: "refuse",
      }),
    );
  }
  if (withheld.items.length > 0) {
    charts.push(
      topBars(withheld, {
        what: "reasons",
        caption: "Replies that were withheld, by reason",
        style: "refuse",
      }),
    );
  }
  return section("Refusals", markup`<div class="columns">${charts}</div>`);
}

/** The tools that were called most, each with its latency. */
export function toolsSection({ tools, latency }: Facts): Html {
  if (tools.items.length === 0) return section("Tools", nothing("No tool was called in this time."));
  const scale = scaleOf(tools.items.flatMap(({ latency: own }) => own === undefined ? [] : [own]));
  const rows = tools.items.map((tool) => toolRow(tool, scale));
  const columns = [
    { title: "Tool" },
    { title: "Server" },
    { title: "Calls", number: true },
    { title: "Held", number: true },
    { title: "Refused", number: true },
    { title: "p50 to p99" },
    ...LATENCY_COLUMNS,
  ];
  return section(
    "Tools",
    table("Tools by number of calls, with the latency of their replies", columns, rows),
    moreLine(tools.more, { folded: tools.folded, what: "tools" }),
    latency.total === undefined ? "" : latencyChart(latency),
  );
}

function toolRow(
  { tool, server, calls, held, refused, latency }: ToolFacts,
  scale: (micros: number) => number,
): readonly Part[] {
  return [
    name(tool),
    name(server),
    numberText(calls),
    numberText(held),
    numberText(refused),
    latency === undefined ? "" : rangeMark(latency, scale),
    ...latencyCells(latency),
  ];
}

/** Who called. */
export function agentsSection({ agents }: Facts): Html {
  if (agents.items.length === 0) return section("Agents", nothing("No agent called in this time."));
  const columns = [
    { title: "Agent" },
    { title: "Identity" },
    ...["Sessions", "Calls", "Forwarded", "Held", "Refused", "Findings"].map((title) => ({
      title,
      number: true,
    })),
    { title: "Last heard of" },
  ];
  return section(
    "Agents",
    table("Activity of each agent", columns, agents.items.map(agentRow)),
    moreLine(agents.more, { folded: agents.folded, what: "agents" }),
  );
}

function agentRow(agent: AgentFacts): readonly Part[] {
  const numbers = [agent.sessions, agent.calls, agent.forwarded, agent.held, agent.refused, agent.findings];
  return [name(agent.agent), identityOf(agent), ...numbers.map(numberText), instant(agent.last_time)];
}

/** In words: whether tokens proved who it was. */
export function identityOf({ calls, verified_calls: verified }: AgentFacts): string {
  if (verified === 0) return "unverified";
  return verified === calls ? "verified" : `verified in ${numberText(verified)} calls`;
}

/** When they ran. */
export function sessionsSection({ sessions }: Facts): Html {
  const { opened, closed, recovered, recent } = sessions;
  if (recent.items.length === 0) return section("Sessions", nothing("No session ran in this time."));
  return section(
    "Sessions",
    markup`<p>${countOf(opened, "session was", "sessions were")} opened, ${numberText(closed)} closed, ${
      numberText(recovered)
    } ended by a crash that is noted.</p>`,
    sessionsChart(recent.items),
  );
}
