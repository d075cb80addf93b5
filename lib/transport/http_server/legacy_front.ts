/** Requests of the legacy era: POST, GET and DELETE within sessions (2025-11-25, "Streamable HTTP"). */
import type { Id, Incoming, Malformed, ReadFrame } from "../../wire/mod.ts";
import { emptyAnswer, streamAnswer } from "./answer.ts";
import { type Denial, DRAINING, SESSION_UNKNOWN } from "./denial.ts";
import { type Desk, endAside, type Outcome, TOO_MANY_REQUESTS } from "./desk.ts";
import { acceptProblem, EVENT_STREAM, JSON_TYPE } from "./guards.ts";
import { LegacySession } from "./legacy_session.ts";
import { prefers } from "./media.ts";
import type { Caller, Opened } from "./ports.ts";
import { LEGACY_VERSIONS, VERSION_HEADER } from "./versions.ts";

export const SESSION_HEADER = "mcp-session-id";

const SESSION_MISSING: Denial = {
  status: 400,
  reason: "session-missing",
  message: "Mcp-Session-Id is missing",
};

/** One request, as far as it was looked at. */
export interface Knock<C extends Caller> {
  readonly caller: C;
  readonly headers: Headers;
  /** Its signal: the client has gone. */
  readonly request: Pick<Request, "signal">;
}

export class LegacyFront<C extends Caller> {
  readonly #desk: Desk<C>;
  readonly #sessions = new Map<string, LegacySession<C>>();
  #isClosed = false;

