import type { VerifyReport, VerifyStatus } from "../verify/report.ts";

/**
 * The first thing that is wrong. `check`: one of the words of a ledger's finding (verify/finding.ts), or `manifest` (not
 * signed, or not about these files), `file` (not the one that the manifest names), `proof` (an entry is not in the tree),
 * `disclosed` (what was disclosed does not have the digest of the entry), `form` (it cannot be read).
 */
export interface EvidenceFinding {
  readonly seq: number;
  readonly check: string;
  readonly detail: string;
}

/** What verifying a pack or a receipt says: the fields of {@link VerifyReport} that both have. */
export interface EvidenceReport {
  readonly status: VerifyStatus;
  /** Entries that hold. */
  readonly entries: number;
  readonly head: { readonly seq: number; readonly hash: string } | undefined;
  /** Of the tree that the entries are proven to be in, hex. */
  readonly root: string;
  readonly finding: EvidenceFinding | undefined;
  /** Id of the key that signed the manifest, or the checkpoint of the receipt; empty where no trusted one did. */
  readonly key: string;
  /** What the entries of a whole pack say of sessions and calls. */
  readonly ledger?: VerifyReport;
}

/** The statuses of which nobody has anything to fear. */
export function holds(status: VerifyStatus): boolean {
  return status === "intact" || status === "intact-open" || status === "recovered";
}

/** A finding and the status that it makes. */
export interface Problem {
  readonly status: VerifyStatus;
  readonly finding: EvidenceFinding;
}

/** As a value. */
export function problem(status: VerifyStatus, finding: EvidenceFinding): Problem {
  return { status, finding };
}
