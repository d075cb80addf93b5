/** The calls of a modern client at a legacy server: sent, asked about, suspended, taken up again and answered. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import {
  cancelledIdOf,
  elicitationsOf,
  type Id,
  idKey,
  type NoticeMessage,
  type ReplyMessage,
  type RequestMessage,
} from "../wire/mod.ts";
import { answer, type Client } from "./client_side.ts";
import { type Answer, errorOf } from "./frames.ts";
import type { BridgeOptions } from "./options.ts";
import { isAskable, mayBeAsked, modernQuestion, type Question } from "./questions.ts";
import { codeOf, modernAnswer, withServerInfo } from "./results.ts";
import { CODE, legacyParams, objectIn, textIn, without } from "./revisions.ts";
import { Suspended } from "./suspended.ts";
import { LONGEST_KEPT, type Open, printOf, Upcall, waitingOf } from "./upcall.ts";
import type { Upstream } from "./upstream.ts";

export interface UpcallsOptions extends Pick<BridgeOptions, "pause" | "nowMs" | "secret"> {
  readonly upstream: Upstream;
  /** Who the server is. */
  readonly info: JsonObject | undefined;
  /** What the server said or asked on the stream of a call. */
  readonly onBeside: (line: string, upcall: Upcall) => void;
}

// A server that asks several things at once asks them one after the other.
const GATHER_MS = 20;
// What a server may ask about one call without an answer.
const MOST_QUESTIONS = 32;
const MOST_QUESTION_BYTES = 4 * 1024 * 1024;

const UNKNOWN_STATE = errorOf(CODE.invalidParams, "Invalid params: requestState is unknown, or too old");
const OTHER_CALL = errorOf(CODE.invalidParams, "Invalid params: requestState is of another call");
const BAD_RESPONSES = errorOf(CODE.invalidParams, "Invalid params: inputResponses holds what is no response");
const NOT_ABLE = errorOf(CODE.noMethod, "The client has not said that it can be asked this");
const TOO_MANY = errorOf(CODE.internal, "Too many questions about one request");
const NO_ANSWER = errorOf(CODE.internal, "The client gave no answer");
const NOBODY_LEFT = errorOf(CODE.internal, "What the MCP server asked for was not answered");
const NO_REPLY = errorOf(CODE.internal, "The request ended without an answer");

export class Upcalls {
  readonly #options: UpcallsOptions;
  /** By key: the requests of the client that wait for an answer. */
  readonly #waiting = new Map<string, Upcall>();
  readonly #suspended: Suspended;
  /** By the gate's id of a question: what it is about. */
  readonly #asked = new Map<string, { readonly upcall: Upcall; readonly name: string }>();
  #isOver = false;

