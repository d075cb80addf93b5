/** A modern client in front of a legacy server: what each of them reads. */
import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { decided, notice, request, result } from "../gate/_harness.ts";
import {
  BridgeBench,
  LEVEL,
  meta,
  modern,
  modernCall,
  Place,
  question,
  SERVER,
  SERVER_INFO,
  SUBSCRIPTION,
} from "./_harness.ts";

async function ready(decide?: ConstructorParameters<typeof BridgeBench>[0]): Promise<BridgeBench> {
  const bench = new BridgeBench(decide);
  await bench.legacyServer(modern("d", "server/discover"));
  return bench;
}

/** What a result is in the modern era. */
function complete(value: JsonObject, caching = false): JsonObject {
  return {
    resultType: "complete",
    ...value,
    ...caching && { ttlMs: 0, cacheScope: "private" },
    _meta: { [SERVER]: SERVER_INFO },
  };
}

Deno.test("a request loses what only modern servers read, and keeps the rest", async () => {
  const bench = await ready();
  await bench.client(modernCall("x", "t", { arguments: { n: 1 } }, { ...meta(), traceparent: "00-1" }));
  assertEquals(bench.sent().params, { name: "t", arguments: { n: 1 }, _meta: { traceparent: "00-1" } });
  await bench.answer(bench.sent(), { content: [] });
  assertEquals(bench.got(), result("x", complete({ content: [] })));
});

for (const method of ["tools/list", "resources/list", "resources/templates/list", "prompts/list"]) {
  Deno.test(`the result of ${method} may not be kept by anybody`, async () => {
    const bench = await ready();
    await bench.client(modern(1, method, { cursor: "p2" }));
    assertEquals(bench.sent().params, { cursor: "p2" });
    await bench.answer(bench.sent(), { nextCursor: "p3", ttlMs: 9e9, cacheScope: "public" });
    assertEquals(bench.got(), result(1, complete({ nextCursor: "p3" }, true)));
  });
}

Deno.test("a server that says more of itself than goes with each result is called by its name", async () => {
  const bench = new BridgeBench();
  await bench.client(modernCall(1));
  await bench.fail(bench.sent("server/discover"), -32601);
  const serverInfo = { name: "n".repeat(1_000), version: "1", title: "t".repeat(1_000_000) };
  await bench.answer(bench.sent("initialize"), {
    protocolVersion: "2025-11-25",
    capabilities: {},
    serverInfo,
  });
  await bench.answer(bench.sent("tools/call"), { content: [] });
  const _meta = { [SERVER]: { name: "n".repeat(256), version: "1" } };
  assertEquals(bench.got(), result(1, { resultType: "complete", content: [], _meta }));
});

Deno.test("a server that makes up a subscription, or who it is, in a result is not believed", async () => {
  const bench = await ready();
  await bench.client(modernCall(7));
  const { id } = bench.sent();
  await bench.answer({ id: id ?? null }, {
    content: [],
    _meta: { [SUBSCRIPTION]: 7, [SERVER]: { name: "other" }, own: 1 },
  });
  assertEquals((bench.got().result as JsonObject)._meta, { own: 1, [SERVER]: SERVER_INFO });
});

Deno.test("a server that makes up rounds of the other era is not believed", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  await bench.answer(bench.sent(), { resultType: "input_required", requestState: "s", content: [] });
  assertEquals(bench.got(), result(1, complete({ content: [] })));
});

for (
  const [name, code, left] of [
    ["no such resource", -32002, -32602],
    ["anything else", -32050, -32050],
    ["URLs that this client cannot be asked for", -32042, -32603],
  ] as const
) {
  Deno.test(`an error of the legacy era (${name}) is one of the modern era`, async () => {
    const bench = await ready();
    await bench.client(modern(1, "resources/read", { uri: "a:b" }, meta({})));
    await bench.fail(bench.sent(), code, { data: { uri: "a:b" } });
    assertEquals(bench.got(), {
      jsonrpc: "2.0",
      id: 1,
      error: { code: left, message: "no", data: { uri: "a:b" } },
    });
  });
}

Deno.test("a call that would be a task in the legacy era is a call", async () => {
  const bench = new BridgeBench();
  await bench.legacyServer(modernCall(1, "t", { task: { ttl: 1 } }));
  assertEquals(bench.sent("tools/call").params, { name: "t", arguments: {} });
});

