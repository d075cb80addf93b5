/** Who calls is what a verified token says; it never reaches the upstream, and one that does not hold starts nothing. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { arrived, fateOf, finish, startUnder } from "./forms/policy_run.ts";
import { assertVerifies, type Box, fixture, openBox, product, type Proxying, runOnce } from "./harness.ts";

const POLICY = `version = 1
name = "e2e"
default = "deny"
[[rules]]
id = "support"
effect = "allow"
tools = ["refund"]
roles = ["support-agent"]
[[rules]]
id = "all"
effect = "allow"
tools = ["read"]
`;
const IDENTITY = '[identity]\nrequired = true\npublic_keys = ["agents.pub"]';

/** Makes the keys, and a token of theirs. */
async function tokenOf(box: Box, ...flags: readonly string[]): Promise<string> {
  const made = await box.command(["identity", "keygen", "--out", "agents"]);
  assertEquals(made.code, 0, made.stderr);
  const args = ["identity", "token", "--key", "agents.key", "--agent-id", "ada", ...flags];
  const { code, stdout, stderr } = await box.command(args);
  assertEquals(code, 0, stderr);
  return stdout.trim();
}

function carrying(token: string): Proxying {
  return { config: IDENTITY, env: { COUNTERSIGN_AGENT_TOKEN: token } };
}

Deno.test("a verified token gives the agent its name and roles, in rules and in every entry", async () => {
  await using box = await openBox();
  const token = await tokenOf(box, "--role", "support-agent");
  const client = await startUnder(box, POLICY, carrying(token));
  assertEquals([await fateOf(client, "refund"), await fateOf(client, "other")], ["went", "default"]);
  await finish(client);
  const agents = (await assertVerifies(box)).map(({ agent }) => JSON.stringify(agent));
  assertEquals(new Set(agents), new Set(['{"id":"ada","roles":["support-agent"],"verified":true}']));
});

Deno.test("where a token is required, an agent without one gets its handshake and a clear no", async () => {
  await using box = await openBox();
  await tokenOf(box);
  const client = await startUnder(box, POLICY, { config: IDENTITY });
  assertEquals((await client.request("tools/list")).error, undefined);
  assertEquals(await fateOf(client, "read"), "unverified-agent");
  await finish(client);
  assertEquals(arrived(box, "read"), 0);
  const refused = (await assertVerifies(box)).find(({ tool }) => tool === "read");
  assertEquals([refused?.kind, refused?.verdict, refused?.reason], ["call", "refuse", "unverified-agent"]);
});

Deno.test("a token that does not hold starts nothing: one error, exit 2, and the reason in the ledger", async () => {
  await using box = await openBox();
  const token = await tokenOf(box);
  const client = box.start(
    box.proxied(fixture("echo_upstream.ts"), carrying(`${token.slice(0, -8)}AAAAAAAA`)),
  );
  assertEquals((await client.exited()).code, 2);
  assertMatch(client.stderr, /^error: cannot use the agent token: .+\nhint: .+\n$/);
  assertEquals(client.lines, []);
  const fault = (await assertVerifies(box)).find(({ kind }) => kind === "fault");
  assertEquals(fault?.reason, "token:bad-signature");
});

Deno.test("the upstream never sees the token, nor the secret that makes them", async () => {
  await using box = await openBox();
  const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC1zZWNyZXQ";
  const env = { AGENT_SECRET: secret };
  const args = ["identity", "token", "--secret-env", "AGENT_SECRET", "--agent-id", "ada"];
  const { code, stdout, stderr } = await box.command(args, env);
  assertEquals(code, 0, stderr);
  const launch = box.proxied(fixture("echo_upstream.ts"), {
    config: '[identity]\nsecret = "${AGENT_SECRET}"',
    env: { ...env, COUNTERSIGN_AGENT_TOKEN: stdout.trim(), PLAIN: "seen" },
  });
  const client = box.start(launch);
  await client.initialize();
  const names: string = (await client.call("env")).result.content[0].text;
  assertStringIncludes(names, "PLAIN");
  assertEquals(names.split(" ").filter((name) => /COUNTERSIGN|AGENT_SECRET/.test(name)), []);
  await finish(client);
  box.writeConfig(); // `verify` runs where the secret is not
  const [opening] = await assertVerifies(box);
  assertEquals(opening?.agent, { id: "ada", roles: [], verified: true });
});

Deno.test("a token that is no text starts nothing, and is not quoted", async () => {
  if (Deno.build.os === "windows") return; // variables are text there
  await using box = await openBox();
  const { command, args } = product(["run", "--config", box.configPath, "--", "cat"]);
  box.writeConfig();
  const script = `COUNTERSIGN_AGENT_TOKEN="$(printf 'hush\\377hush')" exec "$@"`;
  const { code, stdout, stderr } = await runOnce({
    command: "sh",
    args: ["-c", script, "sh", command, ...args],
    env: box.env(),
    cwd: box.folder,
  });
  assertEquals([code, stdout], [2, ""], stderr);
  assertStringIncludes(
    stderr,
    "error: cannot read the variable COUNTERSIGN_AGENT_TOKEN: its value is not UTF-8 text",
  );
  assertEquals(stderr.includes("hush"), false, stderr);
});