  constructor(options: UpcallsOptions) {
    this.#options = options;
    this.#suspended = new Suspended({
      ...options,
      onExpired: (upcall) => this.#abandon(upcall, "no answer came"),
    });
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** The one call that a question can be about; `undefined` where there are none or several. */
  only(): Upcall | undefined {
    return this.#one((upcall) => isAskable(upcall.method));
  }

  /** The one call that is under way, whatever it is; also where its client is being asked. */
  lone(): Upcall | undefined {
    return this.#one(() => true);
  }

  #one(isMeant: (upcall: Upcall) => boolean): Upcall | undefined {
    let found: Upcall | undefined;
    for (const open of [this.#waiting.values(), this.#suspended.all()]) {
      for (const upcall of open) {
        if (upcall.upstreamId === undefined || !isMeant(upcall)) continue;
        // No further: a server may ask by the thousand while thousands of calls are open.
        if (found !== undefined) return undefined;
        found = upcall;
      }
    }
    return found;
  }

  /** Does any of them want such a line of the log? */
  wantsLog(rank: number): boolean {
    return [...this.#waiting.values()].some(({ waiting }) => rank >= (waiting?.rank ?? Infinity));
  }

  /** Sends a request of the client. `first`: questions that must be answered before it leaves. */
  send(message: RequestMessage, client: Client, first: readonly Open[] = []): void {
    const { params } = message;
    const upcall = new Upcall(message, waitingOf(client, params));
    // Its id is this request's from here on.
    this.#suspended.forgetKey(client.key);
    this.#waiting.set(client.key, upcall);
    if (first.length === 0) return this.#leave(upcall, message);
    upcall.parked = () => this.#leave(upcall, message);
    for (const question of first) this.#add(upcall, question);
    this.#ask(upcall);
  }

  /** Takes a call up again: `message` has the answers, and its client waits for the outcome from here on. */
  resume({ method, params }: RequestMessage, client: Client): void {
    const state = textIn(params, "requestState") ?? "";
    const upcall = this.#suspended.get(state);
    if (upcall === undefined) return answer(client, UNKNOWN_STATE);
    // It stays suspended: who has the right to take it up may still come.
    if (printOf(method, params) !== upcall.print) return answer(client, OTHER_CALL);
    const responses = objectIn(params, "inputResponses") ?? {};
    if (!Object.values(responses).every((one) => isJsonObject(one))) return answer(client, BAD_RESPONSES);
    this.#suspended.take(state);
    // Its id is this request's from here on.
    this.#suspended.forgetKey(client.key);
    upcall.waiting = waitingOf(client, params);
    this.#waiting.set(client.key, upcall);
    this.#hand(upcall, responses);
    this.#goOn(upcall);
  }

  /** The client takes a request back. False where it is none of these. */
  cancel(key: string, reason: JsonValue | undefined): boolean {
    const upcall = this.#waiting.get(key) ?? this.#suspended.takeByKey(key);
    if (upcall === undefined) return false;
    this.#abandon(upcall, typeof reason === "string" ? reason : "the client cancelled the request");
    return true;
  }

  /** A question of the server about a call. */
  put(upcall: Upcall, { id, method, params, bytes }: RequestMessage): void {
    const refusal = refusalOf(upcall, { method, params }, bytes);
    if (refusal !== undefined) return this.#options.upstream.answer(id, refusal);
    this.#add(upcall, { id, method, params, size: bytes });
    this.#suspended.shrink();
    if (upcall.waiting === undefined || upcall.isGathering) return;
    upcall.isGathering = true;
    this.#options.pause(GATHER_MS).then(() => {
      upcall.isGathering = false;
      this.#ask(upcall);
    });
  }

  /** The server takes a question back. False where it is none of these. */
  withdraw({ params }: NoticeMessage): boolean {
    const id = cancelledIdOf(params);
    const asked = id === undefined ? undefined : this.#asked.get(idKey(id));
    if (id === undefined || asked === undefined) return false;
    this.#asked.delete(idKey(id));
    asked.upcall.questions.delete(asked.name);
    return true;
  }

  /** The client sends nothing more: what it would have to come back for is given up. */
  end(): void {
    this.#isOver = true;
    this.#suspended.clear();
  }

  /** To the server, as a request of its own era. */
  #leave(upcall: Upcall, message: RequestMessage): void {
    const { method, params, bytes } = message;
    upcall.parked = undefined;
    const id = this.#options.upstream.nextId();
    upcall.upstreamId = id;
    const again = bytes <= LONGEST_KEPT ? () => this.#leave(upcall, message) : undefined;
    const token = upcall.waiting?.token === undefined ? undefined : id;
    // A task of the legacy era is what nobody here could ask about: its result would be lost.
    const own = method === "tools/call" && params !== undefined ? without(params, "task") : params;
    this.#options.upstream.ask({ method, params: legacyParams(own, token), bytes }, {
      onReply: (reply) => this.#take(upcall, reply, again),
      onBeside: (line) => this.#options.onBeside(line, upcall),
      onChallenge: (challenge) => upcall.waiting?.place.challenge?.(challenge),
    }, id);
  }

  #take(upcall: Upcall, reply: ReplyMessage | undefined, again: (() => void) | undefined): void {
    upcall.upstreamId = undefined;
    if (upcall.isOver) return;
    const outcome = reply === undefined ? NO_REPLY : modernAnswer(upcall.method, reply, this.#options.info);
    const urls = again === undefined ? [] : urlsOf(upcall, reply);
    if (urls.length > 0) {
      upcall.parked = again;
      for (const url of urls) this.#add(upcall, { ...url, declined: outcome });
      return upcall.waiting === undefined ? undefined : this.#ask(upcall);
    }
    upcall.outcome = outcome;
    if (upcall.waiting !== undefined) return this.#finish(upcall);
    upcall.outcomeSize = reply?.bytes ?? 0;
    this.#suspended.shrink();
  }

  #add(upcall: Upcall, question: Open): void {
    const name = upcall.add(question);
    if (question.id !== undefined) this.#asked.set(idKey(question.id), { upcall, name });
  }

  /** Answers the client with what is asked: it comes back with the answers, or never. */
  #ask(upcall: Upcall): void {
    const { waiting, questions, isOver } = upcall;
    if (isOver || waiting === undefined || questions.size === 0) return;
    // Nobody will come back; but an answer may still be read.
    if (this.#isOver) return this.#abandon(upcall, "the client has left", NOBODY_LEFT);
    upcall.waiting = undefined;
    upcall.lastKey = waiting.key;
    this.#waiting.delete(waiting.key);
    const inputRequests = Object.fromEntries(
      [...questions].map(([name, one]) => [name, modernQuestion(one)]),
    );
    const requestState = this.#suspended.put(upcall);
    const result = { resultType: "input_required", inputRequests, requestState };
    answer(waiting, { result: withServerInfo(result, this.#options.info) });
  }

  /** The server gets the answers that are there. */
  #hand(upcall: Upcall, responses: JsonObject): void {
    for (const [name, { id, declined }] of upcall.questions) {
      if (!Object.hasOwn(responses, name)) continue;
      upcall.questions.delete(name);
      // A URL that is not opened is not asked for again and again.
      if (declined !== undefined && textIn(responses[name], "action") !== "accept") upcall.outcome = declined;
      this.#close(id, { result: responses[name] ?? null });
    }
  }

  #goOn(upcall: Upcall): void {
    if (upcall.outcome !== undefined) return this.#finish(upcall);
    if (upcall.questions.size > 0) return this.#ask(upcall);
    upcall.parked?.();
  }

  #finish(upcall: Upcall): void {
    const { waiting, outcome } = upcall;
    this.#end(upcall);
    if (waiting !== undefined && outcome !== undefined) answer(waiting, outcome);
  }

  /** `what`: the answer, where one is due. */
  #abandon(upcall: Upcall, reason: string, what?: Answer): void {
    const { waiting, upstreamId } = upcall;
    // First: a server is to stop, not to go on with what it was not told.
    if (upstreamId !== undefined) this.#options.upstream.cancel(upstreamId, reason);
    this.#end(upcall);
    if (waiting !== undefined && what !== undefined) answer(waiting, what);
    else waiting?.place.reply();
  }

  #end(upcall: Upcall): void {
    upcall.isOver = true;
    if (upcall.waiting !== undefined) this.#waiting.delete(upcall.waiting.key);
    upcall.waiting = undefined;
    for (const { id } of upcall.questions.values()) this.#close(id, NO_ANSWER);
    upcall.questions.clear();
  }

  #close(id: Id | undefined, what: Answer): void {
    if (id === undefined || !this.#asked.delete(idKey(id))) return;
    this.#options.upstream.answer(id, what);
  }
}

