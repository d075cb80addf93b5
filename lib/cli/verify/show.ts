import { rfc3339Micros } from "../../base/mod.ts";
import type { Attestation, AttestationReport, EvidenceReport } from "../../ledger/evidence/mod.ts";
import type { VerifyReport } from "../../ledger/mod.ts";
import { paint, printable, type Style } from "../render.ts";

/** The words that end with exit code 0. */
export const HOLDS: readonly string[] = ["intact", "intact-open", "recovered"];
const NAMED = 10;

/** The report on a ledger, or on a pack or receipt, which may hold one on a ledger. */
export type Shown = VerifyReport | EvidenceReport | AttestationReport;

/** The shape that other programs rely on: the first fields are contract, those behind `key` may grow in number. */
export function asJson(report: Shown): Readonly<Record<string, unknown>> {
  const { status, entries, head, root, finding, key } = report;
  const whole = wholeOf(report);
  return {
    status,
    entries,
    head: head ?? null,
    root,
    // A detail may quote the key of a row: JSON leaves C1 controls and overrides of direction as they are.
    ...(finding === undefined ? {} : { finding: { ...finding, detail: printable(finding.detail) } }),
    key,
    ...("attestation" in report ? { attestation: report.attestation } : {}),
    ...(whole === undefined ? {} : behind(whole)),
  };
}

/** What only a walk over all entries can tell. */
function wholeOf(report: Shown): VerifyReport | undefined {
  return "keys" in report ? report : report.ledger;
}

function behind(report: VerifyReport) {
  const { witnessed } = report;
  return {
    keys: report.keys,
    sessions: { open: report.openSessions, recovered: report.recoveredSessions, waiting: report.waiting },
    without_outcome: { count: report.withoutOutcome, calls: report.callsWithoutOutcome },
    checkpoints: { stored: report.checkpoints, newest: report.checkpoint ?? null },
    pruned: report.pruned,
    ...(witnessed === undefined ? {} : { witnessed }),
  };
}

const STYLES: Readonly<Record<string, Style>> = {
  "intact": "green",
  "intact-open": "green",
  "recovered": "yellow",
};

export interface Showing {
  /** Are colours welcome? */
  readonly terminal: boolean;
  /** Is the trusted key the one that came with what was verified? Whoever forged that would have brought theirs. */
  readonly isBroughtAlong: boolean;
}

/** For people: the status word, then what it rests on. */
export function asText(report: Shown, { terminal, isBroughtAlong }: Showing): string {
  const { status, finding, head, root, key } = report;
  const whole = wholeOf(report);
  const word = paint(status, STYLES[status] ?? "red", terminal);
  const lines = [
    finding === undefined
      ? `${word} ${count(report.entries, "entry", "entries")}`
      : `${word} at entry ${finding.seq}`,
    ...(finding === undefined
      ? []
      : [`  ${finding.check}: ${printable(finding.detail)}`, `  ${report.entries} entries before it hold`]),
    ...("attestation" in report && report.attestation !== undefined ? [callLine(report.attestation)] : []),
    ...(head === undefined ? [] : [`  head  ${head.seq} ${head.hash}`]),
    `  root  ${root}`,
    `  key   ${key}${isBroughtAlong ? ", brought along: whose it is, --public-key KEY tells" : ""}`,
    ...(HOLDS.includes(status) && whole !== undefined ? notes(whole).map((note) => `  ${note}`) : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** What an attestation says of its call. */
function callLine({ agent, aud, iat, method, tool }: Attestation): string {
  const when = rfc3339Micros(iat * 1e6).replace(/\.\d+Z$/, "Z");
  const who = `${printable(agent.id)} (${agent.verified ? "verified" : "not verified"})`;
  return `  call  ${printable(`${method} ${tool ?? ""}`.trim())} by ${who} for ${printable(aud)}, ${when}`;
}

/** What is no fault and yet worth knowing. */
function notes(report: VerifyReport): readonly string[] {
  const { openSessions, waiting, recoveredSessions, withoutOutcome, checkpoints, keys, pruned, witnessed } =
    report;
  const open =
    `${count(openSessions, "session", "sessions")} without a close: running, or ended by a crash that ` +
    "nothing has noted yet";
  return [
    ...when(
      checkpoints > 0,
      `${count(checkpoints, "checkpoint", "checkpoints")} on the way, all of this tree`,
    ),
    ...witnessed === undefined
      ? []
      : [`cosigned at ${witnessed.size} entries by ${witnessed.by.join(", ") || "nobody"}`],
    ...when(keys.length > 1, `signed by ${keys.length} keys, one after the other: ${keys.join(", ")}`),
    ...when(pruned > 0, `up to entry ${pruned - 1} texts were pruned; hashes and signatures are there`),
    ...when(openSessions > 0, open),
    ...when(waiting > 0, `${count(waiting, "call", "calls")} in these without outcome so far`),
    ...when(
      recoveredSessions > 0,
      `${count(recoveredSessions, "session", "sessions")} ended by a crash, noted`,
    ),
    ...when(withoutOutcome > 0, `${count(withoutOutcome, "call", "calls")} without outcome: ${lost(report)}`),
  ];
}

function lost({ callsWithoutOutcome, withoutOutcome }: VerifyReport): string {
  const named = callsWithoutOutcome.slice(0, NAMED).join(", ");
  const more = withoutOutcome - Math.min(NAMED, callsWithoutOutcome.length);
  return more === 0 ? named : `${named} and ${more} more`;
}

function when(holds: boolean, line: string): readonly string[] {
  return holds ? [line] : [];
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** The report on what has not even the form of a pack or a receipt. */
export function unreadableEvidence(detail: string): EvidenceReport {
  const finding = { seq: 0, check: "form", detail };
  return { status: "unreadable", entries: 0, head: undefined, root: NOTHING, finding, key: "" };
}

// Root of the tree without leaves: SHA-256 of nothing.
const NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
