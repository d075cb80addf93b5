/** Ids, cancellations, batches, and what servers ask: nothing crosses from one server to another. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type JsonObject, utf8 } from "../../lib/base/mod.ts";
import {
  Bench,
  call,
  greeting,
  HELLO,
  modern,
  notice,
  request,
  type Script,
  withResources,
  withTools,
} from "./_harness.ts";

/** Two servers whose calls the test answers. */
function silent(): Bench {
  const quiet = { ...withTools(["x"]), "tools/call": () => undefined };
  return new Bench({ a: quiet, b: quiet }).up();
}

Deno.test("an id that is in flight to one server cannot be used for another", async () => {
  const bench = await silent().greeted();
  bench.client(call(1, "a_x"), call(1, "b_x"), call("1", "b_x"));
  await bench.settle();
  assertEquals(bench.server("b").methods().filter((method) => method === "tools/call").length, 1);
  assertEquals((bench.toClient[0]?.error as JsonObject).code, -32600);
  assertEquals(bench.toClient[0]?.id, null);
  assertEquals(bench.incidents.map(({ reason }) => reason), ["duplicate-id"]);
  bench.server("a").last("tools/call").reply({ content: [] });
  bench.client(call(1, "b_x"));
  await bench.settle();
  assertEquals(
    bench.server("b").methods().filter((method) => method === "tools/call").length,
    2,
    "free again",
  );
});

Deno.test("one id in two scopes is two requests", async () => {
  const bench = silent();
  const one = bench.from("x1", modern(1, "tools/call", { name: "a_x", arguments: {} }));
  const two = bench.from("x2", modern(1, "tools/call", { name: "a_x", arguments: {} }));
  await bench.settle();
  const [first, second] = bench.server("a").got.filter(({ method }) => method === "tools/call");
  assertEquals([first?.scope, second?.scope], ["x1", "x2"]);
  second?.reply({ content: [] });
  assertEquals([one.replies.length, two.replies.length], [0, 1]);
});

Deno.test("what servers ask goes under ids of ours, and each answer to the one that asked", async () => {
  const bench = await silent().greeted();
  for (const name of ["a", "b"]) {
    bench.server(name).say(
      request(7, "sampling/createMessage", { messages: [], _meta: { progressToken: 7 } }),
    );
  }
  const asked = bench.toClient.filter(({ method }) => method === "sampling/createMessage");
  const ids = asked.map(({ id }) => id as number);
  assertEquals(new Set(ids).size, 2);
  assertEquals(
    asked.map(({ params }) => ((params as JsonObject)._meta as JsonObject).progressToken as number),
    ids,
  );
  bench.client(
    notice("notifications/progress", { progressToken: ids[1] ?? 0, progress: 1 }),
    { jsonrpc: "2.0", id: ids[1] ?? 0, result: { from: "client" } },
  );
  assertEquals(bench.server("a").methods().slice(-1), ["notifications/initialized"]);
  const [progress, reply] = bench.server("b").got.slice(-2);
  assertEquals(progress?.params, { progressToken: 7, progress: 1 });
  assertEquals(reply?.value, { jsonrpc: "2.0", id: 7, result: { from: "client" } });
  bench.client({ jsonrpc: "2.0", id: ids[1] ?? 0, result: {} }, { jsonrpc: "2.0", id: 999, result: {} });
  assertEquals(bench.incidents.map(({ reason }) => reason), ["unknown-id", "unknown-id"], "answered once");
});

Deno.test("an answer to a server that has started anew meanwhile is not for it", async () => {
  const bench = await silent().greeted();
  bench.server("a").say(request(7, "roots/list"));
  const id = bench.toClient.at(-1)?.id as number;
  bench.server("a").down(1);
  const cancelled = bench.toClient.find(({ method }) => method === "notifications/cancelled");
  assertEquals((cancelled?.params as JsonObject).requestId, id, "the client hears that nobody waits");
  bench.server("a").up(bench.gateway);
  await bench.settle();
  bench.client({ jsonrpc: "2.0", id, result: { roots: [] } });
  assertEquals(bench.server("a").got.some(({ value }) => Object.hasOwn(value, "result")), false);
});

