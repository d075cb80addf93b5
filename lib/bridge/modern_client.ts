/** A modern client in front of a legacy server. */
import { type JsonObject } from "../base/mod.ts";
import {
  batchRefusal,
  cancelledIdOf,
  type ClientPlace,
  encodeFrame,
  eraOf,
  idKey,
  methodInfo,
  type NoticeMessage,
  noticeProgressTokenOf,
  protocolVersionOf,
  type ReadFrame,
  readLine,
  type RequestMessage,
  subscriptionIdOf,
  withNoticeProgressToken,
} from "../wire/mod.ts";
import { answer, clientOf, keyOf, onePlace, refuseTwin } from "./client_side.ts";
import { errorOf, noticeFrame } from "./frames.ts";
import { discoverResult, type ServerFacts } from "./handshake.ts";
import { Listens } from "./listens.ts";
import type { BridgeOptions } from "./options.ts";
import { isAskable, isQuestion, mayBeAsked } from "./questions.ts";
import {
  CODE,
  factsOf,
  legacyParams,
  logRank,
  META,
  MODERN_VERSION,
  objectIn,
  valueIn,
} from "./revisions.ts";
import type { Translator } from "./translator.ts";
import type { Open, Upcall } from "./upcall.ts";
import { Upcalls } from "./upcalls.ts";
import type { Upstream } from "./upstream.ts";

// A server asks for the roots when it likes, and waits for a minute.
const MOST_EARLY_QUESTIONS = 4;
const LONGEST_EARLY_BYTES = 16 * 1024;

const NOT_HERE = errorOf(CODE.noMethod, "Method not found");
const NOBODY = errorOf(CODE.internal, "There is no request of the client that this could be asked about");
const NO_CLIENT = errorOf(CODE.internal, "The client has left");

export class ModernClient implements Translator {
  readonly #options: BridgeOptions;
  readonly #upstream: Upstream;
  readonly #server: ServerFacts;
  readonly #upcalls: Upcalls;
  readonly #listens: Listens;
  /** Questions for the roots that came while no request was under way: one client alone is there to answer them. */
  readonly #early = new Map<string, Open>();
  readonly #one: ClientPlace;
  /** Did every frame come without a place: is there one client alone? */
  #isAlone = true;
  /** What the server was told to log. */
  #logRank = Infinity;
  #toldOfReply = false;

