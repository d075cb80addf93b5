/** HTTP with SSE as 2024-11-05 had it, behind a URL: when it is spoken, and what is said where. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import type { ReadFrame, ReplyMessage } from "../../lib/wire/mod.ts";
import {
  ACCEPTED,
  OldServer,
  type OldServerOptions,
  shakeHands,
  until,
  withOld,
} from "./http_old_pair_kit.ts";
import {
  event,
  INITIALIZE,
  initializeResult,
  json,
  line,
  META,
  result,
  type Scene,
  type Script,
  stream,
  withUpstream,
} from "./http_upstream_kit.ts";

const CALL = (id: number, more: JsonObject = {}) =>
  line({ id, method: "tools/call", params: { name: "a", ...more } });
const HEADERS = { authorization: "Bearer hush" };

const asked = ({ seen }: Scene) =>
  seen.map(({ method, path, body }) => [method, path, body?.method ?? ""].join(" ").trim());
const messageOf = ({ error }: JsonObject) => (error as { message: string }).message;

const REFUSALS: readonly (readonly [name: string, refuse: () => Response])[] = [
  ["400 and a page", () => new Response("<h1>no</h1>", { status: 400 })],
  ["404 and nothing", () => new Response(null, { status: 404 })],
  ["405", () => new Response(null, { status: 405, headers: { allow: "GET" } })],
  [
    "405 and an error that any server might have",
    () => json({ jsonrpc: "2.0", id: null, error: { code: -32600, message: "no" } }, { status: 405 }),
  ],
  ["400 and JSON that is no error", () => json({ error: "no" }, { status: 400 })],
];

for (const [name, refuse] of REFUSALS) {
  Deno.test(`a server that refuses the handshake with ${name} is spoken with over its own stream`, async () => {
    await withOld({ refuse }, async (scene) => {
      await shakeHands(scene);
      const { link, next, seen, server } = scene;
      link.write(CALL(2));
      assertEquals(await next(), result(2, { said: "tools/call" }));
      server.stream.say({ jsonrpc: "2.0", method: "notifications/message", params: { data: "x" } });
      assertEquals((await next()).method, "notifications/message");
      await link.end();
      await server.stream.gone;
      assertEquals(asked(scene), [
        "POST /mcp initialize",
        "GET /mcp",
        "POST /messages initialize",
        "POST /messages notifications/initialized",
        "POST /messages tools/call",
      ]);
      assert(seen.every(({ headers }) => headers.get("authorization") === "Bearer hush"));
      assert(seen.every(({ headers }) => headers.get("accept-encoding") === "identity"));
      const versions = seen.map(({ headers }) => headers.get("mcp-protocol-version"));
      assertEquals(versions, [null, null, null, "2024-11-05", "2024-11-05"]);
      assert(seen.every(({ headers }) => !headers.has("mcp-session-id")));
      assertEquals(seen[1]?.headers.get("accept"), "text/event-stream");
      assertEquals(seen[1]?.search, "?key=hush");
      assertEquals(seen[2]?.search, "?s=1");
    }, HEADERS);
  });
}

const error = (code: number, status: number): Script => () =>
  json({ jsonrpc: "2.0", id: 1, error: { code, message: "theirs" } }, { status });

const NO_FALLBACK: readonly (readonly [name: string, script: Script, want: string])[] = [
  ["401", () => new Response(null, { status: 401 }), "(HTTP 401)"],
  ["403", () => new Response(null, { status: 403 }), "(HTTP 403)"],
  ["410", () => new Response(null, { status: 410 }), "(HTTP 410)"],
  ["429", () => new Response(null, { status: 429 }), "(HTTP 429)"],
  ["500", () => new Response(null, { status: 500 }), "(HTTP 500)"],
  ["503", () => new Response(null, { status: 503 }), "(HTTP 503)"],
  ["an unknown method of the modern era", error(-32601, 404), "theirs"],
  ["a version that it does not speak", error(-32022, 400), "theirs"],
  ["a header that does not match", error(-32020, 400), "theirs"],
  ["a capability that is missing", error(-32021, 400), "theirs"],
  ["an error in an answer that is fine", error(-32603, 200), "theirs"],
];

for (const [name, script, want] of NO_FALLBACK) {
  Deno.test(`a server that refuses the handshake with ${name} is not asked for a stream`, async () => {
    await withUpstream(script, async (scene) => {
      scene.link.write(INITIALIZE);
      assertStringIncludes(messageOf(await scene.next()), want);
      assertEquals(asked(scene), ["POST /mcp initialize"]);
    });
  });
}

const events = (text: string) => () => stream(text);
const NO_STREAM: readonly (readonly [name: string, get: () => Response])[] = [
  ["no GET", () => new Response(null, { status: 405 })],
  ["an error", () => new Response(null, { status: 500 })],
  ["a page", () => new Response("hello", { headers: { "content-type": "text/html" } })],
  ["a stream of another status", () => stream("event: endpoint\ndata: /messages\n\n", { status: 206 })],
  ["a stream that ends at once", events("")],
  ["a stream of comments", events(": hello\n\nretry: 5\n\nevent: ping\ndata: x\n\n")],
  [
    "a stream that says something first",
    events(`${event({ jsonrpc: "2.0", method: "x" })}event: endpoint\ndata: /messages\n\n`),
  ],
  ["a stream with an address that has no end", events("event: endpoint\ndata: /messages")],
  ["a stream whose first event is over the cap", events(`event: endpoint\ndata: /${"m".repeat(5_000)}\n\n`)],
];

for (const [name, get] of NO_STREAM) {
  Deno.test(`where the GET finds ${name} the refusal of the handshake stands`, async () => {
    await withOld({ get }, async (scene) => {
      scene.link.write(INITIALIZE);
      assertStringIncludes(messageOf(await scene.next()), "is not there (HTTP 404)");
      // It may be another one by now: a handshake that comes later finds out for itself.
      scene.link.write(line({ id: 2, method: "initialize", params: {} }));
      assertStringIncludes(messageOf(await scene.next()), "is not there (HTTP 404)");
      assertEquals(asked(scene), ["POST /mcp initialize", "GET /mcp", "POST /mcp initialize", "GET /mcp"]);
    });
  });
}

for (const code of [401, 403]) {
  Deno.test(`where the GET is refused with ${code} the client hears of that`, async () => {
    const challenge = { "www-authenticate": 'Bearer realm="x"' };
    await withOld({ get: () => new Response(null, { status: code, headers: challenge }) }, async (scene) => {
      scene.link.write(INITIALIZE);
      const { incoming, challenge } = await scene.batch() as ReadFrame & { incoming: ReplyMessage };
      assertStringIncludes(messageOf(incoming.value), `(HTTP ${code})`);
      assertEquals(challenge?.status, code);
    });
  });
}

Deno.test("the handshake's own error is the reply where there is no stream", async () => {
  const refuse = error(-32000, 400) as () => Response;
  await withOld({ refuse, get: () => new Response(null, { status: 405 }) }, async ({ link, next }) => {
    link.write(INITIALIZE);
    assertEquals(messageOf(await next()), "theirs");
  });
});

Deno.test("what is refused later is no reason to ask for a stream, nor is another message than the handshake", async () => {
  let count = 0;
  const script: Script = ({ method, body }) => {
    if (method !== "POST") return new Response(null, { status: 405 });
    if (body?.method === "initialize" && ++count === 1) return initializeResult(body.id);
    return new Response(null, { status: 405 });
  };
  await withUpstream(script, async (scene) => {
    const { link, next } = scene;
    link.write(line({ id: 8, method: "ping" }));
    await next();
    link.write(line({ id: 9, method: "server/discover", params: { _meta: META } }));
    await next();
    link.write(INITIALIZE);
    await next();
    link.write(CALL(2));
    await next();
    link.write(line({ id: 3, method: "initialize", params: {} }));
    assertStringIncludes(messageOf(await next()), "(HTTP 405)");
    assert(!asked(scene).includes("GET /mcp"));
  });
});

Deno.test("a second handshake goes where the first one did, and is refused where it is", async () => {
  const onPost: OldServerOptions["onPost"] = ({ id }) =>
    id === 6 ? new Response(null, { status: 404 }) : undefined;
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.link.write(line({ id: 5, method: "initialize", params: {} }));
    assertEquals((await scene.next()).id, 5);
    scene.link.write(line({ id: 6, method: "initialize", params: {} }));
    assertStringIncludes(messageOf(await scene.next()), "(HTTP 404)");
    assertEquals(asked(scene).slice(-2), ["POST /messages initialize", "POST /messages initialize"]);
    assertEquals(asked(scene).filter((one) => one.startsWith("GET")).length, 1);
  });
});

Deno.test("an answer that comes before its message is taken is one, and what the message comes to then is nothing", async () => {
  const taken = Promise.withResolvers<void>();
  await withOld({
    onPost: async (body, seen, server) => {
      if (body.method !== "tools/call") return undefined;
      server.answer(body, seen);
      await taken.promise;
      if (body.id === 2) return new Response(null, { status: 404 });
      const error = { code: -1, message: "no" };
      return body.id === 3 ? json({ jsonrpc: "2.0", id: 3, error }, { status: 400 }) : ACCEPTED();
    },
  }, async (scene) => {
    await shakeHands(scene);
    for (const id of [2, 3, 4]) scene.link.write(CALL(id));
    const ids = [await scene.next(), await scene.next(), await scene.next()].map(({ id }) => id);
    assertEquals(ids.toSorted(), [2, 3, 4]);
    taken.resolve();
    for (const id of [5, 6, 7, 8]) {
      scene.link.write(line({ id, method: "ping" }));
      assertEquals((await scene.next()).id, id);
    }
    assertEquals(scene.server.streams.length, 1);
  });
});

Deno.test("a message that is not taken gets the server's own error, or ours", async () => {
  const refusals: Readonly<Record<number, Response>> = {
    2: json({ jsonrpc: "2.0", id: null, error: { code: -32000, message: "theirs" } }, { status: 400 }),
    3: new Response("whisper", { status: 413 }),
    4: new Response(null, { status: 401, headers: { "www-authenticate": "Bearer" } }),
    5: new Response(null, { status: 302, headers: { location: "/whisper" } }),
    6: new Response(null, { status: 307, headers: { location: "http://127.0.0.1:9/messages" } }),
  };
  await withOld({ onPost: ({ id }) => refusals[Number(id)] }, async (scene) => {
    await shakeHands(scene);
    const said: string[] = [];
    for (const id of [2, 3, 4, 5, 6]) {
      scene.link.write(CALL(id));
      said.push(messageOf(await scene.next()).replace(`The MCP server at ${scene.origin} `, ""));
    }
    assertEquals(said.slice(0, 2), ["theirs", "takes no message of this size (HTTP 413)"]);
    assertStringIncludes(said[2] ?? "", "asks for an authorization (HTTP 401)");
    assertEquals(said.slice(3), [
      "redirects (HTTP 302), which a call cannot follow",
      "redirects to another origin",
    ]);
  });
});

Deno.test("the challenge of a server that wants to know who posts comes with the reply", async () => {
  const headers = { "www-authenticate": "Bearer" };
  await withOld({ onPost: () => new Response(null, { status: 401, headers }) }, async ({ link, batch }) => {
    link.write(INITIALIZE);
    assertEquals((await batch() as ReadFrame).challenge, { status: 401, value: "Bearer" });
  });
});

Deno.test("redirects within the origin are followed, of the stream and of messages", async () => {
  const server = new OldServer();
  const moved: Script = (seen) => {
    const { path, method } = seen;
    if (method === "GET" && path === "/mcp") return Response.redirect(new URL("/moved", origin), 308);
    if (path === "/messages") return Response.redirect(new URL("/moved-messages", origin), 307);
    return server.script(seen);
  };
  let origin = "";
  await withUpstream(moved, async (scene) => {
    origin = scene.origin;
    await shakeHands(scene);
    scene.link.write(CALL(2));
    assertEquals((await scene.next()).id, 2);
  });
});

Deno.test("a cancellation is sent, and nobody waits for the reply", async () => {
  const cancelled = Promise.withResolvers<JsonObject>();
  const onPost: OldServerOptions["onPost"] = (body) => {
    if (body.method === "notifications/cancelled") cancelled.resolve(body);
    return body.method === "tools/call" ? ACCEPTED() : undefined;
  };
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.link.write(CALL(2));
    scene.link.write(line({ id: 3, method: "ping" }));
    assertEquals((await scene.next()).id, 3);
    scene.link.write(line({ method: "notifications/cancelled", params: { requestId: 2 } }));
    assertEquals((await cancelled.promise).params, { requestId: 2 });
    // What is said of it all the same reaches the gate, as it does over a pipe.
    scene.server.stream.say(result(2, { said: "late" }));
    assertEquals(await scene.next(), result(2, { said: "late" }));
  });
});

Deno.test("a question of the server is answered, and nobody's question is not", async () => {
  const answers: JsonObject[] = [];
  const onPost: OldServerOptions["onPost"] = (body) => {
    if (body.method === undefined) answers.push(body);
    return undefined;
  };
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.server.stream.say({ jsonrpc: "2.0", id: "q", method: "roots/list" });
    assertEquals((await scene.next()).id, "q");
    for (const id of ["q", "q", "other", 0]) scene.link.write(line({ id, result: {} }));
    await scene.link.flushed();
    assertEquals(answers.map(({ id }) => id), ["q"]);
    assertEquals(scene.logged, ["the MCP server speaks HTTP with SSE, as 2024-11-05 had it"]);
  });
});

Deno.test("an attestation is in the header of a message to the address as well", async () => {
  await withOld({}, async (scene) => {
    await shakeHands(scene);
    scene.link.write(CALL(2, { _meta: { "dev.countersign/attestation": "a.b.c" } }));
    await scene.next();
    assertEquals(scene.seen.at(-1)?.headers.get("x-countersign-attestation"), "a.b.c");
  });
});

Deno.test("answers may come in an array where the handshake settled on the revision that has them", async () => {
  const onPost: OldServerOptions["onPost"] = ({ id, method }, _seen, server) => {
    if (method === "initialize") {
      server.stream.say(result(id, { protocolVersion: "2025-03-26", capabilities: {} }));
    }
    return ACCEPTED();
  };
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    for (const id of [2, 3]) scene.link.write(CALL(id));
    await scene.link.flushed();
    scene.server.stream.say([result(2), result(3)]);
    assertEquals((await scene.batch()).incoming.kind, "batch");
    // Nothing waits for them any more: the end of the stream brings no error of theirs.
    scene.link.write(CALL(4));
    await scene.link.flushed();
    scene.server.stream.end();
    assertEquals((await scene.next()).id, 4);
  });
});

Deno.test("an array of answers is none in another revision: its calls wait", async () => {
  const onPost: OldServerOptions["onPost"] = ({ method }) => method === "tools/call" ? ACCEPTED() : undefined;
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.link.write(CALL(2));
    await until(() => asked(scene).at(-1) === "POST /messages tools/call");
    scene.server.stream.say([result(2)]);
    assertEquals((await scene.batch()).incoming.kind, "batch");
    scene.server.stream.end();
    assertStringIncludes(messageOf(await scene.next()), "ended its stream before it replied");
  });
});
