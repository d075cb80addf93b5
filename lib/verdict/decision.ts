import type { Envelope, EnvelopeScore } from "./envelope.ts";
import type { Charge, Guard, Marks } from "./guard.ts";
import type { ReasonCode } from "./reason.ts";

/** What a rule says. */
export type Effect = "allow" | "deny" | "ask" | "redact";

/** What the policy answers, over all layers. `redact` is an allow with duties. */
export type Outcome = Effect;

/** What must be done about a call that may leave. */
export interface Duties {
  /** Field names or dotted paths, masked at any depth of the arguments, arrays included. */
  readonly redactFields: readonly string[];
  /** Put on the session before the result is released. */
  readonly labels: readonly string[];
}

/** What is said to a call, and in whose words. */
export interface Ruling {
  readonly outcome: Outcome;
  /** `layer/id` of every rule that had a part in it. */
  readonly rules: readonly string[];
  readonly reason: ReasonCode;
  /** What the client is told; coarse, from the rule. */
  readonly message: string;
}

/** A rule that the call reached and that was not ruled out without its guards. */
export interface Clause {
  readonly effect: Effect;
  /** `layer/id`. */
  readonly ref: string;
  readonly reason: ReasonCode;
  readonly message: string;
  /** All must hold; none: the rule matches. */
  readonly guards: readonly Guard[];
  /** A condition of it could not be evaluated: with all guards held it is unevaluable. */
  readonly unevaluable: boolean;
  readonly redactFields: readonly string[];
  /** Made if the call is forwarded and came as far as this clause in its layer. */
  readonly charges: readonly Charge[];
}

/** One layer whose vote depends on guards: the first clause that decides is its vote. */
export interface OpenLayer {
  readonly clauses: readonly Clause[];
  /** Masked in every call, whatever the vote, and the rules that say so. */
  readonly redactFields: readonly string[];
  readonly redactRefs: readonly string[];
}

/** The part of a decision that depends on limits and history. `resolve` makes a ruling of it. */
export interface OpenDecision {
  /** From the highest on; closed ones are layers with one clause, or none. */
  readonly layers: readonly OpenLayer[];
  /** The built-in answer that counts as a layer above all; a deny of it is never open. */
  readonly first?: Ruling;
  /** What holds where no layer decides. */
  readonly fallback: Ruling;
  readonly envelopes: readonly Envelope[];
}

/** The policy's answer to one {@link AccessRequest}. */
export interface Decision extends Ruling {
  readonly duties: Duties;
  /** Of the rules that the call reached. */
  readonly charges: readonly Charge[];
  readonly marks: Marks;
  readonly threat: number;
  /** Set where a policy has an envelope, and the call scores as much as its `warn`. */
  readonly envelope?: EnvelopeScore;
  /** Digest of the policy in force, `sha256:<hex>`. */
  readonly policy: string;
  /** What an incomplete scan means under this policy. */
  readonly failureMode: "closed" | "open";
  /**
   * Set where limits or history have a say. Then everything above is what holds if they cannot be looked at: rules that
   * refuse do, rules that allow do not. The ledger resolves it with the numbers of the commit.
   */
  readonly open?: OpenDecision;
}
