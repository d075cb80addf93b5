/** What holds on stdio holds over HTTP: refusals, holds, masking, who called; and sessions know nothing of each other. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { assertVerifies, audit, type Box, fixture, openBox, poll, type Proxying, rounds } from "./harness.ts";
import { HttpSession, modernCall, post } from "./harness/http_client.ts";
import { type HttpPeer, startHttpPeer } from "./harness/http_peer.ts";

const POLICY = `version = 1
name = "e2e"
default = "allow"
[[rules]]
id = "no-deletes"
effect = "deny"
tools = ["delete*"]
[[rules]]
id = "ask-first"
effect = "ask"
tools = ["transfer*"]
`;
const SECRET = ["AKIA", "Z7QK3M5TW2XR8N4P"].join("");

function listen(
  box: Box,
  { upstream = "echo_upstream.ts", address = "127.0.0.1:0", ...options }: Proxying & {
    readonly upstream?: string;
    readonly address?: string;
  } = {},
): Promise<HttpPeer> {
  const env = { E2E_RECEIVED: box.path("received"), ...options.env };
  const launch = box.proxied(fixture(upstream), {
    policy: POLICY,
    ...options,
    env,
    flags: ["--listen", address],
  });
  return startHttpPeer(launch, "stderr");
}

// deno-lint-ignore no-explicit-any -- a reply of a server that the test knows
function textOf(reply: any): string {
  return reply.result?.content?.[0]?.text ?? JSON.stringify(reply);
}

Deno.test("a refused call, a masked result and a call of a person's yes, each with its entries", async () => {
  await using box = await openBox();
  const peer = await listen(box, { env: { E2E_PLANTED: JSON.stringify({ text: `key ${SECRET}` }) } });
  const session = await HttpSession.open(peer.url);
  assertMatch(textOf(await session.call("delete-file")), /no-deletes|refused|denied|entry/i);
  const masked = textOf(await session.call("planted-text"));
  assert(!masked.includes(SECRET), masked);
  const held = session.call("transfer", { amount: 5 });
  const seq = await poll(() => {
    const found = /countersign approve (\d+)/.exec(peer.said())?.[1];
    return found === undefined ? undefined : Number(found);
  }, { what: "the held call", detail: peer.said });
  assertEquals((await box.command(["approve", String(seq), "--config", box.configPath])).code, 0);
  assertEquals((await held).error, undefined);
  assertEquals(await peer.end("SIGTERM"), 0);
  const entries = await assertVerifies(box);
  const calls = entries.filter(({ kind, method }) => kind === "call" && method === "tools/call");
  assertEquals(calls.map(({ tool, verdict }) => `${tool} ${verdict}`), [
    "delete-file refuse",
    "planted-text forward",
    "transfer hold",
  ]);
  assertEquals(entries.find(({ kind }) => kind === "session-close")?.reason, "shutdown");
});

Deno.test("legacy clients have a session, an upstream and entries of their own, and cannot see each other", async () => {
  await using box = await openBox();
  const peer = await listen(box);
  const [first, second] = await Promise.all([HttpSession.open(peer.url), HttpSession.open(peer.url)]);
  assertNotEquals(first.headers["mcp-session-id"], second.headers["mcp-session-id"]);
  // Both use the same ids at the same time.
  const [one, two] = await Promise.all([first.call("echo", { a: 1 }), second.call("echo", { b: 2 })]);
  assert(JSON.stringify(one).includes('\\"a\\":1') && !JSON.stringify(one).includes('\\"b\\"'));
  assert(JSON.stringify(two).includes('\\"b\\":2') && !JSON.stringify(two).includes('\\"a\\"'));
  assertEquals(await first.delete(), 204);
  assertEquals((await first.ask("tools/list")).status, 404);
  assertEquals((await second.call("echo")).error, undefined, "the other goes on");
  assertEquals(await peer.end("SIGTERM"), 0);
  await box.noneLeft();
  const entries = await assertVerifies(box);
  const closes = entries.filter(({ kind }) => kind === "session-close").map(({ reason }) => reason);
  assertEquals(closes.sort(), ["deleted", "shutdown"]);
});

Deno.test("modern clients share a session, and calls with the same id get their own answers", async () => {
  await using box = await openBox();
  const peer = await listen(box);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => modernCall(peer.url, { id: 7, name: "echo", args: { n } })),
  );
  answers.forEach(({ status, messages }, n) => {
    assertEquals([status, messages.at(-1)?.id], [200, 7]);
    assert(JSON.stringify(messages).includes(`\\"n\\":${n}`), JSON.stringify(messages));
  });
  assertEquals(await peer.end("SIGTERM"), 0);
  const entries = await assertVerifies(box);
  assertEquals(entries.filter(({ kind }) => kind === "session-open").length, 1);
  assertEquals(entries.filter(({ tool, kind }) => kind === "outcome" && tool === "echo").length, 20);
});

Deno.test("a bearer says who calls; one that does not hold, and none where one is required, open nothing", async () => {
  await using box = await openBox();
  assertEquals((await box.command(["identity", "keygen", "--out", "agents"])).code, 0);
  const tokenOf = async (id: string) => {
    const args = ["identity", "token", "--key", "agents.key", "--agent-id", id, "--role", "support"];
    return (await box.command(args)).stdout.trim();
  };
  const config = '[identity]\nrequired = true\npublic_keys = ["agents.pub"]';
  const peer = await listen(box, { config });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const [ada, bob] = [await tokenOf("ada"), await tokenOf("bob")];
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  for (const headers of [{}, bearer("nonsense"), bearer(`${ada.slice(0, -4)}AAAA`)]) {
    const { status, headers: got } = await post(peer.url, ping, headers);
    assertEquals(status, 401);
    assertMatch(got.get("www-authenticate") ?? "", /^Bearer /);
  }
  const session = await HttpSession.open(peer.url, bearer(ada));
  assertEquals((await session.call("echo")).error, undefined);
  // A session belongs to whoever opened it.
  const stolen = { ...session.headers, ...bearer(bob) };
  assertEquals((await post(peer.url, { jsonrpc: "2.0", id: 2, method: "tools/list" }, stolen)).status, 404);
  await modernCall(peer.url, { id: 1, name: "echo", headers: bearer(bob) });
  assertEquals(await peer.end("SIGTERM"), 0);
  const agents = (await assertVerifies(box)).filter(({ tool, kind }) => kind === "call" && tool === "echo")
    .map(({ agent }) => `${agent?.id} ${agent?.roles} ${agent?.verified}`);
  assertEquals(agents, ["ada support true", "bob support true"]);
  assert(!peer.said().includes(ada), "a token was told");
});

Deno.test("where others can call, a bearer of this install is needed, kept where only its owner reads it", async () => {
  await using box = await openBox();
  const peer = await listen(box, { address: "0.0.0.0:0" });
  const path = `${box.ledgerPath}/listen.token`;
  assert(peer.said().includes(path), peer.said());
  const token = Deno.readTextFileSync(path).trim();
  assert(!peer.said().includes(token), "the bearer was told");
  if (Deno.build.os !== "windows") assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  const url = new URL(peer.url.href.replace("0.0.0.0", "127.0.0.1"));
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  assertEquals((await post(url, ping)).status, 401);
  const session = await HttpSession.open(url, { authorization: `Bearer ${token}` });
  assertEquals((await session.call("echo")).error, undefined);
  await peer.end("SIGTERM");
  const again = await listen(box, { address: "0.0.0.0:0" });
  assertEquals(Deno.readTextFileSync(path).trim(), token, "it stays");
  await again.end("SIGTERM");
});

Deno.test("an upstream that dies ends its session and no other", async () => {
  await using box = await openBox();
  const env = { E2E_EXIT_AFTER: "2", E2E_EXIT_CODE: "3" };
  const peer = await listen(box, { upstream: "exiting_upstream.ts", env });
  const [dying, other] = await Promise.all([HttpSession.open(peer.url), HttpSession.open(peer.url)]);
  await dying.call("first");
  const last = await dying.call("second");
  assertNotEquals(last.error, undefined, JSON.stringify(last));
  await poll(async () => (await dying.ask("tools/list")).status === 404 ? true : undefined, {
    what: "the session to end",
    detail: peer.said,
  });
  assertEquals((await other.call("first")).error, undefined);
  assertEquals(await peer.end("SIGTERM"), 0);
  const closes = (await assertVerifies(box)).filter(({ kind }) => kind === "session-close");
  assertEquals(closes.map(({ reason }) => reason).sort(), ["shutdown", "upstream-exit"]);
});

Deno.test("a policy that is loaded again holds in all sessions, and each has an entry of it", async () => {
  await using box = await openBox();
  const peer = await listen(box, { watch: true });
  const sessions = await Promise.all([1, 2].map(() => HttpSession.open(peer.url)));
  for (const session of sessions) assertEquals((await session.call("env")).error, undefined);
  Deno.writeTextFileSync(box.path("policy.toml"), POLICY.replace('"delete*"', '"delete*", "env"'));
  await poll(() => peer.said().includes("policy reloaded") ? true : undefined, {
    what: "the policy to be loaded",
    detail: peer.said,
  });
  for (const session of [...sessions, await HttpSession.open(peer.url)]) {
    assertMatch(JSON.stringify(await session.call("env")), /no-deletes|isError|refused/);
  }
  assertEquals(await peer.end("SIGTERM"), 0);
  const entries = await assertVerifies(box);
  assertEquals(entries.filter(({ kind }) => kind === "policy").length, 2);
  const refused = entries.filter(({ tool, verdict }) => tool === "env" && verdict === "refuse");
  assertEquals(refused.length, 3);
});

Deno.test("told to end, the product waits for the reply that is under way, and leaves nothing behind", async () => {
  await using box = await openBox();
  const peer = await listen(box);
  const session = await HttpSession.open(peer.url);
  const reply = session.call("sleep", { ms: 700 });
  await poll(
    async () => (await audit(box)).some(({ tool, kind }) => kind === "call" && tool === "sleep") || undefined,
    {
      what: "the call to leave",
    },
  );
  const ended = peer.end("SIGTERM");
  assertEquals(textOf(await reply), "slept");
  assertEquals(await ended, 0);
  await box.noneLeft();
  const entries = await assertVerifies(box);
  assertEquals(entries.filter(({ kind, tool }) => kind === "outcome" && tool === "sleep").length, 1);
});

Deno.test("killed with many sessions: the next start names all of them, and the ledger verifies", async () => {
  await using box = await openBox();
  const peer = await listen(box, { upstream: "counting_upstream.ts" });
  const count = rounds(12, 50);
  const sessions = await Promise.all(Array.from({ length: count }, () => HttpSession.open(peer.url)));
  const waiting = sessions.map((session) => session.call("silent").catch(() => "gone"));
  await poll(() => {
    // Many processes write to the one file: its lines may be torn, what stands in them is not.
    const received = Deno.readTextFileSync(box.path("received"));
    return received.split('"name":"silent"').length - 1 === count ? true : undefined;
  }, { what: "all calls to arrive" });
  await peer.stop();
  await Promise.all(waiting);
  await box.noneLeft();
  const again = await listen(box);
  assert(again.said().includes(`recovered: ${count} earlier`), again.said());
  await again.end("SIGTERM");
  const entries = await assertVerifies(box, ["recovered"]);
  const named = entries.filter(({ kind }) => kind === "recovered");
  assertEquals(named.length, count);
  assertEquals(new Set(named.map(({ session }) => session)).size, count);
});

Deno.test("a hundred sessions at once, each with its own entries; none is crossed, and all end", async () => {
  await using box = await openBox();
  const server = await box.serve(fixture("http_json_server.ts"));
  const options = { policy: POLICY, flags: ["--listen", "127.0.0.1:0"] };
  const peer = await startHttpPeer(box.bridged(server.url, options), "stderr");
  const sessions = await Promise.all(Array.from({ length: 100 }, () => HttpSession.open(peer.url)));
  await Promise.all(sessions.map(async (session, at) => {
    for (let n = 0; n < 3; n++) {
      assert(JSON.stringify(await session.call("echo", { mine: at })).includes(`\\"mine\\":${at}`));
    }
  }));
  assertEquals(await peer.end("SIGTERM"), 0);
  await server.stop();
  const entries = await assertVerifies(box);
  const bySession = Map.groupBy(entries, ({ session }) => session);
  assertEquals(bySession.size, 100);
  for (const own of bySession.values()) {
    assertEquals(own.filter(({ kind, tool }) => kind === "outcome" && tool === "echo").length, 3);
    assertEquals(own.at(-1)?.kind, "session-close");
  }
});
