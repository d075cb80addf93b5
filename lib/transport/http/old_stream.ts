/**
 * The stream of HTTP with SSE as 2024-11-05 had it: it names an address, which everything is posted to, and all that the
 * upstream says comes on it. With its end everything is over that was under way. ATTACKER-CONTROLLED, what comes on it.
 */
import { within } from "../../base/mod.ts";
import { type Id, idKey, type Incoming, type ReadFrame, type SseEvent } from "../../wire/mod.ts";
import { bodyType, readEventStream } from "./answer.ts";
import { refusalOf } from "./exchange.ts";
import { oldEndpoint } from "./old_endpoint.ts";
import { type OldEntry, OldWaiting } from "./old_waiting.ts";
import type { Outgoing } from "./outgoing.ts";
import { discard, type HttpAsk, NoAnswer, type Requester } from "./requester.ts";

export interface OldStreamOptions {
  readonly requester: Requester;
  readonly maxFrameBytes: number;
  /** How long the upstream may take to name its address. */
  readonly patienceMs: number;
  readonly onFrame: (frame: ReadFrame) => Promise<void>;
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
  /** May an array of messages come, as one revision has them? */
  readonly hasBatches: () => boolean;
  /** Aborted at our end. */
  readonly life: AbortSignal;
}

export interface OldPost {
  readonly outgoing: Outgoing;
  readonly headers: HttpAsk["headers"];
  readonly signal: AbortSignal;
}

export interface OldAsk extends OldPost {
  /** Is the answer for us alone, and handed on to nobody? */
  readonly isOurs?: boolean;
  readonly onAnswered: (incoming: Incoming) => void;
}

// Ids of questions that nobody has answered, and what each costs beside its characters. The answers to older ones stay here.
const MOST_ASKED = 1024 * 1024;
const QUESTION_COST = 256;
// An upstream may ask us to wait before we come again, within reason.
const LONGEST_ASKED_MS = 3_600_000;

