/**
 * An upstream behind Streamable HTTP, in both eras: lines of the gate become requests, answers become frames. Requests and
 * notices leave in their order; answers come as they come. Replies of ours and cancellations wait for nothing: what they
 * are about may be what the others wait for.
 */
import { within } from "../../base/mod.ts";
import { type Id, idKey, type ReadFrame } from "../../wire/mod.ts";
import type { UpstreamAddress } from "./address.ts";
import { type Exchange, refusalFrame } from "./exchange.ts";
import { FrameQueue } from "./frame_queue.ts";
import { type Outgoing, readOutgoing } from "./outgoing.ts";
import { Pressure } from "./pressure.ts";
import { type Fetch, NoAnswer, Requester } from "./requester.ts";
import { SessionKeeper } from "./session_keeper.ts";
import { Slots } from "./slots.ts";
import { UnderWay } from "./under_way.ts";

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
const MOST_SUBSCRIPTIONS = 64;
// Lines that wait for their turn, and messages that the upstream has not taken yet: characters, and what each costs beside.
const MOST_WAITING = 8 * 1024 * 1024;
const LINE_COST = 256;
// A notice is taken before the next line leaves, unless the upstream makes a long story of it: it may be one that asks
// us something before it takes the notice, and our answer must not stand behind it.
const NOTICE_PATIENCE_MS = 1_000;
const TELL_PATIENCE_MS = 30_000;
// What a legacy upstream says of a request that was cancelled reaches the client all the same, as it does without us; not
// every server hears a cancellation, and some never end the stream. So many of these at once, and for so long.
const CANCELLED_LINGER_MS = 10_000;
const MOST_CANCELLED = 32;
// An upstream should end the stream of a request with the reply. One that does not gets as long to say something more.
const LINGER_MS = 1_000;
const CLOSE_PATIENCE_MS = 2_000;

export class HttpUpstream {
  readonly #options: HttpUpstreamOptions;
  readonly #frames = new FrameQueue();
  readonly #session: SessionKeeper;
  readonly #slots = new Slots(MOST_AT_ONCE);
  readonly #waiting = new Pressure(MOST_WAITING);
  readonly #told = new Pressure(MOST_WAITING);
  readonly #life = new AbortController();
  /** By id: the requests whose exchange runs. */
  readonly #inFlight = new Map<string, UnderWay>();
  /** The cancelled ones among these that are still read, oldest first. */
  readonly #cancelled = new Set<UnderWay>();
  /** By id: the streams that stay open. */
  readonly #subscriptions = new Set<string>();
  /** By id: the requests that have not left. `false`: cancelled before they did. */
  readonly #queued = new Map<string, boolean>();
  /** Resolves when every line that waits for its turn has left. */
  #sent: Promise<void> = Promise.resolve();
  /** What the upstream is being told out of turn. */
  readonly #telling = new Set<Promise<void>>();

