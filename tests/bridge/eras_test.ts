/** Which era the two sides speak, and that nothing is touched where it is the same. */
import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { notice, request, result } from "../gate/_harness.ts";
import {
  ABLE,
  BridgeBench,
  INFO,
  meta,
  modern,
  modernCall,
  Place,
  question,
  SERVER_INFO,
  VERSION,
} from "./_harness.ts";

const SHAKE = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } };

Deno.test("two legacy sides: everything passes, in order, and nothing is asked beside", async () => {
  const bench = new BridgeBench();
  await bench.client(request("a", "initialize", SHAKE));
  await bench.client(request("b", "tools/list"));
  assertEquals(bench.toUpstream.map(({ method }) => method), ["initialize", "tools/list"]);
  await bench.answer({ id: 1 }, { protocolVersion: "2025-11-25" });
  await bench.answer({ id: 2 }, { tools: [] });
  await bench.client(notice("notifications/initialized"));
  await bench.client(request("c", "ping"));
  await bench.upstream(request("q", "ping"));
  assertEquals(bench.toClient, [
    result("a", { protocolVersion: "2025-11-25" }),
    result("b", { tools: [] }),
    request(1, "ping"),
  ]);
  assertEquals(bench.toUpstream.slice(2), [notice("notifications/initialized"), request(3, "ping")]);
});

Deno.test("two modern sides: the client's own discovery is the probe, and what follows passes as it is", async () => {
  const bench = new BridgeBench();
  const own = { ...meta(), "example.org/x": [1.5, null] };
  await bench.client(modern("d", "server/discover", {}, own));
  const found = { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: {}, "z": 1 };
  await bench.answer(bench.sent("server/discover"), found);
  assertEquals(bench.toClient, [result("d", found)]);
  await bench.client(modernCall(1, "t", { requestState: "theirs", inputResponses: {} }));
  assertEquals((bench.sent().params as Record<string, unknown>).requestState, "theirs");
  const asked = { resultType: "input_required", requestState: "theirs too" };
  await bench.answer(bench.sent(), asked);
  assertEquals(bench.got(), result(1, asked));
  assertEquals(bench.calls(), ["server/discover", "tools/call"]);
});

Deno.test("a first request that is no discovery waits for the probe, and whatever comes behind it waits with it", async () => {
  const bench = new BridgeBench();
  await bench.client(modernCall(1));
  await bench.client(modern(2, "tools/list"));
  assertEquals(bench.toUpstream.map(({ method }) => method), ["server/discover"]);
  assertEquals(bench.sent().params, { _meta: meta() });
  await bench.answer(bench.sent(), { resultType: "complete", supportedVersions: ["2026-07-28"] });
  assertEquals(bench.toUpstream.map(({ method }) => method), ["server/discover", "tools/call", "tools/list"]);
});

for (
  const [name, code] of [["headers", -32020], ["a capability", -32021], ["a version", -32022], [
    "us",
    -31403,
  ]] as const
) {
  Deno.test(`an error that only the modern era has (${name}) is the client's, and nothing is translated`, async () => {
    const bench = new BridgeBench();
    await bench.client(modern("d", "server/discover"));
    await bench.fail(bench.sent(), code);
    assertEquals(bench.got(), { jsonrpc: "2.0", id: "d", error: { code, message: "no" } });
    await bench.client(modern(2, "tools/list"));
    assertEquals(bench.toUpstream.map(({ method }) => method), ["server/discover", "tools/list"]);
  });
}

Deno.test("a legacy server: hands are shaken in the client's name, and its discovery is answered from that", async () => {
  const bench = new BridgeBench();
  const able = { ...ABLE, roots: { listChanged: true }, extensions: { x: {} }, experimental: {}, tasks: {} };
  await bench.client(modern("d", "server/discover", {}, meta(able)));
  await bench.fail(bench.sent(), -32601);
  assertEquals(bench.sent().params, {
    protocolVersion: "2025-11-25",
    capabilities: ABLE,
    clientInfo: { name: "c", version: "1" },
  });
  const capabilities = { tools: {}, tasks: { list: {} } };
  const told = {
    protocolVersion: "2025-06-18",
    capabilities,
    serverInfo: SERVER_INFO,
    instructions: "be kind",
  };
  await bench.answer(bench.sent(), told);
  assertEquals(bench.sent(), notice("notifications/initialized"));
  const discovered = {
    resultType: "complete",
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: {} },
    instructions: "be kind",
    ttlMs: 0,
    cacheScope: "private",
    _meta: { "io.modelcontextprotocol/serverInfo": SERVER_INFO },
  };
  assertEquals(bench.toClient, [result("d", discovered)]);
  await bench.client(modern("again", "server/discover"));
  assertEquals(bench.got(), result("again", discovered));
  assertEquals(bench.calls(), ["server/discover", "initialize", "notifications/initialized"]);
});

