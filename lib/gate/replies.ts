/** Replies: matched to the request that they answer, looked through, released, masked or withheld. */
import { canonicalPayload, encodeJson, isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import {
  EMPTY_REPORT,
  FAULTED_REPORT,
  type OutcomeRecord,
  type ReasonCode,
  reasonForDlp,
  reasonForFault,
  type Report,
  type WorkerName,
} from "../verdict/mod.ts";
import {
  encodeFrame,
  type Id,
  type ReplyMessage,
  subscriptionIdOf,
  withId,
  withSubscriptionId,
} from "../wire/mod.ts";
import type { Call } from "./call.ts";
import { recordIncident } from "./incidents.ts";
import { judgeInputs } from "./inputs.ts";
import { parsed } from "./judge.ts";
import { fillAfter, type Slot } from "./lane.ts";
import { shown } from "./log.ts";
import type { Inspected } from "./ports.ts";
import { malformedReply, type Refusal, refusalLine, upstreamExitReply } from "./refusals.ts";
import type { Desk, Way } from "./way.ts";

/** Takes one reply that travels back along `way`. It answers exactly one request of that way, or nothing at all. */
export function takeReply(desk: Desk, way: Way, message: ReplyMessage): Promise<void> {
  const call = way.inFlight.answered(message.id);
  // A call that was not forwarded cannot have been answered: ids are small numbers, and a peer may guess.
  if (call === undefined || call.state !== "forwarded") return dropUnknown(desk, way, message);
  end(way, call);
  const place = call.reply.reserve();
  return fillAfter(
    place,
    release(desk, way, { call, message, place, repliedMs: desk.ports.clock.monotonicMs() }),
  );
}

interface Releasing {
  readonly call: Call;
  readonly message: ReplyMessage;
  readonly place: Slot;
  readonly repliedMs: number;
}

async function release(desk: Desk, way: Way, releasing: Releasing): Promise<void> {
  const { call, message, place, repliedMs } = releasing;
  const faults: WorkerName[] = [];
  const inspected = await look(desk, way, { call, message, faults });
  const blocker = blockedBy(inspected, faults, call) ?? await blockedByInputs(desk, call, message.result);
  const reply: Reply = { inspected, repliedMs, faults };
  if (blocker !== undefined) return await withhold(desk, { call, place, reply, reason: blocker });
  if (inspected.clean !== undefined) {
    return await releaseMasked(desk, { call, message, place, reply, clean: inspected.clean });
  }
  learn(desk, call, message);
  place.fill(replyLine(call, message.value));
  // Nothing was changed, so the entry may follow: a crash right here leaves a call without outcome, and
  // verification names it.
  const outcome = { verdict: "release", output: canonicalPayload(bodyOf(message)) } as const;
  const entry = outcomeRecord(
    desk,
    call,
    reply,
    inspected.report.complete ? outcome : { ...outcome, reason: "fail-open:scan" },
  );
  if (entry !== undefined) await desk.afterwards.write(entry);
}

/** Only an answer to the client can hold questions to it. */
function blockedByInputs(
  desk: Desk,
  call: Call,
  result: JsonValue | undefined,
): Promise<ReasonCode | undefined> {
  return call.direction === "to-upstream" ? judgeInputs(desk, result) : Promise.resolve(undefined);
}

interface Reply {
  readonly inspected: Inspected;
  readonly repliedMs: number;
  readonly faults: readonly WorkerName[];
}

/** From here on nobody else answers this call, and a cancellation comes too late. */
function end(way: Way, call: Call): void {
  call.state = "ended";
  way.inFlight.remove(call);
}

/** Only what the upstream said about itself, and only what the client got to see. */
function learn(desk: Desk, call: Call, message: ReplyMessage): void {
  if (call.direction === "to-upstream") desk.session.learn(call, message.result);
}

/** The result, or the error: what is looked through, hashed and handed over. */
function bodyOf(message: ReplyMessage): JsonValue {
  return message.error ?? message.result ?? null;
}

interface Looking {
  readonly call: Call;
  readonly message: ReplyMessage;
  readonly faults: WorkerName[];
}

async function look(desk: Desk, way: Way, { call, message, faults }: Looking): Promise<Inspected> {
  const body = bodyOf(message);
  if (isEmpty(body)) return { report: EMPTY_REPORT };
  // A reply travels against its request.
  const direction = way.direction === "to-upstream" ? "to-client" : "to-upstream";
  return await desk.judge.inspect(
    { direction, method: call.method, subject: call.subject },
    encodeJson(body),
    faults,
  );
}

function isEmpty(body: JsonValue): boolean {
  return isJsonObject(body) && Object.keys(body).length === 0;
}

/** Why this reply cannot be handed over at all. */
function blockedBy(inspected: Inspected, faults: readonly WorkerName[], call: Call): ReasonCode | undefined {
  const [fault] = faults;
  if (fault !== undefined) return reasonForFault(fault);
  const { report, withhold } = inspected;
  if (!report.complete && call.failureMode === "closed") return "scan-incomplete";
  const blocking = report.findings.filter(({ action }) =>
    action === "withhold" || action === "block" || action === "ask"
  );
  return withhold || blocking.length > 0 ? reasonForDlp(blocking.map(({ id }) => id)) : undefined;
}

interface Withholding {
  readonly call: Call;
  readonly place: Slot;
  readonly reply: Reply;
  readonly reason: ReasonCode;
}

async function withhold(desk: Desk, { call, place, reply, reason }: Withholding): Promise<void> {
  // Recorded first: what the client is told refers to the entry.
  const entry = await record(desk, call, reply, { verdict: "withhold", reason });
  const refusal: Refusal = { reason, message: WITHHELD_MESSAGE, verdict: "withhold", entry };
  place.fill(refusalLine(call, refusal, desk.settings.refusalStyle));
  desk.ports.log(
    `withheld: the reply to ${shown(call.names.method)} ${shown(call.names.tool)}: ${reason} (entry ${
      entry ?? "none"
    })`,
  );
}

const WITHHELD_MESSAGE = "the reply holds something that must not be handed over";

interface Masking {
  readonly call: Call;
  readonly message: ReplyMessage;
  readonly place: Slot;
  readonly reply: Reply;
  readonly clean: string;
}

async function releaseMasked(desk: Desk, { call, message, place, reply, clean }: Masking): Promise<void> {
  const body = parsed(clean);
  const value = { ...message.value, [message.error === undefined ? "result" : "error"]: body };
  const reason = reasonForDlp(reply.inspected.report.findings.map(({ id }) => id));
  const entry = await record(desk, call, reply, {
    verdict: "redact",
    reason,
    output: canonicalPayload(body),
  });
  if (entry !== undefined) return place.fill(replyLine(call, value));
  // What was changed and could not be written down is not handed over.
  place.fill(
    refusalLine(
      call,
      { reason: "fault:ledger", message: WITHHELD_MESSAGE, verdict: "withhold", entry },
      desk.settings.refusalStyle,
    ),
  );
}

/** The reply under the id that the asker knows, in the result's metadata too. */
function replyLine(call: Call, value: JsonObject): string {
  const { result } = value;
  const stamped = isJsonObject(result) && subscriptionIdOf(result) !== undefined
    ? withSubscriptionId(value, call.theirId)
    : value;
  return encodeFrame(withId(stamped, call.theirId));
}

type Outcome = Pick<OutcomeRecord, "verdict" | "reason" | "output">;

/** Writes the outcome of `call`; answers with its `seq`, or with nothing where it could not be written. */
async function record(desk: Desk, call: Call, reply: Reply, outcome: Outcome): Promise<number | undefined> {
  const entry = outcomeRecord(desk, call, reply, outcome);
  if (entry === undefined) return undefined;
  try {
    return (await desk.ports.ledger.write(entry)).ref.seq;
  } catch (fault) {
    const cause = fault instanceof Error ? fault.message : String(fault);
    desk.ports.log(`cannot record the outcome of entry ${entry.call}: ${cause}`);
    return undefined;
  }
}

/** `undefined` only for a call without an entry; a forwarded call has one, and only such calls come here. */
function outcomeRecord(desk: Desk, call: Call, reply: Reply, outcome: Outcome): OutcomeRecord | undefined {
  const { principal, server, enforced } = desk.settings;
  const { direction, names, seq } = call;
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

function latencyOf(call: Call, repliedMs: number, nowMs: number): OutcomeRecord["latency"] {
  const micros = (from: number, to: number) => Math.max(0, Math.round((to - from) * 1000));
  return {
    decision: micros(call.startedMs, call.decidedMs),
    upstream: micros(call.forwardedMs, repliedMs),
    total: micros(call.startedMs, nowMs),
  };
}

const NO_REPLY = { inspected: { report: EMPTY_REPORT }, faults: [] };

/** The asker cancelled a forwarded call: no reply is due, and one that still comes is not its business any more. */
export async function closeCancelled(desk: Desk, way: Way, call: Call): Promise<void> {
  end(way, call);
  call.reply.reserve().fill(); // a batch counts on an answer for each of its requests, even on none
  await recordEnd(desk, call, "cancelled");
}

/** The answer to request `id` came and was none. There will be no better one, so the asker is not left waiting. */
export async function closeMalformed(desk: Desk, way: Way, id: Id | null): Promise<void> {
  const call = way.inFlight.answered(id);
  if (call === undefined || call.state !== "forwarded") return;
  end(way, call);
  call.reply.reserve().fill(encodeFrame(malformedReply(call)));
  await recordEnd(desk, call, "malformed-reply");
}

/** The upstream is gone: everybody who still waits for it is told so. */
export async function closeUnanswered(desk: Desk, way: Way, exitCode: number): Promise<void> {
  const waiting = way.inFlight.all().filter(({ state }) => state === "forwarded" || state === "held");
  await Promise.all(waiting.map(async (call) => {
    const held = call.state === "held" ? call.seq : undefined;
    end(way, call);
    call.reply.reserve().fill(encodeFrame(upstreamExitReply(call, exitCode)));
    // A held call was never sent: it is its hold that ends, with an entry of its own.
    if (held !== undefined) return desk.holds.cancel(held);
    await recordEnd(desk, call, "upstream-exit");
  }));
}

/** Writes that no reply was handed over, and why. */
async function recordEnd(desk: Desk, call: Call, reason: ReasonCode): Promise<void> {
  const repliedMs = desk.ports.clock.monotonicMs();
  const entry = outcomeRecord(desk, call, { ...NO_REPLY, repliedMs }, { verdict: "withhold", reason });
  if (entry !== undefined) await desk.afterwards.write(entry);
}

function dropUnknown(desk: Desk, way: Way, message: ReplyMessage): Promise<void> {
  const direction = way.direction === "to-upstream" ? "to-client" : "to-upstream";
  return recordIncident(desk, { kind: "malformed", direction, reason: "unknown-id", bytes: message.bytes });
}