Deno.test("what is not of the modern era is not there, and nobody is asked", async () => {
  const bench = await ready();
  const before = bench.toUpstream.length;
  for (
    const method of [
      "ping",
      "logging/setLevel",
      "resources/subscribe",
      "initialize",
      "tasks/get",
      "tasks/result",
    ]
  ) {
    await bench.client(modern(method, method));
    assertEquals(bench.got().error, { code: -32601, message: "Method not found" }, method);
  }
  assertEquals(bench.toUpstream.length, before);
});

Deno.test("a version that nobody speaks is named as such", async () => {
  const bench = await ready();
  await bench.client(
    modern(1, "tools/list", {}, { ...meta(), "io.modelcontextprotocol/protocolVersion": "2030-01-01" }),
  );
  assertEquals(bench.got().error, {
    code: -32022,
    message: "Unsupported protocol version",
    data: { supported: ["2026-07-28"], requested: "2030-01-01" },
  });
});

Deno.test("an id that is still in flight is refused, and does not disturb the first", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  await bench.client(modernCall(1, "other"));
  assertEquals(bench.got().id, null);
  await bench.answer(bench.sent("tools/call"), { content: [] });
  assertEquals(bench.got().id, 1);
  assertEquals(bench.calls().filter((method) => method === "tools/call").length, 1);
});

Deno.test("progress arrives under the client's own token, and none where it gave none", async () => {
  const bench = await ready();
  await bench.client(modernCall(1, "t", {}, { ...meta(), progressToken: "theirs" }));
  const { id } = bench.sent();
  await bench.upstream(notice("notifications/progress", { progressToken: id ?? null, progress: 1 }));
  assertEquals(bench.got(), notice("notifications/progress", { progressToken: "theirs", progress: 1 }));
});

Deno.test("a cancellation reaches the server under its own id, and nothing is answered", async () => {
  const bench = await ready();
  await bench.client(modernCall("x"));
  const { id } = bench.sent();
  const before = bench.toClient.length;
  await bench.client(notice("notifications/cancelled", { requestId: "x", reason: "enough" }));
  assertEquals(bench.sent(), notice("notifications/cancelled", { requestId: id ?? null, reason: "enough" }));
  await bench.answer({ id: id ?? null }, { content: [] });
  assertEquals(bench.toClient.length, before);
});

Deno.test("notices of the client lose what only modern servers read; those of another era stay here", async () => {
  const bench = await ready();
  const before = bench.toUpstream.length;
  await bench.client(notice("notifications/initialized"));
  await bench.client(notice("notifications/roots/list_changed"));
  assertEquals(bench.toUpstream.length, before);
  await bench.client(notice("example.org/x", { _meta: { ...meta(), own: 1 } }));
  assertEquals(bench.sent(), notice("example.org/x", { _meta: { own: 1 } }));
});

Deno.test("a server that asks whether we are there is told so, and may ask nothing else that is new", async () => {
  const bench = await ready();
  const before = bench.toClient.length;
  await bench.upstream(request("p", "ping"));
  assertEquals(bench.sent(), result("p", {}));
  await bench.upstream(request("t", "tasks/get", { taskId: "1" }));
  assertEquals(bench.sent().error, { code: -32601, message: "Method not found" });
  assertEquals(bench.toClient.length, before);
});

Deno.test("the log: each request hears what it asked for, and the server is set to the most talkative of them", async () => {
  const bench = await ready();
  const quiet = new Place("x1"), loud = new Place("x2"), none = new Place("x3");
  await bench.client(modernCall(1, "a", {}, { ...meta(), [LEVEL]: "error" }), quiet);
  const first = Number(bench.sent().id);
  await bench.client(modernCall(1, "b", {}, { ...meta(), [LEVEL]: "debug" }), loud);
  const second = Number(bench.sent().id);
  await bench.client(modernCall(1, "c", {}, { ...meta(), [LEVEL]: "warning" }), none);
  const levels = bench.toUpstream.filter(({ method }) => method === "logging/setLevel");
  assertEquals(levels.map(({ params }) => params), [{ level: "error" }, { level: "debug" }]);
  const line = notice("notifications/message", { level: "info", data: "x" });
  await bench.upstream(line, first);
  await bench.upstream(line, second);
  await bench.upstream(line);
  assertEquals([quiet.beside_, loud.beside_, none.beside_, bench.toClient.slice(1)], [[], [line], [], []]);
});