Deno.test("a server cancels what it asked, and nothing that another asked", async () => {
  const bench = await silent().greeted();
  bench.server("a").say(request(7, "roots/list"));
  const id = bench.toClient.at(-1)?.id as number;
  bench.server("b").say(notice("notifications/cancelled", { requestId: 7 }));
  bench.server("b").say(notice("notifications/cancelled", { requestId: id }));
  assertEquals(bench.notices(), []);
  bench.server("a").say(notice("notifications/cancelled", { requestId: 7 }));
  assertEquals(bench.toClient.at(-1)?.params, { requestId: id });
});

Deno.test("a cancellation reaches the server of the call, and no other", async () => {
  const bench = await silent().greeted();
  bench.client(call(1, "a_x"), notice("notifications/cancelled", { requestId: 1, reason: "enough" }));
  assertEquals(bench.server("a").cancelled, [{ requestId: 1, reason: "enough" }]);
  assertEquals(bench.server("b").cancelled, []);
  bench.client(notice("notifications/cancelled", { requestId: 2 }));
  assertEquals(bench.incidents.map(({ reason }) => reason), ["unknown-id"]);
});

Deno.test("a cancellation that comes after the answer is nobody's", async () => {
  const bench = await silent().greeted();
  bench.client(call(1, "a_x"));
  bench.server("a").last("tools/call").reply({ content: [] });
  bench.client(notice("notifications/cancelled", { requestId: 1 }));
  assertEquals(bench.server("a").cancelled, []);
  assertEquals(bench.incidents.map(({ reason }) => reason), ["unknown-id"]);
});

