/** A legacy client in front of a modern server: what each of them reads. */
import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { call, decided, notice, request, result } from "../gate/_harness.ts";
import {
  ABLE,
  BridgeBench,
  frameOf,
  LEVEL,
  meta,
  modernCall,
  Place,
  SERVER,
  SERVER_INFO,
  SUBSCRIPTION,
} from "./_harness.ts";

const SIGNED = meta(ABLE, { [LEVEL]: "info" });

async function ready(decide?: ConstructorParameters<typeof BridgeBench>[0]): Promise<BridgeBench> {
  const bench = new BridgeBench(decide);
  await bench.modernServer();
  return bench;
}

function codeOf(message: JsonObject | undefined): unknown {
  return (message?.error as JsonObject | undefined)?.code;
}

/** What the server answers with while it needs more. */
function round(inputRequests: JsonObject | undefined, requestState?: string): JsonObject {
  return {
    resultType: "input_required",
    ...inputRequests && { inputRequests },
    ...requestState !== undefined && { requestState },
  };
}

const FORM: JsonObject = {
  method: "elicitation/create",
  params: { message: "who?", requestedSchema: { type: "object" } },
};

Deno.test("a request says in each message what the modern era wants, and the result says no more than the legacy one has", async () => {
  const bench = await ready();
  await bench.client(
    call("x", "t", { n: 1 }, { traceparent: "00-1", "io.modelcontextprotocol/protocolVersion_": 1 }),
  );
  assertEquals(bench.sent().params, {
    name: "t",
    arguments: { n: 1 },
    _meta: { traceparent: "00-1", "io.modelcontextprotocol/protocolVersion_": 1, ...SIGNED },
  });
  const own = { content: [], _meta: { own: 1, [SERVER]: SERVER_INFO } };
  await bench.answer(bench.sent(), { resultType: "complete", ...own, ttlMs: 5, cacheScope: "public" });
  assertEquals(bench.got(), result("x", { content: [], _meta: { own: 1 } }));
});

Deno.test("what a legacy client could not read of tools is left out: the list is read all the same", async () => {
  const bench = await ready();
  await bench.client(request(1, "tools/list", { cursor: "p2" }));
  const inputSchema = { type: "object" };
  const tools = [
    { name: "a", inputSchema, outputSchema: { type: "object" } },
    { name: "b", inputSchema, outputSchema: { type: "array" } },
    { name: "c", inputSchema, outputSchema: true },
  ];
  await bench.answer(bench.sent(), { resultType: "complete", tools, nextCursor: "p3" });
  assertEquals(bench.got().result, {
    tools: [tools[0] ?? {}, { name: "b", inputSchema }, { name: "c", inputSchema }],
    nextCursor: "p3",
  });
  for (const [n, structuredContent] of [[1], null, "text"].entries()) {
    await bench.client(call(2 + n, "b"));
    await bench.answer(bench.sent(), { resultType: "complete", content: [], structuredContent });
    assertEquals(bench.got().result, { content: [] });
  }
});

Deno.test("a kind of result that nobody knows is an error, and not taken for an answer", async () => {
  const bench = await ready();
  for (const [id, resultType] of ["task", "constructor", 1, null].entries()) {
    await bench.client(call(id, "t"));
    await bench.answer(bench.sent(), { resultType, content: [] });
    assertEquals([bench.got().id, codeOf(bench.got())], resultType === null ? [id, undefined] : [id, -32603]);
  }
});

