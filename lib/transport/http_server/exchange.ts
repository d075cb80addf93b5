/** One POST with a request in it, until its answer is out: as plain JSON where that is all there is, else as a stream. */
import { isJsonObject, utf8 } from "../../base/mod.ts";
import {
  type Challenge,
  type ClientPlace,
  encodeFrame,
  ERROR_CODE,
  errorReply,
  type Id,
} from "../../wire/mod.ts";
import { emptyAnswer, type HttpAnswer, jsonAnswer, streamAnswer } from "./answer.ts";
import { Connection } from "./connection.ts";
import type { EventStream } from "./event_stream.ts";
import type { Pressure } from "./pressure.ts";

export interface ExchangeOptions {
  readonly scope: string;
  /** Whose answers it waits for. A batch is answered as one. */
  readonly ids: readonly Id[];
  readonly isBatch: boolean;
  readonly graceMs: number;
  /** What would come as plain JSON with status 200 comes as a stream, too. */
  readonly asStream?: boolean;
  readonly openStream: () => EventStream;
  /** Long answers in plain JSON count as what is not read yet, too. */
  readonly pressure: Pressure;
  /** Of an answer in plain JSON. */
  readonly statusOf: (line: string) => number;
  /** Asked when the answer, or the stream, begins. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** The answer is there, before it is sent; or none is due. Called once. */
  readonly onDone: (line: string | undefined) => void;
}

export class Exchange implements ClientPlace {
  readonly scope: string;
  readonly answer: Promise<HttpAnswer>;
  readonly #options: ExchangeOptions;
  readonly #begin: (answer: HttpAnswer) => void;
  readonly #grace: ReturnType<typeof setTimeout> | undefined;
  #stream: EventStream | undefined;
  #isDone = false;
  #challenge: Challenge | undefined;

  constructor(options: ExchangeOptions) {
    this.scope = options.scope;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<HttpAnswer>();
    this.answer = promise;
    this.#begin = resolve;
    const { graceMs } = options;
    if (Number.isFinite(graceMs)) this.#grace = setTimeout(() => this.#opened(), graceMs);
  }

  /** Can its client be reached through it? */
  get isOpen(): boolean {
    return !this.#isDone && (this.#stream === undefined || this.#stream.isConnected);
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  reply(line?: string): void {
    if (this.#isDone) return;
    this.#options.onDone(line);
    const head = this.#stream === undefined && line !== undefined ? this.#headOf(line) : undefined;
    // A stream without an answer, too, is how a request ends that was cancelled: there is no status that says so.
    const asJson = head !== undefined && (head.status !== 200 || this.#options.asStream !== true);
    const stream = asJson ? undefined : this.#opened();
    this.#isDone = true;
    clearTimeout(this.#grace);
    if (asJson && line !== undefined) {
      return this.#begin(jsonAnswer(head.status, bodyOf(line, this.#options.pressure), head.headers));
    }
    if (line !== undefined) stream?.push(line);
    stream?.end();
  }

  /** A batch has many answers, and one status; a stream that has begun has its status. */
  challenge(challenge: Challenge): void {
    if (!this.#options.isBatch) this.#challenge = challenge;
  }

  #headOf(line: string): Pick<HttpAnswer, "status" | "headers"> {
    const { statusOf, headers } = this.#options;
    // It is for the answer that it came with: one that is a success after all has none.
    if (this.#challenge === undefined || !isError(line)) {
      return { status: statusOf(line), headers: headers() };
    }
    const { status, value } = this.#challenge;
    return { status, headers: { ...headers(), "www-authenticate": value } };
  }

  beside(line: string): void {
    if (!this.#isDone) this.#opened().push(line);
  }

  /** Ends it with an error: there is nobody left to answer. */
  fail(message: string): void {
    const errors = this.#options.ids.map((id) => errorReply(id, ERROR_CODE.internal, message));
    const [first] = errors;
    this.reply(this.#options.isBatch ? encodeFrame(errors) : first && encodeFrame(first));
  }

  /** It will have no answer, and nobody waits for one. */
  abandon(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#grace);
    this.#options.onDone(undefined);
    if (this.#stream === undefined) this.#begin(emptyAnswer(503));
    else this.#stream.end();
  }

  #opened(): EventStream {
    if (this.#stream !== undefined) return this.#stream;
    this.#stream = this.#options.openStream();
    clearTimeout(this.#grace);
    this.#begin(streamAnswer(this.#stream.connect(), this.#options.headers()));
    return this.#stream;
  }
}

function isError(line: string): boolean {
  return isJsonObject(JSON.parse(line).error); // INVARIANT: lines of ours are JSON
}

// Up to here an answer is handed to the server under us as it is; for a client that does not read, it waits there.
const SHORT_CHARS = 64 * 1024;

function bodyOf(line: string, pressure: Pressure): string | Connection["body"] {
  if (line.length <= SHORT_CHARS) return line;
  const connection: Connection = new Connection({
    onGone: () => {},
    onUnread: (unread) => pressure.note(connection, unread),
  });
  connection.write(utf8(line));
  connection.close();
  return connection.body;
}
