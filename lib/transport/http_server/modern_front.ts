/**
 * Requests of the modern era: POST alone, each its own exchange, no sessions on the wire (2026-07-28, "Streamable HTTP").
 * All requests of one caller share one session behind the front.
 */
import type { ReadFrame, RequestMessage } from "../../wire/mod.ts";
import { emptyAnswer } from "./answer.ts";
import { type Denial, DRAINING } from "./denial.ts";
import { type Desk, endAside, type Outcome, TOO_MANY_REQUESTS } from "./desk.ts";
import { type Knock, malformedBody, refusedSession } from "./legacy_front.ts";
import { headerProblem, noticeProblem, requestProblem } from "./modern_rules.ts";
import type { Caller, Opened } from "./ports.ts";
import { SharedSession } from "./shared_session.ts";

export class ModernFront<C extends Caller> {
  readonly #desk: Desk<C>;
  /** By caller. */
  readonly #sessions = new Map<string, Promise<SharedSession | Denial>>();
  /** By caller: what is being closed. A next one is opened only once it is gone. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(desk: Desk<C>) {
    this.#desk = desk;
  }

  /** Takes a body that was read. ATTACKER-CONTROLLED. `taken`: told once it is on its way. */
  async post(knock: Knock<C>, frame: ReadFrame, taken: () => void): Promise<Outcome> {
    const { incoming } = frame;
    if (incoming.kind === "malformed" || incoming.kind === "batch" || incoming.kind === "reply") {
      // Only where there is a session already: it is not worth an upstream.
      const session = await this.#sessions.get(knock.caller.key);
      if (session instanceof SharedSession) session.tell(frame);
      return incoming.kind === "malformed" ? malformedBody(incoming) : NOT_MODERN;
    }
    const problem = incoming.kind === "request"
      ? requestProblem(knock.headers, incoming)
      : noticeProblem(knock.headers, incoming);
    if (problem !== undefined) return withId(problem, incoming);
    const session = await this.#session(knock.caller);
    if (!(session instanceof SharedSession)) return session;
    const params = incoming.kind === "request" ? session.paramHeaders(incoming) : [];
    const mismatch = params.length === 0 ? undefined : headerProblem(knock.headers, incoming, params);
    if (mismatch !== undefined) return withId(mismatch, incoming);
    await session.takesMore();
    if (session.isEnded) return ENDED;
    if (incoming.kind === "notice") {
      session.tell(frame);
      return emptyAnswer(202);
    }
    const flooded = this.#admit(session);
    if (flooded !== undefined) return flooded;
    const { answer } = session.ask(frame, incoming, knock.request.signal);
    taken();
    return await answer;
  }

  /** Streams that last for as long as their clients like end now. */
  drain(): void {
    for (const opening of this.#sessions.values()) {
      opening.then((session) => session instanceof SharedSession && session.endLasting(), () => {});
    }
  }

  sweep(): void {
    for (const [key, opening] of this.#sessions) {
      opening.then((session) => {
        if (!(session instanceof SharedSession)) return;
        session.sweep();
        if (session.isIdle) this.#endIdle(key, session);
      }, () => {}); // whoever asked for it was told why it did not open
    }
  }

  async close(): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    await Promise.allSettled(
      sessions.map((session) =>
        session.status === "fulfilled" && session.value instanceof SharedSession
          ? session.value.end("shutdown")
          : undefined
      ),
    );
  }

  #session(caller: C): Promise<SharedSession | Denial> {
    const known = this.#sessions.get(caller.key);
    if (known !== undefined) return known;
    if (this.#desk.isDraining) return Promise.resolve(DRAINING);
    const full = this.#desk.counts.enter(caller);
    if (full !== undefined) return Promise.resolve(full);
    const opening: Promise<SharedSession | Denial> = this.#open(caller, () => {
      if (this.#sessions.get(caller.key) !== opening) return;
      this.#sessions.delete(caller.key);
      this.#desk.counts.leave(caller);
    });
    this.#sessions.set(caller.key, opening);
    return opening;
  }

  async #open(caller: C, forget: () => void): Promise<SharedSession | Denial> {
    let opened: Opened | undefined;
    await this.#closing.get(caller.key);
    try {
      const session = new SharedSession(this.#desk);
      opened = await this.#desk.sessions.shared(caller, session);
      if (opened.kind === "refusal") return refusedSession(opened);
      session.begin({ client: opened.session, onEnd: forget });
      return session;
    } finally {
      if (opened?.kind !== "session") forget();
    }
  }

  #endIdle(key: string, session: SharedSession): void {
    const ended = endAside(this.#desk, session.end("idle"));
    this.#closing.set(key, ended.finally(() => this.#closing.delete(key)));
  }

  #admit(session: SharedSession): Denial | undefined {
    if (this.#desk.isDraining) return DRAINING;
    const full = session.requests >= this.#desk.limits.requestsPerSession || !this.#desk.requests.take(1);
    return full ? TOO_MANY_REQUESTS : undefined;
  }
}

const ENDED: Denial = {
  status: 503,
  reason: "no-session",
  message: "The session has ended",
  headers: { "retry-after": "1" },
};

const NOT_MODERN: Denial = {
  status: 400,
  reason: "message",
  message: "Invalid request: a body is one request or one notification",
};

function withId(
  denial: Denial,
  message: { readonly kind: string; readonly id?: RequestMessage["id"] },
): Denial {
  return message.id === undefined ? denial : { ...denial, id: message.id };
}
