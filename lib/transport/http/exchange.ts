/** One request to an upstream over HTTP, until its reply is there. */
import { type JsonObject, utf8 } from "../../base/mod.ts";
import {
  encodeFrame,
  ERROR_CODE,
  errorReply,
  type Id,
  idKey,
  type Incoming,
  type ReadFrame,
  readFrame,
} from "../../wire/mod.ts";
import { bodyType, readErrorBody, readEventStream, readJsonBody } from "./answer.ts";
import type { Outgoing } from "./outgoing.ts";
import type { ParamHeaders } from "./param_headers.ts";
import { discard, NoAnswer } from "./requester.ts";
import type { HttpSession } from "./session.ts";

/** What an exchange needs from the link. */
export interface Exchange {
  readonly origin: string;
  readonly maxFrameBytes: number;
  readonly session: HttpSession;
  readonly params: ParamHeaders;
  readonly post: (outgoing: Outgoing) => Promise<Response>;
  /** Takes a stream up again behind the event `eventId`. */
  readonly resume: (eventId: string) => Promise<Response>;
  /** The upstream has forgotten the session `staleId`. */
  readonly renew: (staleId: string | undefined) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  readonly onFrame: (frame: ReadFrame) => Promise<void>;
}

/** Sends a request and hands on what comes back. Rejects where no reply came; then nothing that ends the call was handed on. */
export async function runExchange(exchange: Exchange, outgoing: Outgoing): Promise<void> {
  const sessionId = exchange.session.id;
  let response = await exchange.post(outgoing);
  if (
    response.status === 404 && sessionId !== undefined && outgoing.era === "legacy" &&
    outgoing.method !== "initialize"
  ) {
    await discard(response);
    await exchange.renew(sessionId);
    response = await exchange.post(outgoing);
  }
  if (outgoing.method === "initialize" && response.ok) exchange.session.learnId(response);
  await takeAnswer(exchange, outgoing, response);
}

async function takeAnswer(exchange: Exchange, outgoing: Outgoing, response: Response): Promise<void> {
  const answering = new Answering(exchange, outgoing);
  const type = bodyType(response);
  if (!response.ok) return await takeError(exchange, outgoing, response);
  if (type === "text/event-stream") await takeStream(exchange, answering, response);
  else if (type === "application/json") {
    await readJsonBody(response, {
      maxFrameBytes: exchange.maxFrameBytes,
      onFrame: (frame) => answering.take(frame),
    });
  } else await discard(response);
  if (!answering.isAnswered) {
    throw new NoAnswer(`The MCP server at ${exchange.origin} gave no reply (HTTP ${response.status})`);
  }
}

/** Sees to it that what answers a request is its own reply, and knows when it was there. */
class Answering {
  isAnswered = false;
  readonly #exchange: Exchange;
  readonly #outgoing: Outgoing;

  constructor(exchange: Exchange, outgoing: Outgoing) {
    this.#exchange = exchange;
    this.#outgoing = outgoing;
  }

  async take(frame: ReadFrame): Promise<void> {
    const { incoming } = frame;
    if (answers(incoming, this.#outgoing.id)) {
      this.isAnswered = true;
      const { session, params } = this.#exchange;
      if (this.#outgoing.method === "initialize") session.learnResult(incoming);
      if (this.#outgoing.method === "tools/list") params.learn(incoming);
    }
    await this.#exchange.onFrame(frame);
  }
}

function answers(incoming: Incoming, id: Id | undefined): boolean {
  if (incoming.kind !== "reply" && !(incoming.kind === "malformed" && incoming.reply)) return false;
  return id !== undefined && incoming.id !== null && idKey(incoming.id) === idKey(id);
}

const MOST_RESUMPTIONS = 10;
const DEFAULT_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** Reads the stream of a request; where it ends too early it is taken up again, if the upstream named a place to do so. */
async function takeStream(exchange: Exchange, answering: Answering, first: Response): Promise<void> {
  let eventId: string | undefined, retryMs = DEFAULT_RETRY_MS;
  let response = first;
  for (let fruitless = 0; fruitless <= MOST_RESUMPTIONS; fruitless++) {
    const before = eventId;
    const reading = readEventStream(response, {
      maxFrameBytes: exchange.maxFrameBytes,
      onFrame: (frame) => answering.take(frame),
      onEventId: (id) => void (eventId = id),
      onRetry: (ms) => void (retryMs = Math.min(ms, LONGEST_RETRY_MS)),
    });
    await reading.catch((thrown) => {
      if (eventId === undefined) throw thrown; // broken, and no place to go on from
    });
    if (answering.isAnswered || eventId === undefined) return;
    if (eventId !== before) fruitless = 0;
    await exchange.pause(retryMs);
    response = await exchange.resume(eventId);
    if (!response.ok || bodyType(response) !== "text/event-stream") return await discard(response);
  }
}

/** An error status: the JSON-RPC error in its body is the reply, if there is one. Over HTTP it is for this request. */
async function takeError(exchange: Exchange, { id }: Outgoing, response: Response): Promise<void> {
  const isJson = bodyType(response) === "application/json";
  const error = isJson ? await readErrorBody(response, exchange.maxFrameBytes) : await discard(response);
  if (error !== undefined) return await exchange.onFrame(frameOf({ jsonrpc: "2.0", id: id ?? null, error }));
  const why = WHY[response.status] ?? "answered with an error";
  throw new NoAnswer(`The MCP server at ${exchange.origin} ${why} (HTTP ${response.status})`);
}

const WHY: Readonly<Record<number, string>> = {
  401: "asks for an authorization",
  403: "does not allow this",
  404: "is not there",
  413: "takes no message of this size",
  429: "has had too many requests",
  503: "is not available",
};

/** A reply of our own, for a request that got none. */
export function refusalFrame({ id }: Outgoing, message: string): ReadFrame {
  return frameOf(errorReply(id ?? null, ERROR_CODE.internal, message));
}

function frameOf(value: JsonObject): ReadFrame {
  const bytes = utf8(encodeFrame(value).trimEnd());
  return { kind: "read", incoming: readFrame({ kind: "line", bytes }), bytes: bytes.length };
}
