/** `subscriptions/listen`: one stream of the client, a stream of each server behind it. */
import { assertEquals } from "@std/assert";
import { isJsonObject, type JsonObject } from "../../lib/base/mod.ts";
import { Bench, modern, notice, type Script, withResources } from "./_harness.ts";

const KEY = "io.modelcontextprotocol/subscriptionId";
const ACK = "notifications/subscriptions/acknowledged";
const ALL = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

/** A server that says yes to everything. */
const listening: Script = {
  ...withResources({}),
  "subscriptions/listen": (got) => {
    got.beside(
      notice(ACK, { notifications: got.params.notifications ?? {}, _meta: { [KEY]: got.id ?? "" } }),
    );
    return undefined;
  },
};

function withUri(uri: string): Script {
  return { ...listening, ...withResources({ uris: [uri] }) };
}

async function open(bench: Bench, notifications: JsonObject, id: number | string = 1) {
  const stream = bench.from("x1", modern(id, "subscriptions/listen", { notifications }));
  await bench.settle();
  return stream;
}

function idOf({ params }: JsonObject): unknown {
  return isJsonObject(params) && isJsonObject(params._meta) ? params._meta[KEY] : undefined;
}

Deno.test("there is one acknowledgement, under the client's id, of what all servers together do", async () => {
  const bench = new Bench({ a: withUri("x://a"), b: withUri("x://b") }).up();
  const stream = await open(
    bench,
    { ...ALL, resourceSubscriptions: ["x://a", "x://b", "x://nobody's"] },
    "sub",
  );
  assertEquals(stream.beside.map(({ method }) => method), [ACK]);
  assertEquals(stream.beside.map(idOf), ["sub"]);
  const { params } = stream.beside[0] ?? {};
  assertEquals(isJsonObject(params) && params.notifications, {
    ...ALL,
    resourceSubscriptions: ["x://a", "x://b"],
  });
  for (const name of ["a", "b"]) {
    const { notifications } = bench.server(name).last("subscriptions/listen").params;
    assertEquals(notifications, { ...ALL, resourceSubscriptions: [`x://${name}`] });
  }
});

Deno.test("what servers tell goes to the stream under its id, each change once", async () => {
  const bench = new Bench({ a: withUri("x://a"), b: withUri("x://b") }).up();
  const stream = await open(bench, { ...ALL, resourceSubscriptions: ["x://b"] }, 7);
  stream.beside.length = 0;
  const at = bench.server("b").last("subscriptions/listen");
  const stamped = { _meta: { [KEY]: at.id ?? "" } };
  at.beside(notice("notifications/tools/list_changed", stamped));
  at.beside(notice("notifications/resources/updated", { uri: "x://b", ...stamped }));
  assertEquals(stream.beside.map((message) => [message.method, idOf(message)]), [
    ["notifications/tools/list_changed", 7],
    ["notifications/resources/updated", 7],
  ]);
  assertEquals(bench.toClient, []);
});

Deno.test("what was not asked for is not told", async () => {
  const bench = new Bench({ a: listening, b: listening }).up();
  const stream = await open(bench, { promptsListChanged: true });
  stream.beside.length = 0;
  bench.server("a").last("subscriptions/listen").beside(notice("notifications/tools/list_changed"));
  bench.server("a").down(1);
  assertEquals(stream.beside.map(({ method }) => method), ["notifications/prompts/list_changed"]);
});

Deno.test("a server that dies is told of, listened to again when it is back, and told of again", async () => {
  const bench = new Bench({ a: listening, b: listening }).up();
  const stream = await open(bench, { toolsListChanged: true });
  stream.beside.length = 0;
  bench.server("a").down(1);
  assertEquals(stream.beside.map(({ method }) => method), ["notifications/tools/list_changed"]);
  bench.server("a").up(bench.gateway);
  await bench.timePasses();
  assertEquals(stream.beside.length, 2);
  assertEquals(bench.server("a").methods().filter((method) => method === "subscriptions/listen").length, 2);
  await bench.timePasses();
  bench.server("a").last("subscriptions/listen").beside(notice("notifications/tools/list_changed"));
  assertEquals(stream.beside.length, 3);
});