Deno.test("a cancelled list is cancelled at every server, and answered with nothing", async () => {
  const bench = await new Bench({ a: greeting({ tools: {} }), b: greeting({ tools: {} }) }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  bench.client(notice("notifications/cancelled", { requestId: 1 }));
  await bench.settle();
  for (const name of ["a", "b"]) {
    const server = bench.server(name);
    assertEquals(server.cancelled, [{ requestId: server.last("tools/list").id ?? null }]);
    server.last("tools/list").reply({ tools: [] });
  }
  await bench.settle();
  assertEquals(bench.toClient, []);
});

Deno.test("a call that is cancelled while it is being looked up never leaves", async () => {
  const bench = await new Bench({ a: greeting({ tools: {} }), a_b: greeting({ tools: {} }) }).up().greeted();
  bench.client(call(1, "a_b_x"));
  await bench.settle();
  bench.client(notice("notifications/cancelled", { requestId: 1 }));
  bench.server("a").last("tools/list").reply({ tools: [] });
  bench.server("a_b").last("tools/list").reply({ tools: [{ name: "x" }] });
  await bench.settle();
  assertEquals(bench.toClient, []);
  assertEquals(bench.server("a_b").methods().includes("tools/call"), false);
});

Deno.test("progress of a call goes where the call came from, under the client's token", () => {
  const bench = silent();
  const asked = bench.from("x1", modern(1, "tools/call", { name: "a_x", arguments: {} }));
  bench.server("a").last("tools/call").beside(
    notice("notifications/progress", { progressToken: "t", progress: 1 }),
  );
  assertEquals(asked.beside.map(({ params }) => params), [{ progressToken: "t", progress: 1 }]);
  assertEquals(bench.toClient, []);
});

Deno.test("what a server asks on the stream of a call is asked there", () => {
  const bench = silent();
  const asked = bench.from("", request(1, "tools/call", { name: "a_x", arguments: {} }));
  bench.server("a").last("tools/call").beside(request(3, "elicitation/create", { message: "?" }));
  assertEquals(asked.beside.map(({ method }) => method), ["elicitation/create"]);
  assertEquals(bench.toClient, []);
});

Deno.test("ping is answered, and methods that nobody can place are not guessed at", async () => {
  const bench = await silent().greeted();
  bench.client(request(1, "ping"), request(2, "acme/do", {}), request(3, "tasks/get", { taskId: "t" }));
  await bench.settle();
  assertEquals(bench.result(1), {});
  assertEquals(bench.error(2).code, -32601);
  assertStringIncludes(String(bench.error(2).message), "gateway");
  assertEquals(bench.error(3).code, -32602);
  assertEquals(bench.incidents.map(({ reason }) => reason), ["unknown-method", "unknown-name"]);
});

Deno.test("notices for everybody reach everybody; a call that wants no answer reaches the one it is for", async () => {
  const bench = await silent().greeted();
  bench.client(
    notice("notifications/roots/list_changed"),
    notice("acme/told"),
    notice("tools/call", { name: "b_x", arguments: { a: 1 } }),
    notice("tools/call", { name: "x", arguments: {} }),
  );
  await bench.settle();
  assertEquals(bench.server("a").methods().slice(-2), ["notifications/roots/list_changed", "acme/told"]);
  assertEquals(bench.server("b").methods().slice(-3), [
    "notifications/roots/list_changed",
    "acme/told",
    "tools/call",
  ]);
  assertEquals(bench.server("b").last("tools/call").value, {
    jsonrpc: "2.0",
    method: "tools/call",
    params: { name: "x", arguments: { a: 1 } },
  });
  assertEquals(bench.incidents.map(({ reason }) => reason), ["unknown-name"]);
});

Deno.test("malformed lines are answered and recorded once, however many servers there are", async () => {
  const bench = await silent().greeted();
  bench.client("{", '{"jsonrpc":"2.0","id":5,"method":3}', '{"jsonrpc":"2.0","id":6,"result":1,"error":2}');
  assertEquals(bench.toClient.map(({ id, error }) => [id, (error as JsonObject).code]), [[null, -32700], [
    5,
    -32600,
  ]]);
  assertEquals(bench.incidents.map(({ reason }) => reason), ["syntax", "method", "not-a-message"]);
});

Deno.test("a batch is split, and its answers come back as one array", async () => {
  const old = { ...withTools(["x"]), ...greeting({ tools: {} }, { protocolVersion: "2025-03-26" }) };
  const bench = await new Bench({ a: withTools(["x"]), b: old }).up().greeted();
  bench.client(
    JSON.stringify([
      call(1, "a_x"),
      notice("notifications/roots/list_changed"),
      call(2, "b_x"),
      { jsonrpc: "2.0", id: 3, method: 4 },
      call(4, "nobody"),
    ]),
  );
  await bench.settle();
  const [answers] = bench.toClient as unknown as JsonObject[][];
  assertEquals(bench.toClient.length, 1);
  assertEquals(answers?.map(({ id }) => id).sort(), [1, 2, 3, 4]);
});

Deno.test("a broken reply in a batch does not end the exchange before the answers to the requests beside it", async () => {
  const old = { ...withTools(["x"]), ...greeting({ tools: {} }, { protocolVersion: "2025-03-26" }) };
  const bench = await new Bench({ a: old }).up().greeted();
  const replies: (string | undefined)[] = [];
  const batch = [{ jsonrpc: "2.0", id: 6, result: {}, error: { code: 1, message: "x" } }, call(1, "a_x")];
  bench.gateway.take({ kind: "line", bytes: utf8(JSON.stringify(batch)) }, {
    scope: "x1",
    reply: (line) => void replies.push(line),
    beside: () => {},
  });
  await bench.settle();
  const [only, ...others] = replies;
  assertEquals(others, []);
  assertEquals(JSON.parse(only ?? "[]").map(({ id }: JsonObject) => id), [1]);
});

Deno.test("a batch where it was not agreed on is refused as a whole", async () => {
  const bench = await silent().greeted();
  bench.client(JSON.stringify([call(1, "a_x"), call(2, "b_x")]));
  await bench.settle();
  assertEquals(bench.toClient.map(({ error }) => (error as JsonObject).code), [-32600]);
  assertEquals(bench.server("a").methods().includes("tools/call"), false);
});

Deno.test("the level of logging is told to all that keep a log", async () => {
  const bench = await new Bench({
    a: { ...greeting({ logging: {} }), "logging/setLevel": () => ({}) },
    b: greeting({ tools: {} }),
  }).up().greeted();
  bench.client(request(1, "logging/setLevel", { level: "info" }));
  await bench.settle();
  assertEquals(bench.result(1), {});
  assertEquals(bench.server("a").last("logging/setLevel").params, { level: "info" });
  assertEquals(bench.server("b").methods().includes("logging/setLevel"), false);
});

Deno.test("a task is asked for at the server that began it; where two claim it, at none", async () => {
  const creating = (task: string) => ({
    ...withTools(["x"]),
    "tools/call": () => ({ task: { taskId: task, status: "working" } }),
    "tasks/get": () => ({ taskId: task, status: "working" }),
  });
  const bench = await new Bench({ a: creating("ta"), b: creating("tb"), evil: creating("ta") }).up()
    .greeted();
  bench.client(call(1, "a_x"), call(2, "b_x"), request(3, "tasks/get", { taskId: "ta" }));
  await bench.settle();
  assertEquals(bench.result(3).taskId, "ta");
  assertEquals(bench.server("b").methods().includes("tasks/get"), false);
  bench.client(call(4, "evil_x"), request(5, "tasks/get", { taskId: "ta" }));
  await bench.settle();
  assertStringIncludes(String(bench.error(5).message), '"a" and "evil"');
  assertEquals(bench.server("evil").methods().includes("tasks/get"), false);
});

Deno.test("the client may greet again", async () => {
  const bench = await silent().greeted();
  bench.client(request(1, "initialize", HELLO));
  await bench.settle();
  assertEquals(bench.result(1).protocolVersion, "2025-11-25");
});

Deno.test("what a server asks for that does not know who calls is told where its answer goes, and for no merged list", async () => {
  const asking: Script = {
    "tools/list": (got) => (got.challenge({ status: 401, value: "Bearer" }), { tools: [] }),
    "tools/call": (
      got,
    ) => (got.challenge({ status: 401, value: "Bearer" }), got.fail(-32603, "who?"), undefined),
  };
  const bench = await new Bench({ a: { ...withTools(["x"]), ...asking }, b: withTools(["x"]) }).up()
    .greeted();
  const called = bench.from("x1", call(1, "a_x")), listed = bench.from("x2", request(1, "tools/list"));
  await bench.settle();
  assertEquals(called.challenges, [{ status: 401, value: "Bearer" }]);
  assertEquals(listed.challenges, []);
  assertEquals([called.replies.length, listed.replies.length], [1, 1]);
});

Deno.test("a server's gate knows which calls came over the client's one connection", async () => {
  const bench = await silent().greeted();
  bench.client(call(1, "a_x"));
  bench.from("x1", call(2, "a_x"));
  await bench.settle();
  const calls = bench.server("a").got.filter(({ method }) => method === "tools/call");
  assertEquals(calls.map(({ isConnection }) => isConnection), [true, false]);
});

Deno.test("no server tells of another's task, or of a resource that the client watches at another", async () => {
  const owner = {
    ...withTools(["x"]),
    ...withResources({ uris: ["x://1"] }),
    ...greeting({ tools: {}, resources: {} }),
    "tools/call": () => ({ task: { taskId: "t1", status: "working" } }),
  };
  const bench = await new Bench({ a: owner, b: withTools(["y"]) }).up().greeted();
  bench.client(call(1, "a_x"), request(2, "resources/subscribe", { uri: "x://1" }));
  await bench.settle();
  const told = [
    notice("notifications/tasks/status", { taskId: "t1", status: "failed" }),
    notice("notifications/resources/updated", { uri: "x://1" }),
  ];
  const methods = told.map(({ method }) => method);
  for (const one of told) bench.server("b").say(one);
  assertEquals(bench.notices(), []);
  assertEquals(bench.incidents.map(({ server, reason }) => [server, reason]), [["b", "unknown-id"], [
    "b",
    "unknown-id",
  ]]);
  for (const one of told) bench.server("a").say(one);
  assertEquals(bench.notices() as unknown[], methods);
});
