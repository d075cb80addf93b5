/**
 * What is to be done about a finding. Towards the upstream: `block`, `ask` or `allow`; on the way to the client:
 * `redact`, `annotate` (a warning is put before it), `withhold` or `allow`.
 */
export type FindingAction = "allow" | "annotate" | "ask" | "block" | "redact" | "withhold";

/** One thing that a detector saw; never the value itself. */
export interface Finding {
  /** Detector id, such as `aws-access-key`. */
  readonly id: string;
  /** JSON pointer (RFC 6901) to the string, number or key; a key's own text is masked where it is the finding. */
  readonly at: string;
  readonly count: number;
  readonly action: FindingAction;
}

/** One part of the threat score. */
export interface ThreatPart {
  readonly id: string;
  readonly weight: number;
  readonly at: string;
}

/** The sum of the parts' weights. Nothing is refused by score alone: rules decide. */
export interface Threat {
  readonly score: number;
  readonly parts: readonly ThreatPart[];
}

/** Everything that the scanner saw. `complete: false`: it did not see everything, and `gap` says why. */
export interface Report {
  readonly complete: boolean;
  readonly gap?: string;
  readonly findings: readonly Finding[];
  readonly threat: Threat;
}

/** Nothing to look at, nothing found. */
export const EMPTY_REPORT: Report = { complete: true, findings: [], threat: { score: 0, parts: [] } };

/** Stands for the report of a scanner that gave none. */
export const FAULTED_REPORT: Report = { ...EMPTY_REPORT, complete: false, gap: "the scanner gave no answer" };