Deno.test("what is asked of the protocol itself is answered here", async () => {
  const bench = await ready();
  const before = bench.toUpstream.length;
  await bench.client(request(1, "ping"));
  assertEquals(bench.got(), result(1, {}));
  await bench.client(request(2, "logging/setLevel", { level: "error" }));
  assertEquals(bench.got(), result(2, {}));
  await bench.client(request(3, "logging/setLevel", { level: "constructor" }));
  assertEquals(codeOf(bench.got()), -32602);
  for (const method of ["tasks/get", "tasks/list", "tasks/result"]) {
    await bench.client(request(method, method, { taskId: "1" }));
    assertEquals(codeOf(bench.got()), -32601);
  }
  for (const method of ["notifications/roots/list_changed", "notifications/progress"]) {
    await bench.client(notice(method, { progressToken: 1, progress: 1 }));
  }
  assertEquals(bench.toUpstream.length, before);
  await bench.client(call(4, "t"));
  assertEquals(((bench.sent().params as JsonObject)._meta as JsonObject)[LEVEL], "error");
});

Deno.test("a question becomes a request to the client, and its answer a retry with the state, byte for byte", async () => {
  const bench = await ready();
  await bench.client(call("x", "t", { n: 1 }));
  const state = '1|"\\\u2028\u00e9';
  const url = {
    method: "elicitation/create",
    params: { mode: "url", message: "in", url: "https://a.example/" },
  };
  await bench.answer(bench.sent(), round({ form: FORM, url, "__roots": { method: "roots/list" } }, state));
  const [form, open, roots] = bench.toClient.slice(-3);
  assertEquals([form?.method, form?.params], [FORM.method, FORM.params]);
  assertEquals(open?.params, { ...url.params, elicitationId: "secret-1" });
  assertEquals(roots, request(String(roots?.id), "roots/list"));
  await bench.client(result(String(roots?.id), { roots: [] }));
  await bench.client(result(String(form?.id), { action: "accept", content: {} }));
  assertEquals(bench.calls().filter((method) => method === "tools/call").length, 1);
  await bench.client(result(String(open?.id), { action: "decline" }));
  assertEquals(bench.sent().params, {
    name: "t",
    arguments: { n: 1 },
    _meta: SIGNED,
    inputResponses: {
      "__roots": { roots: [] },
      form: { action: "accept", content: {} },
      url: { action: "decline" },
    },
    requestState: state,
  });
  await bench.answer(bench.sent(), { resultType: "complete", content: [] });
  assertEquals(bench.got(), result("x", { content: [] }));
});

Deno.test("rounds follow one another, up to sixteen, and only the newest state goes along", async () => {
  const bench = await ready();
  await bench.client(call(1, "t"));
  for (let n = 0; n < 16; n++) {
    await bench.answer(bench.sent("tools/call"), round({ [`q${n}`]: FORM }, n === 0 ? "s" : undefined));
    await bench.client(result(String(bench.got().id), { action: "accept", n }));
    const { inputResponses, requestState } = bench.sent("tools/call").params as JsonObject;
    assertEquals([inputResponses, requestState], [
      { [`q${n}`]: { action: "accept", n } },
      n === 0 ? "s" : undefined,
    ]);
  }
  await bench.answer(bench.sent("tools/call"), round({ q: FORM }));
  assertEquals([bench.got().id, codeOf(bench.got())], [1, -32603]);
});

Deno.test("a server that only wants to be called again is, after a while", async () => {
  const bench = await ready();
  await bench.client(call(1, "t"));
  await bench.answer(bench.sent(), round(undefined, "s"));
  assertEquals(bench.calls().filter((method) => method === "tools/call").length, 1);
  await bench.advance(100);
  assertEquals((bench.sent().params as JsonObject).requestState, "s");
});

Deno.test("one that is cancelled meanwhile is not", async () => {
  const bench = await ready();
  await bench.client(call(1, "t"));
  await bench.answer(bench.sent(), round(undefined, "s"));
  await bench.client(notice("notifications/cancelled", { requestId: 1 }));
  await bench.advance(100);
  assertEquals(bench.calls().filter((method) => method === "tools/call").length, 1);
});

const BAD: readonly (readonly [name: string, result: JsonObject])[] = [
  ["nothing at all", round(undefined)],
  ["questions that are none", round({ q: "who?" })],
  ["a question without a method", round({ q: {} })],
  ["questions that are no object", { resultType: "input_required", inputRequests: [] }],
  ["a state that is no text", { resultType: "input_required", requestState: { a: 1 } }],
  ["a tool call", round({ q: { method: "tools/call", params: { name: "t" } } })],
  ["a method of Object", round({ q: { method: "constructor" } })],
  [
    "too many things at once",
    round(Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`q${n}`, FORM]))),
  ],
];

