/** What a legacy client is told without asking, at a modern server: streams of `subscriptions/listen` in its name. */
import { isJsonObject, type JsonObject } from "../base/mod.ts";
import { encodeFrame, type NoticeMessage, readLine, type ReplyMessage } from "../wire/mod.ts";
import { covers } from "./covers.ts";
import { type Answer, errorOf } from "./frames.ts";
import type { BridgeOptions } from "./options.ts";
import { codeOf } from "./results.ts";
import { CODE, META, objectIn, textIn, valueIn, without } from "./revisions.ts";
import type { Upstream } from "./upstream.ts";

export interface ListensOptions extends Pick<BridgeOptions, "pause" | "toClient" | "log"> {
  readonly upstream: Upstream;
  /** The server's. */
  readonly capabilities: JsonObject;
  /** The params of a request in the client's name. */
  readonly sign: (params: JsonObject) => JsonObject;
  /** A line of the gate that is no notice of a subscription. */
  readonly onOther: (line: string) => void;
}

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
const UPDATED = "notifications/resources/updated";
const MOST_URIS = 1_000;
// A server that does not acknowledge, and one that ends streams that should stay open.
const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const MOST_REOPENINGS = 10;

const NOT_TOLD = errorOf(CODE.invalidParams, "The MCP server does not tell of changes of this resource");
const TOO_MANY = errorOf(CODE.internal, "Refused: too many subscriptions at once");
const NO_ANSWER = errorOf(CODE.internal, "The MCP server did not acknowledge the subscription");

interface Stream {
  readonly filter: JsonObject;
  /** What of it is still wanted. Empty for that of the lists. */
  readonly uris: Set<string>;
  id: number;
  isOpen: boolean;
  reopenings: number;
}

type Opened = { readonly honoured: JsonObject } | { readonly refusal: Answer };

