/** Upstreams over HTTP that are not there, go away, come back, or take for ever: what the client reads, and how a run ends. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertVerifies, fixtureWithPackages, openBox, rounds } from "./harness.ts";
import { post } from "./harness/http_client.ts";
import { startHttpPeer } from "./harness/http_peer.ts";

const FIXTURE = "http_legacy_server.ts";

Deno.test("an upstream that dies in the middle of a call costs that call; when it is back, so is the session", async () => {
  await using box = await openBox();
  const first = await box.serve(fixtureWithPackages(FIXTURE));
  const client = box.start(box.bridged(first.url));
  await client.initialize();
  const slow = { name: "slow", arguments: { steps: 1000, pauseMs: 50 }, _meta: { progressToken: "p" } };
  const call = client.request("tools/call", slow);
  await client.next(({ method }) => method === "notifications/progress", "progress");
  await first.stop();
  assertStringIncludes((await call).error.message, first.url.origin);
  const meanwhile = await client.call("echo", { text: "anybody there?" });
  assertStringIncludes(meanwhile.error.message, "cannot be reached");

  const second = await box.serve(fixtureWithPackages(FIXTURE), { PORT: first.url.port });
  const { result } = await client.call("echo", { text: "back again" });
  assertEquals(result.content[0].text, "back again");
  assertStringIncludes(client.stderr, "has forgotten the session");
  await client.closeInput();
  assertEquals((await client.exited()).code, 0);
  await second.stop();
  const entries = await assertVerifies(box);
  const calls = entries.filter(({ kind, method }) => kind === "call" && method === "tools/call");
  const outcomes = entries.filter(({ kind }) => kind === "outcome");
  for (const { seq } of calls) {
    assert(outcomes.some(({ call }) => call === seq), `call ${seq} has no outcome`);
  }
  assertEquals(calls.length, 3);
});

Deno.test("an upstream that takes for ever holds up the end of a run no longer than the drain timeout", async () => {
  await using box = await openBox();
  const server = await box.serve(fixtureWithPackages(FIXTURE));
  const client = box.start(box.bridged(server.url, { limits: 'drain_timeout = "300ms"' }));
  await client.initialize();
  const slow = { name: "slow", arguments: { steps: 1, pauseMs: 3_600_000 } };
  await client.send({ id: "stuck", method: "tools/call", params: slow });
  await client.request("ping");
  await client.closeInput();
  assertEquals((await client.exited()).code, 0);
  assertEquals(client.replies("stuck").map(({ error }) => error.message), [
    "The connection to the MCP server ended before it answered",
  ]);
  await server.stop();
  await box.noneLeft();
  await assertVerifies(box);
});

Deno.test("a server that nobody serves is told of with its origin, and the run goes on", async () => {
  await using box = await openBox();
  const client = box.start(box.bridged(new URL("http://127.0.0.1:9/mcp?key=hush")));
  const { error } = await client.request("initialize", { protocolVersion: "2025-11-25", capabilities: {} });
  assertStringIncludes(error.message, "http://127.0.0.1:9 cannot be reached");
  assertEquals((await client.request("ping")).error !== undefined, true);
  await client.closeInput();
  await client.exited();
  assertEquals(`${client.stderr}${client.lines.join("")}`.includes("hush"), false);
  await assertVerifies(box);
});

Deno.test("calls that are pipelined to an upstream over HTTP are answered, each once, and the end of input waits for them", async () => {
  await using box = await openBox();
  const server = await box.serve(fixtureWithPackages(FIXTURE));
  const client = box.start(box.bridged(server.url));
  await client.initialize();
  const ids = Array.from({ length: rounds(400, 5_000) }, (_, i) => `c-${i}`);
  const call = (id: string) => {
    const params = { name: "echo", arguments: { text: id } };
    return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
  };
  await client.sendBytes(new TextEncoder().encode(`${ids.map(call).join("\n")}\n`));
  await client.closeInput();
  assertEquals((await client.exited(120_000)).code, 0);
  for (const id of ids) {
    const replies = client.replies(id);
    assertEquals(replies.map(({ result }) => result?.content[0].text), [id]);
  }
  await server.stop();
  const entries = await assertVerifies(box);
  const of = (wanted: string) =>
    entries.filter(({ kind, method }) => kind === wanted && method === "tools/call");
  assertEquals([of("call").length, of("outcome").length], [ids.length, ids.length]);
});

const CHALLENGE = 'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource"';

Deno.test("an upstream that asks for an authorization: its challenge over HTTP, and what to do on stdio", async () => {
  await using box = await openBox();
  const refusing = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    await request.body?.cancel();
    return new Response("whisper", { status: 401, headers: { "www-authenticate": CHALLENGE } });
  });
  const url = new URL(`http://127.0.0.1:${refusing.addr.port}/mcp?key=hush`);
  const client = box.start(box.bridged(url));
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } };
  const { error } = await client.request("initialize", params);
  assertStringIncludes(error.message, "[server.headers]");
  await client.closeInput();
  await client.exited();

  const listener = await startHttpPeer(box.bridged(url, { flags: ["--listen", "127.0.0.1:0"] }), "stderr");
  const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params };
  const answer = await post(listener.url, initialize);
  assertEquals([answer.status, answer.headers.get("www-authenticate")], [401, CHALLENGE]);
  assertEquals(answer.messages[0].id, 1);
  assertEquals(await listener.end("SIGTERM"), 0);
  await refusing.shutdown();
  for (
    const told of [client.stderr, client.lines.join(""), listener.said(), JSON.stringify(answer.messages)]
  ) {
    assertEquals(/hush|whisper/.test(told), false, told);
  }
  await assertVerifies(box);
});