for (const [name, asked] of BAD) {
  Deno.test(`a server that asks for ${name} gets no answer, and the client an error`, async () => {
    const bench = await ready();
    await bench.client(call(1, "t"));
    const before = bench.toClient.length;
    await bench.answer(bench.sent(), asked);
    assertEquals(bench.toClient.length, before + 1);
    assertEquals([
      bench.got().id,
      bench.got().error !== undefined || (bench.got().result as JsonObject).isError,
    ], [1, true]);
    await bench.advance(1_000);
    assertEquals(bench.toUpstream.filter(({ method }) => method === "tools/call").length, 1);
  });
}

Deno.test("a list cannot ask", async () => {
  const bench = await ready();
  await bench.client(request(1, "tools/list"));
  await bench.answer(bench.sent(), round({ q: FORM }));
  assertEquals([bench.got().id, codeOf(bench.got())], [1, -32603]);
});

Deno.test("a client is not asked what it has not said it can do", async () => {
  const bench = new BridgeBench();
  await bench.modernServer({ capabilities: { roots: {} } });
  await bench.client(call(1, "t"));
  await bench.answer(bench.sent(), round({ q: FORM }));
  assertEquals([bench.got().id, codeOf(bench.got())], [1, -32603]);
});

Deno.test("a question that the client answers with an error ends the call, and takes back the other questions", async () => {
  const bench = await ready();
  await bench.client(call("x", "t"));
  await bench.answer(bench.sent(), round({ a: FORM, b: FORM }));
  const [a, b] = bench.toClient.slice(-2);
  await bench.client({ jsonrpc: "2.0", id: a?.id ?? null, error: { code: -1, message: "no" } });
  assertEquals(bench.toClient.slice(-2).map((message) => [message.method, codeOf(message)]), [
    ["notifications/cancelled", undefined],
    [undefined, -32603],
  ]);
  const before = bench.toUpstream.length;
  await bench.client(result(String(b?.id), { action: "accept" }));
  await bench.client(result(String(a?.id), { action: "accept" }));
  assertEquals(bench.toUpstream.length, before);
});

Deno.test("a call that is cancelled while its client is asked takes its questions back, and nothing more is heard", async () => {
  const bench = await ready();
  await bench.client(call("x", "t"));
  await bench.answer(bench.sent(), round({ a: FORM }));
  const { id } = bench.got();
  const before = bench.toUpstream.length;
  await bench.client(notice("notifications/cancelled", { requestId: "x" }));
  assertEquals((bench.got().params as JsonObject).requestId, id);
  await bench.client(result(String(id), { action: "accept" }));
  assertEquals(bench.toUpstream.length, before);
});

Deno.test("a cancellation while the server works reaches it", async () => {
  const bench = await ready();
  await bench.client(call("x", "t"));
  const { id } = bench.sent();
  await bench.client(notice("notifications/cancelled", { requestId: "x", reason: "enough" }));
  assertEquals(bench.sent(), notice("notifications/cancelled", { requestId: id ?? null, reason: "enough" }));
});

Deno.test("two sessions on one connection cannot answer each other's questions; nor can anybody twice", async () => {
  const one = await ready(), other = await ready();
  for (const bench of [one, other]) await bench.client(call(1, "t"));
  await one.answer(one.sent(), round({ q: FORM }));
  const before = other.toUpstream.length;
  await other.client(result(String(one.got().id), { action: "accept" }));
  assertEquals(other.toUpstream.length, before);
  await one.client(result(String(one.got().id), { action: "accept" }));
  const once = one.toUpstream.length;
  await one.client(result(String(one.toClient.at(-1)?.id), { action: "accept" }));
  assertEquals(one.toUpstream.length, once);
});

