/** A link to an upstream of a few lines, on a real socket: each test scripts what is answered. */
import type { JsonObject, JsonValue } from "../../lib/base/mod.ts";
import { HttpUpstream, upstreamAddress } from "../../lib/transport/mod.ts";
import type { ReadFrame } from "../../lib/wire/mod.ts";

/** A request as the scripted upstream saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  /** What stands behind the path. */
  readonly search: string;
  readonly headers: Headers;
  readonly body: JsonObject | undefined;
}

export type Script = (seen: Seen) => Response | Promise<Response>;

export interface Scene {
  readonly link: HttpUpstream;
  readonly seen: Seen[];
  readonly logged: string[];
  readonly origin: string;
  /** The next message that the link hands on. */
  next(): Promise<JsonObject>;
  /** The next frame as it is. */
  batch(): Promise<ReadFrame>;
}

/** Runs `use` with a link to an upstream that answers by `script`. */
export async function withUpstream(
  script: Script,
  use: (scene: Scene) => Promise<void>,
  headers = {},
): Promise<void> {
  const seen: Seen[] = [], logged: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const text = await request.text();
    const { method, headers } = request;
    const { pathname: path, search } = new URL(request.url);
    seen.push({
      method,
      headers,
      path,
      search,
      body: text === "" ? undefined : JSON.parse(text),
    });
    return await script(seen[seen.length - 1] as Seen);
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const address = upstreamAddress(`${origin}/mcp?key=hush`);
  if (!address.ok) throw new Error(address.error);
  const link = new HttpUpstream({
    address: address.value,
    headers,
    maxFrameBytes: 4096,
    log: (line) => void logged.push(line),
  });
  const batch = framesOf(link);
  try {
    await use({ link, seen, logged, origin, batch, next: messagesOf(batch) });
  } finally {
    await link.end();
    await server.shutdown();
  }
}

/** The frames that a link hands on, one by one. */
function framesOf(link: HttpUpstream): () => Promise<ReadFrame> {
  const batches = link.frames()[Symbol.asyncIterator]();
  const waiting: ReadFrame[] = [];
  return async () => {
    while (waiting.length === 0) {
      const { value, done } = await batches.next();
      if (done) throw new Error("no more frames");
      waiting.push(...value);
    }
    return waiting.shift() as ReadFrame;
  };
}

/** The messages in these frames. */
export function messagesOf(frames: () => Promise<ReadFrame>): () => Promise<JsonObject> {
  return async () => {
    const { incoming } = await frames();
    if (incoming.kind === "malformed") return { malformed: incoming.reason };
    if (incoming.kind === "batch") throw new Error("a batch");
    return incoming.value;
  };
}

/** The messages that a link hands on, one by one. */
export function nextOf(link: HttpUpstream): () => Promise<JsonObject> {
  return messagesOf(framesOf(link));
}

export const json = (value: JsonValue, init: ResponseInit = {}) =>
  new Response(JSON.stringify(value), {
    ...init,
    headers: { "content-type": "application/json", ...init.headers },
  });
export const stream = (text: string, init: ResponseInit = {}) =>
  new Response(text, { ...init, headers: { "content-type": "text/event-stream", ...init.headers } });
export const result = (id: JsonValue | undefined, more: JsonObject = {}) => ({
  jsonrpc: "2.0",
  id: id ?? null,
  result: more,
});
export const event = (value: JsonValue, id?: string) =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`;
export const line = (value: JsonObject) => `${JSON.stringify({ jsonrpc: "2.0", ...value })}\n`;
export const META = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
export const INITIALIZE = line({
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {} },
});
export const INITIALIZED = line({ method: "notifications/initialized" });

export const initializeResult = (id: JsonValue | undefined, session = "s-1") =>
  json(result(id, { protocolVersion: "2025-11-25", capabilities: {} }), {
    headers: { "mcp-session-id": session },
  });
