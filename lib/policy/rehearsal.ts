/**
 * Calls put to a policy one after the other, as they would come through a firewall: what is forwarded is charged and
 * remembered, labels stay on their session. For cases and simulations; no entry is written and nothing leaves.
 */
import {
  type AccessRequest,
  type Decision,
  effectsOf,
  type Report,
  resolve,
  settleCall,
  type SettledCall,
} from "../verdict/mod.ts";
import type { Book } from "./book.ts";
import type { Policy } from "./policy.ts";

/** A call on the stage. Its request knows the labels and the calls of its session. */
export interface Rehearsed {
  readonly request: AccessRequest;
  readonly report: Report;
  /** Resolved. */
  readonly decision: Decision;
  readonly settled: SettledCall;
}

/** What becomes of a call: its charges and marks are those of a decision. */
export type Consequences = Pick<Decision, "charges" | "marks" | "rules" | "duties">;

interface Approving {
  readonly cleared?: readonly string[];
  readonly nowMs?: number;
}

interface Session {
  calls: number;
  readonly labels: Set<string>;
}

/** Sessions that are remembered at most: the oldest is forgotten first, as recordings may hold any number of them. */
const MAX_SESSIONS = 10_000;

export class Rehearsal {
  readonly policy: Policy;
  readonly book: Book;
  readonly #sessions = new Map<string, Session>();

  constructor(policy: Policy, book: Book) {
    this.policy = policy;
    this.book = book;
  }

  /** The request with what the session has on it by now. */
  onStage(request: AccessRequest): AccessRequest {
    const session = this.#sessions.get(request.context.session);
    if (session === undefined) return request;
    const labels = [...new Set([...session.labels, ...request.context.labels])];
    return { ...request, context: { ...request.context, labels, calls: session.calls } };
  }

  /** What the firewall would say now. Changes nothing. */
  judge(asked: AccessRequest, report: Report): Rehearsed {
    const request = this.onStage(asked);
    const usage = this.book.usageAt(request.context.nowMs);
    const decision = resolve(this.policy.decide(request, report), usage);
    const masked = decision.duties.redactFields.length > 0;
    const settled = settleCall({ decision, report, faults: [], form: "request", masked });
    return { request, report, decision, settled };
  }

  /** The call left. */
  forward({ context }: AccessRequest, consequences: Consequences): void {
    this.book.apply(effectsOf(consequences, "forwarded"), context.nowMs);
    this.#session(context.session).calls++;
  }

  /** The call was refused, by the policy or by a person. */
  refuse({ context }: AccessRequest, consequences: Consequences): void {
    this.book.apply(effectsOf(consequences, "refused"), context.nowMs);
  }

  /** A person let a held call pass at `nowMs`, and took `cleared` off the session. */
  approve(
    { context }: AccessRequest,
    consequences: Consequences,
    { cleared = [], nowMs = context.nowMs }: Approving = {},
  ): void {
    this.book.apply(effectsOf(consequences, "approved"), nowMs);
    const session = this.#session(context.session);
    session.calls++;
    for (const label of cleared) session.labels.delete(label);
  }

  /** The result was handed over at `nowMs`: its labels are on the session from here on. */
  release({ context }: AccessRequest, { duties, marks }: Consequences, nowMs = context.nowMs): void {
    this.label(context.session, duties.labels);
    if (duties.labels.length > 0) this.book.apply({ charges: [], marks: marks.labelled }, nowMs);
  }

  /** Puts labels on a session. */
  label(session: string, labels: readonly string[]): void {
    if (labels.length === 0) return;
    const known = this.#session(session).labels;
    for (const label of labels) known.add(label);
  }

  /** The session is over: nothing of it is needed any more. */
  end(session: string): void {
    this.#sessions.delete(session);
    this.book.end(session);
  }

  #session(id: string): Session {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    if (this.#sessions.size >= MAX_SESSIONS) {
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest);
        break;
      }
    }
    const session = { calls: 0, labels: new Set<string>() };
    this.#sessions.set(id, session);
    return session;
  }
}
