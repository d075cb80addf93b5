/** What a hostile, a careless or a restarted server may do over HTTP with SSE, and what the link does about it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type JsonObject, utf8 } from "../../lib/base/mod.ts";
import { oldEndpoint } from "../../lib/transport/http/old_endpoint.ts";
import {
  ACCEPTED,
  type OldServerOptions,
  type ServerStream,
  shakeHands,
  until,
  withOld,
} from "./http_old_pair_kit.ts";
import { INITIALIZE, line, result, type Scene } from "./http_upstream_kit.ts";

const CALL = (id: number) => line({ id, method: "tools/call", params: { name: "a" } });

const messageOf = ({ error }: JsonObject) => (error as { message: string }).message;
const posted = ({ seen }: Scene) =>
  seen.filter(({ path }) => path === "/messages").map(({ search, body }) =>
    `${search} ${body?.method ?? "reply"}`
  );

const URLS: readonly (readonly [text: string, want: string | undefined])[] = [
  ["/messages?sessionId=1", "https://mcp.example/messages?sessionId=1"],
  ["messages", "https://mcp.example/a/messages"],
  ["?s=1", "https://mcp.example/a/sse?s=1"],
  ["../x#y", "https://mcp.example/x"],
  ["https://mcp.example:443/m", "https://mcp.example/m"],
  ["HTTPS://MCP.example/m", "https://mcp.example/m"],
  ["//mcp.example/m", "https://mcp.example/m"],
  ["", undefined],
  ["https://elsewhere.example/m", undefined],
  ["//elsewhere.example/m", undefined],
  ["///elsewhere.example/m", undefined],
  ["\\\\elsewhere.example/m", undefined],
  ["/\\elsewhere.example/m", undefined],
  ["/\t/elsewhere.example/m", undefined],
  ["https:elsewhere.example", "https://mcp.example/a/elsewhere.example"],
  ["http:elsewhere.example", undefined],
  ["http://mcp.example/m", undefined],
  ["https://mcp.example:8443/m", undefined],
  ["https://mcp.example.elsewhere.example/m", undefined],
  ["https://mcp.example@elsewhere.example/m", undefined],
  ["https://me:secret@mcp.example/m", undefined],
  ["https://@mcp.example/m", "https://mcp.example/m"],
  ["https://mcp.example./m", undefined],
  ["https://mcp\u3002example/m", undefined],
  ["blob:https://mcp.example/x", undefined],
  ["data:text/plain,x", undefined],
  ["javascript:1", undefined],
  ["file:///etc/passwd", undefined],
  ["ws://mcp.example/m", undefined],
  ["/m e", undefined],
  [" /m", undefined],
  ["/m\r", undefined],
  ["/m\u0000", undefined],
  ["/m\u007f", undefined],
  ["/m\u00e9", undefined],
  ["https://[::1/m", undefined],
  [`/${"m".repeat(2_047)}`, `https://mcp.example/${"m".repeat(2_047)}`],
  [`/${"m".repeat(2_048)}`, undefined],
];

Deno.test("messages go to an address of the server's own origin, or nowhere", async (t) => {
  const address = { href: "https://mcp.example/a/sse?key=hush", origin: "https://mcp.example" };
  for (const [text, want] of URLS) {
    await t.step(JSON.stringify(text.slice(0, 60)), () => {
      const found = oldEndpoint(utf8(text), address);
      assertEquals(found.ok ? found.value : undefined, want);
      if (!found.ok) {
        assert(/^names an address (that is no URL|of another origin|with a user)/.test(found.error));
      }
    });
  }
  assert(!oldEndpoint(Uint8Array.of(0x2f, 0xff), address).ok);
});

Deno.test("a server that names an address elsewhere gets no message, and the other one neither", async () => {
  let elsewhere = 0;
  const other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    elsewhere++;
    return ACCEPTED();
  });
  const endpoint = () => `http://127.0.0.1:${other.addr.port}/messages?whisper`;
  await withOld({ endpoint }, async ({ link, next, origin, seen, server }) => {
    link.write(INITIALIZE);
    assertEquals(messageOf(await next()), `The MCP server at ${origin} names an address of another origin`);
    await server.stream.gone;
    assertEquals(seen.length, 2);
  });
  assertEquals(elsewhere, 0);
  await other.shutdown();
});

Deno.test("an address counts once: a second one is not used", async () => {
  await withOld({}, async (scene) => {
    await shakeHands(scene);
    for (const at of ["/elsewhere", "http://127.0.0.1:9/x"]) {
      scene.server.stream.raw(`event: endpoint\ndata: ${at}\n\n`);
    }
    scene.link.write(CALL(2));
    assertEquals((await scene.next()).id, 2);
    assertEquals(posted(scene).at(-1), "?s=1 tools/call");
    assertEquals(scene.logged.slice(1), ["the MCP server named a second address, which is not used"]);
  });
});

Deno.test("with the stream what was asked on it is over, and the next call has a new one", async () => {
  let silent = true;
  const onPost: OldServerOptions["onPost"] = ({ method }) =>
    method === "tools/call" && silent ? ACCEPTED() : undefined;
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    const { link, next, server, origin } = scene;
    for (const id of [2, 3]) link.write(CALL(id));
    await until(() => posted(scene).length === 4);
    server.stream.end();
    const said = [await next(), await next()];
    assertEquals(said.map(({ id }) => id), [2, 3]);
    assertEquals(messageOf(said[0] ?? {}), `The MCP server at ${origin} ended its stream before it replied`);
    silent = false;
    for (const id of [4, 5]) link.write(CALL(id));
    // The reply to our own handshake is nobody else's.
    assertEquals(await next(), { jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    assertEquals([(await next()).id, (await next()).id], [4, 5]);
    assertEquals(posted(scene).slice(-4), [
      "?s=2 initialize",
      "?s=2 notifications/initialized",
      "?s=2 tools/call",
      "?s=2 tools/call",
    ]);
    const greetings = scene.seen.filter(({ path, body }) =>
      path === "/messages" && body?.method === "initialize"
    );
    assertEquals(greetings[0]?.body, greetings[1]?.body);
    assertEquals(greetings[1]?.headers.get("mcp-protocol-version"), null);
    assertEquals(server.streams.length, 2);
  });
});

Deno.test("a new stream is opened though nobody asks for anything", async () => {
  await withOld({}, async (scene) => {
    await shakeHands(scene);
    scene.server.stream.end();
    await scene.server.opened(2);
    assertEquals((await scene.next()).method, "notifications/tools/list_changed");
    scene.server.stream.say({ jsonrpc: "2.0", method: "notifications/message", params: {} });
    assertEquals((await scene.next()).method, "notifications/message");
  });
});

Deno.test("a session that the server forgot is begun again on another stream, once for all, and the calls are sent again", async () => {
  const onPost: OldServerOptions["onPost"] = ({ method }, { search }) =>
    method === "tools/call" && search === "?s=1"
      ? new Response("unknown session", { status: 404 })
      : undefined;
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    const { link, next, server } = scene;
    const [first] = server.streams;
    for (const id of [2, 3, 4]) link.write(CALL(id));
    assertEquals((await next()).method, "notifications/tools/list_changed");
    const ids = [(await next()).id, (await next()).id, (await next()).id];
    assertEquals(ids.toSorted(), [2, 3, 4]);
    await first?.gone;
    assertEquals(server.streams.length, 2);
    assertEquals(scene.logged.slice(1), ["the MCP server has a new stream: it is initialized again"]);
    assertEquals(posted(scene).filter((one) => one === "?s=2 initialize").length, 1);
  });
});

Deno.test("a server that forgets each session is asked once more, not again and again", async () => {
  const onPost: OldServerOptions["onPost"] = ({ method }) =>
    method === "tools/call" ? new Response(null, { status: 404 }) : undefined;
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.link.write(CALL(2));
    assertEquals((await scene.next()).method, "notifications/tools/list_changed");
    assertStringIncludes(messageOf(await scene.next()), "is not there (HTTP 404)");
    assertEquals(scene.server.streams.length, 2);
  });
});

const RENEWALS: readonly (readonly [name: string, options: OldServerOptions, want: string])[] = [
  [
    "speaks another version",
    greeting({ result: { protocolVersion: "2025-06-18" } }),
    "speaks another version",
  ],
  ["answers with an error", greeting({ error: { code: -1, message: "whisper" } }), "speaks another version"],
  ["names no version", greeting({ result: {} }), "speaks another version"],
  [
    "does not take the handshake",
    {
      onPost: ({ method }, { search }) =>
        late(method, search) ? new Response(null, { status: 400 }) : undefined,
    },
    "does not shake hands again (HTTP 400)",
  ],
  [
    "has no stream any more",
    { get: (count) => count > 1 ? new Response(null, { status: 404 }) : undefined },
    "opens no stream",
  ],
  [
    "wants to know who calls",
    { get: (count) => count > 1 ? new Response(null, { status: 401 }) : undefined },
    "asks for an authorization (HTTP 401)",
  ],
  [
    "names an address elsewhere",
    { endpoint: (count) => count > 1 ? "http://127.0.0.1:9/x" : "/messages?s=1" },
    "names an address of another origin",
  ],
];

function late(method: unknown, search: string): boolean {
  return method === "initialize" && search !== "?s=1";
}

/** Answers a handshake on a second stream with something else. */
function greeting(more: JsonObject): OldServerOptions {
  return {
    onPost({ method, id }, { search }, server) {
      if (!late(method, search)) return undefined;
      server.stream.say({ jsonrpc: "2.0", id: id ?? null, ...more });
      return ACCEPTED();
    },
  };
}

