/** Does a condition hold? `unevaluable`: it cannot be told; it is never silently "no". */
export type Match = "yes" | "no" | "unevaluable";

/** What is enforced on a call: sent on as it is, sent on with fields masked, held for a person, or refused. */
export type CallVerdict = "forward" | "redact" | "hold" | "refuse";

/** What is enforced on a reply: handed over as it is, with secrets masked, or not at all. */
export type ReplyVerdict = "release" | "redact" | "withhold";

/** The three workers; a fault of one is recorded as `fault:<name>`. */
export type WorkerName = "scan" | "policy" | "ledger";

/** Where a record stands, at once: index in the ledger and leaf hash in hex. */
export interface Ref {
  readonly seq: number;
  readonly hash: string;
}
