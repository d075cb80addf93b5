/** When HTTP with SSE opens a stream again that has ended, and for how long it waits for what should come. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { pause, utf8 } from "../../lib/base/mod.ts";
import type { Exchange } from "../../lib/transport/http/exchange.ts";
import { OldPair } from "../../lib/transport/http/old_pair.ts";
import { OldStream } from "../../lib/transport/http/old_stream.ts";
import { readOutgoing } from "../../lib/transport/http/outgoing.ts";
import { NoAnswer, Requester } from "../../lib/transport/http/requester.ts";
import { HttpSession } from "../../lib/transport/http/session.ts";
import { event, INITIALIZE, line, result } from "./http_upstream_kit.ts";

type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
/** What the server does with the stream once hands are shaken on it; without it the stream ends at once. */
type Turn =
  | "ends"
  | "says something and ends"
  | "asks for a pause and ends"
  | "asks for years and ends"
  | "is not there"
  | "stays";

const ADDRESS = { href: "http://mcp.example/sse", origin: "http://mcp.example" };

/** A server in memory: each stream takes the next turn. */
function serverOf(turns: readonly Turn[]): Requester {
  let count = 0, turn: Turn = "stays", stream: Controller | undefined;
  const finish = () => {
    if (turn === "says something and ends") stream?.enqueue(utf8(event({ jsonrpc: "2.0", method: "x" })));
    if (turn === "asks for a pause and ends") stream?.enqueue(utf8("retry: 20000\n\n"));
    if (turn === "asks for years and ends") stream?.enqueue(utf8("retry: 999999999\n\n"));
    if (turn !== "stays") stream?.close();
  };
  return new Requester({
    address: ADDRESS,
    headers: {},
    fetch: (_url, { method, body }) => {
      if (method === "GET") {
        turn = turns[count++] ?? "stays";
        if (turn === "is not there") return Promise.resolve(new Response(null, { status: 503 }));
        const text = new ReadableStream<Uint8Array<ArrayBuffer>>({
          start: (controller) => void (stream = controller),
        });
        stream?.enqueue(utf8("event: endpoint\ndata: /m\n\n"));
        return Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
      }
      const message = JSON.parse(String(body));
      if (message.id !== undefined) {
        stream?.enqueue(utf8(event(result(message.id, { protocolVersion: "v" }))));
      } else finish();
      return Promise.resolve(new Response(null, { status: 202 }));
    },
  });
}

/** How long was waited before each new stream. */
async function pausesOf(turns: readonly Turn[]): Promise<readonly number[]> {
  const life = new AbortController(), pauses: number[] = [], logged: string[] = [];
  const done = Promise.withResolvers<void>();
  const session = new HttpSession();
  session.initialize = readOutgoing(INITIALIZE);
  session.version = "v";
  const pair = new OldPair({
    requester: serverOf(turns),
    session,
    maxFrameBytes: 4096,
    headersOf: () => [],
    onFrame: () => Promise.resolve(),
    log: (told) => void logged.push(told),
    pause: (ms) => {
      pauses.push(ms);
      if (pauses.length === turns.length) {
        life.abort();
        done.resolve();
      }
      return Promise.resolve();
    },
    life: life.signal,
  });
  const notice = readOutgoing(line({ method: "notifications/progress" }));
  if (notice === undefined) throw new Error("no message");
  await pair.tell(notice, life.signal).catch(() => {}); // the stream may have ended again
  await done.promise;
  return pauses;
}

