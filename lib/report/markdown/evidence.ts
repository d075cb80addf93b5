/** The evidence report as Markdown: the same numbers as the page, and the control mapping. */
import { identityOf } from "../html/activity.ts";
import type { ReportInput } from "../html/page.ts";
import {
  holds,
  integrityHeadline,
  integrityLimits,
  integrityRows,
  integrityStatement,
} from "../integrity.ts";
import type { EventFacts, Facts, Listed } from "../summary/facts.ts";
import type { Quantiles } from "../summary/latency.ts";
import type { Top } from "../summary/tally.ts";
import { lastedText, millisText, numberText, share } from "../words.ts";
import { controlsMarkdown } from "./controls.ts";
import { codeName, markdownTable } from "./escape.ts";

/** The whole report. Names in `facts` are ATTACKER-CONTROLLED and put in as code spans. */
export function evidenceMarkdown(input: ReportInput): string {
  const { facts } = input;
  return [
    head(input),
    integrity(input),
    overview(facts),
    counted("Refusals by reason", facts.refusals, "Nothing was refused."),
    counted("Withheld replies by reason", facts.withheld, "No reply was withheld."),
    threats(facts),
    agents(facts),
    tools(facts),
    latency(facts),
    sessions(facts),
    events("Answers to held calls", facts.approvals.recent, "No held call was answered."),
    events("Incidents", facts.incidents.recent, "No malformed message, no fault and no crash."),
    events("Changes of policies, tool definitions and keys", facts.changes, "None."),
    unfinished(facts),
    policies(facts),
    controlsMarkdown(),
  ].join("\n");
}

function head({ facts: { entries }, since, until, made, version }: ReportInput): string {
  const { first, last } = entries;
  const period = first === undefined || last === undefined
    ? "There are no entries in this time."
    : `Entries ${numberText(first.seq)} to ${numberText(last.seq)}, ${clock(first.time)} to ${
      clock(last.time)
    } UTC.`;
  const asked = [
    ...(since === undefined ? [] : [`since ${clock(since)}`]),
    ...(until === undefined ? [] : [`until ${clock(until)}`]),
  ];
  return `# Countersign evidence report\n\n${period}${
    asked.length === 0 ? "" : ` Asked for: ${asked.join(" ")}.`
  } Made ${clock(made)} UTC by Countersign ${version}.\n`;
}

function integrity({ integrity: found }: ReportInput): string {
  const rows = integrityRows(found).map(([term, value]) => [term, codeName(value)]);
  const limits = integrityLimits(found).map((limit) => `- ${limit}\n`).join("");
  const word = holds(found) ? "" : "**This record is not evidence as it stands.** ";
  return `## Integrity\n\n${word}**${integrityHeadline(found)}** (\`${found.report.status}\`). ${
    plain(integrityStatement(found))
  }\n\n${markdownTable(["What", "Value"], rows)}\nNot shown by this:\n\n${limits}`;
}

