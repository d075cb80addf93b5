/** What a verification says, in sentences that somebody can sign. */
import type { VerifyReport, VerifyStatus } from "../ledger/mod.ts";
import { countOf, numberText } from "./words.ts";

/** A verification, and whose key was trusted. */
export interface Integrity {
  readonly report: VerifyReport;
  /** The key was named by whoever asked for the report; else it is the one that lies in the ledger's own folder. */
  readonly isKeyNamed: boolean;
}

const HEADLINES: Readonly<Record<VerifyStatus, string>> = {
  "intact": "The record is whole",
  "intact-open": "The record is whole so far; its end is open",
  "recovered": "The record is whole; a crash is noted in it",
  "broken": "The record does not fit together",
  "truncated": "Entries are missing at the end",
  "forked": "This is another history than the one that was witnessed",
  "unsigned": "Entries are not signed by the trusted key",
  "unreadable": "The record cannot be read",
};

/** Does the record stand? */
export function holds({ report: { status } }: Integrity): boolean {
  return status === "intact" || status === "intact-open" || status === "recovered";
}

export function integrityHeadline({ report }: Integrity): string {
  return HEADLINES[report.status];
}

/** What was done to come to that, and what it shows. */
export function integrityStatement(integrity: Integrity): string {
  const { report } = integrity;
  if (!holds(integrity)) return brokenStatement(report);
  return `Every one of ${
    countOf(report.entries, "entry", "entries")
  } was read again: its bytes, its hash, its link ` +
    "to the entry before, its signature and its place in the tree. Nothing was changed, taken out, put in or put " +
    "in another order by anybody without the signing key.";
}

function brokenStatement({ finding, entries, status }: VerifyReport): string {
  const where = finding === undefined
    ? ""
    : ` The first finding is at entry ${numberText(finding.seq)}: ${finding.detail}.`;
  return `Verification ended with "${status}" after ${
    countOf(entries, "entry", "entries")
  } that hold.${where} ` +
    "What stands below is what the entries say, and is no evidence until that is explained.";
}

/** What verification does not show here, each a sentence. */
export function integrityLimits({ report, isKeyNamed }: Integrity): readonly string[] {
  const { openSessions, waiting, pruned, checkpoint, entries } = report;
  return [
    ...(isKeyNamed
      ? []
      : ["The key was taken from the ledger's own folder. Compare its id with one that was kept elsewhere."]),
    ...(checkpoint === undefined || checkpoint < entries
      ? [
        `${
          checkpoint === undefined
            ? "No checkpoint covers"
            : `The newest checkpoint covers ${numberText(checkpoint)} of`
        } ` +
        `the ${countOf(entries, "entry", "entries")}.`,
      ]
      : []),
    "That a whole older copy was put in place shows only against a checkpoint that was kept elsewhere.",
    ...(openSessions > 0
      ? [
        `${
          countOf(openSessions, "session has", "sessions have")
        } no close: running, or ended by a crash that nothing ` +
        `has noted yet; ${countOf(waiting, "call", "calls")} in these without outcome so far.`,
      ]
      : []),
    ...(pruned > 0
      ? [
        `The text of the first ${
          countOf(pruned, "entry", "entries")
        } may have been pruned; hashes and signatures are there.`,
      ]
      : []),
  ];
}

/** The facts of a verification, name and value. */
export function integrityRows({ report }: Integrity): readonly (readonly [string, string])[] {
  const {
    status,
    entries,
    head,
    root,
    keys,
    key,
    checkpoints,
    checkpoint,
    recoveredSessions,
    withoutOutcome,
  } = report;
  return [
    ["Status", status],
    ["Entries", numberText(entries)],
    ...(head === undefined ? [] : [["Newest entry", `${numberText(head.seq)}, ${head.hash}`]] as const),
    ["Root of the tree", root],
    ["Trusted key", key],
    ...(keys.length > 1 ? [["Signed by", keys.join(", ")]] as const : []),
    [
      "Checkpoints",
      checkpoints === 0
        ? "none"
        : `${numberText(checkpoints)}, the newest at ${numberText(checkpoint ?? 0)} entries`,
    ],
    ["Sessions ended by a crash", numberText(recoveredSessions)],
    ["Calls without outcome", numberText(withoutOutcome)],
  ];
}