const ROWS: readonly (readonly [name: string, turns: readonly Turn[], want: readonly number[]])[] = [
  [
    "streams that end as soon as they begin, less and less often",
    Array.from({ length: 7 }, () => "ends" as const),
    [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
  ],
  ["streams of use, after a second", Array.from({ length: 4 }, () => "says something and ends" as const), [
    1_000,
    1_000,
    1_000,
    1_000,
  ]],
  ["a server that is not there, less and less often", [
    "ends",
    "is not there",
    "is not there",
    "says something and ends",
    "ends",
  ], [1_000, 2_000, 4_000, 1_000, 2_000]],
  ["streams whose server asks for a pause, after that", [
    "asks for a pause and ends",
    "asks for a pause and ends",
    "ends",
  ], [20_000, 20_000, 4_000]],
  ["a stream whose server asks for years, after an hour", ["asks for years and ends"], [3_600_000]],
];

for (const [name, turns, want] of ROWS) {
  Deno.test(`HTTP with SSE opens again ${name}`, async () => assertEquals(await pausesOf(turns), want));
}

function streamOf(
  fetch: ConstructorParameters<typeof Requester>[0]["fetch"],
  onFrame: () => Promise<void> = () => Promise.resolve(),
): OldStream {
  return new OldStream({
    requester: new Requester({ address: ADDRESS, headers: {}, fetch }),
    maxFrameBytes: 4096,
    patienceMs: 20,
    onFrame,
    log: () => {},
    hasBatches: () => false,
    life: new AbortController().signal,
  });
}

Deno.test("a server that names no address in time is let go of, and what it names later counts for nothing", async () => {
  let controller: Controller | undefined, gone = false;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (one) => void (controller = one),
    cancel: () => void (gone = true),
  });
  const stream = streamOf((_url, { signal }) => {
    signal?.addEventListener("abort", () => void (gone = true));
    return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  });
  assertEquals(await stream.open(), false);
  assert(gone);
  controller?.enqueue(utf8("event: endpoint\ndata: /m\n\n"));
  controller?.close();
  await stream.ended;
  assert(!stream.isOpen);
});

Deno.test("a server that does not answer the GET is let go of", async () => {
  const stream = streamOf((_url, { signal }) =>
    new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)))
  );
  assertEquals(await stream.open(), false);
  await stream.ended;
});

Deno.test("a server that cannot be reached is told of as such", async () => {
  const stream = streamOf(() => Promise.reject(new TypeError("http://mcp.example/sse?hush")));
  const { message } = await assertRejects(() => stream.open(), NoAnswer);
  assertEquals(message, "The MCP server at http://mcp.example cannot be reached");
});

Deno.test("of questions that nobody answers only so many are known, and long ids cost more", async () => {
  const asked = Array.from({ length: 5_000 }, (_, id) => event({ jsonrpc: "2.0", id, method: "ping" })).join(
    "",
  );
  const over = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller) {
      controller.enqueue(utf8(`event: endpoint\ndata: /m\n\n${asked}`));
      await over.promise;
      controller.close();
    },
  });
  const stream = streamOf(() =>
    Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }))
  );
  assert(await stream.open());
  await pause(0);
  over.resolve();
  await stream.ended;
  assert(!stream.takeQuestion(0) && !stream.takeQuestion(900));
  assert(stream.takeQuestion(1_100) && stream.takeQuestion(4_999) && !stream.takeQuestion(4_999));
});

Deno.test("behind our end nothing is handed on, though it came before", async () => {
  const said = event({ jsonrpc: "2.0", method: "x" });
  const text = `event: endpoint\ndata: /m\n\n${said}${said}`;
  let frames = 0;
  const stream = streamOf(
    () => Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } })),
    () => {
      frames++;
      stream.end();
      return Promise.resolve();
    },
  );
  await stream.open();
  await stream.ended;
  assertEquals(frames, 1);
});

const HELLO = new Response(null, { status: 202 });
const CALL = readOutgoing(line({ id: 7, method: "tools/call", params: { name: "a" } }));

/** A stream that is open; `say` puts something on it. */
async function openStream(
  onFrame?: (stream: OldStream) => Promise<void>,
): Promise<{ readonly stream: OldStream; say(text: string): void }> {
  let controller: Controller | undefined;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ start: (one) => void (controller = one) });
  const say = (text: string) => controller?.enqueue(utf8(text));
  say("event: endpoint\ndata: /m\n\n");
  const stream: OldStream = streamOf(
    (_url, { method, signal }) => {
      if (signal?.aborted) return Promise.reject(signal.reason);
      const headers = { "content-type": "text/event-stream" };
      if (method === "POST") return Promise.resolve(HELLO.clone());
      signal?.addEventListener("abort", () => controller?.error(signal.reason));
      return Promise.resolve(new Response(body, { headers }));
    },
    () => onFrame?.(stream) ?? Promise.resolve(),
  );
  assert(await stream.open());
  return { stream, say };
}

function ask(stream: OldStream, signal = new AbortController().signal): Promise<Response | undefined> {
  if (CALL === undefined) throw new Error("no message");
  return stream.ask({ outgoing: CALL, headers: [], signal, onAnswered: () => {} });
}

Deno.test("who asks on a stream that has ended hears of that, and who leaves waits no longer", async () => {
  const { stream } = await openStream();
  const left = new AbortController();
  const asked = ask(stream, left.signal);
  left.abort(new Error("left"));
  await assertRejects(() => asked, Error, "left");
  stream.end();
  await assertRejects(() => ask(stream), NoAnswer, "ended its stream before it replied");
});

