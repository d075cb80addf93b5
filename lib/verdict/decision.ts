import type { ReasonCode } from "./reason.ts";

/** What a rule says. */
export type Effect = "allow" | "deny" | "ask" | "redact";

/** What the policy answers, over all layers. `redact` is an allow with duties. */
export type Outcome = Effect;

/** What must be done to a call before it may leave. */
export interface Duties {
  /** Field names or dotted paths, masked at any depth of the arguments, arrays included. */
  readonly redactFields: readonly string[];
}

/** What happens to a call whose charge does not fit. */
export interface ChargeRefusal {
  readonly outcome: "deny" | "ask";
  readonly rules: readonly string[];
  readonly reason: ReasonCode;
  readonly message: string;
}

/** Units that a call costs: at most `limit` units in any window of `windowMs`. Charged in the entry's own commit. */
export interface Charge {
  /** Name of the meter, such as `rate/files/read_file`; one meter is shared by all processes on a ledger. */
  readonly meter: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly amount: number;
  readonly refusal: ChargeRefusal;
}

/** The policy's answer to one {@link AccessRequest}. */
export interface Decision {
  readonly outcome: Outcome;
  /** `layer/id` of every rule that had a part in it. */
  readonly rules: readonly string[];
  readonly reason: ReasonCode;
  /** What the client is told; coarse, from the rule. */
  readonly message: string;
  readonly duties: Duties;
  readonly charges: readonly Charge[];
  readonly threat: number;
  /** Digest of the policy in force, `sha256:<hex>`. */
  readonly policy: string;
  /** What an incomplete scan means under this policy. */
  readonly failureMode: "closed" | "open";
}
