import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { HttpUpstream, isInTheClear, upstreamAddress } from "../../lib/transport/mod.ts";
import {
  event,
  INITIALIZE,
  INITIALIZED,
  initializeResult,
  json,
  line,
  META,
  nextOf,
  result,
  type Script,
  stream,
  withUpstream,
} from "./http_upstream_kit.ts";

Deno.test("a JSON answer becomes a frame, and the operator's headers go along", async () => {
  await withUpstream(({ body }) => json(result(body?.id, { ok: true })), async ({ link, seen, next }) => {
    link.write(line({ id: 7, method: "ping" }));
    assertEquals(await next(), result(7, { ok: true }));
    assertEquals(seen[0]?.headers.get("authorization"), "Bearer t0ken");
    assertEquals(seen[0]?.headers.get("accept"), "application/json, text/event-stream");
  }, { authorization: "Bearer t0ken" });
});

Deno.test("a stream becomes its events, one after the other", async () => {
  const script: Script = ({ body }) =>
    stream(event({ jsonrpc: "2.0", method: "notifications/progress", params: {} }) + event(result(body?.id)));
  await withUpstream(script, async ({ link, next }) => {
    link.write(line({ id: 7, method: "tools/call", params: { name: "a" } }));
    assertEquals((await next()).method, "notifications/progress");
    assertEquals(await next(), result(7));
  });
});

Deno.test("a modern request is mirrored in its headers, a parameter that its tool wants there as well", async () => {
  const tools = [{
    name: "sql",
    inputSchema: { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } },
  }];
  await withUpstream(
    ({ body }) => json(result(body?.id, body?.method === "tools/list" ? { tools } : {})),
    async ({ link, seen, next }) => {
      link.write(line({ id: 1, method: "tools/list", params: { _meta: META } }));
      await next();
      link.write(
        line({
          id: 2,
          method: "tools/call",
          params: { name: "sql", arguments: { region: "é" }, _meta: META },
        }),
      );
      await next();
      const headers = seen[1]?.headers;
      assertEquals(headers?.get("mcp-protocol-version"), "2026-07-28");
      assertEquals(headers?.get("mcp-method"), "tools/call");
      assertEquals(headers?.get("mcp-name"), "sql");
      assertEquals(headers?.get("mcp-param-region"), "=?base64?w6k=?=");
      assertEquals(headers?.get("mcp-session-id"), null);
    },
  );
});

Deno.test("a legacy session: id and version on every message behind the handshake, a stream of its own, an end", async () => {
  const listening = Promise.withResolvers<void>();
  const script: Script = ({ method, body }) => {
    if (method === "GET") {
      listening.resolve();
      return stream(event({ jsonrpc: "2.0", method: "notifications/tools/list_changed" }));
    }
    if (body?.method === "initialize") return initializeResult(body.id);
    return body?.id === undefined ? new Response(null, { status: 202 }) : json(result(body.id));
  };
  await withUpstream(script, async ({ link, seen, next }) => {
    for (const each of [INITIALIZE, INITIALIZED, line({ id: 2, method: "ping" })]) link.write(each);
    const answers = [await next(), await next(), await next()];
    assertEquals(answers.map(({ id, method }) => id ?? method ?? "").sort(), [
      1,
      2,
      "notifications/tools/list_changed",
    ]);
    await listening.promise;
    assertEquals(seen[0]?.headers.get("mcp-session-id"), null);
    for (const { headers } of seen.slice(1)) {
      assertEquals([headers.get("mcp-session-id"), headers.get("mcp-protocol-version")], [
        "s-1",
        "2025-11-25",
      ]);
    }
    await link.end();
    assertEquals(seen.at(-1)?.method, "DELETE");
  });
});

Deno.test("lines leave in their order, and a notice is taken before the next line leaves", async () => {
  const held = Promise.withResolvers<void>();
  const script: Script = async ({ method, body }) => {
    if (method !== "POST") return new Response(null, { status: 405 });
    if (body?.method === "notifications/initialized") await held.promise;
    if (body?.method === "initialize") return initializeResult(body.id);
    return body?.id === undefined ? new Response(null, { status: 202 }) : json(result(body.id));
  };
  await withUpstream(script, async ({ link, seen, next }) => {
    for (const each of [INITIALIZE, INITIALIZED, line({ id: 2, method: "ping" })]) link.write(each);
    await next();
    held.resolve();
    await next();
    const posted = seen.filter(({ method }) => method === "POST").map(({ body }) => body?.method);
    assertEquals(posted, ["initialize", "notifications/initialized", "ping"]);
  });
});

