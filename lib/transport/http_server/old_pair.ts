/** HTTP with SSE as 2024-11-05 had it: one stream that everything comes on, and a second address for what goes up. */
import { randomBytes } from "../../base/mod.ts";
import { type ClientPlace, frameOfLine, type ReadFrame } from "../../wire/mod.ts";
import { emptyAnswer, streamAnswer } from "./answer.ts";
import { type Denial, DRAINING, SESSION_UNKNOWN } from "./denial.ts";
import { type Desk, endAside, type Outcome, TOO_MANY_REQUESTS } from "./desk.ts";
import { EventStream } from "./event_stream.ts";
import { acceptProblem, EVENT_STREAM } from "./guards.ts";
import { type Knock, malformedBody, refusedSession } from "./legacy_front.ts";
import type { Caller, ClientSession, CloseReason } from "./ports.ts";
import { Pressure } from "./pressure.ts";
import { unreachable } from "./replies.ts";

interface OldSession<C extends Caller> {
  readonly caller: C;
  readonly stream: EventStream;
  readonly client: ClientSession;
  /** Requests that wait for their answers. */
  readonly asked: Set<ClientPlace>;
}

export class OldPair<C extends Caller> {
  readonly #desk: Desk<C>;
  /** By id, which stands in the address of the second: SECRET. */
  readonly #sessions = new Map<string, OldSession<C>>();

  constructor(desk: Desk<C>) {
    this.#desk = desk;
  }

  /** GET /sse: a session, for as long as its stream is open. */
  async listen({ caller, headers }: Knock<C>): Promise<Outcome> {
    const problem = acceptProblem(headers, [EVENT_STREAM]) ??
      (this.#desk.isDraining ? DRAINING : this.#desk.counts.enter(caller));
    if (problem !== undefined) return problem;
    const id = randomBytes(24).toBase64({ alphabet: "base64url" });
    const { limits, nowMs, unread } = this.#desk;
    const pressure = new Pressure(limits, unread, nowMs);
    const onGone = () => void endAside(this.#desk, this.#end(id, "deleted"));
    const stream = new EventStream({ nowMs, pressure, type: "message", onGone });
    const body = stream.connect();
    const opened = await this.#open(caller, stream, pressure);
    if ("reason" in opened) return opened;
    // The end came while it opened, and saw nothing to close.
    if (this.#desk.isDraining) {
      this.#desk.counts.leave(caller);
      await opened.close("shutdown");
      return DRAINING;
    }
    this.#sessions.set(id, { caller, stream, client: opened, asked: new Set() });
    opened.closed.then(() => this.#end(id));
    stream.send({ type: "endpoint", data: `/messages?session=${id}` });
    return streamAnswer(body);
  }

  /** POST /messages: answers come on the stream. */
  async post(
    { caller, url, frame }: Knock<C> & { readonly url: URL; readonly frame: ReadFrame },
  ): Promise<Outcome> {
    const id = url.searchParams.get("session") ?? "", session = this.#sessions.get(id);
    if (session?.caller.key !== caller.key) return SESSION_UNKNOWN;
    await session.client.room();
    if (!this.#sessions.has(id)) return SESSION_UNKNOWN;
    const { incoming } = frame;
    if (incoming.kind === "request") return this.#ask(session, frame);
    // Without a place: as over one connection, also what is wrong with it is said there.
    session.client.take(frame);
    return incoming.kind === "malformed" ? malformedBody(incoming) : emptyAnswer(202);
  }

  sweep(): void {
    for (const { stream } of this.#sessions.values()) stream.keepAlive(this.#desk.limits.keepAliveMs);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#sessions.keys()].map((id) => this.#end(id, "shutdown")));
  }

  async #open(caller: C, stream: EventStream, pressure: Pressure): Promise<ClientSession | Denial> {
    let session: ClientSession | undefined;
    const send = (line: string) => {
      if (stream.isConnected) return stream.push(line);
      const answer = unreachable(line);
      if (answer !== undefined) session?.take(frameOfLine(answer));
    };
    try {
      const opened = await this.#desk.sessions.open(caller, { send, room: () => pressure.room() });
      if (opened.kind === "refusal") return refusedSession(opened);
      session = opened.session;
      return session;
    } finally {
      if (session === undefined) this.#desk.counts.leave(caller);
    }
  }

  /** At the end its answer is waited for, like that of any other request. */
  #ask({ client, stream, asked }: OldSession<C>, frame: ReadFrame): Outcome {
    if (this.#desk.isDraining) return DRAINING;
    if (asked.size >= this.#desk.limits.requestsPerSession || !this.#desk.requests.take(1)) {
      return TOO_MANY_REQUESTS;
    }
    const place: ClientPlace = {
      scope: "",
      reply: (line) => {
        if (line !== undefined) stream.push(line);
        if (asked.delete(place)) this.#desk.requests.give(1);
      },
      beside: (line) => stream.push(line),
    };
    asked.add(place);
    client.take(frame, place);
    return emptyAnswer(202);
  }

  /** `reason` absent: the other side closed it. */
  async #end(id: string, reason?: CloseReason): Promise<void> {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    this.#desk.requests.give(session.asked.size);
    session.asked.clear();
    session.stream.end();
    try {
      if (reason !== undefined) await session.client.close(reason);
    } finally {
      // Not before: its upstream is still there.
      this.#desk.counts.leave(session.caller);
    }
  }
}
