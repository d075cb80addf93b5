/**
 * verdict: the words that the rooms share. A request becomes a report and a decision, and these become a verdict.
 *
 * Input: built by our own rooms; strings inside (tool names, arguments) may be ATTACKER-CONTROLLED.
 * Thread: all of them. Imports: base, and types of wire.
 */
export type { AccessRequest, Direction, Listing, Principal } from "./request.ts";
export {
  EMPTY_REPORT,
  FAULTED_REPORT,
  type Finding,
  type FindingAction,
  type Report,
  type Threat,
  type ThreatPart,
} from "./report.ts";
export type { Charge, ChargeRefusal, Decision, Duties, Effect, Outcome } from "./decision.ts";
export { type ReasonCode, reasonForDlp, reasonForFault, reasonForRule } from "./reason.ts";
export { type CallFacts, SETTLE_TABLE, settleCall, type SettledCall, type SettleRow } from "./settle.ts";
export type {
  Answer,
  CallRecord,
  IncidentRecord,
  Opened,
  OpenRequest,
  OutcomeRecord,
  UnansweredRecord,
  WriteRequest,
  Written,
} from "./records.ts";
export type { CallVerdict, Match, Ref, ReplyVerdict, WorkerName } from "./words.ts";