Deno.test("what a server says by itself while it is asked is heard once we know how", async () => {
  const bench = new BridgeBench();
  await bench.client(modern("d", "server/discover"));
  await bench.fail(bench.sent(), -32601);
  const handshake = bench.sent("initialize");
  await bench.upstream(request("p", "ping"));
  assertEquals(bench.toClient, []);
  await bench.answer(handshake, { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: SERVER_INFO });
  assertEquals(bench.sent(), result("p", {}));
});

Deno.test("what a server asks beyond what is kept while it is asked itself reaches nobody", async () => {
  const bench = new BridgeBench();
  await bench.client(modernCall(1));
  const message = "m".repeat(400_000);
  for (const id of ["a", "b", "c"]) await bench.upstream(question(id, "elicitation/create", { message }));
  await bench.upstream(notice("notifications/x"));
  assertEquals(bench.toClient, []);
  assertEquals([bench.sent().id, (bench.sent().error as JsonObject).code], ["c", -32603]);
});

Deno.test("a client that does not say who it is, is introduced all the same", async () => {
  const bench = new BridgeBench();
  await bench.client(modern("d", "server/discover", {}, { [VERSION]: "2026-07-28", [INFO]: "nobody" }));
  await bench.fail(bench.sent(), -32601);
  assertEquals((bench.sent().params as Record<string, unknown>).clientInfo, {
    name: "mcp-client",
    version: "0.0.0",
  });
});

Deno.test("a server that says nothing to the probe is asked the other way; what it answers first decides: legacy", async () => {
  const bench = new BridgeBench();
  await bench.client(modernCall(1));
  await bench.advance(1_999);
  assertEquals(bench.toUpstream.length, 1);
  await bench.advance(1);
  await bench.answer(bench.sent("initialize"), {
    protocolVersion: "2025-11-25",
    capabilities: {},
    serverInfo: SERVER_INFO,
  });
  // Nobody waits for the probe any more, nor for whoever counts what is under way.
  assertEquals(bench.sent("notifications/cancelled").params, {
    requestId: 1,
    reason: "the server speaks another era",
  });
  assertEquals(bench.sent("tools/call").params, { name: "t", arguments: {} });
});

Deno.test("a server that says nothing to the probe is asked the other way; what it answers first decides: modern", async () => {
  const bench = new BridgeBench();
  await bench.client(modernCall(1));
  await bench.advance(2_000);
  const handshake = bench.sent("initialize");
  await bench.answer({ id: 1 }, { resultType: "complete", supportedVersions: ["2026-07-28"] });
  assertEquals(bench.sent("notifications/cancelled").params, {
    requestId: handshake.id ?? null,
    reason: "the server speaks another era",
  });
  assertEquals((bench.sent("tools/call").params as Record<string, unknown>)._meta, meta());
});

Deno.test("a server that never answers anything holds up a client for a minute, and is then not asked for a while", async () => {
  const bench = new BridgeBench();
  await bench.client(modernCall(1));
  await bench.advance(2_000);
  assertEquals(bench.toUpstream.map(({ method }) => method), ["server/discover", "initialize"]);
  await bench.advance(60_000);
  assertEquals(bench.sent().method, "tools/call");
  await bench.client(modernCall(2));
  assertEquals(bench.toUpstream.filter(({ method }) => method === "server/discover").length, 1);
  await bench.advance(5_000);
  await bench.client(modernCall(3));
  assertEquals(bench.toUpstream.filter(({ method }) => method === "server/discover").length, 2);
});

