/**
 * HTTP with SSE as 2024-11-05 had it (basic/transports), for an upstream that speaks nothing newer: a stream, and an address
 * that the stream names. The session is the stream: where one ends another is opened, and hands are shaken again.
 */
import { within } from "../../base/mod.ts";
import { type Incoming, negotiatedVersionOf, type ReadFrame, VERSION_WITH_BATCHES } from "../../wire/mod.ts";
import { type Exchange, otherToolsFrame, takeError } from "./exchange.ts";
import { OldStream } from "./old_stream.ts";
import { type Outgoing, readOutgoing } from "./outgoing.ts";
import { discard, type HttpAsk, NoAnswer, type Requester } from "./requester.ts";
import type { HttpSession } from "./session.ts";

export interface OldPairOptions {
  readonly requester: Requester;
  readonly session: HttpSession;
  readonly maxFrameBytes: number;
  /** What goes with a message when it is sent. */
  readonly headersOf: (outgoing: Outgoing) => HttpAsk["headers"];
  readonly onFrame: (frame: ReadFrame) => Promise<void>;
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
  /** Resolves after so many milliseconds, or at our end. */
  readonly pause: (ms: number) => Promise<void>;
  /** Aborted at our end. */
  readonly life: AbortSignal;
}

// The first event is there as soon as the upstream has a session; some start a program for it.
const ENDPOINT_PATIENCE_MS = 10_000;
const HANDSHAKE_PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** What was about a stream that is gone is nobody's business any more. */
const OF_NO_USE = 202;

export class OldPair {
  readonly #options: OldPairOptions;
  #stream: OldStream | undefined;
  #opening: Promise<OldStream | undefined> | undefined;
  #renewal: Promise<OldStream> | undefined;
  /** How many handshakes of the client are under way. */
  #greetings = 0;
  #isKeeping = false;
  #pauseMs = FIRST_PAUSE_MS;
  #lastOfUse: OldStream | undefined;

  constructor(options: OldPairOptions) {
    this.#options = options;
  }

  /** Resolves when no handshake is done again. */
  async settled(): Promise<void> {
    await this.#renewal?.catch(() => {}); // whoever asked for it hears of its failure
  }

  /** Does the upstream speak this? Rejects with {@link NoAnswer} as {@link OldStream.open} does. */
  async open(): Promise<boolean> {
    return await this.#open() !== undefined;
  }

  /** Sends a request and hands on what comes of it. Rejects where no reply came. */
  async run(exchange: Exchange, outgoing: Outgoing): Promise<void> {
    if (outgoing.method !== "initialize") return await this.#run(exchange, outgoing);
    this.#greetings++;
    await this.#run(exchange, outgoing).finally(() => this.#greetings--);
  }

  /** Sends what gets no reply. The status; rejects where there is none. */
  async tell(outgoing: Outgoing, signal: AbortSignal): Promise<number> {
    const stream = await this.#streamFor(outgoing);
    if (stream === undefined) return OF_NO_USE;
    const response = await stream.post({ outgoing, headers: this.#options.headersOf(outgoing), signal });
    await discard(response);
    return response.status;
  }

  async #run(exchange: Exchange, outgoing: Outgoing): Promise<void> {
    const isGreeting = outgoing.method === "initialize";
    const stream = isGreeting ? await this.#openAnyhow() : await this.#live();
    let refused = await this.#ask(stream, exchange, outgoing);
    if (refused?.status === 404 && !isGreeting && this.#isBegun) {
      await discard(refused);
      refused = await this.#ask(await this.#liveAfter(stream), exchange, outgoing);
    }
    if (refused !== undefined) await takeError(exchange, outgoing, refused);
  }

  #ask(stream: OldStream, exchange: Exchange, outgoing: Outgoing): Promise<Response | undefined> {
    const onAnswered = (incoming: Incoming) => {
      if (outgoing.method === "initialize") this.#options.session.learnResult(incoming);
      exchange.onAnswered();
    };
    const headers = this.#options.headersOf(outgoing);
    return stream.ask({ outgoing, headers, signal: exchange.signal, onAnswered });
  }