Deno.test("a level that is none sets nothing", async () => {
  const bench = await ready();
  await bench.client(modernCall(1, "a", {}, { ...meta(), [LEVEL]: "constructor" }));
  assertEquals(bench.calls().includes("logging/setLevel"), false);
});

Deno.test("a notice of a later era, or of a subscription that the server cannot have, is made up and reaches nobody", async () => {
  const bench = await ready();
  const listening = new Place("x1"), calling = new Place("x2");
  await bench.client(
    modern(5, "subscriptions/listen", { notifications: { toolsListChanged: true } }),
    listening,
  );
  await bench.client(modernCall(1, "t", {}, { ...meta(), progressToken: 5 }), calling);
  const about = Number(bench.sent("tools/call").id), acknowledged = listening.beside_.length;
  const forged = { _meta: { [SUBSCRIPTION]: about }, notifications: { toolsListChanged: true } };
  await bench.upstream(notice("notifications/subscriptions/acknowledged", forged), about);
  await bench.upstream(notice("notifications/tasks", { taskId: "1" }), about);
  await bench.upstream(notice("notifications/elicitation/complete", { elicitationId: "1" }), about);
  await bench.upstream(notice("x/own", forged), about);
  assertEquals([calling.beside_.length, listening.beside_.length], [0, acknowledged]);
  await bench.upstream(notice("x/own", { n: 1 }), about);
  assertEquals(calling.beside_, [notice("x/own", { n: 1 })]);
});

Deno.test("a subscription is acknowledged once the server took its resources, and hears only what it asked for", async () => {
  const bench = await ready();
  const place = new Place("x1");
  const notifications = {
    toolsListChanged: true,
    resourceSubscriptions: ["a:1", "a:2"],
    promptsListChanged: false,
  };
  await bench.client(modern("s", "subscriptions/listen", { notifications }), place);
  const [one, two] = bench.toUpstream.filter(({ method }) => method === "resources/subscribe");
  assertEquals([one?.params, two?.params], [{ uri: "a:1" }, { uri: "a:2" }]);
  await bench.upstream(notice("notifications/tools/list_changed"));
  await bench.answer(one ?? {}, {});
  await bench.fail(two ?? {}, -32602);
  const _meta = { [SUBSCRIPTION]: "s" };
  assertEquals(place.beside_, [
    notice("notifications/subscriptions/acknowledged", {
      notifications: { toolsListChanged: true, resourceSubscriptions: ["a:1"] },
      _meta,
    }),
    notice("notifications/tools/list_changed", { _meta }),
  ]);
  for (const uri of ["a:1", "a:1/part", "a:2", "a:11"]) {
    await bench.upstream(notice("notifications/resources/updated", { uri }));
  }
  await bench.upstream(notice("notifications/prompts/list_changed"));
  assertEquals(place.beside_.slice(2), [
    notice("notifications/resources/updated", { uri: "a:1", _meta }),
    notice("notifications/resources/updated", { uri: "a:1/part", _meta }),
  ]);
  assertEquals(bench.toClient.slice(1), []);
});

Deno.test("the last subscription that ends unsubscribes, and its stream ends without an answer", async () => {
  const bench = await ready();
  const places = [new Place("x1"), new Place("x2")];
  for (const place of places) {
    await bench.client(
      modern(7, "subscriptions/listen", { notifications: { resourceSubscriptions: ["a:1"] } }),
      place,
    );
  }
  assertEquals(bench.calls().filter((method) => method === "resources/subscribe").length, 1);
  await bench.answer(bench.sent("resources/subscribe"), {});
  await bench.client(notice("notifications/cancelled", { requestId: 7 }), new Place("x1"));
  assertEquals(bench.calls().includes("resources/unsubscribe"), false);
  await bench.upstream(notice("notifications/resources/updated", { uri: "a:1" }));
  assertEquals(places.map(({ beside_ }) => beside_.length), [1, 2]);
  await bench.client(notice("notifications/cancelled", { requestId: 7 }), new Place("x2"));
  assertEquals(bench.sent().params, { uri: "a:1" });
  assertEquals(places.map(({ replies }) => replies), [[undefined], [undefined]]);
});

