/** One stream of events towards a client. In the legacy era it outlives its connections; in the modern one it has one. */
import { encodeSse, encodeSseRetry, SSE_KEEP_ALIVE } from "../../wire/mod.ts";
import { Connection } from "./connection.ts";
import type { Pressure } from "./pressure.ts";
import type { ReplayLog } from "./replay.ts";

export interface StreamOptions {
  readonly nowMs: () => number;
  readonly pressure: Pressure;
  /** Legacy: the name in the ids of its events, and what is kept of them. */
  readonly resumable?: {
    readonly name: string;
    readonly log: ReplayLog;
    /**
     * Begins with an empty event that has an id, and says what to wait where the connection breaks. Absent for clients
     * before 2025-11-25: they take it for a message.
     */
    readonly primer?: { readonly retryMs: number };
  };
  /** Of the old pair: its events have a name. */
  readonly type?: string;
  /** The client went away, or did not read. */
  readonly onGone?: () => void;
}

export class EventStream {
  readonly #options: StreamOptions;
  #connection: Connection | undefined;
  #connectedMs = 0;
  #writtenMs = 0;
  #sent = 0;
  #endedMs: number | undefined;
  #leftMs: number;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#leftMs = options.nowMs();
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen === true;
  }

  /** When it ended, or lost its last connection; `undefined` while it is alive. */
  get restsSinceMs(): number | undefined {
    return this.#endedMs ?? (this.isConnected ? undefined : this.#leftMs);
  }

  get isEnded(): boolean {
    return this.#endedMs !== undefined;
  }

  /** Begins a connection; an older one ends. `after`: the last event that the client saw, where it comes back. */
  connect(after?: number): Connection["body"] {
    this.#connection?.close();
    const { pressure, resumable, nowMs } = this.#options;
    const connection: Connection = new Connection({
      onGone: () => this.#left(connection),
      onUnread: (unread) => pressure.note(connection, unread),
    });
    this.#connection = connection;
    this.#connectedMs = this.#writtenMs = nowMs();
    if (after !== undefined) {
      for (const chunk of resumable?.log.after(after) ?? []) {
        connection.write(chunk);
      }
    } else if (resumable?.primer !== undefined) {
      connection.write(encodeSse({ id: this.#id(0), data: "", ...resumable.primer }));
    }
    if (this.isEnded) connection.close();
    return connection.body;
  }

  /** Sends one line of JSON. */
  push(line: string): void {
    this.send({ data: line.trimEnd(), ...this.#options.type !== undefined && { type: this.#options.type } });
  }

  send(event: { readonly data: string; readonly type?: string }): void {
    const { resumable, nowMs } = this.#options;
    const n = ++this.#sent;
    const chunk = encodeSse(resumable === undefined ? event : { ...event, id: this.#id(n) });
    resumable?.log.add(n, chunk, nowMs());
    this.#write(chunk);
  }

  /** Nothing follows. */
  end(): void {
    if (this.isEnded) return;
    this.#endedMs = this.#options.nowMs();
    this.#connection?.close();
  }

  /** Tells a quiet connection that it is not forgotten. */
  keepAlive(quietMs: number): void {
    if (this.isConnected && this.#options.nowMs() - this.#writtenMs >= quietMs) this.#write(SSE_KEEP_ALIVE);
  }

  /** Ends a connection that is older than `ageMs`, but not the stream: the client comes back for the rest. */
  sendAway(ageMs: number, retryMs: number): void {
    const { resumable, nowMs } = this.#options;
    if (resumable?.primer === undefined || !this.isConnected || nowMs() - this.#connectedMs < ageMs) return;
    this.#write(encodeSseRetry(retryMs));
    this.#connection?.close();
    this.#leftMs = nowMs();
  }

  #write(chunk: Uint8Array<ArrayBuffer>): void {
    this.#writtenMs = this.#options.nowMs();
    this.#connection?.write(chunk);
  }

  #left(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#leftMs = this.#options.nowMs();
    this.#options.onGone?.();
  }

  #id(n: number): string {
    return `${this.#options.resumable?.name ?? ""}-${n}`;
  }
}
