/** The streams of one legacy session: which of them takes a message, what waits for one, and who may take one up again. */
import { type Denial, flood } from "./denial.ts";
import { EventStream } from "./event_stream.ts";
import type { Exchange } from "./exchange.ts";
import type { ServerLimits } from "./limits.ts";
import type { ClientLane } from "./ports.ts";
import { Pressure, type Unread } from "./pressure.ts";
import { ReplayLog, type ReplayShelf } from "./replay.ts";

export interface SessionStreamsOptions {
  readonly limits: ServerLimits;
  readonly nowMs: () => number;
  /** What the logs of all sessions may hold together. */
  readonly replay: ReplayShelf;
  readonly unread: Unread;
  /** The protocol version that was agreed on. */
  readonly revision: () => string | undefined;
  /** A line for which there is no room. */
  readonly onLost: (line: string) => void;
}

type Body = ReturnType<EventStream["connect"]>;
export type Opening = { readonly body: Body } | { readonly denial: Denial };

const PRIMED_SINCE = "2025-11-25";
const EVENT_ID_REGEXP = /^(([gp])([1-9]\d{0,8}))-(0|[1-9]\d{0,8})$/;
const TOO_MANY_STREAMS = flood("Too many streams are open", 5);
const UNKNOWN_EVENT: Denial = {
  status: 400,
  reason: "event-id",
  message: "Last-Event-ID names no stream of this session",
};

export class SessionStreams implements ClientLane {
  readonly #options: SessionStreamsOptions;
  /** Of all that this session was sent and did not read. */
  readonly pressure: Pressure;
  /** By name, oldest first. `log`: to forget it by. */
  readonly #streams = new Map<string, { readonly stream: EventStream; readonly log: ReplayLog }>();
  /** Opened by GET; the newest is last. */
  #standing: EventStream[] = [];
  readonly #exchanges = new Set<Exchange>();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #issued = 0;

  constructor(options: SessionStreamsOptions) {
    this.#options = options;
    this.pressure = new Pressure(options.limits, options.unread, options.nowMs);
  }

  get exchanges(): ReadonlySet<Exchange> {
    return this.#exchanges;
  }

  /** Is a client connected? One that went away from a call that is never answered is not there any more. */
  get isAlive(): boolean {
    return [...this.#exchanges].some(({ isOpen }) => isOpen) ||
      this.#standing.some(({ isConnected }) => isConnected);
  }

  /** Does a stream begin with a place that it can be taken up again from, before there is anything to say? */
  get primes(): boolean {
    return (this.#options.revision() ?? "") >= PRIMED_SINCE;
  }

  /** Sends a line on exactly one stream; without one it waits. */
  send(line: string): void {
    if (this.#deliver(line)) return;
    const { waitingMessages, waitingBytes } = this.#options.limits;
    const fits = this.#waiting.length < waitingMessages && this.#waitingBytes + line.length <= waitingBytes;
    if (!fits) return this.#options.onLost(line);
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }

  room(): Promise<void> {
    return this.pressure.room();
  }

  /** The stream that a client listens on. */
  listen(): Opening {
    if (this.#isCrowded()) return { denial: TOO_MANY_STREAMS };
    const stream = this.#open("g");
    const body = stream.connect();
    this.#standing.push(stream);
    this.#flush();
    return { body };
  }

  /** Takes a stream of this session up again. `lastEventId`: ATTACKER-CONTROLLED. */
  resume(lastEventId: string): Opening {
    const [, name = "", kind, issued, n] = EVENT_ID_REGEXP.exec(lastEventId) ?? [];
    const known = this.#streams.get(name)?.stream;
    if (known !== undefined) {
      if (kind === "g") {
        this.#standing = this.#standing.filter((other) => other !== known);
        if (!known.isConnected && this.#isCrowded()) return { denial: TOO_MANY_STREAMS };
        this.#standing.push(known);
      }
      const body = known.connect(Number(n));
      this.#flush();
      return { body };
    }
    // What was kept is gone by now, but whoever listens is not to be left without a stream for that.
    return kind === "g" && Number(issued) <= this.#issued ? this.listen() : { denial: UNKNOWN_EVENT };
  }

  /** The stream of an answer. */
  openPost(): EventStream {
    return this.#open("p");
  }

  /** An exchange began: it may take what waits, where no other stream does. */
  enter(exchange: Exchange): void {
    this.#exchanges.add(exchange);
    this.#flush();
  }

  leave(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
  }

  sweep(): void {
    const { limits: { keepAliveMs, pollAfterMs, retryMs, replayMs }, nowMs } = this.#options;
    const since = nowMs() - replayMs;
    for (const [name, { stream, log }] of this.#streams) {
      stream.keepAlive(keepAliveMs);
      stream.sendAway(pollAfterMs, retryMs);
      log.expire(since);
      if (mayBeForgotten(name, stream) && (stream.restsSinceMs ?? Infinity) < since) this.#forget(name);
    }
  }

  /** Ends all streams; what waits is dropped. */
  close(): void {
    for (const [name, { stream }] of this.#streams) {
      stream.end();
      this.#forget(name);
    }
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #isCrowded(): boolean {
    this.#standing = this.#standing.filter(({ isConnected }) => isConnected);
    return this.#standing.length >= this.#options.limits.streamsPerSession;
  }

  #deliver(line: string): boolean {
    const standing = this.#standing.findLast(({ isConnected }) => isConnected);
    const taker = standing ?? [...this.#exchanges].findLast(({ isOpen }) => isOpen);
    if (taker === undefined) return false;
    if (taker instanceof EventStream) taker.push(line);
    else taker.beside(line);
    return true;
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const line of waiting) this.send(line);
  }

  #open(kind: "g" | "p"): EventStream {
    const { limits, nowMs, replay } = this.#options;
    const name = `${kind}${++this.#issued}`;
    const log = new ReplayLog(limits.replayBytesPerStream, replay);
    const primer = this.primes ? { primer: { retryMs: limits.retryMs } } : {};
    const stream = new EventStream({ nowMs, pressure: this.pressure, resumable: { name, log, ...primer } });
    this.#streams.set(name, { stream, log });
    this.#makeRoom();
    return stream;
  }

  /** Forgets the oldest streams that nobody is connected to. */
  #makeRoom(): void {
    for (const [name, { stream }] of this.#streams) {
      if (this.#streams.size <= this.#options.limits.replayStreamsPerSession) return;
      if (mayBeForgotten(name, stream)) this.#forget(name);
    }
  }

  #forget(name: string): void {
    this.#streams.get(name)?.log.clear();
    this.#streams.delete(name);
  }
}

/** One that has an answer to come is kept, however long its client is away; how many there are, requests bound. */
function mayBeForgotten(name: string, stream: EventStream): boolean {
  return stream.isEnded || (name.startsWith("g") && !stream.isConnected);
}