  /**
   * `undefined`: it is about a stream that is gone. Ids of the upstream's questions begin anew with each stream: an answer
   * from before would be taken for one to another question.
   */
  async #streamFor({ kind, method, id }: Outgoing): Promise<OldStream | undefined> {
    if (kind !== "reply" && method !== "notifications/cancelled") return await this.#live();
    const stream = this.#stream?.isOpen ? this.#stream : undefined;
    return kind === "reply" && !stream?.takeQuestion(id) ? undefined : stream;
  }

  get #isBegun(): boolean {
    return this.#options.session.version !== undefined;
  }

  /** The stream on which hands were shaken. */
  async #live(): Promise<OldStream> {
    if (this.#renewal !== undefined) return await this.#renewal;
    if (this.#stream?.isOpen) return this.#stream;
    if (!this.#isBegun) return await this.#openAnyhow();
    // The client is at it by itself, and one handshake at a time is enough.
    if (this.#greetings > 0) throw new NoAnswer("The MCP server has forgotten the session");
    this.#renewal = this.#renew().finally(() => this.#renewal = undefined);
    return await this.#renewal;
  }

  /** The upstream has forgotten the session of `stale`, and so nobody will be answered on its stream. */
  async #liveAfter(stale: OldStream): Promise<OldStream> {
    stale.forget();
    return await this.#live().finally(() => stale.end());
  }

  async #openAnyhow(): Promise<OldStream> {
    const stream = this.#stream?.isOpen ? this.#stream : await this.#open();
    if (stream !== undefined) return stream;
    throw new NoAnswer(`The MCP server at ${this.#options.requester.origin} opens no stream`);
  }

  /** One at a time. */
  #open(): Promise<OldStream | undefined> {
    return this.#opening ??= this.#openOne().finally(() => this.#opening = undefined);
  }

  async #openOne(): Promise<OldStream | undefined> {
    const { requester, session, maxFrameBytes, onFrame, log, life } = this.#options;
    const stream = new OldStream({
      requester,
      maxFrameBytes,
      onFrame,
      log,
      life,
      patienceMs: ENDPOINT_PATIENCE_MS,
      hasBatches: () => session.version === VERSION_WITH_BATCHES,
    });
    if (!await stream.open()) return undefined;
    this.#stream = stream;
    stream.ended.then(() => this.#keepUp(stream));
    return stream;
  }

  /** The upstream may have something to say that nobody asks for: behind the end of a stream another one is opened. */
  async #keepUp(ended: OldStream): Promise<void> {
    const { log, life, pause } = this.#options;
    if (ended !== this.#stream || this.#isKeeping || !this.#isBegun || life.aborted) return;
    this.#isKeeping = true;
    log("the stream of the MCP server has ended");
    await this.settled();
    while (!this.#stream?.isOpen && !life.aborted) {
      await pause(this.#nextPause());
      if (!life.aborted) await this.#live().catch(() => {}); // tried again, by us or by the next call
    }
    this.#isKeeping = false;
  }

  /** Where nothing comes of it, it is tried less and less often. */
  #nextPause(): number {
    const stream = this.#stream;
    if (stream?.wasOfUse && stream !== this.#lastOfUse) {
      this.#lastOfUse = stream;
      this.#pauseMs = FIRST_PAUSE_MS;
    }
    const pauseMs = Math.max(stream?.askedMs ?? 0, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    return pauseMs;
  }

  async #renew(): Promise<OldStream> {
    const { requester: { origin }, log, onFrame } = this.#options;
    const stream = await this.#openAnyhow();
    try {
      if (!await within(this.#shakeHandsAgain(stream), HANDSHAKE_PATIENCE_MS)) {
        throw new NoAnswer(`The MCP server at ${origin} does not shake hands again`);
      }
    } catch (thrown) {
      stream.end();
      throw thrown;
    }
    log("the MCP server has a new stream: it is initialized again");
    // It may be another program by now.
    await onFrame(otherToolsFrame());
    if (stream.isOpen) return stream;
    throw new NoAnswer(`The MCP server at ${origin} ended its stream at once`);
  }

  /** What is answered went through the gate the first time. */
  async #shakeHandsAgain(stream: OldStream): Promise<void> {
    const { session, requester: { origin }, headersOf, life: signal } = this.#options;
    const initialize = session.initialize;
    const initialized = readOutgoing(`{"jsonrpc":"2.0","method":"notifications/initialized"}`);
    if (initialize === undefined || initialized === undefined) {
      throw new NoAnswer("The MCP server has forgotten the session");
    }
    let version: string | undefined;
    const refused = await stream.ask({
      outgoing: initialize,
      headers: headersOf(initialize),
      signal,
      isOurs: true,
      onAnswered: (incoming) => {
        if (incoming.kind === "reply") version = negotiatedVersionOf(incoming.result);
      },
    });
    if (refused !== undefined) {
      await discard(refused);
      throw new NoAnswer(`The MCP server at ${origin} does not shake hands again (HTTP ${refused.status})`);
    }
    if (version !== session.version) {
      throw new NoAnswer(`The MCP server at ${origin} speaks another version than it did`);
    }
    await discard(await stream.post({ outgoing: initialized, headers: headersOf(initialized), signal }));
  }
}
