/** The gateway between a scripted client and scripted servers. Nothing here sleeps: time is the test's. */
import { isJsonObject, type JsonObject, type JsonValue, manualClock, utf8 } from "../../lib/base/mod.ts";
import { Gateway, type GatewayIncident, type ServerLink } from "../../lib/gateway/mod.ts";
import { type Challenge, type ClientPlace, encodeFrame, type Frame, readFrame } from "../../lib/wire/mod.ts";

/** One message as a server got it, and the way to answer it. */
export interface Got {
  readonly method: string;
  readonly id: JsonValue | undefined;
  readonly params: JsonObject;
  readonly value: JsonObject;
  readonly scope: string;
  readonly isConnection: boolean;
  reply(result: JsonObject): void;
  fail(code: number, message: string): void;
  beside(message: JsonObject): void;
  challenge(challenge: Challenge): void;
}

/** What a server says to each method without being asked to by the test; absent: the test answers. */
export type Script = Readonly<Record<string, (got: Got) => JsonObject | undefined>>;

export function greeting(capabilities: JsonObject, over: JsonObject = {}): Script {
  return {
    initialize: () => ({
      protocolVersion: "2025-11-25",
      capabilities,
      serverInfo: { name: "s", version: "1" },
      ...over,
    }),
  };
}

export class FakeServer {
  readonly got: Got[] = [];
  script: Script;
  #link: ServerLink | undefined;
  /** Resolves when it reads on; absent: it reads. */
  room: Promise<void> | undefined;
  refused = 0;
  readonly name: string;

  constructor(name: string, script: Script) {
    this.name = name;
    this.script = script;
  }

  up(gateway: Gateway): void {
    const link = this.#link = gateway.link(this.name, { onRefused: () => void this.refused++ });
    link.up({ take: (frame, place) => this.#take(frame, place), room: () => this.room ?? Promise.resolve() });
  }

  down(exitCode: number | undefined, retryAtMs = 1000): void {
    this.#link?.down(exitCode === undefined ? { retryAtMs } : { exitCode, retryAtMs });
  }

  /** What belongs to no request. */
  say(message: JsonObject): void {
    this.#link?.toClient(encodeFrame({ jsonrpc: "2.0", ...message }));
  }

  methods(): string[] {
    return this.got.map(({ method }) => method);
  }

  last(method: string): Got {
    const found = this.got.findLast((one) => one.method === method);
    if (found === undefined) throw new Error(`${this.name} got no ${method}, but ${this.methods()}`);
    return found;
  }

  #take(frame: Frame, place: ClientPlace | undefined): void {
    const incoming = frame.kind === "read" ? frame.incoming : readFrame(frame);
    if (incoming.kind === "batch" || incoming.kind === "malformed" || place === undefined) {
      throw new Error("a gate is handed single messages that are whole, each with its place");
    }
    const { value, id, method, params } = read(incoming.value);
    const send = (answer: JsonObject) =>
      place.reply(encodeFrame({ jsonrpc: "2.0", id: id ?? null, ...answer }));
    const got: Got = {
      method,
      id,
      params,
      value,
      scope: place.scope,
      isConnection: place.isConnection === true,
      reply: (result) => send({ result }),
      fail: (code, message) => send({ error: { code, message } }),
      beside: (message) => place.beside(encodeFrame({ jsonrpc: "2.0", ...message })),
      challenge: (challenge) => place.challenge?.(challenge),
    };
    this.got.push(got);
    const result = incoming.kind === "request" ? this.script[method]?.(got) : undefined;
    if (result !== undefined) got.reply(result);
    // A gate answers a cancelled request with nothing.
    if (method === "notifications/cancelled") this.cancelled.push(params);
  }

  readonly cancelled: JsonObject[] = [];
}

function read(value: JsonObject) {
  const { id, method, params } = value;
  return {
    value,
    id,
    method: typeof method === "string" ? method : "",
    params: isJsonObject(params) ? params : {},
  };
}

export class Bench {
  readonly toClient: JsonObject[] = [];
  readonly incidents: GatewayIncident[] = [];
  readonly log: string[] = [];
  readonly clock = manualClock(0);
  readonly gateway: Gateway;
  readonly servers: Readonly<Record<string, FakeServer>>;
  /** Those who wait for time to pass. */
  readonly #waiting = new Set<() => void>();

  constructor(scripts: Readonly<Record<string, Script>>) {
    this.servers = Object.fromEntries(
      Object.entries(scripts).map(([name, script]) => [name, new FakeServer(name, script)]),
    );
    this.gateway = new Gateway({
      servers: Object.keys(scripts),
      version: "1.2.3",
      ports: {
        toClient: (line) => void this.toClient.push(JSON.parse(line)),
        log: (line) => void this.log.push(line),
        incident: (incident) => void this.incidents.push(incident),
        clock: this.clock,
        pause: () => new Promise((resolve) => this.#waiting.add(() => resolve())),
        within: async (event, _ms) => {
          const late = Promise.withResolvers<boolean>();
          const over = () => late.resolve(false);
          this.#waiting.add(over);
          try {
            return await Promise.race([event.then(() => true), late.promise]);
          } finally {
            this.#waiting.delete(over);
          }
        },
      },
    });
  }

  server(name: string): FakeServer {
    const server = this.servers[name];
    if (server === undefined) throw new Error(`no server ${name}`);
    return server;
  }

  up(...names: string[]): this {
    for (const name of names.length > 0 ? names : Object.keys(this.servers)) {
      this.server(name).up(this.gateway);
    }
    return this;
  }

  /** How many clocks run. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Everybody who waits has waited long enough. */
  async timePasses(): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
    await this.settle();
  }

