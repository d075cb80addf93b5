/**
 * An upstream behind Streamable HTTP, in both eras: lines of the gate become requests, answers become frames. Lines leave
 * in their order; answers come as they come.
 */
import { within } from "../../base/mod.ts";
import { type Id, idKey, mirroredHeaders, type ReadFrame } from "../../wire/mod.ts";
import type { UpstreamAddress } from "./address.ts";
import { type Exchange, refusalFrame, runExchange } from "./exchange.ts";
import { FrameQueue } from "./frame_queue.ts";
import { listen } from "./listen.ts";
import { type Outgoing, readOutgoing } from "./outgoing.ts";
import { ParamHeaders } from "./param_headers.ts";
import { discard, type Fetch, type HttpAsk, NoAnswer, Requester } from "./requester.ts";
import { HttpSession } from "./session.ts";
import { Slots } from "./slots.ts";

export interface HttpUpstreamOptions {
  readonly address: UpstreamAddress;
  /** The operator's own headers. SECRET: sent to the upstream's origin alone. */
  readonly headers: Readonly<Record<string, string>>;
  readonly maxFrameBytes: number;
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
  readonly fetch?: Fetch;
}

// So many requests wait for their answers at once; more would open more connections than a server likes.
const MOST_AT_ONCE = 256;
const CLOSE_PATIENCE_MS = 2_000;

export class HttpUpstream {
  readonly #options: HttpUpstreamOptions;
  readonly #requester: Requester;
  readonly #frames = new FrameQueue();
  readonly #session = new HttpSession();
  readonly #params = new ParamHeaders();
  readonly #slots = new Slots(MOST_AT_ONCE);
  readonly #life = new AbortController();
  /** By id: ends the exchange of a request. */
  readonly #inFlight = new Map<string, AbortController>();
  /** Resolves when everything written so far has left. */
  #sent: Promise<void> = Promise.resolve();
  #renewal: Promise<void> | undefined;

  constructor(options: HttpUpstreamOptions) {
    this.#options = options;
    const { address, headers, fetch: ask = fetch } = options;
    this.#requester = new Requester({ address, headers, fetch: ask });
  }

  /** What the upstream sends. ATTACKER-CONTROLLED. */
  frames(): AsyncIterable<readonly ReadFrame[]> {
    return this.#frames;
  }

  /** Sends one line of the gate. */
  write(line: string): void {
    const outgoing = readOutgoing(line);
    if (outgoing === undefined || this.#life.signal.aborted) return;
    this.#sent = this.#sent.then(() => this.#send(outgoing));
  }

  /** Resolves once there is room for more. */
  room(): Promise<void> {
    return this.#slots.room();
  }

  /** Resolves once everything written so far has left. */
  async flushed(): Promise<void> {
    for (let sent = this.#sent;; sent = this.#sent) {
      await sent;
      if (sent === this.#sent) return;
    }
  }

  /** Ends the session, and everything that is still under way. */
  async end(): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    for (const exchange of this.#inFlight.values()) exchange.abort();
    await this.#closeSession();
    this.#frames.end();
  }

  /** Resolves when the next line may leave: for a request once it has left, for what changes the session once it is answered. */
  async #send(outgoing: Outgoing): Promise<void> {
    if (outgoing.method === "notifications/cancelled") return await this.#cancel(outgoing);
    if (outgoing.kind !== "request") return await this.#tell(outgoing);
    // A stream that stays open is none that others wait for.
    const lasts = outgoing.method === "subscriptions/listen";
    const free = lasts ? () => {} : await this.#slots.take();
    const answered = this.#ask(outgoing).finally(free);
    if (outgoing.method === "initialize") await answered;
  }

  /**
   * In the modern era the end of its stream is the cancellation of a request, and there is nothing to be sent. A legacy
   * upstream is told first; either way nobody waits for the reply any more.
   */
  async #cancel(outgoing: Outgoing): Promise<void> {
    const id = outgoing.params?.requestId;
    const exchange = typeof id === "string" || typeof id === "number"
      ? this.#inFlight.get(idKey(id))
      : undefined;
    const isModern = outgoing.era === "modern" || this.#session.version === undefined;
    if (!isModern) await this.#tell(outgoing);
    exchange?.abort();
  }

  async #ask(outgoing: Outgoing): Promise<void> {
    const id = outgoing.id as Id; // INVARIANT: the gate gives each request an id of its own
    const abort = new AbortController();
    this.#inFlight.set(idKey(id), abort);
    if (outgoing.method === "initialize") this.#session.initialize = outgoing;
    try {
      await runExchange(this.#exchange(abort.signal), outgoing);
    } catch (thrown) {
      // Cancelled, or we are at our end: nobody waits for an answer.
      if (!abort.signal.aborted) await this.#frames.put(refusalFrame(outgoing, this.#problem(thrown)));
    } finally {
      this.#inFlight.delete(idKey(id));
    }
  }

