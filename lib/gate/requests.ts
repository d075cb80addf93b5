/** Requests: from the frame to the forwarded line, or to the refusal. Replies are in `replies.ts`. */
import { isJsonObject, type JsonObject } from "../base/mod.ts";
import type { ReasonCode } from "../verdict/mod.ts";
import {
  encodeFrame,
  eraOf,
  progressTokenOf,
  readSubject,
  type RequestMessage,
  type Subject,
  withId,
  withProgressToken,
} from "../wire/mod.ts";
import { attested, attestFor } from "./attestation.ts";
import { bothLabellings, type Call, type ReplyPlace } from "./call.ts";
import { recordIncident } from "./incidents.ts";
import { judgeSubscriptions } from "./inputs.ts";
import type { Judged } from "./judge.ts";
import { listFirst } from "./own_list.ts";
import { fillAfter, type Slot } from "./lane.ts";
import { shown } from "./log.ts";
import { rehearses } from "./rehearsal.ts";
import { closeCancelled, closeUnsent } from "./replies.ts";
import { crowdReply, duplicateIdReply, internalErrorReply, type Refusal, refusalLine } from "./refusals.ts";
import type { Desk, Way } from "./way.ts";

// A peer that asks and asks and never gets an answer must not fill our memory.
const MAX_IN_FLIGHT = 10_000;

const NO_SUBJECT: Subject = { judged: true, known: true, name: "", args: {} };

/** Takes one request. Its place in the order is taken before this returns; the promise resolves once it is settled. */
export function takeRequest(desk: Desk, way: Way, message: RequestMessage, reply: ReplyPlace): Promise<void> {
  if (way.inFlight.size >= MAX_IN_FLIGHT) return refuseCrowd(desk, way, message, reply);
  const read = readSubject(message.method, message.params);
  const subject = desk.session.attribute(read.ok ? read.value : NO_SUBJECT, message.params);
  const call = openCall(desk, way, { message, subject, reply });
  if (call === undefined) return refuseDuplicate(desk, way, message, reply);
  const listed = listFirst(desk, way, message, (own, reply) => takeRequest(desk, way, own, reply));
  const place = reply.direct ?? way.answerer.reserve();
  const problem = read.ok ? undefined : read.error;
  const settled = settle(desk, way, { call, message, place, problem, listed });
  return fillAfter(place, settled).catch((error) => giveUp(way, call, error));
}

interface Opening {
  readonly message: RequestMessage;
  readonly subject: Subject;
  readonly reply: ReplyPlace;
}

/** `undefined` where a request with this id is still in flight. */
function openCall(desk: Desk, way: Way, { message, subject, reply }: Opening): Call | undefined {
  if (way.inFlight.asked(message.id, reply.scope) !== undefined) return undefined;
  const now = desk.ports.clock.monotonicMs();
  const call: Call = {
    direction: way.direction,
    theirId: message.id,
    ourId: way.inFlight.nextId(),
    theirToken: progressTokenOf(message.params),
    method: message.method,
    subject,
    era: eraOf(message.params),
    asTask: isJsonObject(message.params?.task),
    cursor: message.params?.cursor,
    reply,
    answerer: way.answerer,
    startedMs: now,
    principal: desk.settings.principal(desk.ports.clock.nowMicros() / 1000),
    names: { method: message.method, tool: subject.name },
    state: "judging",
    settled: Promise.withResolvers(),
    seq: undefined,
    failureMode: "closed",
    labelling: desk.session.labellingOf(message.params),
    decidedMs: now,
    forwardedMs: now,
  };
  way.inFlight.add(call);
  return call;
}

interface Settling {
  readonly call: Call;
  readonly message: RequestMessage;
  readonly place: Slot;
  /** What is wrong with the params, for the client. */
  readonly problem: string | undefined;
  /** What it waits for before it is judged. */
  readonly listed: Promise<void> | undefined;
}