  constructor(desk: Desk<C>) {
    this.#desk = desk;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** Takes a body that was read. ATTACKER-CONTROLLED. `taken`: told once it is on its way. */
  async post(knock: Knock<C>, frame: ReadFrame, taken: () => void): Promise<Outcome> {
    const problem = versionProblem(knock.headers);
    if (problem !== undefined) return problem;
    const { incoming } = frame;
    const opens = incoming.kind === "request" && incoming.method === "initialize";
    if (opens && !knock.headers.has(SESSION_HEADER)) {
      return await this.#open(knock.caller, frame, incoming.id);
    }
    const session = this.#find(knock);
    if (!(session instanceof LegacySession)) return session;
    session.use();
    const refusal = refusalOf(incoming, session) ?? (opens ? INITIALIZED : undefined);
    if (refusal !== undefined) {
      // Nothing of it is forwarded, and the ledger has it: what is malformed for us is that for the gate, too.
      if (incoming.kind === "malformed" || incoming.kind === "batch") session.tell(frame);
      return refusal;
    }
    await session.takesMore();
    if (session.isEnded) return SESSION_UNKNOWN;
    if (!wantsAnswer(incoming)) {
      session.tell(frame);
      return emptyAnswer(202);
    }
    const flooded = this.#admit(session);
    if (flooded !== undefined) return flooded;
    const { answer } = session.ask(frame, {
      ids: idsOf(incoming),
      isBatch: incoming.kind === "batch",
      asStream: prefers(knock.headers.get("accept"), EVENT_STREAM, JSON_TYPE),
    });
    taken();
    return await answer;
  }

  /** A stream to listen on, or one that is taken up again. */
  listen(knock: Knock<C>): Outcome {
    const problem = versionProblem(knock.headers) ?? acceptProblem(knock.headers, [EVENT_STREAM]);
    if (problem !== undefined) return problem;
    const session = this.#find(knock);
    if (!(session instanceof LegacySession)) return session;
    session.use();
    const lastEventId = knock.headers.get("last-event-id");
    const opening = lastEventId === null ? session.streams.listen() : session.streams.resume(lastEventId);
    return "denial" in opening ? opening.denial : streamAnswer(opening.body);
  }

  /** The client does not need its session any more. Answered once it is gone: then there is room for another one. */
  async leave(knock: Knock<C>): Promise<Outcome> {
    const problem = versionProblem(knock.headers);
    if (problem !== undefined) return problem;
    const session = this.#find(knock);
    if (!(session instanceof LegacySession)) return session;
    this.#sessions.delete(session.id);
    await endAside(this.#desk, session.end("deleted"));
    return emptyAnswer(204);
  }

  /** Ends what is idle, tends what is not. */
  sweep(): void {
    for (const session of this.#sessions.values()) {
      session.streams.sweep();
      if (!session.isIdle()) continue;
      this.#sessions.delete(session.id);
      endAside(this.#desk, session.end("idle"));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.allSettled(sessions.map((session) => session.end("shutdown")));
  }

  async #open(caller: C, frame: ReadFrame, id: Id): Promise<Outcome> {
    const full = this.#enter(caller);
    if (full !== undefined) return full;
    const session = new LegacySession(this.#desk, caller);
    const refused = await this.#begin(session);
    if (refused !== undefined) return refused;
    if (session.isEnded) {
      this.#desk.requests.give(1);
      return refusedSession(UNOPENED);
    }
    // The end came while it opened, was not put off for so long, and saw nothing to close.
    if (this.#isClosed) {
      this.#desk.requests.give(1);
      await session.end("shutdown");
      return DRAINING;
    }
    this.#sessions.set(session.id, session);
    const onDone = (line: string | undefined) => {
      if (session.shakeHands(line)) return;
      this.#sessions.delete(session.id);
      endAside(this.#desk, session.end("unopened"));
    };
    return await session.ask(frame, { ids: [id], isBatch: false, onDone }).answer;
  }

  #enter(caller: C): Denial | undefined {
    const { isDraining, counts, requests } = this.#desk;
    if (isDraining) return DRAINING;
    if (!requests.take(1)) return TOO_MANY_REQUESTS;
    const full = counts.enter(caller);
    if (full !== undefined) requests.give(1);
    return full;
  }

  /** Why there is no session behind it, if there is none; then nothing is counted for it. */
  async #begin(session: LegacySession<C>): Promise<Denial | undefined> {
    let opened: Opened = UNOPENED;
    try {
      opened = await this.#desk.sessions.open(session.caller, session.streams);
      if (opened.kind === "refusal") return refusedSession(opened);
      session.begin(opened.session);
      opened.session.closed.then(() => this.#endClosed(session));
      return undefined;
    } finally {
      // Also where the port threw.
      if (opened.kind === "refusal") {
        this.#desk.counts.leave(session.caller);
        this.#desk.requests.give(1);
      }
    }
  }

  /** The other side closed it. */
  async #endClosed(session: LegacySession<C>): Promise<void> {
    this.#sessions.delete(session.id);
    await session.end();
  }

  #admit(session: LegacySession<C>): Denial | undefined {
    if (this.#desk.isDraining) return DRAINING;
    const full = session.requests >= this.#desk.limits.requestsPerSession || !this.#desk.requests.take(1);
    return full ? TOO_MANY_REQUESTS : undefined;
  }

  /** The session of this caller: that there is one of somebody else's does not show. */
  #find({ caller, headers }: Knock<C>): LegacySession<C> | Denial {
    const id = headers.get(SESSION_HEADER);
    if (id === null) return SESSION_MISSING;
    const session = this.#sessions.get(id);
    return session?.caller.key === caller.key ? session : SESSION_UNKNOWN;
  }
}

const UNOPENED = { kind: "refusal", status: 502, message: "The MCP server has ended" } as const;

const INITIALIZED: Denial = {
  status: 400,
  reason: "message",
  message: "The session is initialized already",
};

export function refusedSession({ status, message, retryAfterS }: Opened & { kind: "refusal" }): Denial {
  const headers = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
  return { status, reason: "no-session", message, headers };
}

function versionProblem(headers: Headers): Denial | undefined {
  const version = headers.get(VERSION_HEADER);
  if (version === null || LEGACY_VERSIONS.includes(version)) return undefined;
  return {
    status: 400,
    reason: "protocol-version",
    message: "MCP-Protocol-Version is not one that is spoken here",
  };
}

function refusalOf(incoming: Incoming, session: { readonly takesBatches: boolean }): Denial | undefined {
  if (incoming.kind === "malformed") return malformedBody(incoming);
  if (incoming.kind !== "batch" || session.takesBatches) return undefined;
  return { status: 400, reason: "batch", message: "Invalid request: batches are not accepted here" };
}

export function malformedBody({ code, message, id }: Malformed): Denial {
  return { status: 400, reason: "malformed", message, code, ...id !== null && { id } };
}

/** Does the gate answer it? In a batch, what is broken is answered as well, unless it looks like an answer itself. */
function wantsAnswer(incoming: Incoming): boolean {
  if (incoming.kind !== "batch") return incoming.kind === "request";
  return incoming.elements.some((one) => one.kind === "request" || (one.kind === "malformed" && !one.reply));
}

function idsOf(incoming: Incoming): readonly Id[] {
  if (incoming.kind === "request") return [incoming.id];
  if (incoming.kind !== "batch") return [];
  return incoming.elements.flatMap((element) => element.kind === "request" ? [element.id] : []);
}
