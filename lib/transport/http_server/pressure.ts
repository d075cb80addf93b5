/** Streams that are not read. They stop the upstream of their session for a while, and are closed where it lasts. */
import type { ServerLimits } from "./limits.ts";

export interface Closeable {
  abort(): void;
}

export class Pressure {
  readonly #limits: Pick<ServerLimits, "unreadBytes" | "stallMs">;
  readonly #nowMs: () => number;
  /** Streams over the mark, and since when. */
  readonly #full = new Map<Closeable, number>();
  #change: PromiseWithResolvers<void> | undefined;

  constructor(limits: Pick<ServerLimits, "unreadBytes" | "stallMs">, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** So many bytes of `stream` were not read yet. */
  note(stream: Closeable, unread: number): void {
    const isFull = unread > this.#limits.unreadBytes;
    if (isFull === this.#full.has(stream)) return;
    if (isFull) this.#full.set(stream, this.#nowMs());
    else this.#full.delete(stream);
    if (this.#full.size > 0) return;
    this.#change?.resolve();
    this.#change = undefined;
  }

  room(): Promise<void> {
    if (this.#full.size === 0) return Promise.resolve();
    return (this.#change ??= Promise.withResolvers<void>()).promise;
  }

  /** Breaks off what was full for too long; how many. */
  sweep(): number {
    const since = this.#nowMs() - this.#limits.stallMs;
    const stalled = [...this.#full].filter(([, at]) => at <= since);
    for (const [stream] of stalled) stream.abort();
    return stalled.length;
  }
}
