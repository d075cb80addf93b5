/**
 * An upstream over HTTP, of both eras or of one, that does what upstreams do at their worst: each tool is one way to misbehave. It
 * remembers whose secrets came over which session, so that a message in the wrong one is found on this side as well.
 */
import { serveHttp } from "../../fixtures/http_kit.ts";

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  // deno-lint-ignore no-explicit-any -- a fixture picks fields out of messages that the test wrote itself
  readonly params?: any;
}

type Stream = ReadableStreamDefaultController<Uint8Array>;

interface Session {
  readonly id: string;
  /** What its client alone knows. */
  secret?: string;
  /** Its GET stream. */
  listening?: Stream;
  /** What was said before there was one. */
  readonly unsaid: Uint8Array[];
  /** Replies for whoever comes back with their event id. */
  readonly late: Map<string, unknown>;
}

/** The one era that is spoken, where it is not both. */
const ERA = Deno.env.get("HOSTILE_ERA");

const counts = { opened: 0, ended: 0, calls: 0, crossed: 0, stalled: 0, left: 0, cancelled: 0 };
const sessions = new Map<string, Session>();
let events = 0;

const encoder = new TextEncoder();
const EVENT_STREAM = { "content-type": "text/event-stream" };

function event(value: unknown, id?: string): Uint8Array {
  return encoder.encode(`${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(value)}\n\n`);
}

function result(id: unknown, text: string): Record<string, unknown> {
  const content = [{ type: "text", text }];
  return { jsonrpc: "2.0", id, result: { resultType: "complete", content } };
}

function progress({ params }: Message): Record<string, unknown> {
  const progressToken = params._meta?.progressToken ?? 0;
  return { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress: 1 } };
}

function stream(begin: (to: Stream) => void, onLeft: () => void = () => {}): Response {
  const body = new ReadableStream<Uint8Array>({ start: begin, cancel: onLeft });
  return new Response(body, { headers: EVENT_STREAM });
}

type Tool = (call: Message, session: Session | undefined) => Response | Promise<Response>;

const TOOLS: Readonly<Record<string, Tool>> = {
  echo: ({ id, params }) => Response.json(result(id, JSON.stringify(params.arguments))),
  /** Begins to answer and never goes on. */
  stall: (call) => {
    counts.stalled++;
    return stream((to) => to.enqueue(event(progress(call))), () => void counts.left++);
  },
  /** Does not even begin. */
  silent: () => {
    counts.stalled++;
    return new Promise(() => {});
  },
  /** One event of so many bytes. */
  big: ({ id, params: { arguments: { token, bytes } } }) =>
    stream((to) => {
      to.enqueue(event(result(id, `${token} ${"b".repeat(bytes)} ${token}`)));
      to.close();
    }),
  /** Breaks the connection in the middle of the answer. */
  die: (call) =>
    stream((to) => {
      to.enqueue(event(progress(call)));
      setTimeout(() => to.error(new Error("as asked")), 5);
    }),
  /** As `die`, but the answer is there for whoever asks for it again. */
  "die-and-keep": (call, session) =>
    stream((to) => {
      const id = `e${++events}`;
      session?.late.set(id, result(call.id, JSON.stringify(call.params.arguments)));
      to.enqueue(encoder.encode("retry: 50\n\n"));
      to.enqueue(event(progress(call), id));
      setTimeout(() => to.error(new Error("as asked")), 5);
    }),
  /** Says `count` things on the stream of the session, each with the secret. */
  tell: ({ id, params: { arguments: { token, from, count } } }, session) => {
    for (let n = from; n < from + count; n++) {
      const data = { token, n };
      const params = { level: "info", data };
      say(session, event({ jsonrpc: "2.0", method: "notifications/message", params }));
    }
    return Response.json(result(id, JSON.stringify({ token })));
  },
  counts: ({ id }) => Response.json(result(id, JSON.stringify({ ...counts, open: sessions.size }))),
};

function say(session: Session | undefined, chunk: Uint8Array): void {
  if (session?.listening === undefined) session?.unsaid.push(chunk);
  else session.listening.enqueue(chunk);
}

/** A secret that was seen in another session, or a second one in this, has crossed. */
function look(session: Session | undefined, message: Message): void {
  const token: unknown = message.params?.arguments?.token;
  if (typeof token !== "string") return;
  counts.calls++;
  if (session === undefined) return;
  const [secret = ""] = token.split(":");
  session.secret ??= secret;
  if (session.secret !== secret) counts.crossed++;
}

function initialize({ id, params }: Message): Response {
  const session: Session = { id: crypto.randomUUID(), late: new Map(), unsaid: [] };
  sessions.set(session.id, session);
  counts.opened++;
  const made = {
    protocolVersion: params?.protocolVersion ?? "2025-11-25",
    capabilities: { tools: {}, logging: {} },
    serverInfo: { name: "hostile", version: "1.0.0" },
  };
  return Response.json({ jsonrpc: "2.0", id, result: made }, { headers: { "mcp-session-id": session.id } });
}

function discover({ id }: Message): Response {
  const made = {
    resultType: "complete",
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: {} },
    serverInfo: { name: "hostile", version: "1.0.0" },
    ttlMs: 0,
    cacheScope: "public",
  };
  return Response.json({ jsonrpc: "2.0", id, result: made });
}

function list({ id }: Message): Response {
  const tools = Object.keys(TOOLS).map((name) => ({ name, inputSchema: { type: "object" } }));
  const made = { resultType: "complete", tools, ttlMs: 0, cacheScope: "public" };
  return Response.json({ jsonrpc: "2.0", id, result: made });
}

/** What each era does not have. */
const FOREIGN: Readonly<Record<string, string>> = { initialize: "modern", "server/discover": "legacy" };

function unknown({ id }: Message): Response {
  const error = { code: -32601, message: "Method not found" };
  return Response.json({ jsonrpc: "2.0", id, error }, { status: ERA === "modern" ? 404 : 200 });
}

function answer(message: Message, session: Session | undefined): Response | Promise<Response> {
  if (message.method === "notifications/cancelled") counts.cancelled++;
  if (message.id === undefined || message.method === undefined) return new Response(null, { status: 202 });
  if (FOREIGN[message.method] === ERA && ERA !== undefined) return unknown(message);
  switch (message.method) {
    case "initialize":
      return initialize(message);
    case "server/discover":
      return discover(message);
    case "tools/list":
      return list(message);
    case "tools/call":
      look(session, message);
      return (TOOLS[message.params?.name] ?? TOOLS.echo as Tool)(message, session);
    default:
      return Response.json({ jsonrpc: "2.0", id: message.id, result: {} });
  }
}

function listen(request: Request, session: Session): Response {
  const last = request.headers.get("last-event-id");
  const late = last === null ? undefined : session.late.get(last);
  if (last !== null && late !== undefined) {
    session.late.delete(last);
    return stream((to) => {
      to.enqueue(event(late));
      to.close();
    });
  }
  return stream((to) => {
    session.listening = to;
    for (const chunk of session.unsaid.splice(0)) to.enqueue(chunk);
  }, () => delete session.listening);
}

serveHttp(async (request) => {
  const id = request.headers.get("mcp-session-id");
  const session = id === null ? undefined : sessions.get(id);
  if (id !== null && session === undefined) return new Response(null, { status: 404 });
  if (request.method === "POST") return await answer(await request.json(), session);
  if (session === undefined) return new Response(null, { status: 405 });
  if (request.method === "GET") return listen(request, session);
  sessions.delete(session.id);
  counts.ended++;
  return new Response(null, { status: 204 });
});
