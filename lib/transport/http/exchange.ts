/** One request to an upstream over HTTP, until its reply is there. */
import { type JsonObject, numberSource, utf8 } from "../../base/mod.ts";
import {
  type Challenge,
  challengeOf,
  encodeFrame,
  ERROR_CODE,
  errorReply,
  type Id,
  idKey,
  type Incoming,
  type ReadFrame,
  readFrame,
  VERSION_WITH_BATCHES,
} from "../../wire/mod.ts";
import { bodyType, readErrorBody, readEventStream, readJsonBody } from "./answer.ts";
import type { Outgoing } from "./outgoing.ts";
import { type ParamHeaders, withoutBrokenTools } from "./param_headers.ts";
import { discard, isWorthAnotherTry, NoAnswer } from "./requester.ts";
import type { HttpSession } from "./session.ts";

/** What an exchange needs from the link. */
export interface Exchange {
  readonly origin: string;
  readonly maxFrameBytes: number;
  readonly session: HttpSession;
  readonly params: ParamHeaders;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly post: (outgoing: Outgoing) => Promise<Response>;
  /** Takes a stream up again behind the event `eventId`. */
  readonly resume: (eventId: string) => Promise<Response>;
  /** The upstream has forgotten the session `staleId`. */
  readonly renew: (staleId: string) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  /** Asks in the way of 2024-11-05, if the upstream speaks that. False: it does not, and nothing was asked. */
  readonly askOldPair: (exchange: Exchange, outgoing: Outgoing) => Promise<boolean>;
  readonly onFrame: (frame: ReadFrame) => Promise<void>;
  /** The reply is there; what else the stream may carry keeps nobody waiting. */
  readonly onAnswered: () => void;
  /** The tools are others than the upstream told last. */
  readonly onOtherTools: () => Promise<void>;
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
}

/** Sends a request and hands on what comes back. Rejects where no reply came; then nothing that ends the call was handed on. */
export async function runExchange(exchange: Exchange, outgoing: Outgoing): Promise<void> {
  const sessionId = exchange.session.id;
  const isOfSession = outgoing.era === "legacy" && outgoing.method !== "initialize";
  let response = await exchange.post(outgoing);
  if (response.status === 404 && sessionId !== undefined && isOfSession) {
    await discard(response);
    await exchange.renew(sessionId);
    response = await exchange.post(outgoing);
  }
  if (outgoing.method === "initialize" && response.ok) exchange.session.learnId(response);
  await takeAnswer(exchange, outgoing, response);
}

async function takeAnswer(exchange: Exchange, outgoing: Outgoing, response: Response): Promise<void> {
  const answering = new Answering(exchange, outgoing);
  if (!response.ok) return await takeError(exchange, outgoing, response);
  switch (bodyType(response)) {
    case "text/event-stream":
      await takeStream(exchange, answering, response);
      break;
    case "application/json":
      await readJsonBody(response, {
        maxFrameBytes: exchange.maxFrameBytes,
        onFrame: (frame) => answering.take(frame),
      });
      break;
    default:
      await discard(response);
  }
  if (answering.isAnswered) return;
  const how = `HTTP ${response.status}${answering.sawTooMuch ? ", a message over the cap" : ""}`;
  throw new NoAnswer(`The MCP server at ${exchange.origin} gave no reply (${how})`);
}

/** Sees to it that what answers a request is its own reply, and knows when it was there. */
class Answering {
  isAnswered = false;
  /** A message was longer than the cap: taking the stream up again would only bring it again. */
  sawTooMuch = false;
  readonly #exchange: Exchange;
  readonly outgoing: Outgoing;

  constructor(exchange: Exchange, outgoing: Outgoing) {
    this.#exchange = exchange;
    this.outgoing = outgoing;
  }

