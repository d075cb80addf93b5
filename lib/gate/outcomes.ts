/** The entry that says what became of a reply. */
import { messageOf } from "../base/mod.ts";
import {
  EMPTY_REPORT,
  FAULTED_REPORT,
  type OutcomeRecord,
  type Report,
  type WorkerName,
} from "../verdict/mod.ts";
import type { Call } from "./call.ts";
import type { Inspected } from "./ports.ts";
import type { Desk } from "./way.ts";

/** A reply that was looked through. */
export interface Looked {
  readonly inspected: Inspected;
  readonly repliedMs: number;
  /** Of the scanner. */
  readonly faults: readonly WorkerName[];
}

/** What stands for a reply that never came. */
export const NO_REPLY: Omit<Looked, "repliedMs"> = { inspected: { report: EMPTY_REPORT }, faults: [] };

export type Outcome = Pick<
  OutcomeRecord,
  "verdict" | "reason" | "output" | "labels" | "marks" | "hidden" | "hiddenTools"
>;

/** `undefined` only for a call without an entry; a forwarded call has one, and only such calls come here. */
export function outcomeRecord(
  desk: Desk,
  call: Call,
  reply: Looked,
  outcome: Outcome,
): OutcomeRecord | undefined {
  const { server, enforced } = desk.settings;
  const { direction, names, principal, seq } = call;
  if (seq === undefined) return undefined;
  const report: Report = reply.faults.length > 0 ? FAULTED_REPORT : reply.inspected.report;
  const latency = latencyOf(call, reply.repliedMs, desk.ports.clock.monotonicMs());
  return {
    type: "outcome",
    call: seq,
    direction,
    principal,
    server,
    ...names,
    report,
    latency,
    enforced,
    ...outcome,
  };
}

/** Writes the outcome of `call`; answers with its `seq`, or with nothing where it could not be written. */
export async function recordOutcome(
  desk: Desk,
  call: Call,
  reply: Looked,
  outcome: Outcome,
): Promise<number | undefined> {
  const entry = outcomeRecord(desk, call, reply, outcome);
  if (entry === undefined) return undefined;
  try {
    return (await desk.ports.ledger.write(entry)).ref.seq;
  } catch (fault) {
    const cause = messageOf(fault);
    desk.ports.log(`cannot record the outcome of entry ${entry.call}: ${cause}`);
    return undefined;
  }
}

/** As {@link recordOutcome}, for what nobody waits for: it is tried until the ledger is back. */
export async function recordOutcomeLater(
  desk: Desk,
  call: Call,
  reply: Looked,
  outcome: Outcome,
): Promise<void> {
  const entry = outcomeRecord(desk, call, reply, outcome);
  if (entry !== undefined) await desk.afterwards.write(entry);
}

function latencyOf(call: Call, repliedMs: number, nowMs: number): OutcomeRecord["latency"] {
  const micros = (from: number, to: number) => Math.max(0, Math.round((to - from) * 1000));
  return {
    decision: micros(call.startedMs, call.decidedMs),
    upstream: micros(call.forwardedMs, repliedMs),
    total: micros(call.startedMs, nowMs),
  };
}