Deno.test("progress arrives under the client's own token, round after round", async () => {
  const bench = await ready();
  await bench.client(call("x", "t", {}, { progressToken: "theirs" }));
  await bench.answer(bench.sent(), round({ q: FORM }));
  await bench.client(result(String(bench.got().id), { action: "accept" }));
  const token = ((bench.sent().params as JsonObject)._meta as JsonObject).progressToken ?? null;
  await bench.upstream(notice("notifications/progress", { progressToken: token, progress: 1 }));
  assertEquals(bench.got(), notice("notifications/progress", { progressToken: "theirs", progress: 1 }));
});

Deno.test("changed lists are told without asking, as they are in the legacy era", async () => {
  const bench = await ready();
  await bench.client(notice("notifications/initialized"));
  const listen = bench.sent("subscriptions/listen");
  const notifications = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
  assertEquals(listen.params, { notifications, _meta: meta() });
  const _meta = { [SUBSCRIPTION]: listen.id ?? null };
  const before = bench.toClient.length;
  await bench.upstream(notice("notifications/subscriptions/acknowledged", { notifications, _meta }));
  assertEquals(bench.toClient.length, before);
  await bench.upstream(notice("notifications/tools/list_changed", { _meta }));
  assertEquals(bench.got(), notice("notifications/tools/list_changed"));
  await bench.upstream(notice("notifications/prompts/list_changed", { _meta: { ..._meta, own: 1 } }));
  assertEquals(bench.got(), notice("notifications/prompts/list_changed", { _meta: { own: 1 } }));
});

/** Acknowledges the newest stream. */
async function acknowledge(bench: BridgeBench, uris?: readonly string[]): Promise<JsonObject> {
  const listen = bench.sent("subscriptions/listen");
  const asked = (listen.params as JsonObject).notifications as JsonObject;
  const notifications = uris === undefined ? asked : { resourceSubscriptions: [...uris] };
  const _meta = { [SUBSCRIPTION]: listen.id ?? null };
  await bench.upstream(notice("notifications/subscriptions/acknowledged", { notifications, _meta }));
  return _meta;
}

Deno.test("resources: each subscription is a stream, a larger one takes the place of small ones, and only what is wanted is told", async () => {
  const bench = await ready();
  await bench.client(request(1, "resources/subscribe", { uri: "a:1" }));
  await acknowledge(bench);
  assertEquals(bench.got(), result(1, {}));
  await bench.client(request(2, "resources/subscribe", { uri: "a:2" }));
  const _meta = await acknowledge(bench);
  assertEquals((bench.sent("subscriptions/listen").params as JsonObject).notifications, {
    resourceSubscriptions: ["a:1", "a:2"],
  });
  assertEquals(bench.sent().method, "notifications/cancelled");
  await bench.upstream(notice("notifications/resources/updated", { uri: "a:1", _meta }));
  assertEquals(bench.got(), notice("notifications/resources/updated", { uri: "a:1" }));
  await bench.client(request(3, "resources/unsubscribe", { uri: "a:1" }));
  assertEquals(bench.got(), result(3, {}));
  const before = bench.toClient.length;
  await bench.upstream(notice("notifications/resources/updated", { uri: "a:1", _meta }));
  assertEquals(bench.toClient.length, before);
  await bench.client(request(4, "resources/unsubscribe", { uri: "a:2" }));
  assertEquals(bench.sent().method, "notifications/cancelled");
});

Deno.test("a thousand subscriptions keep ten streams open, and no more are taken", async () => {
  const bench = await ready();
  const open = new Set<unknown>();
  for (let n = 0; n < 100; n++) {
    await bench.client(request(n + 1, "resources/subscribe", { uri: `a:${n}` }));
    await acknowledge(bench);
  }
  for (const { method, id, params } of bench.toUpstream) {
    if (method === "subscriptions/listen") open.add(id);
    if (method === "notifications/cancelled") open.delete((params as JsonObject).requestId);
  }
  assertEquals(open.size, 3); // 64 + 32 + 4
});

