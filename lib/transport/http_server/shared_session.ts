/** What all modern requests of one caller go through. Their ids may be equal: each has a scope of its own. */
import {
  frameOfLine,
  type Id,
  type ParamHeader,
  type ReadFrame,
  readLine,
  type RequestMessage,
} from "../../wire/mod.ts";
import { ParamHeaders } from "../http/param_headers.ts";
import type { Caller, ClientLane, ClientSession, CloseReason } from "./ports.ts";
import type { Desk } from "./desk.ts";
import { EventStream } from "./event_stream.ts";
import { Exchange } from "./exchange.ts";
import { Pressure } from "./pressure.ts";
import { errorOf, unreachable } from "./replies.ts";

/** A request whose answer is a stream of notices, and comes at the end of it, if ever. */
const LASTING = "subscriptions/listen";

interface Asked {
  readonly id: Id;
  readonly lasts: boolean;
  readonly stream: EventStream | undefined;
}

export class SharedSession implements ClientLane {
  readonly #desk: Pick<Desk<Caller>, "limits" | "nowMs" | "requests" | "unread" | "log">;
  readonly #pressure: Pressure;
  readonly #params = new ParamHeaders();
  readonly #exchanges = new Map<Exchange, Asked>();
  #client: ClientSession | undefined;
  #usedMs: number;
  #scopes = 0;
  #onEnd: (() => void) | undefined;
  #toldOfLoss = false;

  constructor(desk: Pick<Desk<Caller>, "limits" | "nowMs" | "requests" | "unread" | "log">) {
    this.#desk = desk;
    this.#usedMs = desk.nowMs();
    this.#pressure = new Pressure(desk.limits, desk.unread, desk.nowMs);
  }

  get requests(): number {
    return this.#exchanges.size;
  }

  get isIdle(): boolean {
    return this.#exchanges.size === 0 && this.#desk.nowMs() - this.#usedMs > this.#desk.limits.idleMs;
  }

  get isEnded(): boolean {
    return this.#onEnd === undefined;
  }

  /** `onEnd`: it takes nothing more, whoever ended it. */
  begin({ client, onEnd }: { readonly client: ClientSession; readonly onEnd: () => void }): void {
    this.#client = client;
    this.#onEnd = onEnd;
    client.closed.then(() => this.#stop());
  }

  /** Nobody in particular is spoken to: in this era there is no such message, and nobody to take one. */
  send(line: string): void {
    if (!this.#toldOfLoss) {
      this.#desk.log(
        "dropped what the MCP server says to nobody in particular: modern clients take no such message",
      );
    }
    this.#toldOfLoss = true;
    const answer = unreachable(line);
    if (answer !== undefined) this.#client?.take(frameOfLine(answer));
  }

  room(): Promise<void> {
    return this.#pressure.room();
  }

  /** Resolves when it can take more. */
  async takesMore(): Promise<void> {
    await this.#client?.room();
  }

  /** Which arguments a call must repeat in its headers, as far as the tool was listed. */
  paramHeaders({ method, params }: RequestMessage): readonly ParamHeader[] {
    return method === "tools/call" ? this.#params.of(params?.name) : [];
  }

  tell(frame: ReadFrame): void {
    this.#usedMs = this.#desk.nowMs();
    this.#client?.take(frame, { scope: this.#scope(), reply: () => {}, beside: () => {} });
  }

  /** INVARIANT: one of `desk.requests` was taken for it. `gone`: the client's connection has ended. */
  ask(frame: ReadFrame, { id, method }: RequestMessage, gone: AbortSignal): Exchange {
    const exchange: Exchange = new Exchange({
      scope: this.#scope(),
      ids: [id],
      isBatch: false,
      graceMs: this.#desk.limits.modernGraceMs,
      openStream: () => this.#openStream(exchange),
      pressure: this.#pressure,
      statusOf,
      headers: () => ({}),
      onDone: (line) => {
        this.#exchanges.delete(exchange);
        this.#desk.requests.give(1);
        this.#usedMs = this.#desk.nowMs();
        if (method === "tools/list" && line !== undefined) this.#params.learn(readLine(line));
      },
    });
    this.#exchanges.set(exchange, { id, lasts: method === LASTING, stream: undefined });
    // Once it streams, the stream tells.
    gone.addEventListener("abort", () => this.#cancel(exchange), { once: true });
    this.#client?.take(frame, exchange);
    // It may have gone while there was no room for its request.
    if (gone.aborted) this.#cancel(exchange);
    return exchange;
  }

  sweep(): void {
    for (const { stream } of this.#exchanges.values()) stream?.keepAlive(this.#desk.limits.keepAliveMs);
  }

  /** Ends what no answer ever ends. */
  endLasting(): void {
    for (const [exchange, { lasts }] of this.#exchanges) if (lasts) this.#cancel(exchange);
  }

  /** Resolves when the other side is closed as well. */
  async end(reason: CloseReason): Promise<void> {
    if (this.isEnded) return;
    this.#stop();
    await this.#client?.close(reason);
  }

  #scope(): string {
    return `x${++this.#scopes}`;
  }

  #openStream(exchange: Exchange): EventStream {
    const { nowMs } = this.#desk;
    const stream = new EventStream({ nowMs, pressure: this.#pressure, onGone: () => this.#cancel(exchange) });
    const asked = this.#exchanges.get(exchange);
    if (asked !== undefined) this.#exchanges.set(exchange, { ...asked, stream });
    return stream;
  }

  /** The end of its stream is the cancellation of a request: one that is judged and recorded like any other. */
  #cancel(exchange: Exchange): void {
    const asked = this.#exchanges.get(exchange);
    if (asked === undefined) return;
    exchange.abandon();
    const params = { requestId: asked.id, reason: "the client closed the stream" };
    const method = "notifications/cancelled";
    const value = { jsonrpc: "2.0", method, params };
    const incoming = { kind: "notice", method, params, value, bytes: 0 } as const;
    const place = { scope: exchange.scope, reply: () => {}, beside: () => {} };
    this.#client?.take({ kind: "read", incoming, bytes: 0 }, place);
  }

  #stop(): void {
    this.#onEnd?.();
    this.#onEnd = undefined;
    for (const exchange of this.#exchanges.keys()) exchange.fail("The session has ended");
  }
}

/**
 * The status that the error of an answer asks for, whoever made it (2026-07-28, "Protocol Version Header", "Server
 * Validation", "Per-request protocol fields"). -32602 is none of them: what is wrong with the fields that a request must
 * have is said before it goes anywhere, and what a server says of its own parameters is an answer like any other.
 */
const STATUS_OF_ERROR: ReadonlyMap<unknown, number> = new Map([
  [-32700, 400],
  [-32600, 400],
  [-32601, 404],
  [-32020, 400],
  [-32021, 400],
  [-32022, 400],
]);

function statusOf(line: string): number {
  const error = errorOf(line);
  if (error === undefined) return 200;
  return error.isToNobody ? 400 : STATUS_OF_ERROR.get(error.code) ?? 200;
}
