/** The bridge in front of a real gate, between two scripted peers. Time stands still until a test moves it. */
import { setImmediate } from "node:timers";
import { type JsonObject, manualClock } from "../../lib/base/mod.ts";
import { EraBridge } from "../../lib/bridge/mod.ts";
import { Gate } from "../../lib/gate/mod.ts";
import {
  type Decision,
  EMPTY_REPORT,
  settleCall,
  type WriteRequest,
  type Written,
} from "../../lib/verdict/mod.ts";
import { type ClientPlace, type Frame, FrameReader } from "../../lib/wire/mod.ts";
import { AGENT, ALLOW, request } from "../gate/_harness.ts";

export const VERSION = "io.modelcontextprotocol/protocolVersion";
export const INFO = "io.modelcontextprotocol/clientInfo";
export const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
export const LEVEL = "io.modelcontextprotocol/logLevel";
export const SERVER = "io.modelcontextprotocol/serverInfo";
export const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";

export const ABLE: JsonObject = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
export const SERVER_INFO: JsonObject = { name: "old", version: "1" };
const SERVER_ABLE: JsonObject = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  logging: {},
};

export function meta(capabilities: JsonObject = ABLE, more: JsonObject = {}): JsonObject {
  return {
    [VERSION]: "2026-07-28",
    [INFO]: { name: "c", version: "1" },
    [CAPABILITIES]: capabilities,
    ...more,
  };
}

/** A modern request. */
export function modern(
  id: number | string,
  method: string,
  params: JsonObject = {},
  own: JsonObject = meta(),
): JsonObject {
  return request(id, method, { ...params, _meta: own });
}

export function modernCall(
  id: number | string,
  name = "t",
  more: JsonObject = {},
  own: JsonObject = meta(),
): JsonObject {
  return modern(id, "tools/call", { name, arguments: {}, ...more }, own);
}

/** One exchange over HTTP, and what it got. */
export class Place implements ClientPlace {
  readonly scope: string;
  readonly replies: (JsonObject | undefined)[] = [];
  readonly beside_: JsonObject[] = [];

  constructor(scope: string) {
    this.scope = scope;
  }

  reply(line?: string): void {
    this.replies.push(line === undefined ? undefined : JSON.parse(line));
  }

  beside(line: string): void {
    this.beside_.push(JSON.parse(line));
  }
}

/** A turn of the event loop; a timer of zero milliseconds is one, and waits for others to be due. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How a legacy client begins. */
export interface LegacyOpening {
  readonly capabilities?: JsonObject;
  readonly place?: ClientPlace;
  readonly version?: string;
}

interface Timer {
  readonly atMs: number;
  readonly ring: () => void;
}

export class BridgeBench {
  readonly toClient: JsonObject[] = [];
  readonly toUpstream: JsonObject[] = [];
  readonly entries: WriteRequest[] = [];
  readonly log: string[] = [];
  readonly gate: Gate;
  readonly bridge: EraBridge;
  #timers: Timer[] = [];
  #nowMs = 0;
  #secrets = 0;

  constructor(decide: (method: string) => Decision = () => ALLOW) {
    this.gate = this.#makeGate(decide);
    this.bridge = new EraBridge({
      gate: {
        take: (frame, place) => this.gate.fromClient(frame, place),
        room: () => this.gate.room(),
      },
      toClient: (line) => void this.toClient.push(JSON.parse(line)),
      log: (line) => void this.log.push(line),
      pause: (ms) => new Promise((ring) => this.#timers.push({ atMs: this.#nowMs + ms, ring })),
      nowMs: () => this.#nowMs,
      secret: () => `secret-${++this.#secrets}`,
    });
  }

  /** What the client sends, in `place` where there is one, and what comes of it at once. */
  async client(message: JsonObject | readonly JsonObject[], place?: ClientPlace): Promise<void> {
    this.bridge.take(frameOf(message), place);
    await this.settle();
  }

  /** What the upstream sends. `about`: on the stream of which request. */
  async upstream(message: JsonObject, about?: number): Promise<void> {
    this.gate.fromUpstream(frameOf(message), about);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) await nextTurn();
  }

