/**
 * The fail-closed table: what is enforced, given what the policy answered, what the scanner could see and which worker
 * failed. Settled in the ledger worker, so that what is enforced is what is signed. A limit that is used up has spoken
 * before: the decision was resolved with the numbers of this very commit, and the rule that carries the limit decided.
 */
import type { Decision, Outcome } from "./decision.ts";
import type { EnvelopeScore } from "./envelope.ts";
import { type ReasonCode, reasonForFault } from "./reason.ts";
import type { Report } from "./report.ts";
import type { CallVerdict, WorkerName } from "./words.ts";

/** Everything that the table looks at. `decision` is a resolved one; absent where the policy worker gave none. */
export interface CallFacts {
  readonly decision?: Decision;
  readonly report: Report;
  readonly faults: readonly WorkerName[];
  /** Set where the message is none that can be judged, such as a call without a name. */
  readonly invalid?: ReasonCode;
  /** Only a request can wait for a person: it is what somebody waits for, and what can be sent later. */
  readonly form: "request" | "notice" | "input";
  /** Was a part of it masked, by a duty or by the scanner? Then it does not leave as it came. */
  readonly masked: boolean;
}

/** What is enforced and recorded. `decision`: the word for the entry. */
export interface SettledCall {
  readonly verdict: CallVerdict;
  readonly decision: "allow" | "deny" | "ask";
  readonly reason: ReasonCode;
  readonly rules: readonly string[];
  readonly message: string;
  /** Is the call charged? Only one that leaves is. */
  readonly charged: boolean;
  /** How far the session is from its expected shape; absent where nothing is off. */
  readonly envelope?: EnvelopeScore;
}

/** One row: its name in tests and documents, when it applies, what it says. The first row that applies decides. */
export interface SettleRow {
  readonly name: string;
  readonly when: (facts: CallFacts) => boolean;
  readonly then: (facts: CallFacts) => SettledCall;
}

const INCOMPLETE_MESSAGE = "the arguments could not be scanned in full";
const INVALID_MESSAGE = "the message has not the shape that its method asks for";
const INVALID_MESSAGES: Readonly<Partial<Record<ReasonCode, string>>> = {
  "unverified-agent": "this agent has no valid token",
  "drift": "the definition of this tool is not the one that was pinned, and nobody has accepted it",
  "killed": "this session has been ended",
};
const FAULT_MESSAGE = "the firewall could not judge this call";

function messageFor(invalid: ReasonCode): string {
  if (invalid.startsWith("dlp:")) return "the message holds something that must not leave";
  return INVALID_MESSAGES[invalid] ?? INVALID_MESSAGE;
}

export const SETTLE_TABLE: readonly SettleRow[] = [
  {
    name: "the message cannot be judged: refuse",
    when: ({ invalid }) => invalid !== undefined,
    then: ({ invalid = "invalid-params" }) => refusal(invalid, [], messageFor(invalid)),
  },
  {
    name: "a worker timed out or died: refuse",
    when: ({ faults, decision }) => faults.length > 0 || decision === undefined,
    then: ({ faults }) => refusal(reasonForFault(faults[0] ?? "policy"), [], FAULT_MESSAGE),
  },
  {
    name: "the policy denies: refuse",
    when: ({ decision }) => decision?.outcome === "deny",
    then: ({ decision }) => byPolicy(decision, "refuse"),
  },
  {
    name: "the scan is incomplete and the policy fails closed: refuse",
    when: ({ decision, report }) => !report.complete && decision?.failureMode !== "open",
    then: () => refusal("scan-incomplete", [], INCOMPLETE_MESSAGE),
  },
  {
    name: "a person would have to be asked about what cannot wait: refuse",
    when: ({ form, decision }) => form !== "request" && decision?.outcome === "ask",
    then: ({ decision }) => byPolicy(decision, "refuse"),
  },
  {
    name: "the policy asks: hold",
    when: ({ decision }) => decision?.outcome === "ask",
    then: ({ decision }) => byPolicy(decision, "hold"),
  },
  {
    name: "the scan is incomplete and the policy fails open: forward, noted",
    when: ({ report }) => !report.complete,
    then: (facts) => ({
      ...byPolicy(facts.decision, forwardVerdict(facts)),
      reason: "fail-open:scan",
    }),
  },
  {
    name: "the policy allows: forward",
    when: () => true,
    then: (facts) => byPolicy(facts.decision, forwardVerdict(facts)),
  },
];

/** The verdict of the first row that applies; the last one always does. */
export function settleCall(facts: CallFacts): SettledCall {
  const row = SETTLE_TABLE.find(({ when }) => when(facts));
  // INVARIANT: the last row has no condition. Should that ever change, an unsettled call is refused.
  return row === undefined ? refusal(reasonForFault("ledger"), [], FAULT_MESSAGE) : row.then(facts);
}

function forwardVerdict({ masked }: CallFacts): CallVerdict {
  return masked ? "redact" : "forward";
}

const DECISION_WORD: Readonly<Record<Outcome, SettledCall["decision"]>> = {
  allow: "allow",
  redact: "allow",
  deny: "deny",
  ask: "ask",
};

function byPolicy(decision: Decision | undefined, verdict: CallVerdict): SettledCall {
  // INVARIANT: the first row of the table leaves nothing without a decision to the others.
  if (decision === undefined) return refusal(reasonForFault("policy"), [], FAULT_MESSAGE);
  return {
    verdict,
    decision: DECISION_WORD[decision.outcome],
    reason: decision.reason,
    rules: decision.rules,
    message: decision.message,
    charged: verdict === "forward" || verdict === "redact",
    ...(decision.envelope === undefined ? {} : { envelope: decision.envelope }),
  };
}

function refusal(reason: ReasonCode, rules: readonly string[], message: string): SettledCall {
  return { verdict: "refuse", decision: "deny", reason, rules, message, charged: false };
}