Deno.test("a server that does not know the method holds nothing up, and is not asked again", async () => {
  const bench = new Bench({ a: listening, b: withResources({}) }).up();
  const opening = open(bench, { toolsListChanged: true });
  await bench.settle();
  bench.server("b").last("subscriptions/listen").fail(-32601, "Method not found");
  const stream = await opening;
  await bench.settle();
  assertEquals(stream.beside.map(({ method }) => method), [ACK]);
  await bench.timePasses();
  assertEquals(bench.server("b").methods().filter((method) => method === "subscriptions/listen").length, 1);
});

Deno.test("a server that lets go of its stream is listened to again after a pause", async () => {
  const bench = new Bench({ a: listening, b: listening }).up();
  await open(bench, { toolsListChanged: true });
  const count = () =>
    bench.server("a").methods().filter((method) => method === "subscriptions/listen").length;
  bench.server("a").last("subscriptions/listen").reply({ resultType: "complete" });
  await bench.settle();
  assertEquals(count(), 1);
  await bench.timePasses();
  assertEquals(count(), 2);
});

Deno.test("the end of the client's stream is the end of all of them", async () => {
  const bench = new Bench({ a: listening, b: listening }).up();
  const stream = await open(bench, ALL);
  bench.from("x1", notice("notifications/cancelled", { requestId: 1 }));
  await bench.settle();
  for (const name of ["a", "b"]) assertEquals(bench.server(name).cancelled.length, 1);
  bench.server("a").last("subscriptions/listen").beside(notice("notifications/tools/list_changed"));
  assertEquals(stream.beside.length, 1, "nothing behind the acknowledgement");
});

Deno.test("a stream keeps nobody from going, and ends when the client has nothing more to say", async () => {
  const bench = new Bench({ a: listening }).up();
  await open(bench, ALL);
  await bench.gateway.idle();
  bench.gateway.clientDone();
  await bench.settle();
  assertEquals(bench.server("a").cancelled.length, 1);
});

Deno.test("a filter that cannot be read is refused", async () => {
  const bench = new Bench({ a: listening }).up();
  bench.client(modern(1, "subscriptions/listen", { notifications: { resourceSubscriptions: [7] } }));
  await bench.settle();
  assertEquals(bench.error(1).code, -32602);
  assertEquals(bench.server("a").methods(), []);
});

Deno.test("two streams of one client do not hear each other's", async () => {
  const bench = new Bench({ a: withUri("x://a") }).up();
  const one = await open(bench, { toolsListChanged: true }, 1);
  const first = bench.server("a").last("subscriptions/listen");
  const two = await open(bench, { toolsListChanged: true }, 2);
  one.beside.length = two.beside.length = 0;
  first.beside(notice("notifications/tools/list_changed"));
  assertEquals([one.beside.map(idOf), two.beside], [[1], []]);
});

Deno.test("a server that comes back while a URI is still looked up is listened to once", async () => {
  const bench = new Bench({
    a: withUri("x://a"),
    b: { ...withUri("x://b"), "resources/list": () => undefined },
  })
    .up();
  bench.server("a").down(1);
  const stream = await open(bench, { ...ALL, resourceSubscriptions: ["x://b"] });
  bench.server("a").up(bench.gateway);
  await bench.settle();
  bench.server("b").last("resources/list").reply({ resources: [{ uri: "x://b", name: "n" }] });
  await bench.settle();
  assertEquals(bench.server("a").methods().filter((method) => method === "subscriptions/listen").length, 1);
  assertEquals(stream.beside.map(({ method }) => method), [ACK]);
  bench.from("x1", notice("notifications/cancelled", { requestId: 1 }));
  await bench.settle();
  assertEquals(bench.server("a").cancelled.length, 1);
});

Deno.test("a stream of an earlier life that ends late does not take that of the next one along", async () => {
  const bench = new Bench({ a: listening, b: listening }).up();
  await open(bench, ALL);
  const earlier = bench.server("a").last("subscriptions/listen");
  bench.server("a").down(1);
  bench.server("a").up(bench.gateway);
  earlier.fail(-32603, "The MCP server ended");
  await bench.settle();
  bench.from("x1", notice("notifications/cancelled", { requestId: 1 }));
  await bench.settle();
  assertEquals(bench.server("a").cancelled.length, 1);
});