for (const [name, options, want] of RENEWALS) {
  Deno.test(`where a server that ended its stream ${name}, calls get an error that says so`, async () => {
    await withOld(options, async (scene) => {
      await shakeHands(scene);
      scene.server.stream.end();
      await until(() => scene.logged.includes("the stream of the MCP server has ended"));
      for (const id of [2, 3]) {
        scene.link.write(CALL(id));
        const said = messageOf(await scene.next());
        assertStringIncludes(said, `The MCP server at ${scene.origin} ${want}`);
        assert(!said.includes("whisper"));
      }
      assert(!posted(scene).some((one) => one.endsWith("tools/call")));
    });
  });
}

Deno.test("an answer to a question of before is not sent to a server that has begun anew", async () => {
  const answers: string[] = [];
  const onPost: OldServerOptions["onPost"] = ({ method, id }, { search }) => {
    if (method === undefined) answers.push(`${search} ${id}`);
    return undefined;
  };
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    const { link, next, server } = scene;
    const ask = (id: number) => server.stream.say({ jsonrpc: "2.0", id, method: "elicitation/create" });
    for (const id of [0, 1]) ask(id);
    assertEquals([(await next()).id, (await next()).id], [0, 1]);
    server.stream.end();
    await until(() => scene.logged.includes("the stream of the MCP server has ended"));
    // There is no stream to answer on, and then there is one that did not ask this.
    link.write(line({ id: 0, result: {} }));
    link.write(CALL(2));
    assertEquals((await next()).method, "notifications/tools/list_changed");
    assertEquals((await next()).id, 2);
    link.write(line({ id: 1, result: {} }));
    await link.flushed();
    assertEquals(answers, []);
    ask(1);
    assertEquals((await next()).id, 1);
    link.write(line({ id: 1, result: {} }));
    await link.flushed();
    assertEquals(answers, ["?s=2 1"]);
  });
});