Deno.test("a session that the upstream forgot is begun again, and the request is sent once more", async () => {
  let sessions = 0;
  const script: Script = ({ method, body, headers }) => {
    if (method !== "POST") return new Response(null, { status: 405 });
    if (body?.method === "initialize") return initializeResult(body.id, `s-${++sessions}`);
    if (headers.get("mcp-session-id") !== `s-${sessions}` || sessions === 1 && body?.id !== undefined) {
      return new Response(null, { status: 404 });
    }
    return body?.id === undefined ? new Response(null, { status: 202 }) : json(result(body.id));
  };
  await withUpstream(script, async ({ link, next, logged }) => {
    for (
      const each of [
        INITIALIZE,
        INITIALIZED,
        line({ id: 2, method: "ping" }),
        line({ id: 3, method: "ping" }),
      ]
    ) link.write(each);
    const ids = [await next(), await next(), await next(), await next()].map(({ id }) => id);
    // Between them: the tools may be others now.
    assertEquals(ids.filter((id) => id !== undefined), [1, 2, 3]);
    assertEquals(sessions, 2);
    assertEquals(logged.length, 1);
  });
});

Deno.test("a stream that breaks is taken up again behind its last event", async () => {
  const script: Script = ({ method, body, headers }) => {
    if (body?.method === "initialize") return initializeResult(body.id);
    if (method === "GET" && headers.get("last-event-id") === "e-2") return stream(event(result(2), "e-3"));
    if (method === "GET") return new Response(null, { status: 405 });
    if (body?.id === undefined) return new Response(null, { status: 202 });
    return stream(
      `id: e-1\nretry: 1\ndata:\n\n${
        event({ jsonrpc: "2.0", method: "notifications/progress", params: {} }, "e-2")
      }`,
    );
  };
  await withUpstream(script, async ({ link, next }) => {
    for (const each of [INITIALIZE, line({ id: 2, method: "tools/call", params: { name: "a" } })]) {
      link.write(each);
    }
    assertEquals([(await next()).id, (await next()).method, (await next()).id], [
      1,
      "notifications/progress",
      2,
    ]);
  });
});

const CANCELLED = (params: JsonObject) =>
  line({ method: "notifications/cancelled", params: { requestId: 2, ...params } });

Deno.test("a modern cancellation closes the stream of its request, and is not sent", async () => {
  const closed = Promise.withResolvers<void>(), open = Promise.withResolvers<void>();
  const script: Script = ({ body }) => {
    if (body?.id !== 2) return json(result(body?.id));
    open.resolve();
    return new Response(new ReadableStream({ cancel: () => closed.resolve() }), {
      headers: { "content-type": "text/event-stream" },
    });
  };
  await withUpstream(script, async ({ link, seen, next }) => {
    link.write(line({ id: 2, method: "tools/call", params: { name: "a", _meta: META } }));
    await open.promise;
    link.write(CANCELLED({}));
    await closed.promise;
    link.write(line({ id: 3, method: "tools/list", params: { _meta: META } }));
    assertEquals((await next()).id, 3);
    assertEquals(seen.map(({ body }) => body?.method), ["tools/call", "tools/list"]);
  });
});

Deno.test("a legacy cancellation is sent, and nobody waits for the reply", async () => {
  const open = Promise.withResolvers<void>();
  const script: Script = ({ method, body }) => {
    if (body?.method === "initialize") return initializeResult(body.id);
    if (method !== "POST") return new Response(null, { status: 405 });
    if (body?.id === 2) {
      open.resolve();
      return new Response(new ReadableStream({}), { headers: { "content-type": "text/event-stream" } });
    }
    return body?.id === undefined ? new Response(null, { status: 202 }) : json(result(body.id));
  };
  await withUpstream(script, async ({ link, seen, next }) => {
    for (const each of [INITIALIZE, line({ id: 2, method: "tools/call", params: { name: "a" } })]) {
      link.write(each);
    }
    await open.promise;
    link.write(CANCELLED({}));
    link.write(line({ id: 3, method: "ping" }));
    assertEquals([(await next()).id, (await next()).id], [1, 3]);
    await link.flushed();
    assertEquals(seen.map(({ body }) => body?.method).includes("notifications/cancelled"), true);
  });
});