export class UpstreamListens {
  readonly #options: ListensOptions;
  /** Of resources, each at least twice as large as the next: an n-th subscription is asked for again log n times. */
  #streams: Stream[] = [];
  #lists: Stream | undefined;
  /** That of the subscription that is being asked for. */
  #opening: Stream | undefined;
  /** Subscriptions are changed one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isOver = false;

  constructor(options: ListensOptions) {
    this.#options = options;
  }

  /** Asks to be told of changed lists, as a legacy client is told without asking. */
  async start(): Promise<void> {
    const { capabilities } = this.#options;
    const fields = ["tools", "prompts", "resources"]
      .filter((key) => valueIn(objectIn(capabilities, key), "listChanged") === true)
      .map((key) => [`${key}ListChanged`, true] as const);
    if (fields.length === 0 || this.#lists !== undefined) return;
    const lists = newStream(Object.fromEntries(fields));
    this.#lists = lists;
    const opened = await this.#open(lists);
    if (!("refusal" in opened)) return;
    this.#close(lists);
    this.#options.log("the MCP server will not tell of changed lists");
  }

  /** The answer to a `resources/subscribe`. ATTACKER-CONTROLLED. */
  subscribe(uri: string): Promise<Answer> {
    return this.#change(() => this.#subscribe(uri));
  }

  unsubscribe(uri: string): Promise<Answer> {
    return this.#change((): Answer => {
      for (const stream of this.#streams) {
        if (stream.uris.delete(uri) && stream.uris.size === 0) this.#close(stream);
      }
      return { result: {} };
    });
  }

  async #change(make: () => Answer | Promise<Answer>): Promise<Answer> {
    if (this.#waiting >= MOST_URIS) return TOO_MANY;
    this.#waiting++;
    const done = this.#changing.then(make).finally(() => this.#waiting--);
    this.#changing = done;
    return await done;
  }

  /** Nobody listens any more. */
  end(): void {
    this.#isOver = true;
    for (const stream of [this.#lists, this.#opening, ...this.#streams]) {
      if (stream !== undefined) this.#close(stream);
    }
  }

  async #subscribe(uri: string): Promise<Answer> {
    if (this.#isOver) return NO_ANSWER;
    if (this.#streams.some(({ uris }) => uris.has(uri))) return { result: {} };
    const known = this.#streams.reduce((sum, { uris }) => sum + uris.size, 0);
    if (known >= MOST_URIS) return TOO_MANY;
    const replaced = this.#toReplace();
    const uris = [...replaced.flatMap((stream) => [...stream.uris]), uri];
    const stream = newStream({ resourceSubscriptions: uris }, uris);
    this.#opening = stream;
    const opened = await this.#open(stream).finally(() => this.#opening = undefined);
    if ("refusal" in opened) return opened.refusal;
    const honoured = valueIn(opened.honoured, "resourceSubscriptions");
    if (!Array.isArray(honoured) || !honoured.includes(uri)) {
      this.#close(stream);
      return NOT_TOLD;
    }
    this.#streams.push(stream);
    for (const old of replaced) this.#close(old);
    return { result: {} };
  }

  /** The small streams at the end that one larger one takes the place of. */
  #toReplace(): readonly Stream[] {
    let from = this.#streams.length, size = 1;
    for (let last = this.#streams[from - 1]; last !== undefined && last.uris.size <= size;) {
      size += last.uris.size;
      last = this.#streams[--from - 1];
    }
    return this.#streams.slice(from);
  }

  #open(stream: Stream): Promise<Opened> {
    const { upstream, sign, pause } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Opened>();
    const params = sign({ notifications: stream.filter });
    let isAcknowledged = false;
    // Known before it is asked: an upstream that has left answers at once.
    const id = upstream.nextId();
    stream.id = id;
    stream.isOpen = true;
    upstream.ask({ method: "subscriptions/listen", params }, {
      onReply: (reply) => {
        if (stream.id === id) stream.isOpen = false;
        if (isAcknowledged) this.#ended(stream, id);
        else resolve({ refusal: refusalOf(reply) });
      },
      onBeside: (line) => {
        const message = readLine(line);
        if (message.kind !== "notice") return this.#options.onOther(line);
        if (message.method !== ACKNOWLEDGED) return this.#tell(stream, message, line);
        isAcknowledged = true;
        resolve({ honoured: objectIn(message.params, "notifications") ?? {} });
      },
    }, id);
    pause(PATIENCE_MS).then(() => {
      if (isAcknowledged || stream.id !== id) return;
      resolve({ refusal: NO_ANSWER });
      this.#cancel(stream);
    });
    return promise;
  }

  #close(stream: Stream): void {
    this.#streams = this.#streams.filter((one) => one !== stream);
    if (this.#lists === stream) this.#lists = undefined;
    this.#cancel(stream);
  }

  #cancel(stream: Stream): void {
    if (stream.isOpen) this.#options.upstream.cancel(stream.id, "it is not needed any more");
    stream.isOpen = false;
  }

  /** The server ended what should have stayed open: it is asked again, less and less often. */
  async #ended(stream: Stream, id: number): Promise<void> {
    const isWanted = () =>
      !this.#isOver && stream.id === id && (this.#lists === stream || this.#streams.includes(stream));
    if (!isWanted()) return;
    if (stream.reopenings >= MOST_REOPENINGS) {
      this.#close(stream);
      return this.#options.log(
        "the MCP server has ended a subscription again and again: it is not asked any more",
      );
    }
    await this.#options.pause(Math.min(FIRST_PAUSE_MS * 2 ** stream.reopenings++, LONGEST_PAUSE_MS));
    if (!isWanted()) return;
    const opened = await this.#open(stream);
    // It may be away for a moment: what the client was promised is not given up for that.
    if ("refusal" in opened) await this.#ended(stream, stream.id);
  }

  /** A notice on a stream, as a legacy client is told it. */
  #tell(stream: Stream, { method, params, value }: NoticeMessage, line: string): void {
    const isList = method.endsWith("/list_changed");
    if (!isList && method !== UPDATED) return this.#options.onOther(line);
    stream.reopenings = 0;
    const uri = textIn(params, "uri");
    // Unsubscribed, but told along with others.
    if (method === UPDATED && (uri === undefined || !covers(stream.uris, uri))) return;
    const meta = without(objectIn(params, "_meta") ?? {}, META.subscriptionId);
    const rest = without(params ?? {}, "_meta");
    const own = Object.keys(meta).length > 0 ? { ...rest, _meta: meta } : rest;
    const { params: _, ...message } = value;
    this.#options.toClient(encodeFrame(Object.keys(own).length > 0 ? { ...message, params: own } : message));
  }
}

function newStream(filter: JsonObject, uris: readonly string[] = []): Stream {
  return { filter, uris: new Set(uris), id: 0, isOpen: false, reopenings: 0 };
}

function refusalOf(reply: ReplyMessage | undefined): Answer {
  if (!isJsonObject(reply?.error)) return NO_ANSWER;
  return codeOf(reply.error) === CODE.noMethod ? NOT_TOLD : { error: reply.error };
}
