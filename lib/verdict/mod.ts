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
export { combine, type Combined, type Vote, type VotingRule } from "./combine.ts";
export type {
  Clause,
  Decision,
  Duties,
  Effect,
  OpenDecision,
  OpenLayer,
  Outcome,
  Ruling,
} from "./decision.ts";
export { type Effects, effectsOf, type Fate } from "./effects.ts";
export type { Envelope, EnvelopePart, EnvelopeScore, EnvelopeWorkflow } from "./envelope.ts";
export {
  type ApprovalMark,
  type Charge,
  type Guard,
  type Mark,
  type Marks,
  type MeterWindow,
  nameOf,
  NO_MARKS,
} from "./guard.ts";
export {
  type CalledTool,
  type PinAnswer,
  type PinDecision,
  PINNED_FIELDS,
  type PinObservation,
  type PinSettings,
  type PinState,
  type RefusedPin,
  type SeenDefinition,
  type SeenField,
  type ServerPins,
} from "./pins.ts";
export { approvedMarks, decides, resolve, UNKNOWN_USAGE, type Usage } from "./resolve.ts";
export { type ReasonCode, reasonForFault, reasonForFindings, reasonForRule } from "./reason.ts";
export { type CallFacts, SETTLE_TABLE, settleCall, type SettledCall, type SettleRow } from "./settle.ts";
export type {
  Answer,
  CallRecord,
  FolderOpened,
  IncidentRecord,
  LedgerPlace,
  Opened,
  OpenRequest,
  OutcomeRecord,
  PolicyRecord,
  PolicyText,
  Remask,
  UnansweredRecord,
  WriteRequest,
  Written,
} from "./records.ts";
export type { CallVerdict, Match, Ref, ReplyVerdict, WorkerName } from "./words.ts";