async function settle(
  desk: Desk,
  way: Way,
  { call, message, place, problem, listed }: Settling,
): Promise<void> {
  const { direction, method, subject } = call;
  const { params } = message;
  if (listed !== undefined) await listed;
  // No turn of the event loop is spent where nothing is to be asked: messages are judged in the order that they came.
  const holdsOthers = method === "subscriptions/listen" && problem === undefined;
  const blocker = holdsOthers ? await judgeSubscriptions(desk, params) : undefined;
  const invalid = problem === undefined ? blocker : "invalid-params";
  const item = { direction, form: "request", method, subject, params } as const;
  const judged = await desk.judge.judge(invalid === undefined ? item : { ...item, invalid });
  note(desk, call, judged);
  if (rehearses(desk, judged)) {
    const asItCame = forwardedLine(call, message, params);
    return forward(desk, call, () => place.fill(asItCame));
  }
  const { verdict } = judged.settled;
  const lineWith = (attestation?: string) =>
    forwardedLine(call, message, attested(judged.params, attestation));
  if (verdict === "forward" || verdict === "redact") {
    return forward(desk, call, () => place.fill(lineWith(judged.attestation)));
  }
  place.fill();
  if (verdict !== "hold" || judged.seq === undefined) {
    return refuse(desk, way, call, refusalOf(judged, problem));
  }
  // Not waited for: a held call is waiting, not work, and must not use up the room for others.
  desk.detach(holdCall(desk, way, { call, lineWith, seq: judged.seq, judged }));
}

function note(desk: Desk, call: Call, judged: Judged): void {
  call.seq = judged.seq;
  call.names = judged.names;
  call.principal = judged.principal;
  const { decision } = judged;
  if (decision !== undefined) {
    call.failureMode = decision.failureMode;
    const own = { labels: decision.duties.labels, marks: decision.marks.labelled };
    call.labelling = bothLabellings(own, call.labelling);
  }
  call.decidedMs = desk.ports.clock.monotonicMs();
}

function setState(call: Call, state: Exclude<Call["state"], "judging">): void {
  call.state = state;
  call.settled.resolve();
}

/** What the other side reads: our id, our progress token, the params as judged. */
function forwardedLine(call: Call, message: RequestMessage, params: JsonObject | undefined): string {
  const judged = params === message.params || params === undefined
    ? message.value
    : { ...message.value, params };
  const own = withId(judged, call.ourId);
  return encodeFrame(call.theirToken === undefined ? own : withProgressToken(own, call.ourId));
}

function forward(desk: Desk, call: Call, send: () => void): void {
  setState(call, "forwarded");
  call.forwardedMs = desk.ports.clock.monotonicMs();
  send();
}

interface Holding {
  readonly call: Call;
  readonly lineWith: (attestation: string | undefined) => string;
  readonly seq: number;
  readonly judged: Judged;
}

async function holdCall(desk: Desk, way: Way, { call, lineWith, seq, judged }: Holding): Promise<void> {
  setState(call, "held");
  const what = `${shown(call.names.method)} ${shown(call.names.tool)}`;
  desk.ports.log(
    `held: ${what} waits for a person (${judged.settled.reason}): countersign approve ${seq}, or countersign deny ${seq} --reason "…"`,
  );
  const before = desk.session.pins.called(call.subject.name).digest;
  const end = await desk.holds.wait(seq, attestFor({ ...call, form: "request" }, desk.settings));
  // The upstream left meanwhile, and the asker was told so.
  if (call.state !== "held") return;
  if (end.allowed && end.cancelled) return await closeApproved(desk, way, call);
  const lapse = end.allowed ? lapseOf(desk, call, before) : undefined;
  if (lapse !== undefined) return await closeLapsed(desk, way, call, lapse);
  // A person's yes is an entry by now: the call may leave, behind whatever was sent in the meantime.
  if (end.allowed) {
    if (call.method === "tools/call" && call.direction === "to-upstream") desk.session.client.countCall();
    return forward(desk, call, () => way.answerer.push(lineWith(end.attestation)));
  }
  refuse(desk, way, call, {
    ...refusalOf(judged, undefined),
    reason: end.reason,
    message: endMessage(end.reason, judged),
  });
}