  constructor(options: HttpUpstreamOptions) {
    this.#options = options;
    const { address, headers, fetch: ask = fetch, maxFrameBytes, log } = options;
    this.#session = new SessionKeeper({
      requester: new Requester({ address, headers, fetch: ask }),
      maxFrameBytes,
      log,
      onFrame: (frame) => this.#frames.put(frame),
      life: this.#life.signal,
    });
  }

  /** What the upstream sends. ATTACKER-CONTROLLED. */
  frames(): AsyncIterable<readonly ReadFrame[]> {
    return this.#frames;
  }

  /** Sends one line of the gate. */
  write(line: string): void {
    const outgoing = readOutgoing(line);
    if (outgoing === undefined || this.#life.signal.aborted) return;
    if (outgoing.method === "notifications/cancelled") return this.#cancel(outgoing);
    if (outgoing.kind === "reply") return this.#tellNow(outgoing);
    const left = this.#waiting.add(line.length + LINE_COST);
    if (outgoing.kind === "request") this.#queued.set(keyOf(outgoing), true);
    this.#sent = this.#sent.then(() => this.#send(outgoing)).finally(left);
  }

  /** Resolves once there is room for more. */
  room(): Promise<void> {
    return this.#waiting.room();
  }

  /** As {@link room}, for replies. An upstream that asks and asks, and takes no answers, is not heard any further. */
  answerRoom(): Promise<void> {
    return this.#told.room();
  }

  /** Resolves once everything written so far has left. */
  async flushed(): Promise<void> {
    for (let sent = this.#sent;; sent = this.#sent) {
      await Promise.all([sent, ...this.#telling]);
      if (sent === this.#sent && this.#telling.size === 0) return;
    }
  }

  /**
   * Ends the session, and everything that is still under way. What has not left stays here. `patienceMs`: how long the
   * upstream may take to hear of it.
   */
  async end({ patienceMs = CLOSE_PATIENCE_MS }: { readonly patienceMs?: number } = {}): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    for (const underWay of this.#inFlight.values()) underWay.end();
    await this.#session.close(patienceMs);
    this.#frames.end();
  }

  /** Resolves when the next line may leave: for a request once it has left, for what changes the session once it is answered. */
  async #send(outgoing: Outgoing): Promise<void> {
    await this.#session.settled();
    if (outgoing.kind === "notice") {
      await within(this.#tell(outgoing), NOTICE_PATIENCE_MS);
      return;
    }
    // A stream that stays open is none that others wait for.
    const lasts = outgoing.method === "subscriptions/listen";
    const free = lasts ? this.#addSubscription(keyOf(outgoing)) : await this.#slots.take();
    if (free === undefined) return await this.#refuse(outgoing, "too many subscriptions at once");
    const answered = this.#ask(outgoing, free);
    if (outgoing.method === "initialize") await answered;
  }

  /** `undefined` where there are too many. */
  #addSubscription(key: string): (() => void) | undefined {
    if (this.#subscriptions.size >= MOST_SUBSCRIPTIONS) return undefined;
    this.#subscriptions.add(key);
    return () => void this.#subscriptions.delete(key);
  }

  async #refuse(outgoing: Outgoing, message: string): Promise<void> {
    this.#queued.delete(keyOf(outgoing));
    await this.#frames.put(refusalFrame(outgoing, message));
  }

  /**
   * In the modern era the end of its stream is the cancellation of a request, and there is nothing to be sent. A legacy
   * upstream is told; either way nobody waits for the reply any more. One that has not left stays here.
   */
  #cancel(outgoing: Outgoing): void {
    const id = outgoing.params?.requestId;
    if (typeof id !== "string" && typeof id !== "number") return;
    const key = idKey(id);
    if (this.#queued.has(key)) return void this.#queued.set(key, false);
    const underWay = this.#inFlight.get(key);
    const era = underWay?.outgoing.era ?? outgoing.era;
    this.#subscriptions.delete(key);
    if (era === "modern") return underWay?.end();
    if (underWay !== undefined || this.#session.isBegun) this.#tellNow(outgoing);
    if (underWay !== undefined) this.#listenOut(underWay);
  }

  /** Reads on in what was cancelled, for a while. */
  #listenOut(underWay: UnderWay): void {
    underWay.settle(CANCELLED_LINGER_MS);
    this.#cancelled.add(underWay);
    const [oldest] = this.#cancelled;
    if (this.#cancelled.size <= MOST_CANCELLED || oldest === undefined) return;
    this.#cancelled.delete(oldest);
    oldest.end();
  }

  /** Resolves once the reply is there, or none will be. `free` is called then: what else the stream carries holds up nobody. */
  #ask(outgoing: Outgoing, free: () => void): Promise<void> {
    const key = keyOf(outgoing);
    const isWanted = this.#queued.get(key) === true && !this.#life.signal.aborted;
    this.#queued.delete(key);
    if (!isWanted) return Promise.resolve(free());
    const underWay = new UnderWay(outgoing, free);
    this.#inFlight.set(key, underWay);
    this.#converse(underWay).finally(() => {
      this.#inFlight.delete(key);
      this.#cancelled.delete(underWay);
      underWay.over();
    });
    return underWay.settled;
  }

  async #converse(underWay: UnderWay): Promise<void> {
    const { outgoing, signal } = underWay;
    const about = outgoing.id;
    const exchange: Exchange = {
      ...this.#session.exchange(signal),
      onFrame: (frame) => this.#frames.put(about === undefined ? frame : { ...frame, about }),
      onAnswered: () => underWay.settle(LINGER_MS),
    };
    try {
      await this.#session.run(exchange, outgoing);
    } catch (thrown) {
      // Cancelled, or we are at our end: nobody waits for an answer. And who has one gets no other.
      if (underWay.isSettled) return;
      const challenge = thrown instanceof NoAnswer ? thrown.challenge : undefined;
      await this.#frames.put(refusalFrame(outgoing, this.#problem(thrown), challenge));
    }
  }

  #tellNow(outgoing: Outgoing): void {
    const told = this.#told.add(outgoing.text.length + LINE_COST);
    const telling = this.#tell(outgoing).finally(() => {
      told();
      this.#telling.delete(telling);
    });
    this.#telling.add(telling);
  }

  /** A notice, or our answer to a question of the upstream. Never rejects. */
  async #tell(outgoing: Outgoing): Promise<void> {
    const patience = new AbortController();
    const telling = this.#deliver(outgoing, AbortSignal.any([this.#life.signal, patience.signal]));
    if (await within(telling, TELL_PATIENCE_MS)) return;
    patience.abort();
    await telling;
  }

  async #deliver(outgoing: Outgoing, signal: AbortSignal): Promise<void> {
    try {
      const status = await this.#session.tell(outgoing, signal);
      if (status > 299) this.#options.log(`the MCP server did not take a message: HTTP ${status}`);
    } catch (thrown) {
      if (!this.#life.signal.aborted) {
        this.#options.log(`a message did not reach the MCP server: ${this.#problem(thrown)}`);
      }
    }
  }

  #problem(thrown: unknown): string {
    return thrown instanceof NoAnswer
      ? thrown.message
      : `The MCP server at ${this.#options.address.origin} broke the connection`;
  }
}

function keyOf({ id }: Outgoing): string {
  return idKey(id as Id); // INVARIANT: the gate gives each request an id of its own
}