  async advance(ms: number): Promise<void> {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { ring } of due) ring();
    await this.settle();
  }

  /** The newest message to the upstream, of that method where one is named. */
  sent(method?: string): JsonObject {
    const found = this.toUpstream.findLast((message) => method === undefined || message.method === method);
    if (found === undefined) throw new Error(`nothing was sent: ${method}`);
    return found;
  }

  /** The newest message to the client's one connection. */
  got(): JsonObject {
    const last = this.toClient.at(-1);
    if (last === undefined) throw new Error("the client got nothing");
    return last;
  }

  /** A legacy server behind: the first modern request finds that out. `first`: that request. */
  async legacyServer(first: JsonObject, place?: ClientPlace, version = "2025-11-25"): Promise<void> {
    await this.client(first, place);
    await this.fail(this.sent("server/discover"), -32601);
    const result = { protocolVersion: version, capabilities: SERVER_ABLE, serverInfo: SERVER_INFO };
    await this.answer(this.sent("initialize"), result);
  }

  /** A modern server behind a legacy client that shakes hands. */
  async modernServer(
    { capabilities = ABLE, place, version = "2025-11-25" }: LegacyOpening = {},
  ): Promise<void> {
    const params = { protocolVersion: version, capabilities, clientInfo: { name: "c", version: "1" } };
    await this.client(request(0, "initialize", params), place);
    await this.fail(this.sent("initialize"), -32022);
    const result = {
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      capabilities: { ...SERVER_ABLE, extensions: { x: {} } },
      _meta: { [SERVER]: SERVER_INFO },
    };
    await this.answer(this.sent("server/discover"), result);
  }

  async answer({ id }: JsonObject, result: JsonObject): Promise<void> {
    await this.upstream({ jsonrpc: "2.0", id: id ?? null, result });
  }

  async fail({ id }: JsonObject, code: number, more: JsonObject = {}): Promise<void> {
    await this.upstream({ jsonrpc: "2.0", id: id ?? null, error: { code, message: "no", ...more } });
  }

  calls(): string[] {
    return this.entries.flatMap((entry) => entry.type === "call" ? [entry.method] : []);
  }

  #makeGate(decide: (method: string) => Decision): Gate {
    return new Gate({
      settings: {
        server: "files",
        principal: () => AGENT,
        verifiedOnly: false,
        session: "s1",
        refusalStyle: "result",
        holdTimeoutMs: 60_000,
        enforced: true,
      },
      ports: {
        scan: {
          inspect: () => Promise.resolve({ report: EMPTY_REPORT }),
          fits: () => Promise.resolve("fits"),
        },
        policy: {
          decide: ({ action }) => Promise.resolve(decide(action)),
          hidesTools: false,
          hidden: () => Promise.resolve([]),
        },
        ledger: {
          record: (call) => Promise.resolve(this.#write(call)),
          write: (note) => Promise.resolve(this.#write(note)),
          answers: () => Promise.resolve([]),
          attest: () => Promise.resolve(""),
        },
        client: (line) => this.bridge.hear(line),
        late: (line) => this.bridge.hearLate(line),
        upstream: (line) => void this.toUpstream.push(JSON.parse(line)),
        log: (line) => void this.log.push(line),
        clock: manualClock(1_700_000_000_000_000),
        pause: nextTurn,
      },
    });
  }

  #write(entry: WriteRequest): Written {
    this.entries.push(entry);
    const ref = { seq: this.entries.length - 1, hash: "" };
    return entry.type === "call" ? { ref, settled: settleCall(entry) } : { ref };
  }
}

export function frameOf(message: JsonObject | readonly JsonObject[]): Frame {
  const reader = new FrameReader({ maxFrameBytes: 1 << 24 });
  const [frame] = reader.push(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  if (frame === undefined) throw new Error("no frame");
  return frame;
}

/** A question of the server; a form, unless it says otherwise. */
export function question(
  id: number | string,
  ...[method = FORM, params]: [string?, JsonObject?]
): JsonObject {
  const asked = method === FORM ? { message: "who?", requestedSchema: { type: "object" } } : {};
  return request(id, method, { ...asked, ...params });
}

const FORM = "elicitation/create";
