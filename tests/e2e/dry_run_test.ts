/** A dry run: the ledger says what would have become of each call, and the agent notices nothing. */
import { assertEquals, assertMatch } from "@std/assert";
import { arrived, finish, startUnder } from "./forms/policy_run.ts";
import { assertVerifies, openBox } from "./harness.ts";

const POLICY = `version = 1
name = "e2e"
default = "allow"
[[rules]]
id = "no-delete"
effect = "deny"
tools = ["delete"]
[[rules]]
id = "ask-first"
effect = "ask"
tools = ["transfer"]
[[rules]]
id = "blind-copy"
effect = "redact"
tools = ["mail"]
redact_fields = ["bcc"]
`;

Deno.test("a dry run forwards what it would refuse, hold or mask, and records what it would have done", async () => {
  await using box = await openBox();
  const client = await startUnder(box, POLICY, { flags: ["--dry-run"] });
  assertMatch(client.stderr, /dry run: nothing is refused/);
  for (const tool of ["delete", "transfer", "mail"]) {
    const { result } = await client.call(tool, { bcc: "the-hidden-one" });
    assertEquals(result.isError, undefined, tool);
    assertEquals(arrived(box, tool), 1);
  }
  assertMatch(Deno.readTextFileSync(box.path("received")), /the-hidden-one/);
  await finish(client);
  const calls = (await assertVerifies(box)).filter(({ kind, method }) =>
    kind === "call" && method === "tools/call"
  );
  assertEquals(calls.map(({ tool, verdict, enforced }) => [tool, verdict, enforced]), [
    ["delete", "refuse", false],
    ["transfer", "hold", false],
    ["mail", "redact", false],
  ]);
  assertMatch(client.stderr, /would refuse: "tools\/call" "delete": rule:no-delete \(entry \d+\)/);
  assertMatch(client.stderr, /would hold: "tools\/call" "transfer": rule:ask-first/);
});

Deno.test("a line that is no message does not get through in a dry run either", async () => {
  await using box = await openBox();
  const client = await startUnder(box, POLICY, { flags: ["--dry-run"] });
  await client.send(
    '{"jsonrpc":"2.0","id":"twice","id":"twice","method":"tools/call","params":{"name":"x"}}',
  );
  const { error } = await client.next(({ error }) => error !== undefined, "the error");
  assertEquals(error.code, -32700);
  await client.call("after");
  assertEquals(arrived(box, "x"), 0);
  await finish(client);
  await assertVerifies(box);
});
