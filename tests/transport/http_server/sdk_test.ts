/** The official clients of both eras, unmodified, against the front. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { LoggingMessageNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { encodeFrame } from "../../../lib/wire/mod.ts";
import { House } from "./_fake.ts";

const INFO = { name: "test", version: "1" };

Deno.test("the official legacy client shakes hands, calls, listens, and ends its session", async () => {
  const house = new House();
  const server = house.serve();
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${server.port}/mcp`));
  const client = new Client(INFO);
  const heard = Promise.withResolvers<unknown>();
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }: { params: { data: unknown } }) => heard.resolve(params.data),
  );
  await client.connect(transport);
  assertNotEquals(transport.sessionId, undefined);
  const { tools } = await client.listTools();
  assertEquals((tools as readonly { name: string }[]).map(({ name }) => name), ["echo", "regional", "wait"]);
  const { content } = await client.callTool({ name: "echo", arguments: { a: 1 } });
  assertEquals(content, [{ type: "text", text: `{"a":1}` }]);
  house.session().lane.send(
    encodeFrame({
      jsonrpc: "2.0",
      method: "notifications/message",
      params: { level: "info", data: "by itself" },
    }),
  );
  assertEquals(await heard.promise, "by itself");
  await transport.terminateSession();
  assertEquals(house.session().closes, ["deleted"]);
  await client.close();
  await server.close();
});

Deno.test("the official legacy client gets progress of a call on its stream, and then the answer", async () => {
  const house = new House();
  const server = house.serve();
  const client = new Client(INFO);
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${server.port}/mcp`)));
  const progress: number[] = [];
  const called = client.callTool({ name: "wait" }, undefined, {
    onprogress: ({ progress: at }: { progress: number }) => progress.push(at),
  });
  const session = house.session();
  while (!session.methods.includes("tools/call")) await session.took(session.taken.length + 1);
  const { incoming, place } = session.last("tools/call");
  if (incoming.kind !== "request") throw new Error("no request");
  const meta = incoming.params?._meta as { progressToken: number };
  for (const at of [1, 2]) {
    const params = { progressToken: meta.progressToken, progress: at };
    place?.beside(encodeFrame({ jsonrpc: "2.0", method: "notifications/progress", params }));
  }
  session.say(place, { jsonrpc: "2.0", id: incoming.id, result: { content: [] } });
  assertEquals((await called).content, []);
  assertEquals(progress, [1, 2]);
  await client.close();
  await server.close();
});

Deno.test("the official modern client discovers, lists and calls", async () => {
  const house = new House();
  const server = house.serve();
  const client = new ModernClient(INFO, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new ModernTransport(new URL(`http://127.0.0.1:${server.port}/mcp`)));
  const { tools } = await client.listTools();
  assertEquals(tools.map(({ name }) => name), ["echo", "regional", "wait"]);
  const { content } = await client.callTool({ name: "regional", arguments: { region: "zürich" } });
  assertEquals(content, [{ type: "text", text: `{"region":"zürich"}` }]);
  assertEquals(house.sessions.map(({ kind }) => kind), ["shared"]);
  await client.close();
  await server.close();
});

Deno.test("the official client of the second generation speaks the legacy era as well", async () => {
  const house = new House();
  const server = house.serve();
  const client = new ModernClient(INFO, { versionNegotiation: { mode: "legacy" } });
  await client.connect(new ModernTransport(new URL(`http://127.0.0.1:${server.port}/mcp`)));
  const { content } = await client.callTool({ name: "echo", arguments: {} });
  assertEquals(content, [{ type: "text", text: "{}" }]);
  assertEquals(house.sessions.map(({ kind }) => kind), ["open"]);
  await client.close();
  await server.close();
});

Deno.test("the official client of 2024-11-05 works where the old pair is served", async () => {
  const house = new House({ legacySse: true });
  const server = house.serve();
  const client = new Client(INFO);
  await client.connect(new SSEClientTransport(new URL(`http://127.0.0.1:${server.port}/sse`)));
  const { content } = await client.callTool({ name: "echo", arguments: { b: 2 } });
  assertEquals(content, [{ type: "text", text: `{"b":2}` }]);
  await client.close();
  await house.session().closed;
  assertEquals(house.session().closes, ["deleted"]);
  await server.close();
});

Deno.test("the official legacy client that is sent away mid-call comes back for the answer by itself", async () => {
  const house = new House({ hosts: ["127.0.0.1"], limits: { graceMs: 0, pollAfterMs: 1000, retryMs: 5 } });
  const front = house.front(), back = Promise.withResolvers<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const lastEventId = request.headers.get("last-event-id");
    if (lastEventId?.startsWith("p") === true) back.resolve(lastEventId);
    const { status, headers, body } = await front.handle(request, "127.0.0.1");
    return new Response(body, { status, headers: { ...headers } });
  });
  const client = new Client(INFO);
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${server.addr.port}/mcp`)),
  );
  const opened = Promise.withResolvers<void>();
  const called = client.callTool({ name: "wait" }, undefined, { onprogress: () => opened.resolve() });
  const session = house.session();
  while (!session.methods.includes("tools/call")) await session.took(session.taken.length + 1);
  const { incoming, place } = session.last("tools/call");
  if (incoming.kind !== "request") throw new Error("no request");
  const { progressToken } = incoming.params?._meta as { progressToken: number };
  const params = { progressToken, progress: 1 };
  place?.beside(encodeFrame({ jsonrpc: "2.0", method: "notifications/progress", params }));
  await opened.promise;
  house.clock.advanceMs(1000);
  front.sweep();
  const text = "late";
  session.say(place, { jsonrpc: "2.0", id: incoming.id, result: { content: [{ type: "text", text }] } });
  assertEquals((await called).content, [{ type: "text", text }]);
  assertMatch(await back.promise, /^p\d+-1$/);
  await client.close();
  await front.close();
  await server.shutdown();
});
