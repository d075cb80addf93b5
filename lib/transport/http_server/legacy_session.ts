/** One session of the legacy era: its id, its streams, and the requests in it. */
import { randomBytes } from "../../base/mod.ts";
import {
  frameOfLine,
  type Id,
  negotiatedVersionOf,
  type ReadFrame,
  VERSION_WITH_BATCHES,
} from "../../wire/mod.ts";
import type { Desk } from "./desk.ts";
import { Exchange } from "./exchange.ts";
import type { Caller, ClientSession, CloseReason } from "./ports.ts";
import { errorOf, resultOf, unreachable } from "./replies.ts";
import { SessionStreams } from "./session_streams.ts";

const ID_BYTES = 24;
/** A client that shook hands and never came back is none. */
const HANDSHAKE_MS = 60_000;

export class LegacySession<C extends Caller> {
  /** SECRET: whoever has it, and is the same caller, is in the session. */
  readonly id: string = randomBytes(ID_BYTES).toBase64({ alphabet: "base64url" });
  readonly caller: C;
  readonly streams: SessionStreams;
  readonly #desk: Desk<C>;
  /** Set before anything is taken. */
  #client: ClientSession | undefined;
  #revision: string | undefined;
  #usedMs: number;
  #wasUsed = false;
  #isEnded = false;

  constructor(desk: Desk<C>, caller: C) {
    this.#desk = desk;
    this.caller = caller;
    this.#usedMs = desk.nowMs();
    const { limits, nowMs, replay, unread } = desk;
    this.streams = new SessionStreams({
      limits,
      nowMs,
      replay,
      unread,
      revision: () => this.#revision,
      onLost: (line) => this.#lose(line),
    });
  }

  get takesBatches(): boolean {
    return this.#revision === VERSION_WITH_BATCHES;
  }

  get requests(): number {
    return this.streams.exchanges.size;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  begin(client: ClientSession): void {
    this.#client = client;
  }

  /** The client did something. */
  use(): void {
    this.#usedMs = this.#desk.nowMs();
    this.#wasUsed = true;
  }

  /** Is nobody there any more? To be asked often: who is there now counts as having done something. */
  isIdle(): boolean {
    if (this.streams.isAlive) {
      this.#usedMs = this.#desk.nowMs();
      return false;
    }
    const patience = this.#wasUsed
      ? this.#desk.limits.idleMs
      : Math.min(HANDSHAKE_MS, this.#desk.limits.idleMs);
    return this.#desk.nowMs() - this.#usedMs > patience;
  }

  /** A frame that wants no answer. */
  tell(frame: ReadFrame): void {
    this.#client?.take(frame, { scope: "", reply: () => {}, beside: (line) => this.streams.send(line) });
  }

  /** Resolves when it can take more. */
  async takesMore(): Promise<void> {
    await this.#client?.room();
  }

  /** A frame that wants one. INVARIANT: one of `desk.requests` was taken for it. */
  ask(frame: ReadFrame, { ids, isBatch, asStream, onDone }: Asking): Exchange {
    const exchange: Exchange = new Exchange({
      // One client with ids of its own: what it cancels it names by them, in another request.
      scope: "",
      ids,
      isBatch,
      graceMs: this.#desk.limits.graceMs,
      // One that cannot be taken up again is worth nothing more than plain JSON.
      asStream: asStream === true && this.streams.primes,
      openStream: () => this.streams.openPost(),
      pressure: this.streams.pressure,
      statusOf: (line) => errorOf(line)?.isToNobody === true ? 400 : 200,
      headers: () => onDone === undefined || this.#isEnded ? {} : { "mcp-session-id": this.id },
      onDone: (line) => {
        this.#desk.requests.give(1);
        this.streams.leave(exchange);
        this.#usedMs = this.#desk.nowMs();
        onDone?.(line);
      },
    });
    this.streams.enter(exchange);
    this.#client?.take(frame, exchange);
    return exchange;
  }

  /** The answer to `initialize` came: did it open the session? */
  shakeHands(line: string | undefined): boolean {
    const result = line === undefined ? undefined : resultOf(line);
    this.#revision = negotiatedVersionOf(result);
    return result !== undefined;
  }

  /** Nothing is taken any more. Resolves when the other side is closed as well. `reason` absent: it closed first. */
  async end(reason?: CloseReason): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const exchange of this.streams.exchanges) exchange.fail("The session has ended");
    this.streams.close();
    try {
      if (reason !== undefined) await this.#client?.close(reason);
    } finally {
      // Not before: its upstream is still there, and whoever opens and ends sessions is to have no more of them than allowed.
      this.#desk.counts.leave(this.caller);
    }
  }

  #lose(line: string): void {
    this.#desk.log("dropped a message to a client that has no stream open: too many wait for one");
    const answer = unreachable(line);
    if (answer === undefined) return;
    this.#client?.take(frameOfLine(answer));
  }
}

export interface Asking {
  readonly ids: readonly Id[];
  readonly isBatch: boolean;
  /** Would the client rather have a stream than plain JSON? */
  readonly asStream?: boolean;
  /** Only for what opens the session. */
  readonly onDone?: (line: string | undefined) => void;
}
