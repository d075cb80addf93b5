/** Rules, from the file that a person writes to what the upstream receives and the agent reads. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  assertVerifies,
  audit,
  type Box,
  fixture,
  type LineClient,
  openBox,
  type Proxying,
} from "./harness.ts";
import { namesReceived, receivedBy } from "./forms/upstream_view.ts";

const POLICY = `version = 1
name = "e2e"
default = "allow"

[[rules]]
id = "no-delete"
effect = "deny"
tools = ["delete-*"]
message = "nothing is deleted here"

[[rules]]
id = "no-secrets-read"
effect = "deny"
methods = ["resources/read", "prompts/get"]
message = "not this one"

[[rules]]
id = "blind-copy"
effect = "redact"
tools = ["send"]
redact_fields = ["bcc"]

[[rules]]
id = "small-only"
effect = "deny"
tools = ["pay"]
when = { "order.total" = { gt = 100 } }
message = "too much"
`;

/** A client of the counting upstream behind the product, under the policy above unless told otherwise. */
function start(box: Box, options: Proxying = {}): LineClient {
  const env = { E2E_RECEIVED: box.path("received") };
  return box.start(box.proxied(fixture("counting_upstream.ts"), { policy: POLICY, ...options, env }));
}

async function end(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

/** The tools that the upstream was really asked for. */
function toolsReceived(box: Box): string[] {
  return namesReceived(receivedBy(box.path("received")))
    .filter((name) => name.includes("tools/call")).map((name) => name.split(" ").slice(2).join(" "));
}

Deno.test("a denied call never arrives; the agent reads the rule's message and the entry's number", async () => {
  await using box = await openBox();
  const client = start(box);
  await client.initialize();
  const { result } = await client.call("delete-everything", { sure: true });
  await client.call("allowed");
  await end(client);
  const entry = (await assertVerifies(box)).find(({ tool }) => tool === "delete-everything");
  assertEquals(result, {
    content: [{ type: "text", text: `Refused by policy: nothing is deleted here. (entry ${entry?.seq})` }],
    isError: true,
    _meta: { "dev.countersign/verdict": { verdict: "refuse", reason: "rule:no-delete", entry: entry?.seq } },
  });
  assertEquals([entry?.kind, entry?.decision, entry?.verdict], ["call", "deny", "refuse"]);
  assertEquals([entry?.reason, entry?.rules], ["rule:no-delete", ["e2e/no-delete"]]);
  assertEquals(toolsReceived(box), ["allowed"]);
});

Deno.test("the modern era's refusal says that its result is complete", async () => {
  await using box = await openBox();
  const client = start(box);
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  await client.request("server/discover", { _meta });
  const { result } = await client.request("tools/call", { name: "delete-all", arguments: {}, _meta });
  assertEquals([result.resultType, result.isError], ["complete", true]);
  await end(client);
});

Deno.test("every other method, and every one under style = error, is refused with a JSON-RPC error", async () => {
  await using box = await openBox();
  const client = start(box, { config: '[refusal]\nstyle = "error"' });
  await client.initialize();
  const replies = [
    await client.request("resources/read", { uri: "file:///secret" }),
    await client.request("prompts/get", { name: "secret" }),
    await client.call("delete-it"),
  ];
  for (const { error } of replies) {
    assertEquals(error.code, -31403);
    assertMatch(error.message, /^Refused by policy: .+\. \(entry \d+\)$/);
    assertEquals(error.data.verdict, "refuse");
    assertMatch(error.data.reason, /^rule:/);
  }
  await end(client);
  await assertVerifies(box);
});

Deno.test("a denied call does not slip through without an id, in other letters or in look-alikes", async () => {
  await using box = await openBox();
  const client = start(box);
  await client.initialize();
  await client.send({ method: "tools/call", params: { name: "delete-as-notice", arguments: {} } });
  for (
    const name of [
      "delete-x\u200b",
      "\u200bdelete-x",
      "d\u0435lete-x",
      "delete-x ",
      " delete-x",
      "delete-\uff58",
      "",
    ]
  ) {
    const reply = await client.call(name);
    assert(
      reply.error !== undefined || reply.result.isError === true,
      `${JSON.stringify(name)} was not refused`,
    );
  }
  await client.call("allowed");
  await end(client);
  assertEquals(toolsReceived(box), ["allowed"]);
  const notice = (await assertVerifies(box)).find(({ tool }) => tool === "delete-as-notice");
  assertEquals([notice?.kind, notice?.verdict, notice?.form], ["call", "refuse", "notice"]);
});

Deno.test("a redacted field is masked before the call leaves; everything else goes as it was", async () => {
  await using box = await openBox();
  const client = start(box);
  await client.initialize();
  await client.call("send", {
    to: "ada",
    bcc: "the-hidden-one",
    text: "hello",
    more: [{ bcc: "the-other-hidden-one" }],
  });
  await end(client);
  const [call] = receivedBy(box.path("received")).filter(({ method }) => method === "tools/call");
  const args = (call?.params as { arguments: Record<string, unknown> }).arguments;
  assertEquals([args.to, args.text], ["ada", "hello"]);
  assertEquals(Object.keys(args), ["to", "bcc", "text", "more"]);
  assert(args.bcc !== "the-hidden-one");
  const entry = (await assertVerifies(box)).find(({ tool }) => tool === "send");
  assertEquals([entry?.verdict, entry?.reason], ["redact", "rule:blind-copy"]);
});

Deno.test("a condition looks at the arguments, and a number in a string is a number", async () => {
  await using box = await openBox();
  const client = start(box);
  await client.initialize();
  const paid = async (total: unknown) =>
    (await client.call("pay", { order: { total } })).result.isError !== true;
  assertEquals(await paid(100), true);
  assertEquals(await paid(100.01), false);
  assertEquals(await paid("75,000"), false);
  assertEquals(await paid("1e2"), true);
  assertEquals(await paid(["what"]), false, "a value that cannot be compared does not pass");
  await end(client);
  await assertVerifies(box);
});

Deno.test("a rate limit lets its number through, and a new start does not reset it", async () => {
  await using box = await openBox();
  const hurry = async (client: LineClient) => {
    const { result } = await client.call("hurry");
    return result.isError === true ? result._meta["dev.countersign/verdict"].reason : "went";
  };
  const config = "[guardrails]\nrate_limit_tools = { hurry = 3 }";
  const first = start(box, { config });
  await first.initialize();
  const seen = [await hurry(first), await hurry(first)];
  await end(first);
  const second = start(box, { config });
  await second.initialize();
  seen.push(await hurry(second), await hurry(second), await hurry(second));
  assertEquals(seen, ["went", "went", "went", "guardrail:rate", "guardrail:rate"]);
  assertEquals((await second.call("other")).result.isError, undefined);
  await end(second);
  await assertVerifies(box);
});

const GUARDRAILS = `[guardrails]
allow_tools = ["read-*", "pay", "search"]
block_tools = ["read-secret*"]
max_amount_usd = 50000.0
amount_field = "amount"
rate_limit_tools = { search = 2 }
redact_fields = ["ssn"]
`;

Deno.test("guardrails in countersign.toml: block, allow list, amount, rate, redact", async () => {
  await using box = await openBox();
  const client = start(box, { config: GUARDRAILS });
  await client.initialize();
  const reason = async (tool: string, args: Record<string, unknown> = {}) => {
    const { result } = await client.call(tool, args);
    return result.isError === true ? result._meta["dev.countersign/verdict"].reason : "went";
  };
  assertEquals(await reason("read-file"), "went");
  assertEquals(await reason("read-secret-file"), "guardrail:block_tools");
  assertEquals(await reason("write-file"), "guardrail:allow_tools");
  assertEquals(await reason("pay", { amount: 50000 }), "went");
  assertEquals(await reason("pay", { amount: 50000.000001 }), "guardrail:max_amount");
  assertEquals(await reason("pay", { amount: "75,000" }), "guardrail:max_amount");
  assertEquals(await reason("pay", { amount: ["1", "60000"] }), "guardrail:max_amount");
  assertEquals([await reason("search"), await reason("search"), await reason("search")], [
    "went",
    "went",
    "guardrail:rate",
  ]);
  await client.call("read-file", { who: [{ ssn: "hidden-number" }] });
  await end(client);
  assert(!Deno.readTextFileSync(box.path("received")).includes("hidden-number"));
  await assertVerifies(box);
});

Deno.test("without a policy of its own the product runs under the bundled standard and says so", async () => {
  await using box = await openBox();
  const env = { E2E_RECEIVED: box.path("received") };
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), { bundled: "standard", env }));
  await client.initialize();
  await end(client);
  assertMatch(client.stderr, /policy standard sha256:[0-9a-f]+/);
  assertStringIncludes(JSON.stringify(await audit(box)), "sha256:");
});