Deno.test("a resource that the server will not tell of, or the policy refuses, is no subscription", async () => {
  const bench = await ready((method) => decided(method === "resources/subscribe" ? "deny" : "allow"));
  await bench.client(request(1, "resources/subscribe", { uri: "a:1" }));
  assertEquals(codeOf(bench.got()), -31403);
  const other = await ready();
  await other.client(request(1, "resources/subscribe", { uri: "a:1" }));
  await acknowledge(other, []);
  assertEquals(codeOf(other.got()), -32602);
  await other.client(request(2, "resources/subscribe", { uri: "a:2" }));
  await other.fail(other.sent("subscriptions/listen"), -32601);
  assertEquals([other.got().id, codeOf(other.got())], [2, -32602]);
  await other.client(request(3, "resources/subscribe", {}));
  assertEquals(codeOf(other.got()), -32602);
});

Deno.test("a resource that is subscribed to twice is asked for once", async () => {
  const bench = await ready();
  await bench.client(request(1, "resources/subscribe", { uri: "a:1" }));
  await acknowledge(bench);
  await bench.client(request(2, "resources/subscribe", { uri: "a:1" }));
  assertEquals(bench.got(), result(2, {}));
  assertEquals(bench.calls().filter((method) => method === "subscriptions/listen").length, 1);
});

Deno.test("more subscriptions than anybody needs do not pile up behind a server that is slow", async () => {
  const bench = await ready();
  for (let n = 0; n < 1_001; n++) {
    bench.bridge.take(frameOf(request(n + 1, "resources/subscribe", { uri: `a:${n}` })));
  }
  await bench.settle();
  assertEquals(bench.toClient.filter((message) => codeOf(message) === -32603).map(({ id }) => id), [1_001]);
  assertEquals(bench.calls().filter((method) => method === "subscriptions/listen").length, 1);
});

Deno.test("a server that does not acknowledge holds nobody up for ever", async () => {
  const bench = await ready();
  await bench.client(request(1, "resources/subscribe", { uri: "a:1" }));
  await bench.advance(10_000);
  assertEquals([bench.got().id, codeOf(bench.got())], [1, -32603]);
  assertEquals(bench.sent().method, "notifications/cancelled");
});

Deno.test("a stream that the server ends is asked for again, less and less often, and not for ever", async () => {
  const bench = await ready();
  await bench.client(notice("notifications/initialized"));
  for (let n = 0; n < 11; n++) {
    const listen = bench.sent("subscriptions/listen");
    await acknowledge(bench);
    await bench.answer(listen, { resultType: "complete" });
    const pauseMs = Math.min(1_000 * 2 ** n, 60_000);
    await bench.advance(pauseMs - 1);
    assertEquals(bench.calls().filter((method) => method === "subscriptions/listen").length, n + 1);
    await bench.advance(1);
  }
  assertEquals(bench.calls().filter((method) => method === "subscriptions/listen").length, 11);
  assertEquals(bench.log.some((line) => line.includes("not asked any more")), true);
});

Deno.test("a stream that cannot be taken up again at once is taken up later, and tells then", async () => {
  const bench = await ready();
  await bench.client(request(1, "resources/subscribe", { uri: "a:1" }));
  await acknowledge(bench);
  await bench.answer(bench.sent("subscriptions/listen"), { resultType: "complete" });
  await bench.advance(1_000);
  await bench.fail(bench.sent("subscriptions/listen"), -32603);
  await bench.advance(2_000);
  // One that is not acknowledged in time is asked for again as well.
  await bench.advance(10_000);
  assertEquals(bench.sent().method, "notifications/cancelled");
  await bench.advance(4_000);
  const _meta = await acknowledge(bench);
  assertEquals(bench.calls().filter((method) => method === "subscriptions/listen").length, 4);
  await bench.advance(20_000);
  await bench.upstream(notice("notifications/resources/updated", { uri: "a:1", _meta }));
  assertEquals(bench.got(), notice("notifications/resources/updated", { uri: "a:1" }));
});

