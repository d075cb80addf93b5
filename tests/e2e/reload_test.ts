/** Another policy without a new start: by SIGHUP and by watching, with files that are broken in between. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fateOf, finish, said, startUnder } from "./forms/policy_run.ts";
import { assertVerifies, type Box, openBox } from "./harness.ts";

const policyDenying = (tool: string) =>
  `version = 1\nname = "e2e"\ndefault = "allow"\n[[rules]]\nid = "no-${tool}"\neffect = "deny"\ntools = ["${tool}"]\n`;
const BROKEN = 'version = 1\nname = "e2e"\ndefault = "allow"\n[[rules]]\nid = "x"\nefect = "deny"\n';

function write(box: Box, policy: string): void {
  Deno.writeTextFileSync(box.path("policy.toml"), policy);
}

/** As careful editors do: the old file is there until the new one is, whole. */
function replace(box: Box, policy: string): void {
  Deno.writeTextFileSync(box.path("policy.toml.new"), policy);
  Deno.renameSync(box.path("policy.toml.new"), box.path("policy.toml"));
}

const ignore = Deno.build.os === "windows"; // it has no SIGHUP

Deno.test({
  name:
    "SIGHUP loads the policy again; a broken file leaves the old one in force and is shown; both are in the ledger",
  ignore,
  fn: async () => {
    await using box = await openBox();
    const client = await startUnder(box, policyDenying("a"));
    assertEquals([await fateOf(client, "a"), await fateOf(client, "b")], ["rule:no-a", "went"]);

    client.kill("SIGHUP");
    await said(client, /policy unchanged/);

    write(box, BROKEN);
    client.kill("SIGHUP");
    await said(client, /policy NOT reloaded/);
    assertMatch(client.stderr, /policy\.toml:6:1.*efect/);
    assertEquals([await fateOf(client, "a"), await fateOf(client, "b")], ["rule:no-a", "went"]);

    write(box, policyDenying("b"));
    client.kill("SIGHUP");
    await said(client, /policy reloaded: e2e sha256:/);
    assertEquals([await fateOf(client, "a"), await fateOf(client, "b")], ["went", "rule:no-b"]);
    await finish(client);

    const entries = await assertVerifies(box);
    const changes = entries.filter(({ kind }) => kind === "policy");
    assertEquals(changes.length, 1, "an unchanged and a broken policy are no entries");
    const digests = entries.filter(({ kind, method }) => kind === "call" && method === "tools/call")
      .map(({ policy, seq }) => [policy === changes[0]?.policy, seq > (changes[0]?.seq ?? 0)]);
    assertEquals(digests, [...Array(4).fill([false, false]), ...Array(2).fill([true, true])]);
  },
});

Deno.test("a watched policy is loaded when its file is written, or another takes its place; broken ones are told of", async () => {
  await using box = await openBox();
  const options = { watch: true };
  const client = await startUnder(box, policyDenying("a"), options);
  assertEquals(await fateOf(client, "a"), "rule:no-a");

  replace(box, policyDenying("b"));
  await said(client, /policy reloaded/);
  assertEquals([await fateOf(client, "a"), await fateOf(client, "b")], ["went", "rule:no-b"]);

  write(box, BROKEN);
  await said(client, /policy NOT reloaded/);
  assertEquals(await fateOf(client, "b"), "rule:no-b");

  write(box, policyDenying("c"));
  await said(client, /policy reloaded[^]*policy reloaded/);
  assertEquals([await fateOf(client, "b"), await fateOf(client, "c")], ["went", "rule:no-c"]);
  await finish(client);
  assertEquals((await assertVerifies(box)).filter(({ kind }) => kind === "policy").length, 2);
});

Deno.test({
  name: "[guardrails] of the configuration are read again, and a broken configuration changes nothing",
  ignore,
  fn: async () => {
    await using box = await openBox();
    const client = await startUnder(box, policyDenying("a"));
    assertEquals(await fateOf(client, "b"), "went");
    box.writeConfig({ policy: policyDenying("a"), config: '[guardrails]\nblok_tools = ["b"]' });
    client.kill("SIGHUP");
    await said(client, /policy NOT reloaded/);
    assertEquals(await fateOf(client, "b"), "went");
    box.writeConfig({ policy: policyDenying("a"), config: '[guardrails]\nblock_tools = ["b"]' });
    client.kill("SIGHUP");
    await said(client, /policy reloaded/);
    assertEquals(await fateOf(client, "b"), "guardrail:block_tools");
    await finish(client);
    await assertVerifies(box);
  },
});

Deno.test({
  name:
    "calls that are under way while the policy changes are each judged by one of the two, and none is lost",
  ignore,
  fn: async () => {
    await using box = await openBox();
    const client = await startUnder(box, policyDenying("a"));
    const fates: Promise<string>[] = [];
    for (let round = 0; round < 5; round++) {
      write(box, policyDenying(round % 2 === 0 ? "b" : "a"));
      client.kill("SIGHUP");
      for (let n = 0; n < 40; n++) fates.push(fateOf(client, "a"), fateOf(client, "b"));
      await said(client, new RegExp(`(policy reloaded[^]*){${round + 1}}`));
    }
    const seen = new Set(await Promise.all(fates));
    assertEquals([...seen].filter((fate) => !["went", "rule:no-a", "rule:no-b"].includes(fate)), []);
    await finish(client);
    const entries = await assertVerifies(box);
    assertEquals(entries.filter(({ kind }) => kind === "policy").length, 5);
    assert(
      entries.filter(({ tool, kind }) => kind === "call" && (tool === "a" || tool === "b")).length === 400,
    );
  },
});

Deno.test({
  name: "SIGHUP under a bundled policy alone reads nothing and ends nothing",
  ignore,
  fn: async () => {
    await using box = await openBox();
    const client = await startUnder(box, policyDenying("a"), { flags: ["--policy", "permissive"] });
    client.kill("SIGHUP");
    await said(client, /policy unchanged: permissive/);
    assertEquals(await fateOf(client, "a"), "went");
    await finish(client);
    await assertVerifies(box);
  },
});