Deno.test("what is broken, unasked for or over the cap is handed on as what it is, and the stream goes on", async () => {
  await withOld({}, async (scene) => {
    await shakeHands(scene);
    const { link, next, server } = scene;
    server.stream.raw(`data: {"jsonrpc":"2.0","id":9,"result":{},"id":9}\n\n`);
    server.stream.raw(`event: other\ndata: {"jsonrpc":"2.0","id":2,"result":{}}\n\n`);
    server.stream.raw(`data: "${"m".repeat(5_000)}"\n\n`);
    server.stream.raw(`data: not JSON\n\nevent:endpoint\ndata:\n\nretry: 99999999999\n\n`);
    server.stream.say(result(7));
    assertEquals(await next(), { malformed: "duplicate-key" });
    assertEquals(await next(), { malformed: "oversize" });
    assertEquals(await next(), { malformed: "syntax" });
    assertEquals(await next(), result(7));
    link.write(CALL(2));
    assertEquals((await next()).id, 2);
  });
});

Deno.test("a broken answer is an answer: its call waits no longer", async () => {
  const onPost: OldServerOptions["onPost"] = ({ method, id }, _seen, server) => {
    if (method !== "tools/call") return undefined;
    server.stream.raw(`data: {"jsonrpc":"2.0","id":${id},"result":{},"error":{}}\n\n`);
    return ACCEPTED();
  };
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.link.write(CALL(2));
    assertEquals(await scene.next(), { malformed: "not-a-message" });
    scene.server.stream.end();
    // Else the end of the stream would bring an error for it.
    scene.link.write(line({ id: 3, method: "ping" }));
    const met = [await scene.next(), await scene.next()];
    assert(!met.some(({ id }) => id === 2));
  });
});

Deno.test("a stream without an event's end is broken off, and its calls get an error", async () => {
  const onPost: OldServerOptions["onPost"] = ({ method }, _seen, server) => {
    if (method !== "tools/call") return undefined;
    void flood(server.stream);
    return ACCEPTED();
  };
  const flood = async (to: ServerStream) => {
    while (to.isOpen) {
      to.raw(": nothing\n".repeat(1_000));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.link.write(CALL(2));
    assertEquals(await scene.next(), { malformed: "oversize" });
    assertStringIncludes(messageOf(await scene.next()), "ended its stream before it replied");
    await scene.server.streams[0]?.gone;
  });
});

Deno.test("our end is the end of the stream, whatever is under way", async () => {
  const onPost: OldServerOptions["onPost"] = ({ method }) => method === "tools/call" ? ACCEPTED() : undefined;
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.link.write(CALL(2));
    await until(() => posted(scene).length === 3);
    await scene.link.end();
    await scene.server.stream.gone;
    assert(!scene.seen.some(({ method }) => method === "DELETE"));
    assertEquals(scene.server.streams.length, 1);
  });
});

Deno.test("a message that the server does not take is broken off with its stream", async () => {
  const over = Promise.withResolvers<undefined>();
  const onPost: OldServerOptions["onPost"] = ({ method }) =>
    method === "tools/call" ? over.promise : undefined;
  await withOld({ onPost }, async (scene) => {
    await shakeHands(scene);
    scene.link.write(CALL(2));
    await until(() => posted(scene).length === 3);
    scene.server.stream.end();
    assertStringIncludes(messageOf(await scene.next()), "ended its stream before it replied");
    over.resolve(undefined);
  });
});