export class OldStream {
  /** Milliseconds that the upstream wants us to wait behind the stream's end, if it said so. */
  askedMs: number | undefined;
  /** Did something come on it beside what we asked for ourselves? */
  wasOfUse = false;
  readonly #options: OldStreamOptions;
  readonly #over = new AbortController();
  readonly #waiting = new OldWaiting();
  readonly #ours = new Set<OldEntry>();
  /** By id: what the upstream asked on this stream, and nobody has answered. */
  readonly #asked = new Set<string>();
  #askedCost = 0;
  readonly #named = Promise.withResolvers<void>();
  #endpoint: string | undefined;
  #isForgotten = false;
  #toldOfSecond = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: OldStreamOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#endpoint !== undefined && !this.#isForgotten && !this.#over.signal.aborted;
  }

  /** Nothing new goes to it: the upstream knows nothing of it. What is on its way hears of that by itself. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** Resolves at its end, whoever brings it about. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /**
   * Opens it; once. False: there is no such stream here. Rejects with {@link NoAnswer} where the upstream cannot be reached,
   * wants to know who calls, or names an address that is not used.
   */
  async open(): Promise<boolean> {
    const reading = this.#read();
    this.#ended = reading.catch(() => {}); // the connection broke, or we ended it: either is its end
    const named = Promise.race([this.#named.promise, reading]);
    try {
      await within(named, this.#options.patienceMs);
    } catch (thrown) {
      this.end();
      if (thrown instanceof NoAnswer) throw thrown;
    }
    if (this.#endpoint === undefined) this.end();
    return this.isOpen;
  }

  /** Ends it. What waits for an answer gets none. */
  end(): void {
    this.#over.abort();
    this.#waiting.end(
      new NoAnswer(`The MCP server at ${this.#options.requester.origin} ended its stream before it replied`),
    );
  }

  /** Sends a message. Rejects where the stream ends before it is taken, and as `requester` does. */
  async post({ outgoing, headers, signal }: OldPost): Promise<Response> {
    if (this.#endpoint === undefined) throw new NoAnswer("The stream is not open");
    return await this.#options.requester.send({
      method: "POST",
      href: this.#endpoint,
      headers,
      body: outgoing.text,
      signal: AbortSignal.any([signal, this.#over.signal]),
    });
  }

  /** Is `id` a question that came on this stream, and has no answer yet? From here on it has one. */
  takeQuestion(id: Id | undefined): boolean {
    return id !== undefined && this.#dropQuestion(idKey(id));
  }

  /**
   * Asks, and resolves once the answer was handed on; with the response where that says that the question was not taken.
   * Rejects where neither will come.
   */
  async ask(ask: OldAsk): Promise<Response | undefined> {
    const entry = this.#waiting.add(ask.outgoing, ask.onAnswered);
    if (ask.isOurs) this.#ours.add(entry);
    const leave = () => entry.fail(ask.signal.reason);
    ask.signal.addEventListener("abort", leave);
    try {
      const refused = await this.#put(ask, entry);
      if (refused === undefined) await entry.answered;
      return refused;
    } finally {
      ask.signal.removeEventListener("abort", leave);
      this.#waiting.remove(entry);
      this.#ours.delete(entry);
    }
  }

  /** The response where it says that the question was not taken. What another one says is said on the stream. */
  async #put(ask: OldAsk, entry: OldEntry): Promise<Response | undefined> {
    try {
      const response = await this.post(ask);
      if (!response.ok && !entry.isAnswered) return response;
      await discard(response);
    } catch (thrown) {
      // The answer counts, however the question fared. And at the stream's end the entry says what there is to say.
      if (!entry.isAnswered && !this.#over.signal.aborted) throw thrown;
    }
    return undefined;
  }

  async #read(): Promise<void> {
    const { requester, maxFrameBytes, life } = this.#options;
    const signal = AbortSignal.any([life, this.#over.signal]);
    try {
      const response = await requester.send({
        method: "GET",
        headers: [["accept", "text/event-stream"]],
        signal,
      });
      const isStream = response.status === 200 && bodyType(response) === "text/event-stream";
      if (!isStream) return await this.#refuse(response);
      await readEventStream(response, {
        maxFrameBytes,
        onFrame: (frame) => this.#take(frame),
        onOther: (event) => this.#takeOther(event),
        onEventId: () => {},
        onRetry: (ms) => void (this.askedMs = Math.min(ms, LONGEST_ASKED_MS)),
      });
    } finally {
      this.end();
    }
  }

  /** Whoever wants to know who calls has something to offer to those that it knows. */
  async #refuse(response: Response): Promise<void> {
    await discard(response);
    if ([401, 403].includes(response.status)) throw refusalOf(response, this.#options.requester.origin);
  }

  async #take(frame: ReadFrame): Promise<void> {
    if (this.#over.signal.aborted) return;
    // What says something before it has named its address is another kind of stream.
    if (this.#endpoint === undefined) return this.end();
    const messages = this.#messagesIn(frame.incoming);
    for (const message of messages) if (message.kind === "request") this.#noteQuestion(message.id);
    const answered = this.#waiting.take(messages);
    const isOurs = answered.length > 0 && answered.every((entry) => this.#ours.has(entry));
    this.wasOfUse ||= !isOurs;
    if (!isOurs) await this.#options.onFrame(frame);
    for (const entry of answered) entry.settle(frame.incoming);
  }

  #messagesIn(incoming: Incoming): readonly Incoming[] {
    if (incoming.kind !== "batch") return [incoming];
    return this.#options.hasBatches() ? incoming.elements : [];
  }

  #noteQuestion(id: Id): void {
    const key = idKey(id);
    this.#dropQuestion(key);
    this.#asked.add(key);
    this.#askedCost += key.length + QUESTION_COST;
    for (const oldest of this.#asked) {
      if (this.#askedCost <= MOST_ASKED) return;
      this.#dropQuestion(oldest);
    }
  }

  #dropQuestion(key: string): boolean {
    if (!this.#asked.delete(key)) return false;
    this.#askedCost -= key.length + QUESTION_COST;
    return true;
  }

  #takeOther({ type, data }: SseEvent): void {
    if (type !== "endpoint" || this.#over.signal.aborted) return;
    if (this.#endpoint !== undefined) return this.#refuseSecond();
    const { requester } = this.#options;
    const endpoint = oldEndpoint(data, requester.address);
    if (!endpoint.ok) {
      return this.#named.reject(new NoAnswer(`The MCP server at ${requester.origin} ${endpoint.error}`));
    }
    this.#endpoint = endpoint.value;
    this.#named.resolve();
  }

  /** Calls that are under way went to the first. */
  #refuseSecond(): void {
    if (!this.#toldOfSecond) this.#options.log("the MCP server named a second address, which is not used");
    this.#toldOfSecond = true;
  }
}