Deno.test("an answer that is being handed on is one, though the stream ends meanwhile", async () => {
  const { stream, say } = await openStream((stream) => {
    stream.end();
    return pause(0);
  });
  const asked = ask(stream);
  say(event(result(7)));
  assertEquals(await asked, undefined);
});

Deno.test("while the client shakes hands itself, we do not", async () => {
  const life = new AbortController(), { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const session = new HttpSession();
  session.version = "v";
  session.initialize = readOutgoing(INITIALIZE);
  const greeted: string[] = [];
  let stream: Controller | undefined, count = 0;
  const requester = new Requester({
    address: ADDRESS,
    headers: {},
    async fetch(_url, { method, body }) {
      if (method === "POST") {
        const { id } = JSON.parse(String(body));
        greeted.push(id);
        stream?.enqueue(utf8(event(result(id, { protocolVersion: "v" }))));
        return HELLO.clone();
      }
      count++;
      await opened;
      const text = new ReadableStream<Uint8Array<ArrayBuffer>>({ start: (one) => void (stream = one) });
      stream?.enqueue(utf8("event: endpoint\ndata: /m\n\n"));
      return new Response(text, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const pair = new OldPair({
    requester,
    session,
    maxFrameBytes: 4096,
    headersOf: () => [],
    onFrame: () => Promise.resolve(),
    log: () => {},
    pause: () => Promise.resolve(),
    life: life.signal,
  });
  const { initialize: outgoing } = session;
  if (outgoing === undefined || CALL === undefined) throw new Error("no message");
  const exchange = { signal: life.signal, onAnswered: () => {} } as unknown as Exchange;
  const greeting = pair.run(exchange, outgoing);
  await assertRejects(() => pair.run(exchange, CALL), NoAnswer, "has forgotten the session");
  open();
  await greeting;
  assertEquals([greeted.length, count], [1, 1]);
  life.abort();
  stream?.close();
});

Deno.test("what is about a stream that is gone opens no other", async () => {
  const life = new AbortController(), session = new HttpSession();
  session.version = "v";
  let count = 0;
  const fetch = () => {
    count++;
    return Promise.resolve(new Response(null, { status: 500 }));
  };
  const pair = new OldPair({
    requester: new Requester({ address: ADDRESS, headers: {}, fetch }),
    session,
    maxFrameBytes: 4096,
    headersOf: () => [],
    onFrame: () => Promise.resolve(),
    log: () => {},
    pause: () => Promise.resolve(),
    life: life.signal,
  });
  for (
    const told of [{ method: "notifications/cancelled", params: { requestId: 1 } }, { id: 1, result: {} }]
  ) {
    const outgoing = readOutgoing(line(told));
    if (outgoing === undefined) throw new Error("no message");
    await pair.tell(outgoing, life.signal);
  }
  assertEquals(count, 0);
});

Deno.test("without a handshake there is one stream for all who come, and behind its end none", async () => {
  const life = new AbortController();
  let stream: Controller | undefined, count = 0, pauses = 0;
  const pair = new OldPair({
    requester: new Requester({
      address: ADDRESS,
      headers: {},
      fetch: (_url, { method }) => {
        if (method === "POST") return Promise.resolve(HELLO.clone());
        count++;
        const text = new ReadableStream<Uint8Array<ArrayBuffer>>({ start: (one) => void (stream = one) });
        stream?.enqueue(utf8("event: endpoint\ndata: /m\n\n"));
        return Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
      },
    }),
    session: new HttpSession(),
    maxFrameBytes: 4096,
    headersOf: () => [],
    onFrame: () => Promise.resolve(),
    log: () => {},
    pause: () => {
      pauses++;
      return new Promise(() => {});
    },
    life: life.signal,
  });
  const notice = readOutgoing(line({ method: "notifications/progress" }));
  if (notice === undefined || CALL === undefined) throw new Error("no message");
  const exchange = { signal: life.signal, onAnswered: () => {} } as unknown as Exchange;
  const asked = pair.run(exchange, CALL);
  await Promise.all([pair.tell(notice, life.signal), pair.tell(notice, life.signal)]);
  assertEquals(count, 1);
  stream?.close();
  await assertRejects(() => asked, NoAnswer, "ended its stream before it replied");
  await pause(0);
  assertEquals(pauses, 0);
  life.abort();
});
