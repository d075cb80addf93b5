/** From what the gate reports to the fields of an entry. Everything that a peer chose is capped here. */
import type {
  CallRecord,
  Charge,
  Decision,
  IncidentRecord,
  OutcomeRecord,
  PolicyRecord,
  Principal,
  Report,
  SettledCall,
} from "../verdict/mod.ts";
import { sha256Hex } from "../base/mod.ts";
import { bookKey } from "../meter/mod.ts";
import type { Digester } from "./digest.ts";
import type { EntryAgent, EntryCharge, EntryFields, EntryFinding } from "./entry.ts";

const MAX_ROLES = 32;
const MAX_NOTE = 1000;
const MAX_HIDDEN_NAMES = 100;
/** What the gate records in the place of a name that holds a secret, or that could not be scanned. */
const MASKED_NAME_REGEXP = /^\[(?:REDACTED:|NOT SCANNED\])/;
const MAX_ENVELOPE_PARTS = 20;

/** One entry's name for things: its id keys the digests. */
export interface Naming {
  readonly id: string;
  readonly digester: Digester;
}

/** The agent as the entry has it. */
export function agentFields(principal: Principal, { id, digester }: Naming): EntryAgent {
  const { authorizedBy } = principal;
  return {
    ...(authorizedBy === undefined ? {} : { authorized_by: digester.name(id, authorizedBy) }),
    id: digester.name(id, principal.id),
    roles: principal.roles.slice(0, MAX_ROLES).map((role) => digester.name(id, role)),
    verified: principal.verified,
  };
}

/** What an entry says about a call. */
export interface CallEntry {
  readonly session: string;
  readonly naming: Naming;
  /** Digested when the call came in. */
  readonly input: { readonly bytes: number; readonly digest?: string };
  readonly settled: SettledCall;
  /** Resolved. */
  readonly decision: Decision | undefined;
  readonly charges: readonly Charge[];
  /** Why we could not settle it. */
  readonly fault?: string;
}

/** A call and what was settled about it. */
export function callFields(
  record: CallRecord,
  { session, naming, input, settled, decision, charges, fault }: CallEntry,
): EntryFields {
  const { digester, id } = naming;
  const name = (text: string) => digester.name(id, text);
  return {
    kind: "call",
    session,
    agent: agentFields(record.principal, naming),
    server: name(record.server),
    method: name(record.method),
    tool: name(record.tool),
    ...directionOf(record.direction),
    ...(record.form === "request" ? {} : { form: record.form }),
    decision: settled.decision,
    verdict: settled.verdict,
    enforced: record.enforced,
    rules: settled.rules.map(name),
    reason: name(settled.reason),
    ...reportFields(record.report, name),
    threat: Number.isFinite(record.report.threat.score) ? record.report.threat.score : 0,
    ...chargeFields(charges, record.tool),
    ...envelopeFields(decision, name),
    ...(decision === undefined ? {} : { policy: name(decision.policy) }),
    ...(fault === undefined ? {} : { detail: name(fault) }),
    input,
  };
}

/** The reply to a call. */
export function outcomeFields(
  record: OutcomeRecord,
  { session, naming, output }: {
    readonly session: string;
    readonly naming: Naming;
    readonly output: { readonly bytes: number; readonly digest?: string } | undefined;
  },
): EntryFields {
  const { digester, id } = naming;
  const name = (text: string) => digester.name(id, text);
  const { decision, total, upstream } = record.latency;
  const labels = (record.labels ?? []).map(name);
  return {
    kind: "outcome",
    session,
    agent: agentFields(record.principal, naming),
    server: name(record.server),
    method: name(record.method),
    tool: name(record.tool),
    ...directionOf(record.direction),
    call: record.call,
    verdict: record.verdict,
    enforced: record.enforced,
    ...(record.reason === undefined ? {} : { reason: name(record.reason) }),
    ...reportFields(record.report, name),
    ...(labels.length === 0 ? {} : { labels }),
    ...hiddenFields(record, name),
    latency_us: { decision: whole(decision), total: whole(total), upstream: whole(upstream) },
    ...(output === undefined ? {} : { output }),
  };
}

function hiddenFields(
  { hidden, hiddenTools = [] }: OutcomeRecord,
  name: (text: string) => string,
): Pick<EntryFields, "hidden" | "hidden_tools"> {
  if (hidden === undefined) return {};
  // What does not fit an entry is not digested either: a peer can make a list as long as a frame.
  const named = hiddenTools.slice(0, MAX_HIDDEN_NAMES).map(name);
  return { hidden: whole(hidden), ...(named.length === 0 ? {} : { hidden_tools: named }) };
}

/** Something that never became a call. There was no value to take a digest of. */
export function incidentFields(
  record: IncidentRecord,
  { session, agent, naming }: {
    readonly session: string;
    readonly agent: EntryAgent;
    readonly naming: Naming;
  },
): EntryFields {
  const { digester, id } = naming;
  return {
    kind: record.kind,
    session,
    agent,
    server: digester.name(id, record.server),
    ...directionOf(record.direction),
    reason: digester.name(id, record.reason),
    input: { bytes: whole(record.bytes) },
  };
}

/** Another policy is in force. */
export function policyFields(
  { digest, name: policy }: PolicyRecord,
  { session, agent, server, naming }: {
    readonly session: string;
    readonly agent: EntryAgent;
    readonly server: string;
    readonly naming: Naming;
  },
): EntryFields {
  const { digester, id } = naming;
  return {
    kind: "policy",
    session,
    agent,
    server,
    policy: digester.name(id, digest),
    detail: digester.name(id, policy),
  };
}

/** The charges that an entry makes. */
export function chargeFields(
  charges: readonly Charge[],
  tool: string,
): { readonly charges?: readonly EntryCharge[] } {
  if (charges.length === 0) return {};
  // The name of a meter may have the tool's in it: where that was masked, the meter's is not told either.
  const told = !MASKED_NAME_REGEXP.test(tool);
  return {
    charges: charges.map(({ meter, limit, window, amount }) => ({
      amount,
      limit,
      meter: told ? bookKey(meter) : `sha256:${sha256Hex(meter)}`,
      ...(window.kind === "none" ? {} : { window_ms: window.ms }),
    })),
  };
}

function envelopeFields(
  decision: Decision | undefined,
  name: (text: string) => string,
): Pick<EntryFields, "envelope"> {
  const score = decision?.envelope;
  if (score === undefined) return {};
  return {
    envelope: { parts: score.parts.slice(0, MAX_ENVELOPE_PARTS).map(name), percent: whole(score.percent) },
  };
}

/** What a person wrote, cut to a length that an entry can hold. */
export function noteText(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.length <= MAX_NOTE ? wellFormed : `${wellFormed.slice(0, MAX_NOTE).toWellFormed()}…`;
}

function reportFields(
  report: Report,
  name: (text: string) => string,
): Pick<EntryFields, "findings" | "threat_parts" | "detail"> {
  const findings: readonly EntryFinding[] = report.findings.map(({ at, count, id }) => ({
    at: name(at),
    count: whole(count),
    id: name(id),
  }));
  const parts = report.threat.parts.map(({ id }) => name(id));
  return {
    findings,
    ...(parts.length === 0 ? {} : { threat_parts: parts }),
    ...(report.complete ? {} : { detail: name(report.gap ?? "the scan is incomplete") }),
  };
}

function directionOf(direction: CallRecord["direction"]): { readonly direction?: "to-client" } {
  return direction === "to-client" ? { direction } : {};
}

/** A whole number of at least 0: the only kind that has one canonical form everywhere. */
function whole(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0;
}
