/** Servers that ask for an attestation with each request, and check it with a stock library. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertVerifies,
  type Box,
  fixtureWithPackages,
  type LineClient,
  openBox,
  poll,
  product,
} from "./harness.ts";
import { post } from "./harness/http_client.ts";
import { type HttpPeer, startHttpPeer } from "./harness/http_peer.ts";

const UPSTREAM = fixtureWithPackages("attesting_upstream.ts");
const POLICY = `version = 1
name = "e2e"
default = "allow"
[[rules]]
id = "mask"
effect = "redact"
tools = ["echo"]
redact_fields = ["secret"]
[[rules]]
id = "ask-first"
effect = "ask"
tools = ["transfer"]
message = "a person has to look at this"
`;
// What the server says again of its call looks like a call, of which people are warned.
const PLAIN = '[scan.injection]\naction = "allow"\n';
const ON = "[attestation]\nenabled = true\n", OFF = "[attestation]\nenabled = false\n";

interface Told {
  readonly claims: Record<string, unknown> & { readonly entry: number; readonly aud: string };
  readonly arguments: Record<string, unknown>;
}

const keyOf = (box: Box) => ({ KEY: `${box.ledgerPath}/keys/signing.pub` });

function toldIn(reply: Awaited<ReturnType<LineClient["call"]>>): Told {
  assertEquals(reply.error, undefined);
  return JSON.parse(reply.result.content[0].text);
}

/** Calls of each kind, and what the server was told of them. */
async function callsOf(box: Box, client: LineClient): Promise<readonly Told[]> {
  await client.initialize();
  assertEquals((await client.request("tools/list")).result.tools.length, 3);
  const masked = toldIn(await client.call("echo", { secret: "hush", open: 1 }));
  assertEquals(masked.arguments, { secret: "[REDACTED]", open: 1 });
  const many = await Promise.all(Array.from({ length: 20 }, (_, n) => client.call("echo", { n })));
  const released = client.call("transfer", { amount: 5 });
  released.catch(() => undefined);
  const seq = await poll(() => /countersign approve (\d+)/.exec(client.stderr)?.[1], {
    what: "the line that names the held call",
    detail: () => client.stderr,
  });
  assertEquals((await box.command(["approve", seq, "--config", box.configPath])).code, 0);
  const told = [masked, ...many.map(toldIn), toldIn(await released)];
  assertEquals(told.at(-1)?.claims.entry, Number(seq));
  return told;
}

/** Each was told of another entry, and each entry is there as it was told. */
async function assertTold(box: Box, told: readonly Told[], audience: string): Promise<void> {
  const entries = await assertVerifies(box);
  assertEquals(new Set(told.map(({ claims }) => claims.entry)).size, told.length);
  for (const { claims } of told) {
    const entry = entries.find(({ seq }) => seq === claims.entry) as Record<string, unknown> | undefined;
    assertEquals([claims.aud, claims.hash, claims.jti], [audience, entry?.hash, entry?.id]);
    assertEquals([claims.tool, claims.input, claims.policy], [entry?.tool, entry?.input, entry?.policy]);
  }
}

async function end(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

Deno.test("a server on stdio can ask for an attestation of each request: masked, pipelined, released", async () => {
  await using box = await openBox();
  const launch = box.proxied(UPSTREAM, {
    policy: POLICY,
    config: `${ON}${PLAIN}`,
    flags: ["--server", "payments"],
    env: { ...keyOf(box), AUDIENCE: "payments" },
  });
  const client = box.start(launch);
  const told = await callsOf(box, client);
  await end(client);
  await assertTold(box, told, "payments");
});

Deno.test("a server at a URL gets attestations unasked, in the body and in a header alike, also after it forgot us", async () => {
  await using box = await openBox();
  const server = await box.serve(UPSTREAM, { HTTP: "1", ...keyOf(box) });
  const client = box.start(box.bridged(server.url, { policy: POLICY, config: PLAIN }));
  const told = await callsOf(box, client);
  toldIn(await client.call("forget"));
  // The handshake comes again as it was, and so does the call: the server answered neither.
  const again = toldIn(await client.call("echo", { after: true }));
  assertMatch(client.stderr, /has forgotten the session/);
  await end(client);
  await server.stop();
  await assertTold(box, [...told, again], server.url.origin);
});

Deno.test("a command is sent no attestation unless it is asked for, and a URL none where it is switched off", async () => {
  await using box = await openBox();
  const server = await box.serve(UPSTREAM, { HTTP: "1", ...keyOf(box) });
  const command = box.start(box.proxied(UPSTREAM, { env: { ...keyOf(box), AUDIENCE: "payments" } }));
  const { error } = await command.request("ping");
  assertEquals(error.message, "not attested: no attestation");
  await end(command);
  const url = box.start(box.bridged(server.url, { config: OFF }));
  assertEquals((await url.request("initialize", {})).error.message, "not attested: no attestation");
  const dry = box.start(box.bridged(server.url, { flags: ["--dry-run"] }));
  assertEquals((await dry.request("initialize", {})).error.message, "not attested: no attestation");
  await end(url);
  await end(dry);
  await server.stop();
});

Deno.test("behind a gateway each server gets attestations of its own calls, under its own names", async () => {
  await using box = await openBox();
  const server = await box.serve(UPSTREAM, { HTTP: "1", ...keyOf(box) });
  const command = JSON.stringify([UPSTREAM.command, ...UPSTREAM.args]);
  const servers = `[servers.pay]\ncommand = ${command}\ninherit_env = true\nenv = { AUDIENCE = "pay" }\n` +
    `[servers.far]\nurl = "${server.url.href}"\n`;
  box.writeConfig({ policy: POLICY, config: `${ON}${PLAIN}${servers}` });
  const run = product(["run", "--config", box.configPath]);
  const client = box.start({ ...run, env: box.env(keyOf(box)), cwd: box.folder });
  await client.initialize();
  const names = (await client.request("tools/list")).result.tools.map(({ name }: { name: string }) => name);
  assertEquals(names.toSorted(), [
    "far_echo",
    "far_forget",
    "far_transfer",
    "pay_echo",
    "pay_forget",
    "pay_transfer",
  ]);
  const [pay, far] = [
    toldIn(await client.call("pay_echo", { a: 1 })),
    toldIn(await client.call("far_echo", { b: 2 })),
  ];
  assertEquals([pay.claims.aud, pay.claims.server, pay.claims.tool], ["pay", "pay", "echo"]);
  assertEquals([far.claims.aud, far.claims.server, far.claims.tool], [server.url.origin, "far", "echo"]);
  await end(client);
  await server.stop();
  await assertVerifies(box);
});

Deno.test("a client over HTTP cannot forge an attestation, neither in a header nor in the body", async () => {
  await using box = await openBox();
  const server = await box.serve(UPSTREAM, { HTTP: "1", ...keyOf(box) });
  const forged = { "dev.countersign/attestation": "forged" };
  const initialize = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "c", version: "1" },
      _meta: forged,
    },
  };
  const answerOf = async (config: string) => {
    const flags = ["--listen", "127.0.0.1:0"];
    const listener: HttpPeer = await startHttpPeer(box.bridged(server.url, { config, flags }), "stderr");
    const { messages } = await post(listener.url, initialize, { "x-countersign-attestation": "forged" });
    assertEquals(await listener.end("SIGTERM"), 0);
    return messages[0];
  };
  assertEquals((await answerOf(ON)).error, undefined);
  assertEquals((await answerOf(OFF)).error?.message, "not attested: no attestation");
  await server.stop();
  assert((await assertVerifies(box)).length > 0);
});
