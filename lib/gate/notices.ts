/** Notices: they want no reply. Three kinds of them carry an id or a token that we chose, and get the other side's back. */
import { encodeJson, type JsonObject } from "../base/mod.ts";
import {
  cancelledIdOf,
  encodeFrame,
  type NoticeMessage,
  noticeProgressTokenOf,
  readSubject,
  subscriptionIdOf,
  withCancelledId,
  withNoticeProgressToken,
  withSubscriptionId,
} from "../wire/mod.ts";
import type { WorkerName } from "../verdict/mod.ts";
import type { Call } from "./call.ts";
import { recordIncident } from "./incidents.ts";
import { judgeInputs } from "./inputs.ts";
import type { Judgeable } from "./judgeable.ts";
import { fillAfter, type Slot } from "./lane.ts";
import { shown } from "./log.ts";
import { rehearses } from "./rehearsal.ts";
import { closeCancelled } from "./replies.ts";
import type { Desk, Way } from "./way.ts";

export interface NoticeFrom {
  /** The other way. */
  readonly back: Way;
  /** Of the sender's ids. */
  readonly scope: string | undefined;
  /** Did its transport say which request it is about? */
  readonly isAttributed: boolean;
}

/** Takes one notice that travels along `way`. Its place in the order is taken at once. */
export function takeNotice(
  desk: Desk,
  way: Way,
  message: NoticeMessage,
  { back, scope, isAttributed }: NoticeFrom,
): Promise<void> {
  if (message.method === "notifications/cancelled") return takeCancellation(desk, way, message, scope);
  if (message.method === "notifications/tools/list_changed" && way.direction === "to-client") {
    desk.session.pins.expire();
  }
  const addressed = readdress(message, back, isAttributed);
  if (addressed === undefined) return drop(desk, way, message);
  const { value, call } = addressed;
  const along = call?.reply.beside === undefined ? way : { ...way, answerer: call.reply.beside };
  return pass(desk, along, { ...message, value, params: value.params as JsonObject | undefined });
}

interface Addressed {
  readonly value: JsonObject;
  /** The request that it belongs to, where it says so. */
  readonly call?: Call | undefined;
}

/** The notice with the other side's own ids in it; `undefined` where it speaks of a request that nobody knows. */
function readdress(message: NoticeMessage, back: Way, isAttributed: boolean): Addressed | undefined {
  const token = message.method === "notifications/progress"
    ? noticeProgressTokenOf(message.params)
    : undefined;
  if (token !== undefined) {
    const theirs = back.inFlight.token(token);
    if (theirs === undefined) return undefined;
    return { value: withNoticeProgressToken(message.value, theirs.token), call: theirs.call };
  }
  const subscription = subscriptionIdOf(message.params);
  if (subscription === undefined) {
    return { value: message.value, call: isAttributed ? undefined : callOfLog(message, back) };
  }
  const call = back.inFlight.answered(subscription);
  return call === undefined ? undefined : { value: withSubscriptionId(message.value, call.theirId), call };
}

/** A line of the server's log does not say which request it is about; where there is only one, it is that. */
function callOfLog({ method }: NoticeMessage, back: Way): Call | undefined {
  return method === "notifications/message" ? back.inFlight.only() : undefined;
}

function pass(desk: Desk, way: Way, message: Passing): Promise<void> {
  const place = way.answerer.reserve();
  return fillAfter(place, settle(desk, way, message, place));
}

async function settle(desk: Desk, way: Way, message: Passing, place: Slot): Promise<void> {
  const params = way.direction === "to-client"
    ? await lookedThrough(desk, way, message)
    : await judged(desk, way, message);
  if (params === "refused") place.fill();
  else {place.fill(
      encodeFrame(
        params === message.params || params === undefined ? message.value : { ...message.value, params },
      ),
    );}
}

interface Passing {
  readonly method: string;
  readonly value: JsonObject;
  readonly params?: JsonObject | undefined;
}

/**
 * Notices to the client come by the hundred (progress, logging) and ask for nothing: they are looked through for
 * secrets, and recorded only where there is something to record.
 */