  /** A notice, or our answer to a question of the upstream. */
  async #tell(outgoing: Outgoing): Promise<void> {
    try {
      const response = await this.#post(outgoing, this.#life.signal);
      await discard(response);
      if (response.status > 299) {
        this.#options.log(`the MCP server did not take a message: HTTP ${response.status}`);
      } else if (outgoing.method === "notifications/initialized") this.#listen();
    } catch (thrown) {
      if (!this.#life.signal.aborted) {
        this.#options.log(`a message did not reach the MCP server: ${this.#problem(thrown)}`);
      }
    }
  }

  #exchange(signal: AbortSignal): Exchange {
    const { maxFrameBytes } = this.#options;
    return {
      origin: this.#requester.origin,
      maxFrameBytes,
      session: this.#session,
      params: this.#params,
      post: (outgoing) => this.#post(outgoing, signal),
      resume: (eventId) => this.#get(eventId, signal),
      renew: (staleId) => this.#renew(staleId),
      pause: (ms) => pauseUnless(signal, ms),
      onFrame: (frame) => this.#frames.put(frame),
    };
  }

  #post(outgoing: Outgoing, signal: AbortSignal): Promise<Response> {
    const legacy = outgoing.method === "initialize" ? [] : this.#session.headers();
    const mirrored = mirroredHeaders(outgoing, this.#params.of(outgoing.params?.name));
    return this.#requester.send({
      method: "POST",
      headers: [
        ["content-type", "application/json"],
        ["accept", "application/json, text/event-stream"],
        ...outgoing.era === "modern" ? mirrored : legacy,
      ],
      body: outgoing.text,
      signal,
    });
  }

  #get(eventId: string | undefined, signal: AbortSignal): Promise<Response> {
    const headers: HttpAsk["headers"] = [
      ["accept", "text/event-stream"],
      ...this.#session.headers(),
      ...eventId === undefined ? [] : [["Last-Event-ID", eventId] as const],
    ];
    return this.#requester.send({ method: "GET", headers, signal });
  }

  /** The stream of what the upstream says without being asked. */
  #listen(): void {
    const { maxFrameBytes, log } = this.#options;
    const { signal } = this.#life;
    const listening = listen({
      maxFrameBytes,
      get: (eventId) => this.#get(eventId, signal),
      renew: () => this.#renew(this.#session.id),
      onFrame: (frame) => this.#frames.put(frame),
      pause: (ms) => pauseUnless(signal, ms),
      signal,
    });
    listening.catch((thrown) => log(`the stream of the MCP server ended: ${this.#problem(thrown)}`));
  }

  /** The upstream has forgotten the session `staleId`: shakes hands again, once for all who find out. */
  #renew(staleId: string | undefined): Promise<void> {
    if (this.#session.id !== staleId) return Promise.resolve();
    return this.#renewal ??= this.#shakeHandsAgain().finally(() => this.#renewal = undefined);
  }

  async #shakeHandsAgain(): Promise<void> {
    const { initialize } = this.#session;
    if (initialize === undefined) throw new NoAnswer("The MCP server has forgotten the session");
    this.#options.log("the MCP server has forgotten the session: it is initialized again");
    const exchange = this.#exchange(this.#life.signal);
    // What it answers went through the gate the first time; what it lists now is looked at when it is listed.
    await runExchange({
      ...exchange,
      renew: () => Promise.reject(new NoAnswer("The MCP server forgets each session")),
      onFrame: () => Promise.resolve(),
    }, initialize);
    const initialized = readOutgoing(`{"jsonrpc":"2.0","method":"notifications/initialized"}`);
    if (initialized !== undefined) await discard(await this.#post(initialized, this.#life.signal));
  }

  async #closeSession(): Promise<void> {
    if (this.#session.id === undefined) return;
    const headers = this.#session.headers();
    const signal = AbortSignal.timeout(CLOSE_PATIENCE_MS);
    // An upstream that does not want to be told (405), or is gone, keeps its session for as long as it likes.
    await this.#requester.send({ method: "DELETE", headers, signal }).then(discard, () => {});
  }

  #problem(thrown: unknown): string {
    return thrown instanceof NoAnswer
      ? thrown.message
      : `The MCP server at ${this.#requester.origin} broke the connection`;
  }
}

/** Resolves after `ms` milliseconds, or at once when it is all over. */
async function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  if (signal.aborted) return;
  const over = Promise.withResolvers<void>();
  const end = () => over.resolve();
  signal.addEventListener("abort", end);
  await within(over.promise, ms);
  signal.removeEventListener("abort", end);
}