  constructor(options: BridgeOptions, upstream: Upstream, server: ServerFacts) {
    this.#options = options;
    this.#upstream = upstream;
    this.#server = server;
    this.#one = onePlace(options.toClient);
    this.#upcalls = new Upcalls({
      ...options,
      upstream,
      info: server.info,
      onBeside: (line, upcall) => this.#hear(line, upcall),
    });
    this.#listens = new Listens(upstream, server.capabilities, (line) => this.hear(line));
  }

  take(frame: ReadFrame, place?: ClientPlace): void {
    const { incoming } = frame;
    if (place !== undefined) this.#isAlone = false;
    switch (incoming.kind) {
      case "request":
        return this.#request(incoming, frame, place);
      case "notice":
        return this.#notice(incoming, place ?? this.#one);
      case "reply":
        return this.#dropReply();
      case "batch":
        return this.#options.gate.take({ ...frame, incoming: batchRefusal(incoming) }, place);
      case "malformed":
        return this.#options.gate.take(frame, place);
    }
  }

  hear(line: string): void {
    this.#hear(line, undefined);
  }

  /** What was asked or logged about a request that has ended must not be taken for the business of another client. */
  hearLate(line: string): void {
    const message = readLine(line);
    const isQuestionOfIt = message.kind === "request" && isQuestion(message.method);
    if (isQuestionOfIt) return this.#upstream.answer(message.id, NOBODY);
    if (message.kind !== "notice" || message.method !== "notifications/message") this.#hear(line, undefined);
  }

  clientDone(): void {
    this.#upcalls.end();
    for (const { id } of this.#early.values()) if (id !== undefined) this.#upstream.answer(id, NO_CLIENT);
    this.#early.clear();
  }

  #request(message: RequestMessage, frame: ReadFrame, place: ClientPlace | undefined): void {
    const { id, method, params } = message;
    // Not of this era: the server may make of it what it likes.
    if (eraOf(params) === "legacy") return this.#options.gate.take(frame, place);
    const client = clientOf(id, place ?? this.#one);
    if (this.#upcalls.has(client.key) || this.#listens.has(client.key)) return refuseTwin(client.place);
    const version = protocolVersionOf(params);
    if (version !== MODERN_VERSION) return answer(client, wrongVersion(version));
    if (method === "server/discover") return answer(client, { result: discoverResult(this.#server) });
    if (method === "subscriptions/listen") return void this.#listens.open(message, client);
    if (isLegacyOnly(method)) return answer(client, NOT_HERE);
    if (valueIn(params, "requestState") !== undefined) return this.#upcalls.resume(message, client);
    this.#setLogLevel(params);
    this.#upcalls.send(message, client, this.#earlyFor(message));
  }

  #notice({ method, params }: NoticeMessage, place: ClientPlace): void {
    if (method === "notifications/cancelled") {
      const id = cancelledIdOf(params), key = id === undefined ? undefined : keyOf(place.scope, id);
      // One that is about nothing under way crossed its answer.
      if (key !== undefined && !this.#listens.cancel(key)) this.#upcalls.cancel(key, params?.reason);
      return;
    }
    if (methodInfo(method)?.eras.includes("modern") === false) return;
    const own = params === undefined ? undefined : legacyParams(params, undefined);
    this.#options.gate.take(noticeFrame(method, own), place);
  }

  /** A modern client is asked nothing by request. What answers a question all the same may be another client's guess. */
  #dropReply(): void {
    if (!this.#toldOfReply) {
      this.#options.log("dropped a reply of the client: it was asked nothing by request");
    }
    this.#toldOfReply = true;
  }

  /** A line of the gate. `about`: the call on whose stream it came. */
  #hear(line: string, about: Upcall | undefined): void {
    const message = readLine(line);
    if (message.kind === "request") return this.#asked(message, about);
    if (message.kind === "notice") return this.#told(message, about);
    // Errors of the gate, to a client that sent what cannot be answered otherwise.
    this.#options.toClient(line);
  }

  #asked(message: RequestMessage, about: Upcall | undefined): void {
    const { id, method } = message;
    if (method === "ping") return this.#upstream.answer(id, { result: {} });
    if (!isQuestion(method)) return this.#upstream.answer(id, NOT_HERE);
    const upcall = about ?? this.#upcalls.only();
    if (upcall !== undefined) return this.#upcalls.put(upcall, message);
    // Roots are about no call in particular; anything else, asked in the wrong place, would be answered as something else.
    const waits = method === "roots/list" && this.#isAlone && this.#early.size < MOST_EARLY_QUESTIONS &&
      message.bytes <= LONGEST_EARLY_BYTES;
    if (!waits) return this.#upstream.answer(id, NOBODY);
    this.#early.set(idKey(id), { id, method, params: message.params, size: message.bytes });
  }

  #earlyFor({ method, params }: RequestMessage): readonly Open[] {
    if (this.#early.size === 0 || !isAskable(method)) return [];
    const { capabilities } = factsOf(params);
    const early = [...this.#early].filter(([, question]) => mayBeAsked(capabilities, question));
    for (const [key] of early) this.#early.delete(key);
    return early.map(([, question]) => question);
  }

  #told(notice: NoticeMessage, about: Upcall | undefined): void {
    const { method, params } = notice;
    if (method === "notifications/cancelled") return this.#withdraw(notice);
    if (this.#listens.tell(notice)) return;
    if (method === "notifications/message") return this.#log(notice, about);
    const { waiting } = about ?? {};
    if (method === "notifications/progress") {
      if (waiting?.token === undefined || noticeProgressTokenOf(params) === undefined) return;
      return waiting.place.beside(encodeFrame(withNoticeProgressToken(notice.value, waiting.token)));
    }
    // All others of MCP are of one era alone; a legacy server has no subscription to speak of.
    if (methodInfo(method) !== undefined || subscriptionIdOf(params) !== undefined) return;
    // Of nobody in particular: only a client that is alone can be meant.
    if (about === undefined && this.#isAlone) this.#options.toClient(encodeFrame(notice.value));
    waiting?.place.beside(encodeFrame(notice.value));
  }

  #withdraw(notice: NoticeMessage): void {
    const id = cancelledIdOf(notice.params);
    if (id !== undefined && this.#early.delete(idKey(id))) return;
    this.#upcalls.withdraw(notice);
  }

  /** A client hears of the log what its request asked for. */
  #log({ params, value }: NoticeMessage, about: Upcall | undefined): void {
    const rank = logRank(params?.level);
    if (rank === undefined) return;
    // It does not say what it is about; where there is only one call, it is that.
    const call = about ?? this.#upcalls.lone();
    if (call !== undefined) {
      if (rank >= (call.waiting?.rank ?? Infinity)) call.waiting?.place.beside(encodeFrame(value));
    } else if (this.#isAlone && this.#upcalls.wantsLog(rank)) {
      this.#options.toClient(encodeFrame(value));
    }
  }

  /** One level for all who call: the most talkative that was asked for. Each hears its own part. */
  #setLogLevel(params: JsonObject | undefined): void {
    const level = valueIn(objectIn(params, "_meta"), META.logLevel), rank = logRank(level);
    const logs = objectIn(this.#server.capabilities, "logging") !== undefined;
    if (!logs || rank === undefined || level === undefined || rank >= this.#logRank) return;
    this.#logRank = rank;
    this.#upstream.reply({ method: "logging/setLevel", params: { level } }, (line) => this.hear(line));
  }
}

/** MCP's own, and of the other era: `tasks/*` are another thing there. */
function isLegacyOnly(method: string): boolean {
  return methodInfo(method)?.eras.includes("modern") === false || method.startsWith("tasks/");
}

function wrongVersion(requested: string | undefined) {
  // Its own word, and no longer than a version is.
  const shown = (requested ?? "").slice(0, 32).toWellFormed();
  return errorOf(CODE.unsupportedVersion, "Unsupported protocol version", {
    supported: [MODERN_VERSION],
    requested: shown,
  });
}
