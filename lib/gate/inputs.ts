/** Questions that come inside of other messages: each is judged as the request that it stands for. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import type { Direction, ReasonCode } from "../verdict/mod.ts";
import { elicitationsOf, inputRequestsOf, readSubject, subscribedUrisOf } from "../wire/mod.ts";
import { maskFields } from "./duties.ts";
import type { Desk } from "./way.ts";

/** One question, and which way it travels. */
interface Question {
  readonly direction: Direction;
  readonly method: string;
  readonly params: JsonObject | undefined;
}

/** A result or the params of a notice, with questions inside. ATTACKER-CONTROLLED. */
export interface Holder<T> {
  /** As it came: what is judged. */
  readonly original: JsonValue | undefined;
  /** As the scanner left it; it has the shape of the original. */
  readonly body: T;
}

/** Why the holder cannot be handed over, or how it may be: with the masks that the policy puts on its questions. */
export type JudgedInputs<T> = { readonly blocker: ReasonCode } | { readonly body: T };

/**
 * Judges what a server asks of the client inside of a result or a notice (multi round-trip requests, 2026-07-28). One
 * question that is refused blocks the whole: none can be left out, the server waits for all.
 */
export async function judgeInputs<T extends JsonValue | undefined>(
  desk: Desk,
  { original, body }: Holder<T>,
): Promise<JudgedInputs<T>> {
  const inputs = inputRequestsOf(original);
  if (!inputs.ok) return { blocker: "invalid-params" };
  let left = body;
  for (const { key, method, params } of inputs.value) {
    const { blocker, masks } = await judgeQuestion(desk, { direction: "to-client", method, params });
    if (blocker !== undefined) return { blocker };
    if (masks.length > 0) left = maskQuestion(left, key, masks) as T;
  }
  return { body: left };
}

/**
 * Judges the URLs that an error asks the client to open (2025-11-25, client/elicitation), as the requests that they stand
 * for. One that is refused blocks the error.
 */
export async function judgeElicitations(
  desk: Desk,
  { original, body }: Holder<JsonValue>,
): Promise<JudgedInputs<JsonValue>> {
  const asked = elicitationsOf(original);
  if (!asked.ok) return { blocker: "invalid-params" };
  let left = body;
  for (const [at, params] of asked.value.entries()) {
    const question = { direction: "to-client", method: "elicitation/create", params } as const;
    const { blocker, masks } = await judgeQuestion(desk, question);
    if (blocker !== undefined) return { blocker };
    if (masks.length > 0) left = withElicitation(left, at, (one) => maskFields(one, masks));
  }
  return { body: left };
}

function withElicitation(error: JsonValue, at: number, change: (one: JsonValue) => JsonValue): JsonValue {
  const data = isJsonObject(error) ? error.data : undefined;
  if (!isJsonObject(error) || !isJsonObject(data) || !Array.isArray(data.elicitations)) {
    throw new Error("internal error: gate: the scanner changed the shape of an error with questions");
  }
  const elicitations = data.elicitations.map((one, place) => place === at ? change(one) : one);
  return { ...error, data: { ...data, elicitations } };
}

/** The holder with the params of one question masked as its entry says. */
function maskQuestion(holder: JsonValue | undefined, key: string, masks: readonly string[]): JsonValue {
  const asked = isJsonObject(holder) ? holder.inputRequests : undefined;
  if (!isJsonObject(holder) || !isJsonObject(asked)) {
    throw new Error("internal error: gate: the scanner changed the shape of a message with questions");
  }
  // Entries, not assignment: the server chooses the key, and may choose `__proto__`.
  const questions = Object.entries(asked).map(([name, question]) =>
    name === key && isJsonObject(question) && question.params !== undefined
      ? [name, { ...question, params: maskFields(question.params, masks) }] as const
      : [name, question] as const
  );
  return { ...holder, inputRequests: Object.fromEntries(questions) };
}

/** Judges each URI of a `subscriptions/listen` as the `resources/subscribe` that it took the place of. */
export async function judgeSubscriptions(
  desk: Desk,
  params: JsonObject | undefined,
): Promise<ReasonCode | undefined> {
  const uris = subscribedUrisOf(params);
  if (!uris.ok) return "invalid-params";
  const method = "resources/subscribe";
  return await firstBlocker(
    desk,
    uris.value.map((uri) => ({ direction: "to-upstream", method, params: { uri } })),
  );
}

async function firstBlocker(desk: Desk, questions: readonly Question[]): Promise<ReasonCode | undefined> {
  for (const question of questions) {
    const { blocker } = await judgeQuestion(desk, question);
    if (blocker !== undefined) return blocker;
  }
  return undefined;
}

interface JudgedQuestion {
  readonly blocker?: ReasonCode;
  readonly masks: readonly string[];
}

async function judgeQuestion(
  desk: Desk,
  { direction, method, params }: Question,
): Promise<JudgedQuestion> {
  const read = readSubject(method, params);
  if (!read.ok) return { blocker: "invalid-params", masks: [] };
  const { settled, masks } = await desk.judge.judge({
    direction,
    form: "input",
    method,
    subject: read.value,
    params,
  });
  // INVARIANT: the settle table holds requests alone; waiting here would hold up the whole direction.
  const passes = settled.verdict === "forward" || settled.verdict === "redact";
  return passes ? { masks } : { blocker: settled.reason, masks };
}