async function lookedThrough(
  desk: Desk,
  way: Way,
  message: Passing,
): Promise<JsonObject | undefined | "refused"> {
  if (!isQuiet(message)) return await judged(desk, way, message);
  if (message.params === undefined) return undefined;
  const faults: WorkerName[] = [];
  const { report, clean, withhold } = await desk.judge.inspect(
    judgeable(way, message),
    encodeJson(message.params),
    faults,
  );
  const seen = faults.length > 0 || !report.complete || withhold || clean !== undefined;
  const params = seen ? await judged(desk, way, message) : message.params;
  return params === "refused" ? params : await withInputs(desk, message, params);
}

/** The questions inside are judged whatever else there is in the notice: a finding beside them must not let them pass. */
async function withInputs(
  desk: Desk,
  { method, params: original }: Passing,
  body: JsonObject | undefined,
): Promise<JsonObject | undefined | "refused"> {
  const inputs = await judgeInputs(desk, { original, body });
  if (!desk.settings.enforced) {
    if ("blocker" in inputs) desk.ports.log(`would refuse: ${shown(method)}: ${inputs.blocker}`);
    return body;
  }
  if (!("blocker" in inputs)) return inputs.body;
  desk.ports.log(`refused: ${shown(method)}: ${inputs.blocker}`);
  return "refused";
}

/** Is the notice one of MCP's own? A `tools/call` without id, and a method that nobody knows, are for the policy. */
function isQuiet({ method, params }: Passing): boolean {
  const read = readSubject(method, params);
  return read.ok && read.value.known && !read.value.judged;
}

/** The full way: policy, entry, verdict. Everything that goes to the upstream takes it. */
async function judged(desk: Desk, way: Way, message: Passing): Promise<JsonObject | undefined | "refused"> {
  const { settled, params, seq, names } = await desk.judge.judge(judgeable(way, message));
  if (rehearses(desk, { settled, seq, names })) return message.params;
  const { verdict } = settled;
  if (verdict === "forward" || verdict === "redact") return params;
  // Nobody waits for a notice, so one that a person would have to look at is refused as well.
  desk.ports.log(`refused: ${shown(names.method)}: ${settled.reason} (entry ${seq ?? "none"})`);
  return "refused";
}

function judgeable(way: Way, message: Passing): Judgeable {
  const read = readSubject(message.method, message.params);
  const { method, params } = message;
  const item = { direction: way.direction, form: "notice", method, params } as const;
  if (read.ok) return { ...item, subject: read.value };
  return { ...item, subject: { judged: true, known: true, name: "", args: {} }, invalid: "invalid-params" };
}

/** The cancellation of a held call ends the hold; that of a forwarded one follows it, under the id that it went by. */
async function takeCancellation(
  desk: Desk,
  way: Way,
  message: NoticeMessage,
  scope: string | undefined,
): Promise<void> {
  const id = cancelledIdOf(message.params);
  const call = id === undefined ? undefined : way.inFlight.asked(id, scope);
  if (call === undefined) return await drop(desk, way, message);
  const place = call.answerer.reserve();
  return await fillAfter(place, cancel(desk, way, { message, call, place }));
}

interface Cancelling {
  readonly message: NoticeMessage;
  readonly call: Call;
  readonly place: Slot;
}

async function cancel(desk: Desk, way: Way, { message, call, place }: Cancelling): Promise<void> {
  const value = withCancelledId(message.value, call.ourId);
  const params = await judged(desk, way, { ...message, value, params: value.params as JsonObject });
  // The cancellation may have been judged faster than its call, and must not overtake it.
  await call.settled.promise;
  if (params === "refused" || !endsCall(desk, call)) return place.fill();
  place.fill(encodeFrame({ ...value, params: params ?? {} }));
  await closeCancelled(desk, way, call);
}

/** Is there something at the upstream to cancel? */
function endsCall(desk: Desk, call: Call): boolean {
  if (call.state === "held" && call.seq !== undefined) desk.holds.cancel(call.seq);
  return call.state === "forwarded";
}

function drop(desk: Desk, way: Way, message: NoticeMessage): Promise<void> {
  const { bytes } = message;
  return recordIncident(desk, { kind: "malformed", direction: way.direction, reason: "unknown-id", bytes });
}
