/** A reply on its last steps: looked through, then released, masked or withheld, with the entry that says which. */
import { canonicalPayload, encodeJson, isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import {
  EMPTY_REPORT,
  type ReasonCode,
  reasonForFault,
  reasonForFindings,
  type WorkerName,
} from "../verdict/mod.ts";
import {
  type Challenge,
  encodeFrame,
  type ReplyMessage,
  subscriptionIdOf,
  withId,
  withSubscriptionId,
} from "../wire/mod.ts";
import { blockedBy } from "./blocked.ts";
import type { Call } from "./call.ts";
import { tellChallenge } from "./challenges.ts";
import { discover } from "./discovery.ts";
import { withHonestNames } from "./honest_names.ts";
import { type Defused, withoutHostileTools } from "./hostile_tools.ts";
import { type JudgedInputs, judgeElicitations, judgeInputs } from "./inputs.ts";
import { parsed } from "./judgeable.ts";
import type { Slot } from "./lane.ts";
import { shown } from "./log.ts";
import { type Looked, type Outcome, recordOutcome, recordOutcomeLater } from "./outcomes.ts";
import { checkPins, type Pinned } from "./pins.ts";
import type { Inspected } from "./ports.ts";
import { type Refusal, refusalLine } from "./refusals.ts";
import { withShadowing } from "./shadowing.ts";
import { misfit } from "./structured.ts";
import { scoped } from "./tool_list.ts";
import type { Desk, Way } from "./way.ts";

export interface Releasing {
  readonly call: Call;
  readonly message: ReplyMessage;
  readonly place: Slot;
  readonly repliedMs: number;
  /** What came with it, over HTTP. */
  readonly challenge: Challenge | undefined;
}

/** What becomes of a reply. */
type Plan =
  | { readonly kind: "withhold"; readonly reason: ReasonCode }
  | { readonly kind: "release"; readonly reason?: ReasonCode }
  | {
    readonly kind: "change";
    readonly reason?: ReasonCode;
    /** The result or error as it is handed over. */
    readonly body: JsonValue;
    /** The names of what was taken out of it. */
    readonly hidden: readonly string[];
    /** What of the result may be learned from: nothing masked, but what is only hidden. */
    readonly unhidden: JsonValue;
  };

/** Fills the place of one reply. */
export async function release(desk: Desk, way: Way, releasing: Releasing): Promise<void> {
  const faults: WorkerName[] = [];
  const { call, message, repliedMs, challenge } = releasing;
  // Before the reply itself: whoever carries it to the client says it in a status of its own.
  if (challenge !== undefined) await tellChallenge(desk, call, challenge);
  const again = (message: ReplyMessage) => look(desk, way, { call, message, faults });
  const list = await withoutHostileTools(desk, call, { message, inspected: await again(message), again });
  const reply: Looked = { inspected: { ...list.inspected, report: list.report }, faults, repliedMs };
  const plan = await planOfList(desk, { call, message, faults, list });
  const answer: Answering = { ...releasing, reply };
  if (!desk.settings.enforced) return await rehearse(desk, answer, plan);
  if (plan.kind === "withhold") return await withhold(desk, answer, plan.reason);
  if (plan.kind === "change" || call.labelling.labels.length > 0) {
    return await releaseRecorded(desk, answer, plan);
  }
  handOver(desk, answer, plan);
  // Nothing was changed, so the entry may follow: a crash right here leaves a call without outcome, and
  // verification names it.
  await recordOutcomeLater(desk, call, reply, outcomeOf(answer, plan));
}

interface Answering extends Releasing {
  readonly reply: Looked;
}

interface Looking extends Pick<Releasing, "call" | "message"> {
  readonly faults: WorkerName[];
}

async function look(desk: Desk, way: Way, { call, message, faults }: Looking): Promise<Inspected> {
  const body = bodyOf(message);
  if (isEmpty(body)) return { report: EMPTY_REPORT };
  // A reply travels against its request.
  const direction = way.direction === "to-upstream" ? "to-client" : "to-upstream";
  const inspected = await desk.judge.inspect(
    { direction, method: call.method, subject: call.subject },
    encodeJson(body),
    faults,
  );
  return call.method === "tools/list"
    ? { ...inspected, report: withShadowing(inspected.report, message.result) }
    : inspected;
}

/** The result, or the error: what is looked through, hashed and handed over. */
function bodyOf(message: ReplyMessage): JsonValue {
  return message.error ?? message.result ?? null;
}

function isEmpty(body: JsonValue): boolean {
  return isJsonObject(body) && Object.keys(body).length === 0;
}

interface Planning extends Looking {
  readonly list: Defused;
}

/** As {@link planOf}, for what is left of a list; a changed tool that was taken out must not be called either. */
async function planOfList(desk: Desk, { call, message, faults, list }: Planning): Promise<Plan> {
  const { inspected, removed, report } = list;
  if (removed.length > 0) {
    const all = { original: message.result, shown: undefined, cursor: call.cursor, withheld: true };
    if (await checkPins(desk, call, all) === undefined) {
      return { kind: "withhold", reason: reasonForFault("ledger") };
    }
  }
  const plan = await planOf(desk, { call, message: list.message }, { inspected, faults });
  if (removed.length === 0 || plan.kind === "withhold") return plan;
  const body = plan.kind === "change" ? plan.body : list.message.result ?? null;
  const { hidden, unhidden } = plan.kind === "change" ? plan : { hidden: [], unhidden: body };
  const reason = reasonForFindings(report.findings.map(({ id }) => id));
  return { kind: "change", reason, body: scoped(body, call), hidden: [...removed, ...hidden], unhidden };
}

async function planOf(
  desk: Desk,
  { call, message }: Pick<Releasing, "call" | "message">,
  { inspected, faults }: Pick<Looked, "inspected" | "faults">,
): Promise<Plan> {
  const blocker = blockedBy(inspected, faults, call);
  const pinned = await pinsOf(desk, { call, message }, { inspected, blocker });
  if (blocker !== undefined) return { kind: "withhold", reason: blocker };
  if (pinned === undefined) return { kind: "withhold", reason: reasonForFault("ledger") };
  const { clean, report } = inspected;
  const original = bodyOf(message);
  const cleaned = clean === undefined ? original : parsed(clean);
  const asked = await withInputs(desk, call, { message, body: cleaned });
  if ("blocker" in asked) return { kind: "withhold", reason: asked.blocker };
  const { body } = asked;
  const masked = clean === undefined ? undefined : reasonForFindings(report.findings.map(({ id }) => id));
  const unfit = masked === undefined
    ? undefined
    : await misfit(desk, call, { original: message.result, body, reason: masked });
  if (unfit !== undefined) return { kind: "withhold", reason: unfit };
  const honest = withHonestNames(desk, call, { original, body });
  const offer = message.error === undefined
    ? await discover(desk, call, { ...honest, pinned })
    : { body, hidden: [] };
  if ("blocker" in offer) return { kind: "withhold", reason: offer.blocker };
  const { reason: drift, ...list } = offer;
  const reason = masked ?? (report.complete ? drift : "fail-open:scan");
  const why = reason === undefined ? {} : { reason };
  if (clean === undefined && list.body === original) return { kind: "release", ...why };
  const hidden = [...honest.removed, ...list.hidden];
  return { kind: "change", ...why, body: list.body, hidden, unhidden: honest.body };
}

/** A list that is withheld is compared as well: what drifted in it must not be called from a cached one. */
function pinsOf(
  desk: Desk,
  { call, message }: Pick<Releasing, "call" | "message">,
  { inspected, blocker }: { readonly inspected: Inspected; readonly blocker: ReasonCode | undefined },
): Promise<Pinned | undefined> {
  const { clean, report } = inspected;
  const original = message.result;
  const whole = report.complete && inspected.withhold !== true && blocker === undefined;
  const seen = clean === undefined ? original : parsed(clean);
  return checkPins(desk, call, {
    original,
    shown: whole || clean !== undefined ? seen : undefined,
    cursor: call.cursor,
    withheld: blocker !== undefined,
  });
}

/** Only an answer to the client can hold questions to it. */
async function withInputs(
  desk: Desk,
  call: Call,
  { message, body }: { readonly message: ReplyMessage; readonly body: JsonValue },
): Promise<JudgedInputs<JsonValue>> {
  if (call.direction !== "to-upstream") return { body };
  return message.error === undefined
    ? await judgeInputs(desk, { original: message.result, body })
    : await judgeElicitations(desk, { original: message.error, body });
}

const WITHHELD_MESSAGE = "the reply holds something that must not be handed over";

async function withhold(desk: Desk, { call, place, reply }: Answering, reason: ReasonCode): Promise<void> {
  // Recorded first: what the client is told refers to the entry.
  const entry = await recordOutcome(desk, call, reply, { verdict: "withhold", reason });
  const refusal: Refusal = { reason, message: WITHHELD_MESSAGE, verdict: "withhold", entry };
  place.fill(refusalLine(call, refusal, desk.settings.refusalStyle));
  desk.ports.log(`withheld: ${replyTo(call)}: ${reason} (entry ${entry ?? "none"})`);
}

function replyTo({ names }: Call): string {
  return `the reply to ${shown(names.method)} ${shown(names.tool)}`;
}

type Released = Exclude<Plan, { readonly kind: "withhold" }>;

/**
 * What was changed, and what puts labels on the session, is handed over only once its entry is durable: nothing that the
 * client does with it is judged without the label.
 */
async function releaseRecorded(desk: Desk, answer: Answering, plan: Released): Promise<void> {
  const { call, place, reply } = answer;
  const seq = await recordOutcome(desk, call, reply, outcomeOf(answer, plan));
  if (seq !== undefined) {
    desk.session.client.label(call.labelling.labels, seq);
    return handOver(desk, answer, plan);
  }
  place.fill(
    refusalLine(
      call,
      { reason: "fault:ledger", message: UNRECORDED_MESSAGE, verdict: "withhold", entry: undefined },
      desk.settings.refusalStyle,
    ),
  );
}

const UNRECORDED_MESSAGE = "the reply could not be written to the ledger";

function outcomeOf({ call, message }: Answering, plan: Plan): Outcome {
  if (plan.kind === "withhold") return { verdict: "withhold", reason: plan.reason };
  const changed = plan.kind === "change";
  const { labels, marks } = call.labelling;
  return {
    verdict: changed ? "redact" : "release",
    output: canonicalPayload(changed ? plan.body : bodyOf(message)),
    ...plan.reason !== undefined && { reason: plan.reason },
    ...changed && plan.hidden.length > 0 && { hidden: plan.hidden.length, hiddenTools: plan.hidden },
    ...labels.length > 0 && { labels, marks },
  };
}

function handOver(desk: Desk, { call, message, place }: Answering, plan: Released): void {
  if (plan.kind === "release") {
    learn(desk, call, message.result);
    return place.fill(replyLine(call, message.value));
  }
  const isResult = message.error === undefined;
  if (isResult) learn(desk, call, plan.unhidden);
  place.fill(replyLine(call, { ...message.value, [isResult ? "result" : "error"]: plan.body }));
}

/** Only what the upstream said about itself, and nothing that was masked. A hidden tool's name is a listed name. */
function learn(desk: Desk, call: Call, result: JsonValue | undefined): void {
  if (call.direction === "to-upstream") desk.session.learn(call, result);
}

/** The reply under the id that the asker knows, in the result's metadata too. */
function replyLine(call: Call, value: JsonObject): string {
  const { result } = value;
  const stamped = isJsonObject(result) && subscriptionIdOf(result) !== undefined
    ? withSubscriptionId(value, call.theirId)
    : value;
  return encodeFrame(withId(stamped, call.theirId));
}

/** A dry run: the reply is handed over as it came, and the entry says what would have become of it. */
async function rehearse(desk: Desk, answer: Answering, plan: Plan): Promise<void> {
  const { call, reply } = answer;
  const outcome = outcomeOf(answer, plan);
  if (plan.kind !== "release") {
    const would = plan.kind === "withhold" ? "would withhold" : "would change";
    desk.ports.log(`${would}: ${replyTo(call)}: ${plan.reason ?? "denied tools"} (call ${call.seq})`);
  }
  if (outcome.labels === undefined) {
    handOver(desk, answer, { kind: "release" });
    return await recordOutcomeLater(desk, call, reply, outcome);
  }
  const seq = await recordOutcome(desk, call, reply, outcome);
  // Handed over in any case, so the labels are on in any case: what is not written yet is owed, and follows.
  desk.session.client.label(outcome.labels, seq ?? call.seq ?? 0);
  handOver(desk, answer, { kind: "release" });
  if (seq === undefined) await recordOutcomeLater(desk, call, reply, outcome);
}