  async take(frame: ReadFrame): Promise<void> {
    const { incoming } = frame;
    if (incoming.kind === "malformed" && incoming.reason === "oversize") this.sawTooMuch = true;
    if (!this.#isAnswer(incoming)) return await this.#exchange.onFrame(frame);
    this.isAnswered = true;
    await this.#exchange.onFrame(this.#learn(frame));
    this.#exchange.onAnswered();
  }

  /** Where batches are legal a reply may come in one. */
  #isAnswer(incoming: Incoming): boolean {
    const { id } = this.outgoing;
    if (incoming.kind !== "batch") return answers(incoming, id);
    const isLegal = this.#exchange.session.version === VERSION_WITH_BATCHES;
    return isLegal && incoming.elements.some((element) => answers(element, id));
  }

  #learn(frame: ReadFrame): ReadFrame {
    const { session, params, log } = this.#exchange;
    const { method, era } = this.outgoing;
    if (method === "initialize") session.learnResult(frame.incoming);
    if (method !== "tools/list") return frame;
    const offered = era === "modern" ? withoutBrokenTools(frame.incoming) : undefined;
    if (offered !== undefined) log(BROKEN_TOOLS);
    params.learn(offered ?? frame.incoming);
    return offered === undefined ? frame : { ...frame, incoming: offered };
  }
}

const BROKEN_TOOLS = "left out tools of the MCP server whose x-mcp-header annotations break the rules";

function answers(incoming: Incoming, id: Id | undefined): boolean {
  if (incoming.kind !== "reply" && !(incoming.kind === "malformed" && incoming.reply)) return false;
  return id !== undefined && incoming.id !== null && idKey(incoming.id) === idKey(id);
}

/** Reads the stream of a request; where it ends too early it is taken up again, if the upstream named a place to do so. */
async function takeStream(exchange: Exchange, answering: Answering, first: Response): Promise<void> {
  const cursor: Cursor = { eventId: undefined, retryMs: DEFAULT_RETRY_MS };
  let response: Response | undefined = first;
  for (let fruitless = 0; response !== undefined && fruitless <= MOST_RESUMPTIONS; fruitless++) {
    const before: string | undefined = cursor.eventId;
    const reading = readEventStream(response, {
      maxFrameBytes: exchange.maxFrameBytes,
      onFrame: (frame) => answering.take(frame),
      onEventId: (id) => void (cursor.eventId = id),
      onRetry: (ms) => void (cursor.retryMs = Math.min(ms, LONGEST_RETRY_MS)),
    });
    const broken = await reading.then(() => undefined, (thrown) => ({ thrown }));
    // An upstream that breaks the connection behind its reply has replied.
    if (answering.isAnswered) return;
    // Streams of the modern era cannot be taken up again.
    const isOver = answering.outgoing.era === "modern" || answering.sawTooMuch;
    if (isOver || cursor.eventId === undefined) {
      if (broken !== undefined) throw broken.thrown;
      return;
    }
    if (cursor.eventId !== before) fruitless = 0;
    response = await takeUpAgain(exchange, cursor.eventId, cursor.retryMs);
  }
}

interface Cursor {
  eventId: string | undefined;
  retryMs: number;
}

const MOST_RESUMPTIONS = 10;
const DEFAULT_RETRY_MS = 1_000;
// An upstream that asks for no pause at all, and hands out ids without end, would keep us busy with nothing else.
const SHORTEST_RETRY_MS = 50;
// A client must wait for as long as it is asked to (2025-11-25, "Sending Messages to the Server"), within reason.
const LONGEST_RETRY_MS = 3_600_000;
const MOST_TRIES = 3;

/** The stream behind `eventId`; `undefined` where the upstream is gone, or has forgotten the stream. */
async function takeUpAgain(
  { resume, pause }: Exchange,
  eventId: string,
  retryMs: number,
): Promise<Response | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await pause(Math.max(retryMs, SHORTEST_RETRY_MS));
    const response = await resume(eventId).catch((thrown) => {
      if (thrown instanceof NoAnswer) return undefined;
      throw thrown;
    });
    if (response?.ok && bodyType(response) === "text/event-stream") return response;
    if (response === undefined) continue;
    await discard(response);
    if (!isWorthAnotherTry(response)) return undefined;
  }
  return undefined;
}