/** The statement quotes a finding's detail, which may quote the store. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~&]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function overview({ entries, calls, outcomes, approvals, sessions: runs }: Facts): string {
  const rows = [
    ["Entries", entries.total],
    ["Calls", calls.calls],
    ["forwarded", calls.forwarded - calls.redacted],
    ["forwarded, fields masked", calls.redacted],
    ["held for a person", calls.held],
    ["refused", calls.refused],
    ["judged in a dry run", calls.dry_run],
    ["Replies released", outcomes.released],
    ["Replies with secrets masked", outcomes.redacted],
    ["Replies withheld", outcomes.withheld],
    ["Holds approved", approvals.approved],
    ["Holds denied", approvals.denied],
    ["Holds expired or cancelled", approvals.expired + approvals.cancelled],
    ["Sessions opened", runs.opened],
    ["Sessions ended by a crash", runs.recovered],
    ["Entries pruned", entries.pruned],
    ["Entries that cannot be read", entries.damaged],
  ] as const;
  return `## Overview\n\n${
    markdownTable(["What", "Count"], rows.map(([name, count]) => [name, numberText(count)]), ["Count"])
  }`;
}

function counted(title: string, top: Top, none: string): string {
  if (top.items.length === 0) return `## ${title}\n\n${none}\n`;
  const total = top.items.reduce((sum, { count }) => sum + count, 0) + top.moreCount;
  const rows = top.items.map(({ name, count }) => [codeName(name), numberText(count), share(count, total)]);
  return `## ${title}\n\n${markdownTable(["Name", "Count", "Share"], rows, ["Count", "Share"])}${
    more(top.more, top.folded)
  }`;
}

function more(count: number, folded: boolean = false): string {
  return count === 0 ? "" : `\nand ${folded ? "at least " : ""}${numberText(count)} more\n`;
}

function threats({ findings, threat }: Facts): string {
  const scores = threat.calls === 0
    ? "No call has a threat score."
    : `${numberText(threat.calls)} calls have a threat score; the highest is ${numberText(threat.max)}.`;
  return `${
    counted("Threats and findings", findings, "The scanner found nothing; that is no proof of absence.")
  }\n${scores}\n`;
}

function agents({ agents: { items, more: others, folded } }: Facts): string {
  const numbers = ["Sessions", "Calls", "Forwarded", "Held", "Refused", "Findings"];
  const rows = items.map((agent) => [
    codeName(agent.agent),
    identityOf(agent),
    ...[agent.sessions, agent.calls, agent.forwarded, agent.held, agent.refused, agent.findings].map(
      numberText,
    ),
    clock(agent.last_time),
  ]);
  return `## Activity of each agent\n\n${
    markdownTable(["Agent", "Identity", ...numbers, "Last heard of"], rows, numbers)
  }${more(others, folded)}`;
}

const QUANTILES = ["p50", "p90", "p99", "max"];

function quantileCells(of: Quantiles | undefined): readonly string[] {
  if (of === undefined) return ["", "", "", ""];
  return [of.p50_us, of.p90_us, of.p99_us, of.max_us].map(millisText);
}

function tools({ tools: { items, more: others, folded } }: Facts): string {
  const numbers = ["Calls", "Held", "Refused", ...QUANTILES];
  const rows = items.map(({ tool, server, calls, held, refused, latency: own }) => [
    codeName(tool),
    codeName(server),
    ...[calls, held, refused].map(numberText),
    ...quantileCells(own),
  ]);
  return `## Tools\n\n${markdownTable(["Tool", "Server", ...numbers], rows, numbers)}${more(others, folded)}`;
}

function latency({ latency: { decision, upstream, total } }: Facts): string {
  const rows = [["decision", decision], ["upstream", upstream], ["total", total]] as const;
  return `## Latency\n\n${
    markdownTable(["Part", ...QUANTILES], rows.map(([part, of]) => [part, ...quantileCells(of)]), QUANTILES)
  }`;
}

function sessions({ sessions: { recent } }: Facts): string {
  const numbers = ["Calls", "Refused", "Held"];
  const rows = recent.items.map((session) => [
    codeName(session.session),
    codeName(session.agent),
    codeName(session.server),
    session.opened === undefined ? "" : clock(session.opened),
    session.state,
    ...[session.calls, session.refused, session.held].map(numberText),
    session.duration_ms === undefined ? "" : lastedText(session.duration_ms),
  ]);
  return `## Sessions\n\n${
    markdownTable(["Session", "Agent", "Server", "Opened", "State", ...numbers, "Lasted"], rows, numbers)
  }${more(recent.more)}`;
}

function events(title: string, { items, more: others }: Listed<EventFacts>, none: string): string {
  if (items.length === 0) return `## ${title}\n\n${none}\n`;
  const rows = items.map(({ seq, time, kind, server, subject, reason, by, note }) => [
    numberText(seq),
    clock(time),
    kind,
    codeName(server),
    codeName(subject),
    codeName(reason),
    by === undefined ? "" : codeName(by),
    note === undefined ? "" : codeName(note),
  ]);
  return `## ${title}\n\n${
    markdownTable(["Entry", "Time", "Kind", "Server", "What", "Reason", "By", "Note"], rows, ["Entry"])
  }${more(others)}`;
}

function unfinished({ without_outcome: { total, calls } }: Facts): string {
  if (total === 0) return "## Calls without outcome\n\nEvery call of an ended session has its outcome.\n";
  const rows = calls.map(({ seq, time, tool, server, session }) => [
    numberText(seq),
    time === undefined ? "" : clock(time),
    tool === undefined ? "" : codeName(tool),
    server === undefined ? "" : codeName(server),
    codeName(session),
  ]);
  return `## Calls without outcome\n\n${
    markdownTable(["Entry", "Time", "Tool", "Server", "Session"], rows, ["Entry"])
  }${more(total - calls.length)}`;
}

function policies({ policies: { items, more: others } }: Facts): string {
  const rows = items.map(({ policy, name, calls, first, last }) => [
    codeName(policy),
    name === undefined ? "" : codeName(name),
    numberText(calls),
    `${clock(first.time)} (entry ${first.seq})`,
    `${clock(last.time)} (entry ${last.seq})`,
  ]);
  return `## Policies in force\n\n${
    markdownTable(["Digest", "Name", "Calls", "First seen", "Last seen"], rows, ["Calls"])
  }${more(others)}`;
}

function clock(time: string): string {
  // Of an entry: digits and signs, or the entry is forged and this is not a time.
  const text = time.slice(0, 19).replace("T", " ");
  return /^[\d :-]*$/.test(text) ? text : codeName(text);
}