  client(...messages: (JsonObject | string | readonly JsonObject[])[]): void {
    for (const message of messages) {
      const text = typeof message === "string" ? message : JSON.stringify(message);
      this.gateway.take({ kind: "line", bytes: utf8(text) });
    }
  }

  /** As over HTTP: its answers go to a place of its own. */
  from(
    scope: string,
    message: JsonObject,
  ): { readonly replies: JsonObject[]; readonly beside: JsonObject[]; readonly challenges: Challenge[] } {
    const replies: JsonObject[] = [], beside: JsonObject[] = [], challenges: Challenge[] = [];
    this.gateway.take({ kind: "line", bytes: utf8(JSON.stringify(message)) }, {
      scope,
      reply: (line) => void (line !== undefined && replies.push(JSON.parse(line))),
      beside: (line) => void beside.push(JSON.parse(line)),
      challenge: (challenge) => void challenges.push(challenge),
    });
    return { replies, beside, challenges };
  }

  async settle(): Promise<void> {
    // Nothing here waits for more than what is asked of a script.
    for (let turn = 0; turn < 200; turn++) await null;
  }

  /** Shakes hands, and forgets about it. */
  async greeted(): Promise<this> {
    this.client(request(0, "initialize", HELLO), { jsonrpc: "2.0", method: "notifications/initialized" });
    await this.settle();
    await this.timePasses();
    this.toClient.length = 0;
    this.incidents.length = 0;
    return this;
  }

  answer(id: JsonValue): JsonObject {
    const found = this.toClient.filter((message) => message.id === id && message.method === undefined);
    const [only] = found;
    if (only === undefined || found.length > 1) {
      throw new Error(`${found.length} answers to ${id}: ${JSON.stringify(this.toClient)}`);
    }
    return only;
  }

  result(id: JsonValue): JsonObject {
    const { result } = this.answer(id);
    if (!isJsonObject(result)) throw new Error(`no result: ${JSON.stringify(this.answer(id))}`);
    return result;
  }

  error(id: JsonValue): JsonObject {
    const { error } = this.answer(id);
    if (!isJsonObject(error)) throw new Error(`no error: ${JSON.stringify(this.answer(id))}`);
    return error;
  }

  notices(): string[] {
    return this.toClient.flatMap(({ method, id }) =>
      typeof method === "string" && id === undefined ? [method] : []
    );
  }
}

export const HELLO: JsonObject = {
  protocolVersion: "2025-11-25",
  capabilities: { sampling: {} },
  clientInfo: { name: "c", version: "1" },
};

export const MODERN_META: JsonObject = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "c", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

export function request(id: number | string, method: string, params?: JsonObject): JsonObject {
  return { jsonrpc: "2.0", id, method, ...params && { params } };
}

export function modern(id: number | string, method: string, params: JsonObject = {}): JsonObject {
  return request(id, method, { ...params, _meta: MODERN_META });
}

export function notice(method: string, params?: JsonObject): JsonObject {
  return { jsonrpc: "2.0", method, ...params && { params } };
}

export function call(id: number | string, name: string, args: JsonObject = {}): JsonObject {
  return request(id, "tools/call", { name, arguments: args });
}

/** A server with these tools, in pages of `size`. */
export function withTools(names: readonly string[], { size = 1000, more = {} as Script } = {}): Script {
  return {
    ...greeting({ tools: {} }),
    "tools/list": ({ params }) => {
      const from = Number(params.cursor ?? 0);
      const tools = names.slice(from, from + size).map((name) => ({ name, inputSchema: { type: "object" } }));
      return { tools, ...from + size < names.length && { nextCursor: String(from + size) } };
    },
    "tools/call": ({ params }) => ({ content: [{ type: "text", text: String(params.name) }] }),
    ...more,
  };
}

export function withResources(
  { uris = [], templates = [] }: {
    readonly uris?: readonly string[];
    readonly templates?: readonly string[];
  },
  more: Script = {},
): Script {
  return {
    ...greeting({ resources: { subscribe: true } }),
    "resources/list": () => ({ resources: uris.map((uri) => ({ uri, name: "n" })) }),
    "resources/templates/list": () => ({
      resourceTemplates: templates.map((uriTemplate) => ({ uriTemplate, name: "t" })),
    }),
    "resources/read": ({ params }) => ({ contents: [{ uri: params.uri ?? "", text: "x" }] }),
    "resources/subscribe": () => ({}),
    "resources/unsubscribe": () => ({}),
    ...more,
  };
}
