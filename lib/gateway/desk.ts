import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import {
  encodeFrame,
  eraOf,
  ERROR_CODE,
  errorReply,
  type NoticeMessage,
  type RequestMessage,
} from "../wire/mod.ts";
import type { AskedByServers } from "./asked_by_servers.ts";
import type { Changes } from "./changes.ts";
import type { ClientSide } from "./client_side.ts";
import type { Links } from "./links.ts";
import type { Open, OpenRequests } from "./open_requests.ts";
import type { GatewayPorts } from "./ports.ts";
import type { Server } from "./server.ts";

/** What the parts of one gateway share. */
export interface Desk {
  readonly servers: readonly Server[];
  readonly version: string;
  readonly ports: GatewayPorts;
  readonly client: ClientSide;
  readonly open: OpenRequests;
  readonly asked: AskedByServers;
  readonly links: Links;
  /** Lists that changed, for a client of the legacy era. */
  readonly changes: Changes;
  readonly subscriptions: Streams;
  /** One line for the operator, once. */
  tellOnce(line: string): void;
}

/** The streams that the client listens on. */
export interface Streams {
  /** Opens one, as `open` asks for it. */
  open(desk: Desk, open: Open): Promise<void>;
  /** A list is not what it was, for a reason of ours. */
  changed(method: string): void;
  /** A server can be listened to, in another life. */
  ready(server: Server): void;
}

// How long a list, or a greeting, waits for one of several servers.
export const PATIENCE_MS = 5_000;

export function answerResult({ message, place }: Open, result: JsonObject): void {
  place.reply(encodeFrame({ jsonrpc: "2.0", id: message.id, result }));
}

/** What the gateway says in place of an answer. `text` holds nothing that a peer chose but what is shortened. */
export interface Problem {
  readonly kind: "problem";
  readonly code: number;
  readonly text: string;
  readonly data?: JsonObject;
  /** For the ledger. */
  readonly reason: string;
  readonly server?: string;
}

export function invalidParams(text: string, reason = "invalid-params"): Problem {
  return { kind: "problem", code: ERROR_CODE.invalidParams, text: `Invalid params: ${text}`, reason };
}

/** Answers with an error, and writes down that nothing left. */
export function answerProblem(desk: Desk, { message, place }: Open, problem: Problem): void {
  const { code, text, data, reason, server } = problem;
  desk.ports.incident({
    kind: server === undefined ? "malformed" : "fault",
    direction: "to-upstream",
    reason,
    bytes: message.bytes,
    ...server !== undefined && { server },
  });
  place.reply(encodeFrame(errorReply(message.id, code, text, data)));
}

const META_KEYS = ["protocolVersion", "clientInfo", "clientCapabilities"].map(
  (key) => `io.modelcontextprotocol/${key}`,
);

/** The params of a request of our own on behalf of `message`: in its era, and with nothing else of it. */
export function ownParams(
  { params }: Pick<RequestMessage, "params">,
  own: JsonObject = {},
): JsonObject | undefined {
  const meta = params?._meta;
  if (eraOf(params) === "legacy" || !isJsonObject(meta)) return Object.keys(own).length > 0 ? own : undefined;
  const kept = META_KEYS.flatMap((key): [string, JsonValue][] => {
    const value = meta[key];
    return value === undefined ? [] : [[key, value]];
  });
  return { ...own, _meta: Object.fromEntries(kept) };
}

/** What a result of ours says about itself where the client is of the modern era. */
export function ownMeta(desk: Desk, { params }: Pick<RequestMessage, "params">): JsonObject {
  if (eraOf(params) === "legacy") return {};
  const serverInfo = { name: "countersign", version: desk.version };
  return { resultType: "complete", _meta: { "io.modelcontextprotocol/serverInfo": serverInfo } };
}

export function withParams<M extends RequestMessage | NoticeMessage>(message: M, params: JsonObject): M {
  return { ...message, params, value: { ...message.value, params } };
}