Deno.test("an upstream that has left answers a subscription at once, with an error", async () => {
  const bench = await ready();
  await bench.client(notice("notifications/initialized"));
  await acknowledge(bench);
  bench.gate.upstreamExited(1, false);
  await bench.settle();
  // The stream that it ended is asked for again.
  await bench.advance(1_000);
  const place = new Place("s");
  await bench.client(request(6, "resources/subscribe", { uri: "file:///b" }), place);
  assertEquals(codeOf(place.replies[0]), -32603);
});

Deno.test("what a modern server asks by request, which it may not, is answered here", async () => {
  const bench = await ready();
  await bench.client(call(1, "t"));
  const before = bench.toClient.length;
  await bench.upstream(request("q", "roots/list"));
  assertEquals([bench.sent().id, codeOf(bench.sent())], ["q", -32601]);
  await bench.upstream(request("p", "ping"), Number(bench.sent("tools/call").id));
  assertEquals(bench.sent(), result("p", {}));
  assertEquals(bench.toClient.length, before);
});

Deno.test("a batch of 2025-03-26 is answered as one, though the server knows none", async () => {
  const bench = new BridgeBench();
  await bench.modernServer({ version: "2025-03-26" });
  await bench.client([request(1, "ping"), call(2, "t"), notice("notifications/initialized"), {
    jsonrpc: "2.0",
    id: 3,
  }]);
  await bench.answer(bench.sent("tools/call"), { resultType: "complete", content: [] });
  assertEquals(bench.got(), [
    result(1, {}),
    {
      jsonrpc: "2.0",
      id: 3,
      error: { code: -32600, message: "Invalid request: neither a request, a notification nor a response" },
    },
    result(2, { content: [] }),
  ] as unknown as JsonObject);
});

Deno.test("a batch of another revision is refused whole", async () => {
  const bench = await ready();
  const before = bench.toUpstream.length;
  await bench.client([request(1, "ping"), call(2, "t")]);
  assertEquals([codeOf(bench.got()), bench.toUpstream.length], [-32600, before]);
});

Deno.test("over HTTP a question comes on the stream of its call, and its answer by itself", async () => {
  const bench = new BridgeBench();
  const shaking = new Place(""), calling = new Place(""), telling = new Place("");
  await bench.modernServer({ place: shaking });
  assertEquals(shaking.replies.length, 1);
  await bench.client(call(1, "t"), calling);
  await bench.answer(bench.sent(), round({ q: FORM }));
  const [asked] = calling.beside_;
  await bench.client(result(String(asked?.id), { action: "accept" }), telling);
  await bench.answer(bench.sent("tools/call"), { resultType: "complete", content: [] });
  assertEquals(calling.replies, [result(1, { content: [] })]);
  assertEquals([telling.replies, bench.toClient], [[], []]);
});

Deno.test("more calls than a client answers are not kept", async () => {
  const bench = await ready();
  for (let n = 0; n < 257; n++) {
    bench.bridge.take({ kind: "line", bytes: new TextEncoder().encode(JSON.stringify(call(n, "t"))) });
  }
  await bench.settle();
  const calls = bench.toUpstream.filter(({ method }) => method === "tools/call");
  for (const { id } of calls) {
    bench.gate.fromUpstream({
      kind: "line",
      bytes: new TextEncoder().encode(JSON.stringify(result(Number(id), round({ q: FORM })))),
    });
  }
  await bench.settle();
  const failed = bench.toClient.filter((message) => codeOf(message) === -32603);
  assertEquals(failed.map(({ id }) => id), [256]);
});

