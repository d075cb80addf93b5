/** The body of one streamed response: bytes in, and out as fast as the client reads. */
import { concatBytes } from "../../base/mod.ts";

export interface ConnectionEvents {
  /** The client went away, or was sent away; not called when the connection was closed by {@link Connection.close}. */
  readonly onGone: () => void;
  /** So many bytes wait to be read now. */
  readonly onUnread: (unread: number) => void;
}

type Chunk = Uint8Array<ArrayBuffer>;

// Small events that wait leave together, each being a write of its own; large ones leave in pieces, or all of one would
// count as read while it waits in the server under us.
const PIECE_BYTES = 64 * 1024;

export class Connection {
  readonly body: ReadableStream<Chunk>;
  readonly #events: ConnectionEvents;
  #queue: Chunk[] = [];
  #unread = 0;
  #state: "open" | "closing" | "closed" = "open";
  #controller: ReadableStreamDefaultController<Chunk> | undefined;
  /** Somebody reads, and there was nothing. */
  #wanted: PromiseWithResolvers<void> | undefined;

  constructor(events: ConnectionEvents) {
    this.#events = events;
    this.body = new ReadableStream<Chunk>({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#pull(),
      cancel: () => this.#gone(),
    }, { highWaterMark: 0 });
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  write(chunk: Chunk): void {
    if (this.#state !== "open") return;
    this.#queue.push(chunk);
    this.#count(chunk.length);
    this.#wanted?.resolve();
  }

  /** Ends the response behind all that was written. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#wanted?.resolve();
  }

  /**
   * Ends the response at once, in the middle of an event if need be: the client does not read. As an end and not as an
   * error, which the server under us would print; half an event is none (WHATWG HTML, "Interpreting an event stream").
   */
  abort(): void {
    if (this.#state === "closed") return;
    this.#controller?.close();
    this.#gone();
  }

  async #pull(): Promise<void> {
    if (this.#queue.length === 0 && this.#state === "open") {
      this.#wanted = Promise.withResolvers();
      await this.#wanted.promise;
      this.#wanted = undefined;
    }
    const chunk = this.#next();
    if (chunk !== undefined && this.#state !== "closed") this.#controller?.enqueue(chunk);
    if (this.#queue.length > 0 || this.#state !== "closing") return;
    this.#state = "closed";
    this.#controller?.close();
  }

  #next(): Chunk | undefined {
    const [first] = this.#queue;
    if (first === undefined) return undefined;
    if (first.length > PIECE_BYTES) {
      this.#queue[0] = first.subarray(PIECE_BYTES);
      this.#count(-PIECE_BYTES);
      return first.subarray(0, PIECE_BYTES);
    }
    let length = 0, count = 0;
    for (const { length: more } of this.#queue) {
      if (length + more > PIECE_BYTES) break;
      length += more;
      count++;
    }
    this.#count(-length);
    const chunks = this.#queue.splice(0, count);
    return count === 1 ? first : concatBytes(...chunks);
  }

  #gone(): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    this.#queue = [];
    this.#count(-this.#unread);
    this.#wanted?.resolve();
    if (wasOpen) this.#events.onGone();
  }

  #count(bytes: number): void {
    if (bytes === 0) return;
    this.#unread += bytes;
    this.#events.onUnread(this.#unread);
  }
}
