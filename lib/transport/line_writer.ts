import { utf8 } from "../base/mod.ts";

/** Where bytes go. `write` takes all of them or rejects; calls never overlap. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

// Above this many waiting characters the side that feeds us is not read on. Large enough that a peer which writes a lot
// before it reads does not lock up sooner than it would without us; small enough to be no risk to memory.
const HIGH_WATER = 8 * 1024 * 1024;
const ANSWER_HIGH_WATER = 64 * 1024 * 1024;

/**
 * Writes lines to a sink, in order. What comes while a write is under way goes out together with the next one. A sink
 * that fails (its reader is gone) makes the writer swallow what follows, and says so once through `broken`.
 */
export class LineWriter {
  readonly #sink: Sink;
  #lines: string[] = [];
  #waiting = 0;
  #pump: Promise<void> | undefined;
  #broken = false;
  readonly #onBroken: (cause: unknown) => void;
  #belowHighWater: PromiseWithResolvers<void> | undefined;

  constructor(sink: Sink, onBroken: (cause: unknown) => void) {
    this.#sink = sink;
    this.#onBroken = onBroken;
  }

  /** Queues one line, which ends in its newline. */
  write(line: string): void {
    if (this.#broken) return;
    this.#lines.push(line);
    this.#waiting += line.length;
    // The pump starts a microtask later, so that lines released together leave in one system call.
    this.#pump ??= Promise.resolve().then(() => this.#run());
  }

  /** Is there room for more? */
  get hasRoom(): boolean {
    return this.#waiting < HIGH_WATER;
  }

  /** Resolves once there is room for more; at once where there is. */
  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    return (this.#belowHighWater ??= Promise.withResolvers<void>()).promise;
  }

  /**
   * As {@link room}, for whoever feeds us answers to what it reads: a peer that asks without end and never reads must
   * be stopped as well, but later, as one that reads only after it has asked is no fault.
   */
  answerRoom(): Promise<void> {
    return this.#waiting < ANSWER_HIGH_WATER ? Promise.resolve() : this.room();
  }

  /** Resolves once everything queued so far was taken by the sink, or the sink is broken. */
  async flushed(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
  }

  async #run(): Promise<void> {
    try {
      while (this.#lines.length > 0) {
        const lines = this.#lines;
        const length = this.#waiting;
        this.#lines = [];
        await this.#sink.write(utf8(lines.length === 1 ? lines[0] ?? "" : lines.join("")));
        this.#waiting -= length;
        this.#announceRoom();
      }
    } catch (cause) {
      this.#break(cause);
    } finally {
      this.#pump = undefined;
    }
  }

  #break(cause: unknown): void {
    this.#broken = true;
    this.#lines = [];
    this.#waiting = 0;
    this.#announceRoom();
    this.#onBroken(cause);
  }

  #announceRoom(): void {
    if (!this.hasRoom) return;
    this.#belowHighWater?.resolve();
    this.#belowHighWater = undefined;
  }
}
