/** The calls of a legacy client at a modern server: each round of questions becomes requests to the client, then a retry. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import {
  encodeFrame,
  type Id,
  idKey,
  inputRequestsOf,
  noticeProgressTokenOf,
  type ProgressToken,
  progressTokenOf,
  readLine,
  type ReplyMessage,
  type RequestMessage,
  withNoticeProgressToken,
} from "../wire/mod.ts";
import { answer, type Client } from "./client_side.ts";
import { type Answer, errorOf } from "./frames.ts";
import type { BridgeOptions } from "./options.ts";
import { isAskable, isQuestion, legacyQuestion, mayBeAsked, type Question } from "./questions.ts";
import { legacyAnswer } from "./results.ts";
import { type ClientFacts, CODE, modernParams, valueIn } from "./revisions.ts";
import type { Upstream } from "./upstream.ts";

export interface RoundsOptions extends Pick<BridgeOptions, "pause" | "secret"> {
  readonly upstream: Upstream;
  readonly facts: ClientFacts;
  /** What the client wants of the log, at the moment. */
  readonly logLevel: () => string | undefined;
  /** A line of the gate that came beside a call, but for its progress. */
  readonly onBeside: (line: string, client: Client) => void;
}

const MOST_ROUNDS = 16;
const MOST_QUESTIONS = 32;
// What is kept of requests under way, to be sent once more if the server asks something. Above it a call is sent all the
// same, and only cannot be asked about.
const MOST_KEPT_BYTES = 64 * 1024 * 1024;
// Calls whose client has not answered yet, and what they hold.
const MOST_ASKING = 256;
const MOST_ASKING_BYTES = 32 * 1024 * 1024;
// A server that only wants to be called again is not called without a pause.
const RETRY_MS = 100;

const NOT_READABLE = errorOf(CODE.internal, "The MCP server asks for something in a way that cannot be read");
const NOT_ABLE = errorOf(CODE.internal, "The MCP server asks for something that this client cannot be asked");
const TOO_MANY = errorOf(CODE.internal, "The MCP server asks for too much");
const NO_ANSWER = errorOf(CODE.internal, "What the MCP server asked for was not answered");
const NO_REPLY = errorOf(CODE.internal, "The request ended without an answer");

interface Call {
  readonly method: string;
  readonly bytes: number;
  /** Absent where it is not kept. */
  readonly message: RequestMessage | undefined;
  readonly client: Client;
  readonly token: ProgressToken | undefined;
  /** The bridge's id, while a round is under way at the server. */
  upstreamId: number | undefined;
  rounds: number;
  /** By the key of the question's id: what the server called it. */
  readonly open: Map<string, { readonly id: Id; readonly name: string }>;
  answers: [name: string, result: JsonValue][];
  state: string | undefined;
  /** What it holds while its client is asked. */
  heldBytes: number;
  isOver: boolean;
}

