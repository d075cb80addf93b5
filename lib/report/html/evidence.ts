/** Sections about what somebody has to look at: integrity, findings, people, incidents, what is not known. */
import {
  holds,
  type Integrity,
  integrityHeadline,
  integrityLimits,
  integrityRows,
  integrityStatement,
} from "../integrity.ts";
import type { EventFacts, Facts, Listed, PolicyFacts, Unfinished } from "../summary/facts.ts";
import type { Top } from "../summary/tally.ts";
import { countOf, numberText } from "../words.ts";
import { Html, markup, name, type Part, shortened } from "./html.ts";
import { instant, moreLine, nothing, section, table, topBars } from "./parts.ts";

/** The status of the record, first of all. */
export function sealSection(integrity: Integrity): Html {
  const { status } = integrity.report;
  const style = !holds(integrity) ? "bad" : status === "intact" ? "good" : "open";
  return markup`
    <section class="seal ${style}">
      <p class="status">${status}</p>
      <h2>${integrityHeadline(integrity)}</h2>
      <p>${integrityStatement(integrity)}</p>
    </section>
  `;
}

/** What the status rests on, and what it does not show. */
export function integritySection(integrity: Integrity): Html {
  return section(
    "Integrity",
    markup`
      <dl class="facts">${
      integrityRows(integrity).map(([term, value]) =>
        markup`
          <dt>${term}</dt>
          <dd>${isHex(value) ? markup`<span class="hex">${value}</span>` : value}</dd>
        `
      )
    }</dl>
      <h3>What this does not show</h3>
      <ul>${integrityLimits(integrity).map((limit) => markup`<li>${limit}</li>`)}</ul>
      <p
        class="soft small">To check it yourself, offline: <span class="hex">countersign verify LEDGER --public-key KEY</span>, or the second verifier in Python on an exported pack.</p>
    `,
  );
}

function isHex(value: string): boolean {
  return /[0-9a-f]{16}/.test(value);
}

/** What the scanner saw. */
export function findingsSection({ findings, threat }: Facts): Html {
  if (findings.items.length === 0 && threat.calls === 0) {
    return section(
      "Threats and findings",
      nothing("The scanner found nothing in this time. That is no proof that nothing was there."),
    );
  }
  const charts: Part[] = [];
  if (findings.items.length > 0) {
    charts.push(
      topBars(findings, {
        what: "detectors",
        caption: "Findings in calls and replies, by detector",
        style: "hold",
      }),
    );
  }
  if (threat.parts.items.length > 0) {
    charts.push(
      topBars(threat.parts, { what: "parts", caption: "What raised threat scores", style: "hold" }),
    );
  }
  return section(
    "Threats and findings",
    markup`<p>${scoreSentence(threat)} A finding names its detector and never the value.</p>
<div class="columns">${charts}</div>`,
  );
}

function scoreSentence({ calls, max }: Facts["threat"]): string {
  if (calls === 0) return "No call has a threat score.";
  return `${countOf(calls, "call has", "calls have")} a threat score; the highest is ${numberText(max)}.`;
}

/** Who answered held calls, and how. */
export function peopleSection({ approvals }: Facts): Html {
  const { items, more } = approvals.recent;
  if (items.length === 0) return section("Approvals", nothing("No held call was answered in this time."));
  const columns = ["Entry", "Time", "Call", "Answer", "By", "Note"].map((title) => ({ title }));
  const rows = items.map((event): readonly Part[] => [
    entryNumber(event.seq),
    instant(event.time),
    text(event.subject),
    answerOf(event),
    event.by === undefined ? "" : name(event.by),
    event.note === undefined ? "" : text(event.note),
  ]);
  return section(
    "Approvals",
    table("The newest answers to held calls", columns, rows),
    moreLine(more, { what: "answers" }),
  );
}

function answerOf({ reason }: EventFacts): Part {
  const words: Readonly<Record<string, string>> = {
    "approval-denied": "denied",
    "approval-expired": "expired",
    "cancelled": "cancelled",
  };
  return words[reason] ?? "approved";
}

/** What went wrong, and what changed. */
export function incidentsSection({ incidents, changes }: Facts): Html {
  return section(
    "Incidents and changes",
    incidents.recent.items.length === 0
      ? nothing("No malformed message, no fault and no crash in this time.")
      : markup`${incidentBars(incidents.reasons)}${
        events("Malformed messages, faults and crashes, the newest first", incidents.recent)
      }`,
    changes.items.length === 0 ? "" : events("Changes of policies, tool definitions and keys", changes),
  );
}

function incidentBars(reasons: Top): Html {
  if (reasons.items.length < 2) return markup``;
  return topBars(reasons, { what: "reasons", caption: "Malformed messages and faults, by reason" });
}

function events(caption: string, { items, more }: Listed<EventFacts>): Html {
  const someone = items.some(({ by }) => by !== undefined);
  const titles = ["Entry", "Time", "Kind", "Server", "What", "Reason", ...(someone ? ["By"] : [])];
  const rows = items.map((event): readonly Part[] => [
    entryNumber(event.seq),
    instant(event.time),
    event.kind,
    name(event.server),
    text(event.subject),
    text(event.reason),
    ...(someone ? [name(event.by ?? "")] : []),
  ]);
  return markup`${table(caption, titles.map((title) => ({ title })), rows)}${
    moreLine(more, { what: "events" })
  }`;
}

/** Calls of which nobody knows how they ended: each by number. */
export function unfinishedSection({ without_outcome: { total, calls } }: Facts): Html {
  const title = "Calls without outcome";
  if (total === 0) return section(title, nothing("Every call of an ended session has its outcome."));
  const columns = ["Entry", "Time", "Tool", "Server", "Session"].map((title) => ({ title }));
  const rows = calls.map((call): readonly Part[] => [entryNumber(call.seq), ...unfinishedCells(call)]);
  return section(
    title,
    markup`<p>These calls were let through, and nothing says how they ended: the session closed or crashed before their replies came.</p>`,
    table("Calls without outcome", columns, rows),
    moreLine(total - calls.length, { what: "calls" }),
  );
}

function unfinishedCells({ time, tool, server, session }: Unfinished): readonly Part[] {
  return [
    time === undefined ? "" : instant(time),
    tool === undefined ? "" : name(tool),
    server === undefined ? "" : name(server),
    markup`<span class="hex">${shortened(session, 36)}</span>`,
  ];
}

/** Which policies were in force. */
export function policiesSection({ policies: { items, more } }: Facts): Html {
  if (items.length === 0) return section("Policies in force", nothing("No entry names a policy."));
  const columns = [{ title: "Digest" }, { title: "Name" }, { title: "Calls", number: true }, {
    title: "First seen",
  }, { title: "Last seen" }];
  const rows = items.map(({ policy, name: own, calls, first, last }: PolicyFacts): readonly Part[] => [
    markup`<span class="hex">${shortened(policy, 24)}</span>`,
    own === undefined ? "" : name(own),
    numberText(calls),
    markup`${instant(first.time)} <span class="soft">(${entryNumber(first.seq)})</span>`,
    markup`${instant(last.time)} <span class="soft">(${entryNumber(last.seq)})</span>`,
  ]);
  return section(
    "Policies in force",
    table("Policies by their digest, the newest first", columns, rows),
    moreLine(more, { what: "policies" }),
  );
}

function entryNumber(seq: number): string {
  return String(seq);
}

/** Words that were put together from names: isolated and cut like these. */
function text(words: string): Html {
  return markup`<bdi>${shortened(words, 160)}</bdi>`;
}
