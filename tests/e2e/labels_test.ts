/** What came from outside must not go on: labels follow the session, and only a person takes one off. */
import { assertEquals } from "@std/assert";
import { arrived, fateOf, finish, heldSeq, startUnder } from "./forms/policy_run.ts";
import { assertVerifies, openBox } from "./harness.ts";

const POLICY = `version = 1
name = "e2e"
default = "allow"
[[rules]]
id = "outside"
effect = "allow"
tools = ["fetch*"]
on = "result"
add_labels = ["untrusted"]
[[rules]]
id = "no-leak"
effect = "deny"
tools = ["send"]
labels = { any = ["untrusted"] }
[[rules]]
id = "look-first"
effect = "ask"
tools = ["send-carefully"]
labels = { any = ["untrusted"] }
`;

Deno.test("after a result from outside nothing is sent any more, in this session", async () => {
  await using box = await openBox();
  const client = await startUnder(box, POLICY);
  assertEquals(await fateOf(client, "send"), "went");
  assertEquals(await fateOf(client, "fetch"), "went");
  assertEquals(await fateOf(client, "send"), "rule:no-leak");
  assertEquals(await fateOf(client, "read"), "went");
  await finish(client);
  assertEquals(arrived(box, "send"), 1);
  const other = await startUnder(box, POLICY);
  assertEquals(await fateOf(other, "send"), "went", "another session has no label");
  await finish(other);
  const entries = await assertVerifies(box);
  const labelled = entries.filter(({ kind, tool }) => kind === "outcome" && tool === "fetch");
  assertEquals(labelled.map(({ labels }) => labels), [["untrusted"]]);
});

Deno.test("a person lets a held call go and takes the label off, and the next call needs nobody", async () => {
  await using box = await openBox();
  const client = await startUnder(box, POLICY);
  await fateOf(client, "fetch");
  const held = client.call("send-carefully");
  held.catch(() => undefined);
  const seq = String(await heldSeq(client, "send-carefully"));
  const config = ["--config", box.configPath];
  const { code, stderr } = await box.command(["approve", seq, "--clear-label", "untrusted", ...config]);
  assertEquals(code, 0, stderr);
  assertEquals((await held).result.isError, undefined);
  assertEquals(await fateOf(client, "send"), "went");
  assertEquals(await fateOf(client, "fetch"), "went");
  assertEquals(await fateOf(client, "send"), "rule:no-leak", "what comes later is labelled anew");
  await finish(client);
  const approval = (await assertVerifies(box)).find(({ kind }) => kind === "approval");
  assertEquals(approval?.cleared, ["untrusted"]);
});

Deno.test("an approval that takes no label off leaves it where it is", async () => {
  await using box = await openBox();
  const client = await startUnder(box, POLICY);
  await fateOf(client, "fetch");
  const held = client.call("send-carefully");
  held.catch(() => undefined);
  const seq = String(await heldSeq(client, "send-carefully"));
  assertEquals((await box.command(["approve", seq, "--config", box.configPath])).code, 0);
  await held;
  assertEquals(await fateOf(client, "send"), "rule:no-leak");
  await finish(client);
  await assertVerifies(box);
});
