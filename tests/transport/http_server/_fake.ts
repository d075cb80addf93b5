/** The front before a fake session that answers as an MCP server would, and tells what it was given. */
import { type JsonObject, manualClock } from "../../../lib/base/mod.ts";
import {
  type ClientPlace,
  encodeFrame,
  type Frame,
  type Incoming,
  readFrame,
} from "../../../lib/wire/mod.ts";
import {
  type Caller,
  type ClientLane,
  type ClientSession,
  type CloseReason,
  Front,
  type HttpAnswer,
  type McpServer,
  type McpServerOptions,
  type Opened,
  serveMcp,
  type ServerLimits,
} from "../../../lib/transport/http_server/mod.ts";

export interface Taken {
  readonly incoming: Incoming;
  readonly place: ClientPlace | undefined;
}

/** Answers requests at once, but for calls of `wait`, which the test answers. */
export class FakeSession implements ClientSession {
  readonly caller: string;
  readonly kind: "open" | "shared";
  readonly lane: ClientLane;
  readonly taken: Taken[] = [];
  readonly closes: CloseReason[] = [];
  readonly #closed = Promise.withResolvers<void>();
  readonly closed: Promise<void> = this.#closed.promise;
  #roomy = Promise.resolve();
  #noticed: (() => void)[] = [];

  constructor(kind: "open" | "shared", caller: string, lane: ClientLane) {
    this.kind = kind;
    this.caller = caller;
    this.lane = lane;
  }

  take(frame: Frame, place?: ClientPlace): void {
    const incoming = frame.kind === "read" ? frame.incoming : readFrame(frame);
    this.taken.push({ incoming, place });
    for (const notice of this.#noticed.splice(0)) notice();
    const answer = answerTo(incoming);
    if (answer !== undefined) this.say(place, answer);
  }

  say(place: ClientPlace | undefined, answer: JsonObject | readonly JsonObject[]): void {
    if (place === undefined) this.lane.send(encodeFrame(answer));
    else place.reply(encodeFrame(answer));
  }

  room(): Promise<void> {
    return this.#roomy;
  }

  close(reason: CloseReason): Promise<void> {
    this.closes.push(reason);
    this.#closed.resolve();
    return this.closed;
  }

  /** The upstream leaves. */
  leave(): void {
    this.#closed.resolve();
  }

  /** Waits until `count` messages were taken. */
  async took(count: number): Promise<Taken> {
    while (this.taken.length < count) await new Promise<void>((resolve) => this.#noticed.push(resolve));
    return this.taken[count - 1] as Taken;
  }

  /** The message of a kind or method that was taken last. */
  last(method: string): Taken {
    const found = this.taken.findLast(({ incoming }) =>
      "method" in incoming ? incoming.method === method : incoming.kind === method
    );
    if (found === undefined) throw new Error(`no ${method} was taken`);
    return found;
  }

  get methods(): string[] {
    return this.taken.map(({ incoming }) => "method" in incoming ? incoming.method : incoming.kind);
  }
}

export const TOOLS: readonly JsonObject[] = [
  { name: "echo", description: "says it again", inputSchema: { type: "object" } },
  {
    name: "regional",
    description: "has a header",
    inputSchema: { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } },
  },
  { name: "wait", description: "answers late", inputSchema: { type: "object" } },
];

function answerTo(incoming: Incoming): JsonObject | readonly JsonObject[] | undefined {
  if (incoming.kind === "batch") {
    return incoming.elements.flatMap((element) => {
      const answer = element.kind === "request" ? answerTo(element) : undefined;
      return answer === undefined || Array.isArray(answer) ? [] : [answer as JsonObject];
    });
  }
  if (incoming.kind !== "request") return undefined;
  const { id, method, params } = incoming;
  const reply = (result: JsonObject) => ({ jsonrpc: "2.0", id, result });
  switch (method) {
    case "initialize":
      if (params?.protocolVersion === "none") {
        return { jsonrpc: "2.0", id, error: { code: -32602, message: "no such version" } };
      }
      return reply({
        protocolVersion: params?.protocolVersion ?? "2025-11-25",
        capabilities: { tools: { listChanged: true }, logging: {} },
        serverInfo: { name: "fake", version: "1" },
      });
    case "server/discover":
      return reply({
        resultType: "complete",
        supportedVersions: ["2026-07-28"],
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: "fake", version: "1" },
        ttlMs: 0,
        cacheScope: "public",
      });
    case "ping":
      return reply({});
    case "tools/list":
      return reply({ resultType: "complete", tools: TOOLS, ttlMs: 0, cacheScope: "public" });
    case "tools/call":
      return params?.name === "wait" ? undefined : reply({
        resultType: "complete",
        content: [{ type: "text", text: JSON.stringify(params?.arguments ?? {}) }],
      });
    case "subscriptions/listen":
      return undefined;
    default:
      return { jsonrpc: "2.0", id, error: { code: -32601, message: "Method not found" } };
  }
}

export interface Setting extends Partial<Omit<McpServerOptions<Caller>, "sessions" | "limits">> {
  readonly limits?: Partial<ServerLimits>;
  /** In place of opening one. */
  readonly open?: () => Opened;
}

export class House {
  readonly sessions: FakeSession[] = [];
  readonly log: string[] = [];
  readonly clock = manualClock(1_800_000_000_000_000);
  readonly options: McpServerOptions<Caller>;