Deno.test("what a server never took it is not told to end", async () => {
  const bench = await ready();
  const notifications = { resourceSubscriptions: ["a:1"] };
  await bench.client(modern(7, "subscriptions/listen", { notifications }), new Place("x1"));
  await bench.client(notice("notifications/cancelled", { requestId: 7 }), new Place("x1"));
  await bench.fail(bench.sent("resources/subscribe"), -32602);
  assertEquals(bench.calls().includes("resources/unsubscribe"), false);
});

Deno.test("a subscription that ends before the server took its resources is not acknowledged, and leaves none behind", async () => {
  const bench = await ready();
  const place = new Place("x1");
  await bench.client(
    modern(7, "subscriptions/listen", { notifications: { resourceSubscriptions: ["a:1"] } }),
    place,
  );
  await bench.client(notice("notifications/cancelled", { requestId: 7 }), new Place("x1"));
  await bench.answer(bench.sent("resources/subscribe"), {});
  assertEquals([place.beside_, place.replies], [[], [undefined]]);
  assertEquals(bench.sent("resources/unsubscribe").params, { uri: "a:1" });
});

Deno.test("a subscription that the policy refuses is left out of the acknowledgment, and reaches no server", async () => {
  const bench = await ready((method) => decided(method === "resources/subscribe" ? "deny" : "allow"));
  const place = new Place("x1");
  await bench.client(
    modern(1, "subscriptions/listen", { notifications: { resourceSubscriptions: ["a:secret"] } }),
    place,
  );
  assertEquals(place.beside_.map(({ params }) => (params as JsonObject).notifications), [{}]);
  assertEquals(bench.toUpstream.some(({ method }) => method === "resources/subscribe"), false);
});

for (
  const [name, params] of [
    ["no filter", {}],
    ["a filter that is none", { notifications: "all" }],
    ["URIs that are none", { notifications: { resourceSubscriptions: [1] } }],
  ] as const
) {
  Deno.test(`a subscription with ${name} is refused`, async () => {
    const bench = await ready();
    await bench.client(modern(1, "subscriptions/listen", params));
    assertEquals((bench.got().error as JsonObject).code, -32602);
  });
}

Deno.test("more subscriptions than anybody needs are refused", async () => {
  const bench = await ready();
  const uris = Array.from({ length: 1_001 }, (_, n) => `a:${n}`);
  await bench.client(modern(1, "subscriptions/listen", { notifications: { resourceSubscriptions: uris } }));
  assertEquals((bench.got().error as JsonObject).code, -32603);
  for (let n = 0; n < 65; n++) {
    await bench.client(modern(`l${n}`, "subscriptions/listen", { notifications: {} }));
  }
  assertEquals((bench.got().error as JsonObject).code, -32603);
});

Deno.test("what the policy refuses is refused in the words of the modern era", async () => {
  const bench = await ready((method) => decided(method === "tools/call" ? "deny" : "allow"));
  await bench.client(modernCall(1));
  const refused = bench.got().result as JsonObject;
  assertEquals([refused.resultType, refused.isError], ["complete", true]);
  assertEquals(bench.toUpstream.some(({ method }) => method === "tools/call"), false);
});

Deno.test("a reply of the client, which was asked nothing, reaches nobody", async () => {
  const bench = await ready();
  await bench.client(modernCall(1));
  await bench.upstream(question(5));
  const before = bench.toUpstream.length;
  await bench.client(result(1, { action: "accept" }));
  await bench.client(result(1, { action: "accept" }));
  assertEquals(bench.toUpstream.length, before);
  assertEquals(bench.log.filter((line) => line.includes("dropped a reply")).length, 1);
});

Deno.test("a batch is refused, also where the server would take one", async () => {
  const bench = new BridgeBench();
  await bench.legacyServer(modern("d", "server/discover"), undefined, "2025-03-26");
  const before = bench.toUpstream.length;
  await bench.client([modernCall(1), modernCall(2)]);
  assertEquals(bench.toUpstream.length, before);
  assertEquals((bench.got().error as JsonObject).code, -32600);
});