/**
 * An error status: the JSON-RPC error in its body is the reply, if there is one. Over HTTP it is for this request. Rejects
 * with {@link NoAnswer} where there is none.
 */
export async function takeError(exchange: Exchange, outgoing: Outgoing, response: Response): Promise<void> {
  const isJson = bodyType(response) === "application/json";
  const error = isJson ? await readErrorBody(response, exchange.maxFrameBytes) : undefined;
  if (!isJson) await discard(response);
  if (mayBeOldPair(outgoing, response, error) && await exchange.askOldPair(exchange, outgoing)) return;
  if (error !== undefined) {
    // Our headers are made from the tool's schema: it is another one by now.
    const isMismatch = outgoing.method === "tools/call" &&
      numberSource(error.code ?? null) === HEADER_MISMATCH;
    if (isMismatch) await exchange.onOtherTools();
    const challenge = challengeIn(response);
    await exchange.onFrame(frameOf({ jsonrpc: "2.0", id: outgoing.id ?? null, error }, challenge));
    return exchange.onAnswered();
  }
  throw refusalOf(response, exchange.origin);
}

/** Why there is no answer, of an error status without words of its own. */
export function refusalOf(response: Response, origin: string): NoAnswer {
  const why = WHY[response.status] ?? "answered with an error";
  const advice = ADVICE[response.status] ?? "";
  return new NoAnswer(`The MCP server at ${origin} ${why} (HTTP ${response.status})${advice}`, {
    challenge: challengeIn(response),
  });
}

function challengeIn({ status, headers }: Response): Challenge | undefined {
  return challengeOf(status, headers.get("www-authenticate"));
}

/**
 * Does the refusal of a handshake look like that of a server that has HTTP with SSE alone (2026-07-28, streamable-http,
 * "HTTP+SSE Transport (2024-11-05)")? An error that only a server of the modern era has is none of it.
 */
function mayBeOldPair({ method, era }: Outgoing, { status }: Response, error?: JsonObject): boolean {
  const code = error === undefined ? undefined : numberSource(error.code ?? null);
  const isModern = code !== undefined && MODERN_CODES.has(code);
  return method === "initialize" && era === "legacy" && OLD_PAIR_STATUSES.includes(status) && !isModern;
}

const OLD_PAIR_STATUSES: readonly number[] = [400, 404, 405];
const HEADER_MISMATCH = "-32020";
/** Beside it: an unknown method, a missing capability, an unsupported version. */
const MODERN_CODES: ReadonlySet<string> = new Set([HEADER_MISMATCH, "-32601", "-32021", "-32022"]);

const WHY: Readonly<Record<number, string>> = {
  401: "asks for an authorization",
  403: "does not allow this",
  404: "is not there",
  413: "takes no message of this size",
  429: "has had too many requests",
  503: "is not available",
};

/** For people who have a configuration, and may see the message in their client alone. */
const ADVICE: Readonly<Record<number, string>> = {
  401:
    ': write it into the configuration, Authorization = "Bearer ${TOKEN}" under [server.headers], or [servers.NAME.headers] of a gateway',
  403:
    ": look at the authorization in the configuration, under [server.headers], or [servers.NAME.headers] of a gateway",
};

/** A reply of our own, for a request that got none. */
export function refusalFrame({ id }: Outgoing, message: string, challenge?: Challenge): ReadFrame {
  return frameOf(errorReply(id ?? null, ERROR_CODE.internal, message), challenge);
}

/** As if the upstream had said that its tools changed: what we know of them is old. */
export function otherToolsFrame(): ReadFrame {
  return frameOf({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
}

function frameOf(value: JsonObject, challenge?: Challenge): ReadFrame {
  const bytes = utf8(encodeFrame(value).trimEnd());
  const incoming = readFrame({ kind: "line", bytes });
  return { kind: "read", incoming, bytes: bytes.length, ...challenge && { challenge } };
}
