/** Questions that come inside of other messages: each is judged as the request that it stands for. */
import type { JsonObject, JsonValue } from "../base/mod.ts";
import type { Direction, ReasonCode } from "../verdict/mod.ts";
import { inputRequestsOf, readSubject, subscribedUrisOf } from "../wire/mod.ts";
import type { Desk } from "./way.ts";

/** One question, and which way it travels. */
interface Question {
  readonly direction: Direction;
  readonly method: string;
  readonly params: JsonObject | undefined;
}

/**
 * Judges what a server asks of the client inside of a result or a notice (multi round-trip requests, 2026-07-28). The
 * answer is why `holder` cannot be handed over, if it cannot: no question can be left out, the server waits for all.
 */
export async function judgeInputs(
  desk: Desk,
  holder: JsonValue | undefined,
): Promise<ReasonCode | undefined> {
  const inputs = inputRequestsOf(holder);
  if (!inputs.ok) return "invalid-params";
  return await firstBlocker(
    desk,
    inputs.value.map(({ method, params }) => ({ direction: "to-client", method, params })),
  );
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
    const blocker = await judgeQuestion(desk, question);
    if (blocker !== undefined) return blocker;
  }
  return undefined;
}

async function judgeQuestion(
  desk: Desk,
  { direction, method, params }: Question,
): Promise<ReasonCode | undefined> {
  const read = readSubject(method, params);
  if (!read.ok) return "invalid-params";
  const { settled } = await desk.judge.judge({
    direction,
    form: "input",
    method,
    subject: read.value,
    params,
  });
  // INVARIANT: the settle table holds requests alone; waiting here would hold up the whole direction.
  return settled.verdict === "forward" || settled.verdict === "redact" ? undefined : settled.reason;
}
