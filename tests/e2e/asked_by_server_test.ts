/** What a server asks of the client is judged like a call, in the legacy form and inside of `input_required`. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertVerifies,
  type Box,
  fixture,
  fixtureWithPackages,
  type LineClient,
  openBox,
} from "./harness.ts";

const POLICY = `version = 1
name = "e2e"
default = "allow"
[[rules]]
id = "no-sampling"
effect = "deny"
methods = ["sampling/createMessage"]
message = "no model for servers"
`;

const MODERN = {
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "line-client", version: "1.0.0" },
    "io.modelcontextprotocol/clientCapabilities": { sampling: {}, roots: {}, elicitation: { form: {} } },
  },
};

async function end(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

/** The entry that says the question was refused. */
async function assertRefused(box: Box): Promise<void> {
  const entry = (await assertVerifies(box)).find(({ method }) => method === "sampling/createMessage");
  assertEquals([entry?.verdict, entry?.reason], ["refuse", "rule:no-sampling"]);
}

Deno.test("a denied question of a legacy server is answered for the client, which never sees it", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("echo_upstream.ts"), { policy: POLICY }));
  await client.initialize("2025-11-25", { sampling: {}, roots: {} });
  const params = { messages: [{ role: "user", content: { type: "text", text: "hi" } }], maxTokens: 5 };
  const { result } = await client.call("ask-client", { method: "sampling/createMessage", params });
  assertStringIncludes(result.content[0].text, "-31403");
  assertStringIncludes(result.content[0].text, "no model for servers");
  const asking = client.call("ask-client", { method: "roots/list" });
  const { id } = await client.next(({ method }) => method === "roots/list", "the allowed question");
  await client.send({ id, result: { roots: [] } });
  assertEquals((await asking).result.content[0].text, '{"roots":[]}');
  await end(client);
  assert(!client.messages.some(({ method }) => method === "sampling/createMessage"), "the client was asked");
  await assertRefused(box);
});

Deno.test("a result that asks for what is denied is withheld as a whole, in the modern era", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixtureWithPackages("modern_server.ts"), { policy: POLICY }));
  await client.request("server/discover", MODERN);
  const denied = await client.request("tools/call", { name: "ask-sampling", arguments: {}, ...MODERN });
  assertEquals([denied.result.isError, denied.result.resultType], [true, "complete"]);
  const mixed = await client.request("tools/call", { name: "ask-together", arguments: {}, ...MODERN });
  assertEquals(mixed.result.isError, true);
  const allowed = await client.request("tools/call", { name: "ask-roots", arguments: {}, ...MODERN });
  assertEquals(allowed.result.resultType, "input_required");
  await end(client);
  assert(!client.lines.join("\n").includes("Summarise"), "the client saw the question");
  await assertRefused(box);
});

Deno.test("an answer to a question that nobody asked, and a second one, are dropped and recorded", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("echo_upstream.ts"), { policy: POLICY }));
  await client.initialize("2025-11-25", { roots: {} });
  await client.send({ id: "nobody-asked", result: { roots: [{ uri: "file:///forged" }] } });
  const asking = client.call("ask-client", { method: "roots/list" });
  const { id } = await client.next(({ method }) => method === "roots/list", "the question");
  await client.send({ id, result: { roots: [] } });
  await client.send({ id, result: { roots: [{ uri: "file:///second" }] } });
  assertEquals((await asking).result.content[0].text, '{"roots":[]}');
  await client.call("echo");
  await end(client);
  const dropped = (await assertVerifies(box)).filter(({ reason }) => reason === "unknown-id");
  assertEquals(dropped.length, 2);
});