  constructor({ open, ...setting }: Setting = {}) {
    const opens = (kind: FakeSession["kind"]) => (caller: Caller, lane: ClientLane): Promise<Opened> => {
      const refused = open?.();
      if (refused !== undefined) return Promise.resolve(refused);
      const session = new FakeSession(kind, caller.key, lane);
      this.sessions.push(session);
      return Promise.resolve({ kind: "session", session });
    };
    this.options = {
      hostname: "127.0.0.1",
      port: 0,
      sessions: { open: opens("open"), shared: opens("shared") },
      authenticate: ({ bearer }) => ({ kind: "caller", caller: { key: bearer ?? "nobody" } }),
      log: (line) => void this.log.push(line),
      clock: this.clock,
      ...setting,
      limits: { graceMs: Infinity, modernGraceMs: Infinity, ...setting.limits },
    };
  }

  session(index = 0): FakeSession {
    const session = this.sessions[index];
    if (session === undefined) throw new Error(`there is no session ${index}`);
    return session;
  }

  /** The front without a socket. */
  front(): Front<Caller> {
    return new Front(this.options, 8080);
  }

  serve(): McpServer {
    return serveMcp(this.options);
  }
}

export const BOTH = "application/json, text/event-stream";
const BASE = { "content-type": "application/json", "accept": BOTH, "host": "127.0.0.1:8080" };

export interface Asking {
  readonly method?: string;
  readonly path?: string;
  /** `undefined` takes one of the usual headers away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?:
    | JsonObject
    | readonly JsonObject[]
    | string
    | Uint8Array<ArrayBuffer>
    | ReadableStream<Uint8Array>;
  /** As the server would read it off the request line and the Host header. */
  readonly url?: string;
  readonly signal?: AbortSignal;
}

/** A request as Deno.serve would hand it over. */
export function ask({ method = "POST", path = "/mcp", headers = {}, body, url, signal }: Asking): Request {
  const all: Record<string, string | undefined> = { ...BASE, ...headers };
  const sent = new Headers();
  for (const [name, value] of Object.entries(all)) if (value !== undefined) sent.set(name, value);
  const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array ||
    body instanceof ReadableStream;
  return new Request(url ?? `http://${all.host ?? "127.0.0.1:8080"}${path}`, {
    method,
    headers: sent,
    ...signal !== undefined && { signal },
    ...body !== undefined && { body: isRaw ? body : JSON.stringify(body) },
  });
}

export function request(id: number | string, method: string, params?: JsonObject): JsonObject {
  return { jsonrpc: "2.0", id, method, ...params !== undefined && { params } };
}

export function notice(method: string, params?: JsonObject): JsonObject {
  return { jsonrpc: "2.0", method, ...params !== undefined && { params } };
}

export function call(id: number | string, name: string, args: JsonObject = {}): JsonObject {
  return request(id, "tools/call", { name, arguments: args });
}

export const MODERN_META: JsonObject = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** A modern request with the headers that it needs. */
export function modern(
  id: number | string,
  method: string,
  params: JsonObject = {},
  headers: Asking["headers"] = {},
): Asking {
  return {
    body: request(id, method, { ...params, _meta: MODERN_META }),
    headers: {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...typeof params.name === "string" && { "mcp-name": params.name },
      ...headers,
    },
  };
}

export function modernCall(
  id: number | string,
  name: string,
  args: JsonObject = {},
  headers: Asking["headers"] = {},
): Asking {
  return modern(id, "tools/call", { name, arguments: args }, headers);
}

/** Opens a legacy session; the headers that its further requests need. */
export async function openSession(
  front: Front<Caller>,
  version = "2025-11-25",
  headers: Asking["headers"] = {},
): Promise<Record<string, string | undefined>> {
  const body = request("init", "initialize", { protocolVersion: version, capabilities: {} });
  const answer = await front.handle(ask({ body, headers }), "127.0.0.1");
  const id = answer.headers["mcp-session-id"];
  if (id === undefined) throw new Error(`no session: ${answer.status} ${answer.body}`);
  await textOf(answer);
  return { ...headers, "mcp-session-id": id, "mcp-protocol-version": version };
}

export async function textOf({ body }: HttpAnswer): Promise<string> {
  return body === null ? "" : await new Response(body).text();
}

export async function jsonOf(answer: HttpAnswer): Promise<JsonObject> {
  return JSON.parse(await textOf(answer));
}

export interface Event {
  readonly id?: string;
  readonly type?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: boolean;
}

/** Reads the events of a stream one by one. */
export class Events {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";

  constructor(body: HttpAnswer["body"]) {
    if (!(body instanceof ReadableStream)) throw new Error(`no stream but ${body}`);
    this.#reader = body.getReader();
  }

  /** `undefined`: the stream ended. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end !== -1) {
        const event = eventOf(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
        return event;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += new TextDecoder().decode(value);
    }
  }

  /** The message in the next event that has one. */
  async message(): Promise<JsonObject> {
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error("the stream ended");
      if (event.data !== undefined && event.data !== "") return JSON.parse(event.data);
    }
  }

  async rest(): Promise<Event[]> {
    const events: Event[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event);
    return events;
  }

  async cut(): Promise<void> {
    await this.#reader.cancel();
  }
}

function eventOf(text: string): Event {
  if (text.startsWith(":")) return { comment: true };
  const fields = text.split("\n").map((
    line,
  ) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
  const { id, event: type, data, retry } = Object.fromEntries(fields);
  return {
    ...id !== undefined && { id },
    ...type !== undefined && { type },
    ...data !== undefined && { data },
    ...retry !== undefined && { retry },
  };
}

/** Lets everything happen that can happen without new input. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}
