/** Speaks for one session with an upstream: what each message carries, the handshake again, the GET stream, the end. */
import { utf8 } from "../../base/mod.ts";
import { mirroredHeaders, type ReadFrame } from "../../wire/mod.ts";
import { type Exchange, otherToolsFrame, runExchange } from "./exchange.ts";
import { listen } from "./listen.ts";
import { OldPair } from "./old_pair.ts";
import { type Outgoing, readOutgoing } from "./outgoing.ts";
import { ParamHeaders } from "./param_headers.ts";
import { pauseUnless } from "./pauses.ts";
import { discard, type HttpAsk, NoAnswer, type Requester } from "./requester.ts";
import { HttpSession } from "./session.ts";

export interface KeeperOptions {
  readonly requester: Requester;
  readonly maxFrameBytes: number;
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
  readonly onFrame: (frame: ReadFrame) => Promise<void>;
  /** Aborted at our end. */
  readonly life: AbortSignal;
}

export class SessionKeeper {
  readonly #options: KeeperOptions;
  readonly #session = new HttpSession();
  readonly #params = new ParamHeaders();
  readonly #old: OldPair;
  #renewal: Promise<void> | undefined;
  #isListening = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    const headersOf = (outgoing: Outgoing) => this.#postHeaders(outgoing);
    const pause = (ms: number) => pauseUnless(options.life, ms);
    this.#old = new OldPair({ ...options, session: this.#session, headersOf, pause });
  }

  /** Were hands shaken, as the legacy era does? */
  get isBegun(): boolean {
    return this.#session.version !== undefined;
  }

  /** Resolves when no handshake is done again. */
  async settled(): Promise<void> {
    await this.#renewal?.catch(() => {}); // whoever asked for it hears of its failure
    await this.#old.settled();
  }

  /** What an exchange needs that ends with `signal`. */
  exchange(signal: AbortSignal): Exchange {
    const { requester, maxFrameBytes, log, onFrame } = this.#options;
    return {
      origin: requester.origin,
      maxFrameBytes,
      session: this.#session,
      params: this.#params,
      signal,
      post: (outgoing) => this.#post(outgoing, signal),
      resume: (eventId) => this.#get(eventId, signal),
      renew: (staleId) => this.#renew(staleId),
      pause: (ms) => pauseUnless(signal, ms),
      askOldPair: (exchange, outgoing) => this.#askOldPair(exchange, outgoing),
      onFrame,
      onAnswered: () => {},
      onOtherTools: () => onFrame(otherToolsFrame()),
      log,
    };
  }

  /** As {@link runExchange}. */
  async run(exchange: Exchange, outgoing: Outgoing): Promise<void> {
    if (outgoing.method === "initialize") this.#session.initialize = outgoing;
    if (this.#session.way === "old-pair") return await this.#old.run(exchange, outgoing);
    await runExchange(exchange, outgoing);
  }

  /** Sends what gets no reply. The status; rejects where there is none. */
  async tell(outgoing: Outgoing, signal: AbortSignal): Promise<number> {
    if (this.#session.way === "old-pair") return await this.#old.tell(outgoing, signal);
    const response = await this.#post(outgoing, signal);
    await discard(response);
    if (response.ok && outgoing.method === "notifications/initialized") this.#listen();
    return response.status;
  }

  /** Ends the session at the upstream, which may take `patienceMs` to hear of it. Never rejects. */
  async close(patienceMs: number): Promise<void> {
    if (this.#session.id === undefined) return;
    const headers = this.#session.headers();
    const signal = AbortSignal.timeout(patienceMs);
    // An upstream that does not want to be told (405), or is gone, keeps its session for as long as it likes.
    await this.#options.requester.send({ method: "DELETE", headers, signal }).then(discard, () => {});
  }

  /** The upstream refused a handshake as one does that speaks nothing newer than 2024-11-05. */
  async #askOldPair(exchange: Exchange, outgoing: Outgoing): Promise<boolean> {
    if (this.#session.way !== "unknown" || !await this.#old.open()) return false;
    this.#session.way = "old-pair";
    this.#options.log("the MCP server speaks HTTP with SSE, as 2024-11-05 had it");
    await this.#old.run(exchange, outgoing);
    return true;
  }

  #post(outgoing: Outgoing, signal: AbortSignal): Promise<Response> {
    const headers = this.#postHeaders(outgoing);
    return this.#options.requester.send({ method: "POST", headers, body: outgoing.text, signal });
  }

  #postHeaders(outgoing: Outgoing): HttpAsk["headers"] {
    return [
      ["content-type", "application/json"],
      ["accept", "application/json, text/event-stream"],
      ...this.#headersOf(outgoing),
      ...attestationHeader(outgoing),
    ];
  }

  #headersOf(outgoing: Outgoing): HttpAsk["headers"] {
    if (outgoing.era === "modern") return mirroredHeaders(outgoing, this.#params.of(outgoing.params?.name));
    return outgoing.method === "initialize" ? [] : this.#session.headers();
  }

  #get(eventId: string | undefined, signal: AbortSignal): Promise<Response> {
    const headers: HttpAsk["headers"] = [
      ["accept", "text/event-stream"],
      ...this.#session.headers(),
      ...eventId === undefined ? [] : [["Last-Event-ID", inBytes(eventId)] as const],
    ];
    return this.#options.requester.send({ method: "GET", headers, signal });
  }

  /** The stream of what the upstream says without being asked; one, however often hands are shaken. */
  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const { maxFrameBytes, log, onFrame, life } = this.#options;
    listen({
      maxFrameBytes,
      get: (eventId) => this.#get(eventId, life),
      sessionId: () => this.#session.id,
      renew: (staleId) => this.#renew(staleId),
      onFrame,
      pause: (ms) => pauseUnless(life, ms),
      signal: life,
    })
      .catch(() => log("the stream of what the MCP server says by itself has ended"))
      .finally(() => this.#isListening = false);
  }

  /** The upstream has forgotten the session `staleId`: shakes hands again, once for all who find out. */
  #renew(staleId: string): Promise<void> {
    // Also for whoever comes late: the new session is none before its handshake is done.
    if (this.#renewal !== undefined) return this.#renewal;
    if (this.#session.id !== staleId) return Promise.resolve();
    this.#renewal = this.#shakeHandsAgain().finally(() => this.#renewal = undefined);
    return this.#renewal;
  }

  async #shakeHandsAgain(): Promise<void> {
    const { initialize, version } = this.#session;
    const { requester, log, onFrame, life } = this.#options;
    if (initialize === undefined) throw new NoAnswer("The MCP server has forgotten the session");
    log("the MCP server has forgotten the session: it is initialized again");
    await this.#initialize(initialize);
    if (this.#session.version !== version) {
      throw new NoAnswer(`The MCP server at ${requester.origin} speaks another version than it did`);
    }
    const initialized = readOutgoing(`{"jsonrpc":"2.0","method":"notifications/initialized"}`);
    if (initialized !== undefined) await discard(await this.#post(initialized, life));
    // It may be another program by now.
    await onFrame(otherToolsFrame());
    this.#listen();
  }

  /** What is answered went through the gate the first time; what is listed from now on is looked at when it is listed. */
  async #initialize(outgoing: Outgoing): Promise<void> {
    const done = new AbortController();
    const answered = Promise.withResolvers<void>();
    const exchange: Exchange = {
      ...this.exchange(AbortSignal.any([this.#options.life, done.signal])),
      renew: () => Promise.reject(new NoAnswer("The MCP server forgets each session")),
      onFrame: () => Promise.resolve(),
      onAnswered: () => answered.resolve(),
    };
    runExchange(exchange, outgoing).then(() => answered.resolve(), (thrown) => answered.reject(thrown));
    await answered.promise.finally(() => done.abort());
  }
}

// Names of a peer's choosing are in it: where they are so long that a server would refuse the request for its headers, the
// body alone has it. Characters.
const MAX_ATTESTATION_HEADER = 4096;

function attestationHeader({ attestation }: Outgoing): HttpAsk["headers"] {
  if (attestation === undefined || attestation.length > MAX_ATTESTATION_HEADER) return [];
  return [["X-Countersign-Attestation", attestation]];
}

/** As UTF-8 (WHATWG HTML, "Last-Event-ID"): each character of a header's text is a byte. */
function inBytes(text: string): string {
  return String.fromCharCode(...utf8(text));
}