Deno.test("requests of a size that cannot all be kept are sent, and cannot be asked about", async () => {
  const bench = await ready();
  const args = { blob: "b".repeat(10 * 1024 * 1024) };
  for (let n = 0; n < 7; n++) await bench.client(call(n, "t", args));
  const [first, ...others] = bench.toUpstream.filter(({ method }) => method === "tools/call");
  assertEquals(others.length, 6);
  await bench.answer(others[5] ?? {}, round({ q: FORM }));
  assertEquals([bench.got().id, codeOf(bench.got())], [6, -32603]);
  await bench.answer(first ?? {}, round({ q: FORM }));
  assertEquals(bench.got().method, "elicitation/create");
});

Deno.test("calls whose clients have answered count no more, however long their server takes", async () => {
  const bench = await ready();
  for (let n = 0; n < 300; n++) {
    await bench.client(call(n, "t"));
    await bench.answer(bench.sent("tools/call"), round({ q: FORM }));
    await bench.client(result(String(bench.got().id), { action: "accept" }));
  }
  assertEquals(bench.toClient.filter((message) => "error" in message), []);
});

Deno.test("a state of a size that nobody can carry many times over is bounded over all calls", async () => {
  const bench = await ready();
  for (let n = 0; n < 4; n++) {
    await bench.client(call(n, "t"));
    await bench.answer(bench.sent("tools/call"), round({ q: FORM }, "s".repeat(9 * 1024 * 1024)));
  }
  assertEquals(bench.toClient.filter((message) => codeOf(message) === -32603).map(({ id }) => id), [3]);
});

Deno.test("a client that sends nothing more is not waited for", async () => {
  const bench = await ready();
  await bench.client(notice("notifications/initialized"));
  await acknowledge(bench);
  await bench.client(call("x", "t"));
  await bench.answer(bench.sent("tools/call"), round({ q: FORM }));
  bench.bridge.clientDone();
  await bench.settle();
  assertEquals([bench.got().id, codeOf(bench.got())], ["x", -32603]);
  await bench.gate.idle();
});

Deno.test("a call that only wants to be made again is answered, also behind the end of input", async () => {
  const bench = await ready();
  await bench.client(call("x", "t"));
  await bench.answer(bench.sent("tools/call"), round(undefined, "s1"));
  bench.bridge.clientDone();
  const idle = bench.gate.idle();
  await bench.settle();
  await bench.answer(bench.sent("tools/call"), round(undefined, "s2"));
  assertEquals((bench.sent("tools/call").params as JsonObject).requestState, "s2");
  await bench.answer(bench.sent("tools/call"), { resultType: "complete", content: [] });
  await idle;
  assertEquals(bench.got(), result("x", { content: [] }));
});

Deno.test("a client that sends nothing more waits for no subscription", async () => {
  const bench = await ready();
  await bench.client(request(1, "resources/subscribe", { uri: "a:1" }));
  await bench.client(request(2, "resources/subscribe", { uri: "a:2" }));
  bench.bridge.clientDone();
  await bench.gate.idle();
  await bench.settle();
  const answers = bench.toClient.slice(-2).map((answer) => [answer.id, codeOf(answer)]);
  assertEquals(answers, [[1, -32603], [2, -32603]]);
});

Deno.test("a client that says more of itself than goes with each request is called by its name", async () => {
  const bench = new BridgeBench();
  const long = "l".repeat(1_000_000);
  const capabilities = { ...ABLE, sampling: { tools: {}, long }, experimental: { long } };
  const clientInfo = { name: "c", version: "1", title: long };
  await bench.client(request(0, "initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo }));
  await bench.fail(bench.sent("initialize"), -32022);
  await bench.answer(bench.sent("server/discover"), { supportedVersions: ["2026-07-28"], capabilities: {} });
  await bench.client(request(1, "tools/list"));
  assertEquals(bench.sent("tools/list").params, { _meta: meta({ ...ABLE, sampling: { tools: {} } }) });
});

Deno.test("a client that speaks both eras at once is heard in both", async () => {
  const bench = await ready();
  await bench.client(modernCall("m", "t", { requestState: "own" }));
  await bench.answer(bench.sent("tools/call"), round({ q: FORM }, "s"));
  assertEquals((bench.got().result as JsonObject).requestState, "s");
});
