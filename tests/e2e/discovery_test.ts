/** A tool that an agent can never call is not offered to it; everything else about the list stays. */
import { assert, assertEquals } from "@std/assert";
import { fateOf, finish } from "./forms/policy_run.ts";
import { assertVerifies, type Box, fixture, type LineClient, openBox } from "./harness.ts";

const POLICY = `version = 1
name = "e2e"
default = "allow"
hide_denied_tools = true
[[rules]]
id = "no-delete"
effect = "deny"
tools = ["delete-*"]
[[rules]]
id = "sometimes"
effect = "deny"
tools = ["transfer"]
when = { amount = { gt = 100 } }
`;

async function toolsOf(client: LineClient): Promise<string[]> {
  const { result } = await client.request("tools/list");
  return result.tools.map(({ name }: { name: string }) => name);
}

async function start(box: Box, policy: string): Promise<LineClient> {
  const client = box.start(box.proxied(fixture("echo_upstream.ts"), { policy }));
  await client.initialize();
  return client;
}

Deno.test("a tool that is denied whatever the arguments is not listed, and its calls are refused all the same", async () => {
  await using box = await openBox();
  const open = await start(box, POLICY.replace("hide_denied_tools = true\n", ""));
  const all = await toolsOf(open);
  await finish(open);
  const client = await start(box, POLICY);
  assertEquals(await toolsOf(client), all.filter((name) => name !== "delete-file"));
  assert(all.includes("delete-file") && all.includes("transfer"));
  assertEquals(await fateOf(client, "delete-file"), "rule:no-delete");
  await finish(client);
  const lists = (await assertVerifies(box)).filter(({ kind, method }) =>
    kind === "outcome" && method === "tools/list"
  );
  assertEquals(lists.map(({ verdict, hidden }) => [verdict, hidden]), [["release", undefined], [
    "redact",
    1,
  ]]);
});
