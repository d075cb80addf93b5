/** Ids, progress tokens and batches: what each side sees of the other's names for things. */
import { assert, assertEquals } from "@std/assert";
import { receivedBy } from "./forms/upstream_view.ts";
import { assertVerifies, type Box, fixture, type LineClient, openBox } from "./harness.ts";

async function start(box: Box, upstream: string, version?: string): Promise<LineClient> {
  const env = { E2E_RECEIVED: box.path("received") };
  const client = box.start(box.proxied(fixture(upstream), { env }));
  await client.initialize(version);
  return client;
}

async function end(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

Deno.test("a cancellation names the call as the upstream knows it", async () => {
  await using box = await openBox();
  const client = await start(box, "counting_upstream.ts");
  const call = { id: "mine", method: "tools/call", params: { name: "silent", arguments: {} } };
  await client.send(call);
  await client.send({ method: "notifications/cancelled", params: { requestId: "mine", reason: "enough" } });
  await client.call("after");
  await end(client);
  const lines = receivedBy(box.path("received"));
  const sent = lines.find(({ params }) => params?.name === "silent");
  const cancelled = lines.find(({ method }) => method === "notifications/cancelled");
  assert(sent?.id !== "mine", "the client's id went to the upstream as it was");
  assertEquals(cancelled?.params, { requestId: sent?.id, reason: "enough" });
  await assertVerifies(box);
});

Deno.test("progress tokens are the client's own on its side, and not the client's on the other", async () => {
  await using box = await openBox();
  const client = await start(box, "echo_upstream.ts");
  for (const progressToken of ["token", 5, "5", 0]) {
    const id = `call-${JSON.stringify(progressToken)}`;
    const params = { name: "progress", arguments: { count: 3 }, _meta: { progressToken } };
    await client.send({ id, method: "tools/call", params });
    await client.reply(id);
    const own = client.messages.filter(({ params }) => params?.progressToken === progressToken);
    assertEquals(own.map(({ params }) => params.progress), [1, 2, 3]);
  }
  await end(client);
  await assertVerifies(box);
});

Deno.test("a server that cancels its question names it to the client as the client knows it", async () => {
  await using box = await openBox();
  const client = await start(box, "echo_upstream.ts");
  await client.call("ask-and-cancel");
  const question = await client.next(({ method }) => method === "roots/list", "the question");
  const cancelled = await client.next(
    ({ method }) => method === "notifications/cancelled",
    "its cancellation",
  );
  assertEquals(cancelled.params, { requestId: question.id, reason: "never mind" });
  await end(client);
  await assertVerifies(box);
});

Deno.test("progress that the client reports on a server's question reaches it under the server's own token", async () => {
  await using box = await openBox();
  const client = await start(box, "echo_upstream.ts");
  const asking = client.call("ask-with-progress");
  const { id, params } = await client.next(
    ({ method }) => method === "sampling/createMessage",
    "the question",
  );
  const { progressToken } = params._meta;
  for (const progress of [1, 2]) {
    await client.send({ method: "notifications/progress", params: { progressToken, progress } });
  }
  await client.send({ id, error: { code: -1, message: "user rejected" } });
  assertEquals((await asking).result.content[0].text, '{"code":-1,"message":"user rejected"}');
  const seen = JSON.parse((await client.call("progress-seen")).result.content[0].text);
  assertEquals(seen, [1, 2].map((progress) => ({ progressToken: "the server's own", progress })));
  await end(client);
  await assertVerifies(box);
});

Deno.test("a request with an id that is still in flight is refused, and the first one is answered", async () => {
  await using box = await openBox();
  const client = await start(box, "echo_upstream.ts");
  const call = (ms: number) => ({
    id: "same",
    method: "tools/call",
    params: { name: "sleep", arguments: { ms } },
  });
  await client.send(call(400));
  await client.send(call(1));
  const refusal = await client.next(({ error }) => error !== undefined, "the refusal");
  assertEquals(refusal.error.code, -32600);
  assertEquals((await client.reply("same")).result.content[0].text, "slept");
  assertEquals(client.replies("same").length, 1);
  // Answered, the id is free again.
  await client.send({ id: "same", method: "ping" });
  await client.next(({ id, result }) => id === "same" && result?.content === undefined, "the second reply");
  await end(client);
  const entries = await assertVerifies(box);
  assert(entries.some(({ reason }) => reason === "duplicate-id"), "no entry of the refused one");
});

/** What a peer of 2025-03-26 may send: several messages at once. */
const BATCH = [
  { jsonrpc: "2.0", id: "b1", method: "tools/call", params: { name: "one", arguments: {} } },
  { jsonrpc: "2.0", method: "notifications/roots/list_changed" },
  { jsonrpc: "2.0", id: 2, method: "ping" },
];

Deno.test("a batch is answered as one array where the peers agreed on 2025-03-26, each element judged", async () => {
  await using box = await openBox();
  const client = await start(box, "counting_upstream.ts", "2025-03-26");
  await client.send(JSON.stringify(BATCH));
  const answer = await client.next((message) => Array.isArray(message), "the answer to the batch") as unknown;
  const replies = answer as { id: unknown; result: unknown }[];
  assertEquals(new Set(replies.map(({ id }) => id)), new Set(["b1", 2]));
  assert(replies.every(({ result }) => result !== undefined));
  await end(client);
  const lines = receivedBy(box.path("received"));
  assertEquals(lines.filter(({ params }) => params?.name === "one").length, 1);
  await assertVerifies(box);
});

for (const version of ["2024-11-05", "2025-06-18", "2025-11-25"]) {
  Deno.test(`a batch is refused as a whole where the peers agreed on ${version}`, async () => {
    await using box = await openBox();
    const client = await start(box, "counting_upstream.ts", version);
    await client.send(JSON.stringify(BATCH));
    const refusal = await client.next(({ error }) => error !== undefined, "the refusal");
    assertEquals([refusal.error.code, refusal.id], [-32600, null]);
    await client.call("after");
    await end(client);
    const names = receivedBy(box.path("received")).map(({ method, params }) => params?.name ?? method);
    assertEquals(names, ["initialize", "notifications/initialized", "after"]);
    await assertVerifies(box);
  });
}