/** Approved, and cancelled before that was seen: it never leaves, and the outcome that is owed says why. */
async function closeApproved(desk: Desk, way: Way, call: Call): Promise<void> {
  setState(call, "forwarded");
  await closeCancelled(desk, way, call);
}

type Lapse = Pick<Refusal, "reason" | "message">;

/** What a person let go is not what it was any more; `before`: the tool's definition when the call was held. */
function lapseOf(
  { settings, ports, session }: Desk,
  call: Call,
  before: string | undefined,
): Lapse | undefined {
  if (session.client.isKilled) {
    return { reason: "killed", message: "the session was ended while the call was held" };
  }
  // A token never holds for longer than it says.
  if (settings.verifiedOnly && !settings.principal(ports.clock.nowMicros() / 1000).verified) {
    return { reason: "unverified-agent", message: "the agent's token expired while the call was held" };
  }
  const isOfTool = call.method === "tools/call" && call.direction === "to-upstream";
  if (ports.pins === undefined || !isOfTool || session.pins.called(call.subject.name).digest === before) {
    return undefined;
  }
  return { reason: "drift", message: "the tool's definition changed while the call was held" };
}

async function closeLapsed(desk: Desk, way: Way, call: Call, { reason, message }: Lapse): Promise<void> {
  setState(call, "forwarded");
  const refusal: Refusal = { reason, message, verdict: "refuse", entry: call.seq };
  desk.ports.log(
    `refused: ${shown(call.names.method)} ${shown(call.names.tool)}: ${reason} (entry ${call.seq ?? "none"})`,
  );
  await closeUnsent(desk, way, call, {
    reason,
    line: refusalLine(call, refusal, desk.settings.refusalStyle),
  });
}

function endMessage(reason: ReasonCode, judged: Judged): string {
  if (reason === "approval-expired") return "nobody approved the call in time";
  if (reason === "approval-denied") return "a person denied the call";
  return judged.settled.message;
}

function refusalOf({ settled, seq }: Judged, problem: string | undefined): Refusal {
  return { reason: settled.reason, message: problem ?? settled.message, verdict: "refuse", entry: seq };
}

function refuse(desk: Desk, way: Way, call: Call, refusal: Refusal): void {
  setState(call, "refused");
  way.inFlight.remove(call);
  const entry = refusal.entry === undefined ? "no entry" : `entry ${refusal.entry}`;
  desk.ports.log(
    `refused: ${shown(call.names.method)} ${shown(call.names.tool)}: ${refusal.reason} (${entry})`,
  );
  // A cancelled request gets no reply, in either era.
  call.reply.reserve().fill(
    refusal.reason === "cancelled" ? undefined : refusalLine(call, refusal, desk.settings.refusalStyle),
  );
}

function refuseDuplicate(desk: Desk, way: Way, message: RequestMessage, reply: ReplyPlace): Promise<void> {
  reply.reserve().fill(encodeFrame(duplicateIdReply()));
  const { bytes } = message;
  return recordIncident(desk, { kind: "malformed", direction: way.direction, reason: "duplicate-id", bytes });
}

function refuseCrowd(desk: Desk, way: Way, message: RequestMessage, reply: ReplyPlace): Promise<void> {
  const { id, bytes } = message;
  reply.reserve().fill(encodeFrame(crowdReply(id)));
  return recordIncident(desk, {
    kind: "malformed",
    direction: way.direction,
    reason: "too-many-in-flight",
    bytes,
  });
}

/** A mistake of ours on the way: nothing was forwarded, the asker is told, and the log gets the rest. */
function giveUp(way: Way, call: Call, error: unknown): void {
  setState(call, "refused");
  way.inFlight.remove(call);
  call.reply.reserve().fill(encodeFrame(internalErrorReply(call)));
  throw error;
}
