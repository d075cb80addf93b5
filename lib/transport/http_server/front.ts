/** Everything of the front but the socket: a request in, an answer out. */
import { within } from "../../base/mod.ts";
import { eraOf, type Incoming, type ReadFrame, readFrame } from "../../wire/mod.ts";
import type { HttpAnswer } from "./answer.ts";
import { readBody } from "./body.ts";
import { Budget } from "./budget.ts";
import { crossOriginHeaders, preflightAnswer } from "./cors.ts";
import { type Denial, denialAnswer } from "./denial.ts";
import { DenialLog } from "./denial_log.ts";
import { type Desk, isDenial, type Outcome, SessionCounts, TOO_MANY_REQUESTS } from "./desk.ts";
import {
  acceptProblem,
  bearerOf,
  bodyProblem,
  guard,
  type GuardRules,
  POST_TYPES,
  type Route,
} from "./guards.ts";
import { hostRules } from "./hosts.ts";
import { type Knock, LegacyFront, SESSION_HEADER } from "./legacy_front.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { ModernFront } from "./modern_front.ts";
import { OldPair } from "./old_pair.ts";
import type { McpServerOptions } from "./options.ts";
import type { Authenticated, Caller } from "./ports.ts";
import { Unread } from "./pressure.ts";
import { ReplayShelf } from "./replay.ts";
import { LEGACY_VERSIONS, MODERN_VERSIONS, VERSION_HEADER } from "./versions.ts";

/** Beside requests, notices and replies pass: without them no request comes to its end. */
const TELLING = 1_024;

export class Front<C extends Caller> {
  readonly #options: McpServerOptions<C>;
  readonly #rules: GuardRules;
  readonly #desk: Desk<C>;
  readonly #denials: DenialLog;
  readonly #bodies: Budget;
  /** Bodies that are being read, or wait for room. */
  readonly #posts: Budget;
  readonly #legacy: LegacyFront<C>;
  readonly #modern: ModernFront<C>;
  readonly #old: OldPair<C>;