export class Rounds {
  readonly #options: RoundsOptions;
  /** By the key of the client's request. */
  readonly #calls = new Map<string, Call>();
  /** By the key of the question's id. */
  readonly #asked = new Map<string, Call>();
  /** Those that are called again in a moment. */
  readonly #pausing = new Set<Call>();
  #asking = 0;
  #askingBytes = 0;
  #keptBytes = 0;
  #questions = 0;
  #isOver = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  has(key: string): boolean {
    return this.#calls.has(key);
  }

  /** Sends a request of the client. */
  send(message: RequestMessage, client: Client): void {
    const { method, bytes } = message;
    const isKept = isAskable(method) && this.#keptBytes + bytes <= MOST_KEPT_BYTES;
    if (isKept) this.#keptBytes += bytes;
    const call: Call = {
      method,
      bytes,
      message: isKept ? message : undefined,
      client,
      token: progressTokenOf(message.params),
      upstreamId: undefined,
      rounds: 0,
      open: new Map(),
      answers: [],
      state: undefined,
      heldBytes: 0,
      isOver: false,
    };
    this.#calls.set(client.key, call);
    this.#leave(call, message);
  }

  /** The client takes a request back. */
  cancel(key: string, reason: JsonValue | undefined): void {
    const call = this.#calls.get(key);
    if (call === undefined) return;
    const { upstreamId } = call;
    this.#end(call);
    const why = typeof reason === "string" ? reason : "the client cancelled the request";
    if (upstreamId !== undefined) this.#options.upstream.cancel(upstreamId, why);
    call.client.place.reply();
  }

  /** The client's answer to a question. False where it was not asked that. */
  answered({ id, result, error }: ReplyMessage): boolean {
    const call = this.#asked.get(idKey(id));
    const question = call?.open.get(idKey(id));
    if (call === undefined || question === undefined) return false;
    this.#forget(call, question.id);
    if (error !== undefined || !isJsonObject(result)) this.#finish(call, NO_ANSWER);
    else {
      call.answers.push([question.name, result]);
      if (call.open.size === 0) this.#retry(call);
    }
    return true;
  }

  /** The client sends nothing more: nobody answers what it was asked. What asks it nothing goes on, without a pause. */
  end(): void {
    this.#isOver = true;
    for (const call of this.#pausing) this.#retry(call);
    for (const call of new Set(this.#asked.values())) this.#finish(call, NO_ANSWER);
  }

  #leave(call: Call, { method, params, bytes }: RequestMessage): void {
    const { token } = call;
    const { upstream, facts, logLevel } = this.#options;
    const id = upstream.nextId();
    call.upstreamId = id;
    const own = modernParams(params, { facts, logLevel: logLevel() }, token === undefined ? undefined : id);
    const rounds: JsonObject = {
      ...call.answers.length > 0 && { inputResponses: Object.fromEntries(call.answers) },
      ...call.state !== undefined && { requestState: call.state },
    };
    call.answers = [];
    call.state = undefined;
    upstream.ask({ method, params: { ...own, ...rounds }, bytes }, {
      onReply: (reply) => this.#take(call, reply),
      onBeside: (line) => this.#hear(call, line),
      onChallenge: (challenge) => call.client.place.challenge?.(challenge),
    }, id);
  }

  #take(call: Call, reply: ReplyMessage | undefined): void {
    call.upstreamId = undefined;
    if (call.isOver) return;
    if (reply === undefined) return this.#finish(call, NO_REPLY);
    if (valueIn(reply.result, "resultType") !== "input_required") {
      return this.#finish(call, legacyAnswer(call.method, reply));
    }
    const problem = this.#ask(call, reply);
    if (problem !== undefined) this.#finish(call, problem);
  }

  /** Puts the questions of a round to the client; what is wrong with them, where something is. ATTACKER-CONTROLLED. */
  #ask(call: Call, { result, bytes }: ReplyMessage): Answer | undefined {
    const asked = inputRequestsOf(result), state = valueIn(result, "requestState");
    const isState = state === undefined || typeof state === "string";
    if (!asked.ok || !isState || !isAskable(call.method)) return NOT_READABLE;
    if (asked.value.length === 0 && state === undefined) return NOT_READABLE;
    const isAble = asked.value.every((one) =>
      isQuestion(one.method) && mayBeAsked(this.#options.facts.capabilities, one)
    );
    if (!isAble) return NOT_ABLE;
    const held = bytes + call.bytes;
    const isTooMuch = call.message === undefined || ++call.rounds > MOST_ROUNDS ||
      asked.value.length > MOST_QUESTIONS ||
      this.#asking >= MOST_ASKING || this.#askingBytes + held > MOST_ASKING_BYTES;
    if (isTooMuch) return TOO_MANY;
    if (this.#isOver && asked.value.length > 0) return NO_ANSWER;
    call.state = state;
    this.#hold(call, held);
    for (const { key, ...question } of asked.value) this.#put(call, key, question);
    if (asked.value.length === 0) this.#retryLater(call);
    return undefined;
  }

  #retryLater(call: Call): void {
    this.#pausing.add(call);
    // Whoever waits for the last answers does not see a call that pauses.
    if (this.#isOver) return this.#retry(call);
    this.#options.pause(RETRY_MS).then(() => this.#pausing.has(call) && this.#retry(call));
  }

  #put(call: Call, name: string, question: Question): void {
    const id = `countersign-${++this.#questions}`;
    call.open.set(idKey(id), { id, name });
    this.#asked.set(idKey(id), call);
    const { method, params } = legacyQuestion(question, this.#options.secret);
    const asking = params === undefined ? { method } : { method, params };
    call.client.place.beside(encodeFrame({ jsonrpc: "2.0", id, ...asking }));
  }

  #retry(call: Call): void {
    this.#pausing.delete(call);
    if (call.isOver || call.message === undefined) return;
    this.#hold(call, 0);
    this.#leave(call, call.message);
  }

  /** `bytes`: what the call holds from now on while its client is asked; 0: it is not asked. */
  #hold(call: Call, bytes: number): void {
    this.#askingBytes += bytes - call.heldBytes;
    if (bytes > 0 && call.heldBytes === 0) this.#asking++;
    if (bytes === 0 && call.heldBytes > 0) this.#asking--;
    call.heldBytes = bytes;
  }

  #finish(call: Call, what: Answer): void {
    this.#end(call);
    answer(call.client, what);
  }

  #end(call: Call): void {
    call.isOver = true;
    this.#pausing.delete(call);
    if (call.message !== undefined) this.#keptBytes -= call.bytes;
    this.#hold(call, 0);
    this.#calls.delete(call.client.key);
    for (const { id } of [...call.open.values()]) {
      this.#forget(call, id);
      const params = { requestId: id, reason: "the request that it was about has ended" };
      call.client.place.beside(encodeFrame({ jsonrpc: "2.0", method: "notifications/cancelled", params }));
    }
  }

  #forget(call: Call, id: Id): void {
    call.open.delete(idKey(id));
    this.#asked.delete(idKey(id));
  }

  #hear(call: Call, line: string): void {
    const message = readLine(line);
    const isProgress = message.kind === "notice" && message.method === "notifications/progress";
    if (!isProgress) return this.#options.onBeside(line, call.client);
    if (call.isOver || call.token === undefined || noticeProgressTokenOf(message.params) === undefined) {
      return;
    }
    call.client.place.beside(encodeFrame(withNoticeProgressToken(message.value, call.token)));
  }
}
