/** From an entry of a ledger to what a simulation needs of it. */
import type { Entry } from "../../ledger/mod.ts";
import { type RecordedCall, UNKNOWN_ARGUMENTS } from "../../policy/mod.ts";
import type { FindingAction, Outcome, Report } from "../../verdict/mod.ts";
import { methodInfo } from "../../wire/mod.ts";
import type { RecordedEvent } from "./recorded_event.ts";

/** What the simulation reads of an entry. Its texts may be ATTACKER-CONTROLLED. */
export type EntryLine =
  & Pick<
    Entry,
    | "agent"
    | "call"
    | "decision"
    | "detail"
    | "direction"
    | "findings"
    | "form"
    | "kind"
    | "method"
    | "policy"
    | "reason"
    | "seq"
    | "server"
    | "session"
    | "threat"
    | "time"
    | "tool"
    | "verdict"
  >
  & { readonly cleared?: readonly string[] };

const UNASKED_REGEXP = /^(?:fault:|invalid-params$|unverified-agent$|duplicate-id$)/;

export function eventOfEntry(entry: EntryLine): RecordedEvent {
  switch (entry.kind) {
    case "call":
      if (UNASKED_REGEXP.test(entry.reason ?? "")) return { type: "unasked" };
      return { type: "call", call: callOf(entry) };
    case "approval":
      return {
        type: "answer",
        answer: {
          call: entry.call ?? -1,
          approved: entry.decision === "allow",
          cleared: entry.cleared ?? [],
          nowMs: Date.parse(entry.time),
        },
      };
    case "session-close":
      return { type: "end", session: entry.session };
    default:
      return { type: "none" };
  }
}

/** The call as the gate put it to the policy then; the arguments stand in no ledger. */
function callOf(entry: EntryLine): RecordedCall {
  const { seq, agent, method = "", tool = "", server, session, time, form = "request", reason } = entry;
  return {
    number: seq,
    request: {
      principal: { id: agent.id, verified: agent.verified, roles: agent.roles },
      action: method,
      resource: { server, name: tool },
      direction: entry.direction ?? "to-upstream",
      judged: methodInfo(method)?.judged ?? false,
      args: UNKNOWN_ARGUMENTS,
      context: {
        session,
        // Whether a name looks like another one was found out then, from a list that is not in the ledger.
        listing: reason === "invalid-name" ? "lookalike" : "listed",
        labels: [],
        calls: 0,
        nowMs: Date.parse(time),
      },
    },
    report: reportOf(entry),
    form,
    then: { outcome: outcomeOf(entry), ...(entry.policy === undefined ? {} : { policy: entry.policy }) },
  };
}

function outcomeOf({ decision, verdict }: EntryLine): Outcome {
  return decision === "allow" && verdict === "redact" ? "redact" : decision ?? "deny";
}

/** What was done about findings stands in the reason: `dlp:` names those that stopped the call. */
function reportOf({ findings = [], threat = 0, detail, reason = "", decision }: EntryLine): Report {
  const stopping = reason.startsWith("dlp:") ? reason.slice(4).split(",") : [];
  const stopped: FindingAction = decision === "ask" ? "ask" : "block";
  return {
    complete: detail === undefined,
    findings: findings.map(({ at, count, id }) => ({
      at,
      count,
      id,
      action: stopping.includes(id) ? stopped : "allow",
    })),
    threat: { score: threat, parts: [] },
  };
}
