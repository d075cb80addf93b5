/**
 * What was sent and not read yet, by session and in all. Too much of it stops the upstream of the session for a while;
 * where it lasts, the streams that hold the most are broken off.
 */
import type { ServerLimits } from "./limits.ts";

export interface Closeable {
  abort(): void;
}

/**
 * Bytes of all sessions that nobody has read yet, and where they lie. A client that does not read keeps them for longer than
 * its session lasts: whoever looks after sessions alone would never see them again.
 */
export class Unread {
  bytes = 0;
  readonly #held = new Set<Pressure>();

  /** Has this one anything that was not read? */
  note(pressure: Pressure, bytes: number): void {
    if (bytes > 0) this.#held.add(pressure);
    else this.#held.delete(pressure);
  }

  /** Breaks off what stood in the way for too long. */
  sweep(): void {
    for (const pressure of this.#held) pressure.sweep();
  }
}

export type PressureLimits = Pick<ServerLimits, "unreadBytesPerSession" | "unreadBytesInAll" | "stallMs">;

export class Pressure {
  readonly #limits: PressureLimits;
  readonly #nowMs: () => number;
  readonly #all: Unread;
  readonly #unread = new Map<Closeable, number>();
  #own = 0;
  #fullSinceMs: number | undefined;
  #change: PromiseWithResolvers<void> | undefined;

  constructor(limits: PressureLimits, all: Unread, nowMs: () => number) {
    this.#limits = limits;
    this.#all = all;
    this.#nowMs = nowMs;
  }

  /** So many bytes of `stream` were not read yet. */
  note(stream: Closeable, unread: number): void {
    const more = unread - (this.#unread.get(stream) ?? 0);
    if (unread > 0) this.#unread.set(stream, unread);
    else this.#unread.delete(stream);
    this.#own += more;
    this.#all.bytes += more;
    this.#all.note(this, this.#own);
    this.#look();
  }

  room(): Promise<void> {
    this.#look();
    if (this.#fullSinceMs === undefined) return Promise.resolve();
    return (this.#change ??= Promise.withResolvers<void>()).promise;
  }

  /** Breaks off what stood in the way for too long, the largest first. */
  sweep(): void {
    this.#look();
    const since = this.#nowMs() - this.#limits.stallMs;
    if (this.#fullSinceMs === undefined || this.#fullSinceMs > since) return;
    const largest = [...this.#unread].sort(([, a], [, b]) => b - a);
    for (const [stream] of largest) if (this.#isFull()) stream.abort();
  }

  #isFull(): boolean {
    const { unreadBytesPerSession, unreadBytesInAll } = this.#limits;
    return this.#own > unreadBytesPerSession || (this.#own > 0 && this.#all.bytes > unreadBytesInAll);
  }

  #look(): void {
    if (this.#isFull()) {
      this.#fullSinceMs ??= this.#nowMs();
      return;
    }
    this.#fullSinceMs = undefined;
    this.#change?.resolve();
    this.#change = undefined;
  }
}