/** Why a question is not put to the client. */
function refusalOf(upcall: Upcall, question: Question, bytes: number): Answer | undefined {
  if (upcall.isOver || !isAskable(upcall.method)) return NO_ANSWER;
  if (!mayBeAsked(upcall.capabilities, question)) return NOT_ABLE;
  const isFull = upcall.questions.size >= MOST_QUESTIONS || upcall.size + bytes > MOST_QUESTION_BYTES;
  return isFull ? TOO_MANY : undefined;
}

/**
 * The URLs that a server of 2025-11-25 wants opened before it does what it was asked, where the client can be asked that.
 * In the modern era this is a question like any other.
 */
function urlsOf(upcall: Upcall, reply: ReplyMessage | undefined): readonly Open[] {
  if (codeOf(reply?.error) !== CODE.urlNeeded || !isAskable(upcall.method)) return [];
  const asked = elicitationsOf(reply?.error);
  if (!asked.ok || asked.value.length > MOST_QUESTIONS) return [];
  const urls = asked.value.map((params) => ({ method: "elicitation/create", params, size: 0 }));
  const areUrls = urls.every((url) =>
    textIn(url.params, "mode") === "url" && mayBeAsked(upcall.capabilities, url)
  );
  const size = Math.ceil((reply?.bytes ?? 0) / urls.length);
  return areUrls ? urls.map((url) => ({ ...url, size })) : [];
}
