/** What a careless, a slow or a hostile upstream may do to the link, and what the link does about it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { HttpUpstream, upstreamAddress } from "../../lib/transport/mod.ts";
import {
  event,
  INITIALIZE,
  INITIALIZED,
  initializeResult,
  json,
  line,
  META,
  result,
  type Script,
  stream,
  withUpstream,
} from "./http_upstream_kit.ts";

/** A stream that says `text` and stays open. */
const openStream = (text: string) =>
  new Response(
    new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) }),
    { headers: { "content-type": "text/event-stream" } },
  );
/** Resolves once `test` holds; an error where it does not for a long time. */
async function until(test: () => boolean): Promise<void> {
  for (let tries = 0; !test(); tries++) {
    if (tries > 4_000) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const PING = (id: number) => line({ id, method: "ping" });
const CALL = (id: number, more: JsonObject = {}) =>
  line({ id, method: "tools/call", params: { name: "a", ...more } });
const MODERN_CALL = (id: number) => CALL(id, { _meta: META });
const CANCELLED = (requestId: number) => line({ method: "notifications/cancelled", params: { requestId } });
const ACCEPTED = () => new Response(null, { status: 202 });
const NO_STREAM = () => new Response(null, { status: 405 });

/** As many as the link has under way at once. */
const MOST_AT_ONCE = 256;

/** Answers everything but calls; those are kept open, and `full` resolves with the last that fits. */
function fullHouse(): { readonly script: Script; readonly full: Promise<void> } {
  const full = Promise.withResolvers<void>();
  let open = 0;
  const script: Script = ({ method, body }) => {
    if (method !== "POST") return NO_STREAM();
    if (body?.method === "tools/call") {
      if (++open === MOST_AT_ONCE) full.resolve();
      return openStream(":\n\n");
    }
    return body?.id === undefined || body.method === undefined ? ACCEPTED() : json(result(body.id));
  };
  return { script, full: full.promise };
}

Deno.test("a handshake is over with its reply, even where its stream stays open", async () => {
  const script: Script = ({ body }) =>
    body?.method === "initialize"
      ? openStream(event(result(body.id, { protocolVersion: "2025-11-25" })))
      : json(result(body?.id));
  await withUpstream(script, async ({ link, next }) => {
    link.write(INITIALIZE);
    link.write(PING(2));
    assertEquals([(await next()).id, (await next()).id], [1, 2]);
  });
});

Deno.test("streams that stay open behind their replies take no other call's place", async () => {
  await withUpstream(({ body }) => openStream(event(result(body?.id))), async ({ link, next }) => {
    const ids = Array.from({ length: MOST_AT_ONCE + 20 }, (_, i) => i + 1);
    for (const id of ids) link.write(CALL(id));
    const answered: unknown[] = [];
    for (const _ of ids) answered.push((await next()).id);
    assertEquals(answered.sort((a, b) => Number(a) - Number(b)), ids);
  });
});

Deno.test("an answer to the upstream does not stand behind calls that wait for it", async () => {
  const { script, full } = fullHouse();
  await withUpstream(script, async ({ link, seen }) => {
    for (let id = 1; id <= MOST_AT_ONCE + 1; id++) link.write(CALL(id));
    await full;
    link.write(line({ id: 7, result: { action: "accept" } }));
    await until(() => seen.some(({ body }) => body?.result !== undefined));
  });
});

Deno.test("a call that is cancelled before it left stays here, and a cancellation does not wait for a place", async () => {
  const { script, full } = fullHouse();
  await withUpstream(script, async ({ link, seen, next }) => {
    for (let id = 1; id <= MOST_AT_ONCE + 1; id++) link.write(CALL(id));
    link.write(PING(MOST_AT_ONCE + 2));
    await full;
    link.write(CANCELLED(MOST_AT_ONCE + 1));
    link.write(CANCELLED(1));
    assertEquals((await next()).id, MOST_AT_ONCE + 2);
    assertEquals(seen.filter(({ body }) => body?.id === MOST_AT_ONCE + 1), []);
  });
});

Deno.test("what has not left at our end stays here", async () => {
  const address = upstreamAddress("http://127.0.0.1:1/mcp");
  if (!address.ok) throw new Error(address.error);
  let asked = 0;
  /** Answers nothing until it is aborted. */
  const fetch = (_url: string, { signal }: RequestInit) => {
    asked++;
    const { promise, reject } = Promise.withResolvers<Response>();
    signal?.addEventListener("abort", () => reject(signal.reason));
    return promise;
  };
  const link = new HttpUpstream({
    address: address.value,
    headers: {},
    maxFrameBytes: 4096,
    log: () => {},
    fetch,
  });
  for (let id = 1; id <= MOST_AT_ONCE + 3; id++) link.write(CALL(id));
  await until(() => asked === MOST_AT_ONCE);
  await link.end();
  await link.flushed();
  assertEquals(asked, MOST_AT_ONCE);
});

Deno.test("an upstream that asks before it takes a notice gets its answer", async () => {
  const answered = Promise.withResolvers<void>();
  const script: Script = async ({ method, body }) => {
    if (body?.method === "initialize") return initializeResult(body.id);
    if (method === "GET") return openStream(event({ jsonrpc: "2.0", id: 9, method: "roots/list" }));
    if (body?.method === "notifications/roots/list_changed") await answered.promise;
    if (body?.method === undefined) answered.resolve();
    return body?.id === undefined || body.method === undefined ? ACCEPTED() : json(result(body.id));
  };
  await withUpstream(script, async ({ link, next }) => {
    link.write(INITIALIZE);
    link.write(INITIALIZED);
    assertEquals([(await next()).id, (await next()).method], [1, "roots/list"]);
    link.write(line({ method: "notifications/roots/list_changed" }));
    link.write(line({ id: 9, result: { roots: [] } }));
    await answered.promise;
    await link.flushed();
  });
});

Deno.test("lines pile up only so far while the upstream takes none", async () => {
  const held = Promise.withResolvers<void>();
  const script: Script = async ({ body }) => {
    await held.promise;
    return body?.id === undefined ? ACCEPTED() : json(result(body.id));
  };
  await withUpstream(script, async ({ link }) => {
    const notice = line({ method: "notifications/x", params: { text: "x".repeat(100_000) } });
    for (let i = 0; i < 100; i++) link.write(notice);
    let hasRoom = false;
    const room = link.room().then(() => hasRoom = true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(hasRoom, false);
    held.resolve();
    await room;
  });
});

for (const sessionId of ["s-1", ""]) {
  const which = sessionId === "" ? "without sessions" : "with a session";
  Deno.test(`a GET that finds nothing begins no session, at an upstream ${which}`, async () => {
    const asked = Promise.withResolvers<void>();
    const script: Script = ({ method, body }) => {
      if (method === "GET") {
        asked.resolve();
        return new Response(null, { status: 404 });
      }
      if (body?.method === "initialize") return initializeResult(body.id, sessionId);
      return body?.id === undefined ? ACCEPTED() : json(result(body.id));
    };
    await withUpstream(script, async ({ link, seen, next }) => {
      link.write(INITIALIZE);
      link.write(INITIALIZED);
      await next();
      await asked.promise;
      for (let id = 2; id < 12; id++) {
        link.write(PING(id));
        await next();
      }
      assertEquals(seen.filter(({ body }) => body?.method === "initialize").length, 1);
    });
  });
}

Deno.test("many that find the session forgotten shake hands once, and wait until it is done", async () => {
  let sessions = 0, isReady = true, early = 0;
  const handshaking = Promise.withResolvers<void>();
  const script: Script = async ({ method, body, headers }) => {
    if (method !== "POST") return NO_STREAM();
    if (body?.method === "initialize") {
      isReady = ++sessions === 1;
      return initializeResult(body.id, `s-${sessions}`);
    }
    if (body?.method === "notifications/initialized") {
      if (sessions === 2) {
        handshaking.resolve();
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      isReady = true;
      return ACCEPTED();
    }
    if (headers.get("mcp-session-id") === "s-1") {
      // This one learns of it when the new session has an id and is not ready.
      if (body?.id === 2) await handshaking.promise;
      return new Response(null, { status: 404 });
    }
    if (!isReady) early++;
    return json(result(body?.id));
  };
  await withUpstream(script, async ({ link, next }) => {
    link.write(INITIALIZE);
    link.write(INITIALIZED);
    await next();
    await link.flushed();
    for (let id = 2; id < 30; id++) link.write(PING(id));
    const ids = new Set<unknown>();
    while (ids.size < 28) {
      const { id, error } = await next();
      assertEquals(error, undefined);
      if (id !== undefined) ids.add(id);
    }
    assertEquals([sessions, early], [2, 0]);
  });
});

Deno.test("a forgotten session makes what is known of the tools old", async () => {
  let sessions = 0;
  const script: Script = ({ method, body, headers }) => {
    if (method !== "POST") return NO_STREAM();
    if (body?.method === "initialize") return initializeResult(body.id, `s-${++sessions}`);
    if (body?.id === undefined) return ACCEPTED();
    return headers.get("mcp-session-id") === "s-2"
      ? json(result(body.id))
      : new Response(null, { status: 404 });
  };
  await withUpstream(script, async ({ link, next }) => {
    link.write(INITIALIZE);
    link.write(INITIALIZED);
    link.write(CALL(2));
    const came = [await next(), await next(), await next()].map(({ id, method }) => id ?? method);
    assertEquals(came, [1, "notifications/tools/list_changed", 2]);
  });
});

Deno.test("a stream of the modern era is not taken up again", async () => {
  const script: Script = ({ method, body }) =>
    method === "GET" ? stream(event(result(2))) : stream(
      event({ jsonrpc: "2.0", method: "notifications/progress", params: { of: body?.id ?? 0 } }, "e-1"),
    );
  await withUpstream(script, async ({ link, seen, next }) => {
    link.write(MODERN_CALL(2));
    assertEquals((await next()).method, "notifications/progress");
    assertEquals((await next()).error !== undefined, true);
    assertEquals(seen.map(({ method }) => method), ["POST"]);
  });
});

Deno.test("a message over the cap is not asked for again", async () => {
  const script: Script = ({ method, body }) =>
    method === "GET" ? new Response(null, { status: 405 }) : stream(
      `retry: 1\nid: e-1\ndata:\n\n${event(result(body?.id, { text: "x".repeat(5000) }), "e-2")}`,
    );
  await withUpstream(script, async ({ link, seen, next }) => {
    link.write(CALL(2));
    assertEquals(await next(), { malformed: "oversize" });
    const { error } = await next();
    assertStringIncludes(String((error as JsonObject).message), "over the cap");
    assertEquals(seen.map(({ method }) => method), ["POST"]);
  });
});

Deno.test("a modern call is cancelled in the way of its own era, whatever the notice says", async () => {
  const closed = Promise.withResolvers<void>(), open = Promise.withResolvers<void>();
  const script: Script = ({ method, body }) => {
    if (method !== "POST") return NO_STREAM();
    if (body?.method === "initialize") return initializeResult(body.id);
    if (body?.method !== "tools/call") return ACCEPTED();
    open.resolve();
    return new Response(new ReadableStream({ cancel: () => closed.resolve() }), {
      headers: { "content-type": "text/event-stream" },
    });
  };
  await withUpstream(script, async ({ link, seen, next }) => {
    link.write(INITIALIZE);
    await next();
    link.write(MODERN_CALL(2));
    await open.promise;
    link.write(CANCELLED(2));
    await closed.promise;
    await link.flushed();
    assertEquals(seen.map(({ body }) => body?.method), ["initialize", "tools/call"]);
  });
});

Deno.test("tools whose header annotations break the rules are left out, and the operator is told", async () => {
  const schema = (annotation: string, type = "string") => ({
    type: "object",
    properties: { a: { type, "x-mcp-header": annotation } },
  });
  const tools = [
    { name: "good", inputSchema: schema("Region") },
    { name: "split", inputSchema: schema("Re\r\ngion") },
    { name: "number", inputSchema: schema("Size", "number") },
    { name: "plain", inputSchema: { type: "object" } },
  ];
  await withUpstream(({ body }) => json(result(body?.id, { tools })), async ({ link, next, logged }) => {
    link.write(line({ id: 2, method: "tools/list", params: { _meta: META } }));
    const listed = (await next()).result as { tools: { name: string }[] };
    assertEquals(listed.tools.map(({ name }) => name), ["good", "plain"]);
    assertEquals(logged.length, 1);
    link.write(line({ id: 3, method: "tools/list" }));
    assertEquals((await next()).result, { tools }); // the legacy era knows no such rule
  });
});

Deno.test("an upstream that wants other headers for a tool makes what is known of the tools old", async () => {
  const error = { code: -32020, message: "Header mismatch" };
  const refused: Script = ({ body }) =>
    json({ jsonrpc: "2.0", id: body?.id ?? null, error }, { status: 400 });
  await withUpstream(refused, async ({ link, next }) => {
    link.write(MODERN_CALL(2));
    assertEquals((await next()).method, "notifications/tools/list_changed");
    assertEquals(await next(), { jsonrpc: "2.0", id: 2, error });
  });
});

Deno.test("an unknown method of the modern era is answered with the upstream's own error", async () => {
  const error = { code: -32601, message: "Method not found" };
  await withUpstream(
    ({ body }) => json({ jsonrpc: "2.0", id: body?.id ?? null, error }, { status: 404 }),
    async ({ link, next }) => {
      link.write(line({ id: 2, method: "x/y", params: { _meta: META } }));
      assertEquals(await next(), { jsonrpc: "2.0", id: 2, error });
    },
  );
});

Deno.test("a reply may come in a batch where the handshake settled on the revision that has them", async () => {
  const script: Script = ({ body }) =>
    body?.method === "initialize"
      ? json(result(body.id, { protocolVersion: "2025-03-26" }))
      : json([result(body?.id)]);
  await withUpstream(script, async ({ link, batch }) => {
    link.write(INITIALIZE);
    link.write(PING(2));
    const kinds = [await batch(), await batch()].map(({ incoming }) => incoming.kind);
    assertEquals(kinds, ["reply", "batch"]);
    link.write(PING(3));
    assertEquals((await batch()).incoming.kind, "batch"); // and no error of ours in between
  });
});

Deno.test("our own headers stand over the operator's", async () => {
  const headers = { "Accept-Encoding": "gzip", Accept: "text/html", "X-Team": "blue" };
  await withUpstream(({ body }) => json(result(body?.id)), async ({ link, seen, next }) => {
    link.write(PING(1));
    await next();
    const sent = ["accept-encoding", "accept", "x-team"].map((name) => seen[0]?.headers.get(name));
    assertEquals(sent, ["identity", "application/json, text/event-stream", "blue"]);
  }, headers);
});

/** Answers that are none, and what the caller reads. */
const NO_ANSWERS: readonly (readonly [name: string, script: Script, said: string])[] = [
  ["the reply of another request", () => json(result(4711)), "gave no reply (HTTP 200)"],
  ["a batch where none is legal", ({ body }) => json([result(body?.id)]), "gave no reply (HTTP 200)"],
  [
    "JSON in another encoding than UTF-8",
    () =>
      new Response(Uint8Array.of(0x7b, 0xff, 0x7d), {
        headers: { "content-type": "application/json; charset=latin1" },
      }),
    "gave no reply (HTTP 200)",
  ],
  [
    "compressed bytes that it did not ask for",
    () =>
      new Response(Uint8Array.of(0x1f, 0x8b, 8, 0, 0), {
        headers: { "content-type": "application/json", "content-encoding": "gzip" },
      }),
    "gave no reply (HTTP 200)",
  ],
  ["no content type at all", () => new Response(new Uint8Array(2)), "gave no reply (HTTP 200)"],
];

for (const [name, script, said] of NO_ANSWERS) {
  Deno.test(`a request that gets ${name} gets an error`, async () => {
    await withUpstream(script, async ({ link, batch }) => {
      link.write(PING(1));
      for (;;) {
        const { incoming } = await batch();
        if (incoming.kind !== "reply" || incoming.id !== 1) continue;
        assertStringIncludes(String(incoming.error?.message), said);
        return;
      }
    });
  });
}

Deno.test("a content type with parameters is the type that it is", async () => {
  const type = { headers: { "content-type": "Application/JSON; charset=utf-8" } };
  await withUpstream(({ body }) => json(result(body?.id), type), async ({ link, next }) => {
    link.write(PING(1));
    assertEquals(await next(), result(1));
  });
});

Deno.test("subscriptions beyond many are refused, and one that ends makes room", async () => {
  let open = 0;
  const script: Script = () => {
    open++;
    return openStream(":\n\n");
  };
  const listen = (id: number) => line({ id, method: "subscriptions/listen", params: { _meta: META } });
  await withUpstream(script, async ({ link, next }) => {
    for (let id = 1; id <= 65; id++) link.write(listen(id));
    const { id, error } = await next();
    assertEquals(id, 65);
    assertStringIncludes(String((error as JsonObject).message), "too many subscriptions");
    await until(() => open === 64);
    link.write(CANCELLED(1));
    link.write(listen(66));
    await until(() => open === 65);
  });
});

Deno.test("what a legacy upstream says of a cancelled call is still heard, of so many calls at once", async () => {
  const streams = new Map<number, ReadableStreamDefaultController<Uint8Array>>(), closed = new Set<number>();
  const script: Script = ({ body }) => {
    if (body?.method !== "tools/call") return body?.id === undefined ? ACCEPTED() : json(result(body.id));
    const id = Number(body.id);
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => void streams.set(id, controller),
      cancel: () => void closed.add(id),
    });
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  };
  await withUpstream(script, async ({ link, next }) => {
    const ids = Array.from({ length: 33 }, (_, i) => i + 1);
    for (const id of ids) link.write(CALL(id));
    await until(() => streams.size === ids.length);
    for (const id of ids) link.write(CANCELLED(id));
    await until(() => closed.has(1));
    assertEquals([...closed], [1]); // the oldest makes room
    const late = event({ jsonrpc: "2.0", method: "notifications/progress", params: { of: 2 } });
    streams.get(2)?.enqueue(new TextEncoder().encode(late));
    assertEquals((await next()).method, "notifications/progress");
    streams.get(2)?.close();
    link.write(PING(99));
    assertEquals((await next()).id, 99); // and no error for a call that nobody waits for
  });
});
