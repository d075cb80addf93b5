/** The report as one page: no script, no asset from anywhere, and a policy that would refuse both. */
import type { Integrity } from "../integrity.ts";
import type { Facts } from "../summary/facts.ts";
import { numberText, share } from "../words.ts";
import { agentsSection, callsSection, refusalsSection, sessionsSection, toolsSection } from "./activity.ts";
import {
  findingsSection,
  incidentsSection,
  integritySection,
  peopleSection,
  policiesSection,
  sealSection,
  unfinishedSection,
} from "./evidence.ts";
import { Html, markup } from "./html.ts";
import { instant } from "./parts.ts";
import { STYLE } from "./style.ts";

/** Everything that a report is made from. */
export interface ReportInput {
  readonly facts: Facts;
  readonly integrity: Integrity;
  /** When it was made, as entries write times. */
  readonly made: string;
  /** What was asked for; absent where the whole ledger was. */
  readonly since?: string;
  readonly until?: string;
  /** Of the program that made it. */
  readonly version: string;
}

// Nothing is loaded and nothing runs, whatever a name says: the page could not do it even if it were markup.
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The whole page. Names in `facts` are ATTACKER-CONTROLLED and escaped where they are put in. */
export function reportPage(input: ReportInput): string {
  const { facts, integrity } = input;
  return markup`
    ${new Html("<!doctype html>\n")}<html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${POLICY}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <meta name="color-scheme" content="light dark">
        <title>Countersign report, ${integrity.report.status}</title>
        <style>${STYLE}</style>
      </head>
      <body>
        <header><p class="kicker">Countersign report</p><h1>What the agents did, and what proves it</h1>${
    period(
      input,
    )
  }${sealSection(integrity)}${tiles(facts)}</header>
        <main>
    ${callsSection(facts)}${refusalsSection(facts)}${findingsSection(facts)}${
    toolsSection(
      facts,
    )
  }${agentsSection(facts)}${sessionsSection(facts)}${peopleSection(facts)}${
    incidentsSection(
      facts,
    )
  }${unfinishedSection(facts)}${policiesSection(facts)}${integritySection(integrity)}
        </main>
        <footer>
          <hr>
          <p>Made ${instant(input.made)} UTC by Countersign ${input.version} from entries ${
    numberText(
      facts.entries.first?.seq ?? 0,
    )
  } to ${
    numberText(
      facts.entries.last?.seq ?? 0,
    )
  }. Names are shown as they were recorded; characters that would hide or reorder text are written as \\u{…}. What was sent is not in here: the ledger keeps digests. A ledger shows what passed this firewall, and nothing of what went around it. The mapping to NIST AI RMF, the NCCoE concerns and OWASP is in the Markdown report, and in <span class="hex">countersign controls</span>.</p>
        </footer>
      </body>
    </html>
  `.text;
}

function period({ facts: { entries }, since, until }: ReportInput): Html {
  if (entries.first === undefined || entries.last === undefined) {
    return markup`<p class="soft">There are no entries ${
      since === undefined && until === undefined ? "yet" : "in this time"
    }.</p>`;
  }
  const asked = [
    ...(since === undefined ? [] : [markup`
      since ${instant(since)}
    `]),
    ...(until === undefined ? [] : [markup`
      until ${instant(until)}
    `]),
  ];
  return markup`<p class="soft">${instant(entries.first.time)} to ${instant(entries.last.time)} UTC${
    asked.length === 0 ? "" : markup`
      (asked for:${asked})
    `
  }</p>`;
}

function tiles({ calls, findings, sessions, agents, entries }: Facts): Html {
  const found = findings.items.reduce((sum, { count }) => sum + count, 0) + findings.moreCount;
  const all: readonly (readonly [string, number, string])[] = [
    ["Calls", calls.calls, `${numberText(entries.total)} entries`],
    ["Forwarded", calls.forwarded, share(calls.forwarded, calls.calls)],
    ["Held", calls.held, share(calls.held, calls.calls)],
    ["Refused", calls.refused, share(calls.refused, calls.calls)],
    ["Findings", found, "in calls and replies"],
    ["Sessions", sessions.opened, `${numberText(agents.items.length + agents.more)} agents`],
  ];
  return markup`<dl class="tiles">${
    all.map(([title, count, note]) =>
      markup`
        <div>
          <dt>${title}</dt>
          <dd>${numberText(count)}<small>${note}</small></dd>
        </div>
      `
    )
  }</dl>`;
}