  /** `port`: the one that is listened on. */
  constructor(options: McpServerOptions<C>, port: number) {
    const { hostname, hosts = [], origins = [], tls, path = "/mcp", legacySse = false } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const nowMs = () => options.clock.monotonicMs();
    this.#options = options;
    this.#rules = {
      hosts: hostRules({ hostname, port, tls: tls !== undefined, hosts, origins }),
      path,
      legacySse,
    };
    this.#desk = {
      limits,
      nowMs,
      log: options.log,
      sessions: options.sessions,
      counts: new SessionCounts(limits),
      requests: new Budget(limits.requests),
      replay: new ReplayShelf(limits.replayBytesInAll),
      unread: new Unread(),
      endings: new Set(),
      isDraining: false,
    };
    this.#posts = new Budget(limits.requests + TELLING);
    this.#denials = new DenialLog(options.log, nowMs);
    this.#bodies = new Budget(limits.bodyBytesInAll);
    this.#legacy = new LegacyFront(this.#desk);
    this.#modern = new ModernFront(this.#desk);
    this.#old = new OldPair(this.#desk);
  }

  /** Answers one request. `peer`: the address that it comes from. ATTACKER-CONTROLLED. */
  async handle(request: Request, peer: string): Promise<HttpAnswer> {
    const outcome = await this.#take(request, peer);
    if (isDenial(outcome)) this.#denials.note(outcome);
    const answer = isDenial(outcome) ? denialAnswer(outcome) : outcome;
    const headers = crossOriginHeaders(request, this.#rules.hosts);
    return headers === undefined ? answer : { ...answer, headers: { ...answer.headers, ...headers } };
  }

  /** Ends what is idle, stalled or too old. Called every now and then. */
  sweep(): void {
    this.#legacy.sweep();
    this.#modern.sweep();
    this.#old.sweep();
    this.#desk.unread.sweep();
    this.#denials.sweep();
  }

  /** Takes nothing new, waits for the answers that are under way, and closes everything. */
  async close(): Promise<void> {
    this.#desk.isDraining = true;
    this.#modern.drain();
    await within(this.#desk.requests.empty(), this.#desk.limits.drainMs);
    await Promise.all([this.#legacy.close(), this.#modern.close(), this.#old.close()]);
    await Promise.all(this.#desk.endings);
    this.#denials.sweep();
  }

  async #take(request: Request, peer: string): Promise<Outcome> {
    const url = URL.parse(request.url);
    if (url === null) return NO_ADDRESS;
    const guarded = guard(url, request, this.#rules);
    if (guarded.kind === "denied") return guarded.denial;
    if (guarded.kind === "preflight") return preflightAnswer(request);
    const { method, headers } = request;
    const authenticated = await this.#options.authenticate({
      bearer: bearerOf(headers),
      method,
      path: url.pathname,
      peer,
    });
    if (authenticated.kind === "challenge") return challenged(authenticated);
    const knock = { caller: authenticated.caller, headers, request };
    if (method === "POST") return await this.#post(request, { knock, url, route: guarded.route });
    if (guarded.route === "sse") return await this.#old.listen(knock);
    if (MODERN_VERSIONS.includes(headers.get(VERSION_HEADER) ?? "")) return POST_ALONE;
    return method === "GET" ? this.#legacy.listen(knock) : this.#legacy.leave(knock);
  }

  async #post(request: Request, at: Posted<C>): Promise<Outcome> {
    const problem = bodyProblem(request.headers, this.#desk.limits.maxBodyBytes) ??
      (at.route === "mcp" ? acceptProblem(request.headers, POST_TYPES) : undefined);
    if (problem !== undefined) return problem;
    if (!this.#posts.take(1)) return TOO_MANY_REQUESTS;
    const held = new Budget(Infinity, this.#bodies);
    try {
      const frame = await this.#read(request, held);
      return isFrame(frame) ? await this.#hand(frame, at, () => held.giveAll()) : frame;
    } finally {
      this.#posts.give(1);
      held.giveAll();
    }
  }

  /** The body itself is not kept: its request may wait for long. */
  async #read(request: Request, held: Budget): Promise<ReadFrame | Denial> {
    const body = await readBody(request, this.#desk.limits, held);
    if (body.kind === "denied") return body.denial;
    const { bytes } = body;
    return { kind: "read", incoming: readFrame({ kind: "line", bytes }), bytes: bytes.length };
  }

  /** `taken`: called once the session has it. */
  async #hand(frame: ReadFrame, { knock, url, route }: Posted<C>, taken: () => void): Promise<Outcome> {
    if (route === "messages") return await this.#old.post({ ...knock, url, frame });
    const side = isModern(frame.incoming, knock.headers) ? this.#modern : this.#legacy;
    return await side.post(knock, frame, taken);
  }
}

interface Posted<C extends Caller> {
  readonly knock: Knock<C>;
  readonly url: URL;
  readonly route: Route;
}

function isFrame(frame: ReadFrame | Denial): frame is ReadFrame {
  return "incoming" in frame;
}

/**
 * The body says which era a request is of. Where it does not, the header does: a version that no legacy client sends is
 * answered in the modern way, which tells its client what is wrong.
 */
function isModern(incoming: Incoming, headers: Headers): boolean {
  if ((incoming.kind === "request" || incoming.kind === "notice") && eraOf(incoming.params) === "modern") {
    return true;
  }
  const version = headers.get(VERSION_HEADER);
  return version !== null && !LEGACY_VERSIONS.includes(version) && !headers.has(SESSION_HEADER);
}

const NO_ADDRESS: Denial = { status: 400, reason: "host", message: "The address is malformed" };

const POST_ALONE: Denial = {
  status: 405,
  reason: "method",
  message: "Method not allowed",
  headers: { allow: "POST" },
};

function challenged({ status, challenge, message }: Authenticated<Caller> & { kind: "challenge" }): Denial {
  return { status, reason: "bearer", message, headers: { "www-authenticate": challenge } };
}