for (
  const [name, told] of [
    ["speaks no revision that we know", { protocolVersion: "2099-01-01", capabilities: {} }],
    ["answers a handshake with nothing", {}],
  ] as const
) {
  Deno.test(`a server that ${name} gets the client's requests as they are`, async () => {
    const bench = new BridgeBench();
    await bench.client(modern("d", "server/discover"));
    await bench.fail(bench.sent(), -32601);
    await bench.answer(bench.sent(), told);
    assertEquals(bench.got(), { jsonrpc: "2.0", id: "d", error: { code: -32601, message: "no" } });
    assertEquals(bench.calls(), ["server/discover", "initialize"]);
  });
}

Deno.test("a client that tries the modern era and then shakes hands itself is of the legacy era from there on", async () => {
  const bench = new BridgeBench();
  await bench.legacyServer(modern("d", "server/discover"));
  await bench.client(request(2, "initialize", SHAKE));
  assertEquals(bench.sent().params, SHAKE);
  await bench.answer(bench.sent(), { protocolVersion: "2025-11-25" });
  assertEquals(bench.got(), result(2, { protocolVersion: "2025-11-25" }));
  await bench.client(request(3, "tools/list"));
  await bench.answer(bench.sent(), { tools: [] });
  assertEquals(bench.got(), result(3, { tools: [] }));
});

Deno.test("a modern-only server: a legacy client's handshake is answered from its discovery", async () => {
  const bench = new BridgeBench();
  await bench.modernServer();
  assertEquals(bench.toClient, [
    result(0, {
      protocolVersion: "2025-11-25",
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
      },
      serverInfo: SERVER_INFO,
    }),
  ]);
  assertEquals(bench.sent("server/discover").params, { _meta: meta(ABLE) });
});

Deno.test("a modern server that is slow to answer is a modern server", async () => {
  const bench = new BridgeBench();
  await bench.client(request(0, "initialize", { protocolVersion: "2025-11-25", capabilities: {} }));
  await bench.advance(9_000);
  await bench.fail(bench.sent("initialize"), -32022);
  await bench.advance(9_000);
  const capabilities = { tools: {} };
  await bench.answer(bench.sent("server/discover"), { supportedVersions: ["2026-07-28"], capabilities });
  assertEquals((bench.got().result as JsonObject).capabilities, capabilities);
});

Deno.test("a server that takes neither handshake answers for itself", async () => {
  const bench = new BridgeBench();
  await bench.client(request(0, "initialize", SHAKE));
  await bench.fail(bench.sent("initialize"), -32000);
  await bench.fail(bench.sent("server/discover"), -32601);
  assertEquals(bench.toClient, [{ jsonrpc: "2.0", id: 0, error: { code: -32000, message: "no" } }]);
  await bench.client(request(1, "initialize", SHAKE));
  assertEquals(bench.sent().method, "initialize");
});

Deno.test("a handshake that the policy refuses is refused, and no other way is tried", async () => {
  const bench = new BridgeBench();
  const place = new Place("");
  await bench.client(request(0, "initialize", SHAKE), place);
  await bench.fail(bench.sent(), -31403);
  assertEquals(place.replies.length, 1);
  assertEquals(bench.calls(), ["initialize"]);
});

Deno.test("an upstream that leaves while it is asked leaves nobody waiting", async () => {
  const bench = new BridgeBench();
  const first = new Place("x1"), second = new Place("x2");
  await bench.client(modern(1, "server/discover"), first);
  await bench.client(modernCall(1), second);
  bench.gate.upstreamExited(7, false);
  await bench.settle();
  const gone = (id: number) => ({
    jsonrpc: "2.0",
    id,
    error: { code: -32603, message: "The MCP server ended before it answered (exit code 7)" },
  });
  assertEquals(first.replies, [gone(1)]);
  assertEquals(second.replies, [gone(1)]);
  // Over one connection, too.
  const alone = new BridgeBench();
  await alone.client(modernCall(1));
  await alone.client(modernCall(2));
  alone.gate.upstreamExited(7, false);
  await alone.settle();
  assertEquals(alone.toClient, [gone(1), gone(2)]);
});

Deno.test("frames that are none pass to the gate, which refuses them, in every state of the bridge", async () => {
  const bench = new BridgeBench();
  const broken = { jsonrpc: "1.0", id: 5, method: "x" };
  await bench.client(broken);
  await bench.legacyServer(modern("d", "server/discover"));
  await bench.client(broken);
  const refusals = bench.toClient.filter((message) => "error" in message);
  assertEquals(refusals.map(({ id }) => id), [5, 5]);
});