const FAILURES: readonly (readonly [name: string, script: Script, said: string])[] = [
  [
    "an error status",
    () => new Response("<html>secret</html>", { status: 503 }),
    "is not available (HTTP 503)",
  ],
  [
    "a status that asks for an authorization",
    () => new Response(null, { status: 401 }),
    "asks for an authorization (HTTP 401)",
  ],
  ["an answer of no type", () => new Response("hello"), "gave no reply (HTTP 200)"],
  ["an empty answer", () => new Response(null, { status: 202 }), "gave no reply (HTTP 202)"],
  ["an empty stream", () => stream(""), "gave no reply"],
  [
    "a redirect to another origin",
    () => new Response(null, { status: 307, headers: { location: "http://169.254.169.254/" } }),
    "redirects to another origin",
  ],
  [
    "a redirect that turns a POST into a GET",
    () => new Response(null, { status: 302, headers: { location: "/x" } }),
    "redirects (HTTP 302)",
  ],
  [
    "a redirect without end",
    () => new Response(null, { status: 308, headers: { location: "/mcp" } }),
    "redirects without end",
  ],
  ["a redirect to nowhere", () => new Response(null, { status: 307 }), "redirects to"],
];

for (const [name, script, said] of FAILURES) {
  Deno.test(`a request that gets ${name} gets an error that shows the origin alone`, async () => {
    await withUpstream(script, async ({ link, next, origin }) => {
      link.write(line({ id: 7, method: "tools/call", params: { name: "a" } }));
      const { id, error } = await next();
      assertEquals(id, 7);
      const message = String((error as JsonObject).message);
      assertStringIncludes(message, said);
      assertStringIncludes(message, origin);
      assertEquals(/hush|secret|169\.254/.test(message), false, message);
    });
  });
}

Deno.test("a redirect within the origin is followed with method and body", async () => {
  const script: Script = ({ path, body }) =>
    path === "/mcp"
      ? new Response(null, { status: 307, headers: { location: "/moved" } })
      : json(result(body?.id));
  await withUpstream(script, async ({ link, seen, next }) => {
    link.write(line({ id: 7, method: "ping" }));
    assertEquals(await next(), result(7));
    assertEquals(seen.map(({ method, path }) => [method, path]), [["POST", "/mcp"], ["POST", "/moved"]]);
  });
});

Deno.test("the JSON-RPC error in an error status is the reply, whatever id it names", async () => {
  const error = { code: -32020, message: "Header mismatch" };
  await withUpstream(
    () => json({ jsonrpc: "2.0", id: null, error }, { status: 400 }),
    async ({ link, next }) => {
      link.write(line({ id: 7, method: "ping" }));
      assertEquals(await next(), { jsonrpc: "2.0", id: 7, error });
    },
  );
});

Deno.test("an answer over the cap is dropped, and its request gets an error", async () => {
  await withUpstream(
    ({ body }) => json(result(body?.id, { text: "x".repeat(5000) })),
    async ({ link, next }) => {
      link.write(line({ id: 7, method: "ping" }));
      assertEquals(await next(), { malformed: "oversize" });
      assertEquals((await next()).id, 7);
    },
  );
});

Deno.test("an upstream that cannot be reached is told of with its origin alone", async () => {
  const address = upstreamAddress("http://127.0.0.1:1/mcp?key=hush");
  if (!address.ok) throw new Error(address.error);
  const link = new HttpUpstream({ address: address.value, headers: {}, maxFrameBytes: 4096, log: () => {} });
  link.write(line({ id: 7, method: "ping" }));
  const said = JSON.stringify(await nextOf(link)());
  await link.end();
  assertStringIncludes(said, "http://127.0.0.1:1 cannot be reached");
  assertEquals(said.includes("hush"), false);
});

const ADDRESSES: readonly (readonly [text: string, ok: boolean])[] = [
  ["https://mcp.example.com/mcp", true],
  ["http://[::1]:80/x#y", true],
  ["https://user:pass@example.com/", false],
  ["file:///etc/passwd", false],
  ["ws://example.com", false],
  ["example.com/mcp", false],
  ["", false],
];

for (const [text, good] of ADDRESSES) {
  Deno.test(`"${text}" is ${good ? "an" : "no"} address of an upstream`, () =>
    assertEquals(upstreamAddress(text).ok, good));
}

const IN_THE_CLEAR: readonly (readonly [text: string, isIt: boolean])[] = [
  ["http://mcp.example.com/mcp", true],
  ["http://10.0.0.7/mcp", true],
  ["http://127.0.0.1.example.com/", true],
  ["https://mcp.example.com/mcp", false],
  ["http://127.0.0.1:3000/mcp", false],
  ["http://LOCALHOST/", false],
  ["http://[::1]:80/", false],
];

for (const [text, isIt] of IN_THE_CLEAR) {
  Deno.test(`what is sent to ${text} ${isIt ? "can" : "cannot"} be read on the way`, () => {
    const address = upstreamAddress(text);
    if (!address.ok) throw new Error(address.error);
    assertEquals(isInTheClear(address.value), isIt);
  });
}
