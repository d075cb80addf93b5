/**
 * Attacks on the real listener, end to end. Which test tries which attack:
 *
 * | attack                                      | test                                                                |
 * | ------------------------------------------- | ------------------------------------------------------------------- |
 * | DNS rebinding, cross-origin, `null`, CORS   | here (wire), transport/http_server/guards_test: every form of names |
 * | chunked and mis-sized bodies, smuggling     | here (wire), transport/http_server/socket_test                      |
 * | header smuggling: folds, line ends, doubles | here (wire), transport/http_server/socket_test                      |
 * | header/body mismatch, each mirrored header  | here, transport/http_server/modern_test                             |
 * | session fixation, guessing, another bearer  | here, http_listen_rules_test, guards_test                           |
 * | forged Last-Event-ID, another's stream      | here, transport/http_server/legacy_test                             |
 * | a batch with one bad element                | here, transport/http_server/legacy_test                             |
 * | compressed bombs: requests                  | here (wire), guards_test                                            |
 * | compressed bombs: answers of the upstream   | transport/http_attacks_test                                         |
 * | slow loris: heads                           | here: "connections that say nothing"                                |
 * | slow loris: bodies; clients that don't read | socket_test, bounds_test                                            |
 * | X-Forwarded-*, Forwarded                    | here, guards_test                                                   |
 * | redirects, hostile SSE of the upstream      | transport/http_attacks_test, http_upstream_test, wire/sse_test      |
 * | floods: 429, Retry-After, others are served | here, bounds_test                                                   |
 * | HTTP/2 rapid reset                          | here                                                                |
 * | web sockets, CONNECT, paths, long heads     | here (wire)                                                         |
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { assertVerifies, audit, type Box, fixture, openBox, poll, type Proxying } from "./harness.ts";
import { WIRE_ATTACKS } from "./forms/wire_attacks.ts";
import { HttpSession, modernCall, post } from "./harness/http_client.ts";
import { hasPinnedRuntime } from "./harness/product.ts";
import { freePort, type HttpPeer, startHttpPeer } from "./harness/http_peer.ts";
import { resetRapidly } from "./harness/raw_h2.ts";
import { sendRaw } from "./harness/raw_http.ts";
import { Arena } from "./soak/arena.ts";
import type { LoadSession } from "./soak/load_session.ts";

const LISTEN = ["--listen", "127.0.0.1:0"];

function listen(box: Box, options: Proxying = {}): Promise<HttpPeer> {
  return startHttpPeer(box.proxied(fixture("echo_upstream.ts"), { flags: LISTEN, ...options }), "stderr");
}

function echo(id: number): Record<string, unknown> {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name: "echo", arguments: { id } } };
}

Deno.test({
  name: "requests that are meant to be read in two ways are refused, and nothing that hides in them is done",
  ignore: !hasPinnedRuntime(),
  fn: readInTwoWays,
});

async function readInTwoWays(t: Deno.TestContext): Promise<void> {
  await using arena = await Arena.open();
  const { url } = arena.product;
  const legit = await HttpSession.open(url);
  const target = { host: url.host, session: legit.headers["mcp-session-id"] ?? "" };
  for (const { name, bytes, statuses, endsEarly = false } of WIRE_ATTACKS) {
    await t.step(name, async () => {
      const answer = await sendRaw(url, bytes(target), { endsEarly });
      // What never became a request may be left without an answer.
      const isLeft = endsEarly && answer.statuses.length === 0;
      if (!isLeft) assertEquals(answer.statuses, statuses, answer.text);
      assertEquals((await legit.call("echo", { token: "legit:1" })).error, undefined, "the session goes on");
    });
  }
  const { calls, crossed } = await arena.upstreamCounts();
  assertEquals([calls, crossed], [WIRE_ATTACKS.length, 0], "a hidden call reached the upstream");
  const said = arena.product.said();
  assert(!/evil|smuggled|internal/i.test(said), said);
  assertEquals(await arena.product.end("SIGTERM"), 0);
}

Deno.test("a call whose headers say other things than its body is refused, and reaches nobody", async () => {
  await using box = await openBox();
  const peer = await listen(box);
  for (
    const headers of [
      { "mcp-name": "other" },
      { "mcp-name": "echo, other" },
      { "mcp-name": "=?base64?!?=" },
      { "mcp-method": "tools/list" },
      { "mcp-method": "TOOLS/CALL" },
      { "mcp-protocol-version": "2025-11-25" },
    ]
  ) {
    const { status, messages } = await modernCall(peer.url, { id: 1, name: "echo", headers });
    assertEquals([status, messages[0]?.error?.code], [400, -32020], JSON.stringify(headers));
  }
  assertEquals(await peer.end("SIGTERM"), 0);
  assertEquals((await audit(box)).filter(({ method }) => method === "tools/call"), []);
});

Deno.test("session ids that a client chose or guessed open nothing, and events of others are nobody else's", async () => {
  await using arena = await Arena.open();
  const { url } = arena.product;
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } };
  const initialize = { jsonrpc: "2.0", id: 0, method: "initialize", params };
  const victim = await arena.session(), thief = await arena.session();
  const id = victim.headers["mcp-session-id"] ?? "";
  for (
    const chosen of ["fixed", "%0d%0aSet-Cookie: a=b", "\u00e9", `${id}x`, id.slice(0, -1), id.toLowerCase()]
  ) {
    const answer = await post(url, initialize, { "mcp-session-id": chosen });
    assertEquals([answer.status, answer.headers.get("mcp-session-id")], [404, null], chosen);
  }
  // It is there, and initialized already: nobody else's handshake takes it over.
  assertEquals((await post(url, initialize, { "mcp-session-id": id })).status, 400);

  const gone = new AbortController(), heard: string[] = [];
  const hear = async (session: LoadSession, lastEventId?: string) => {
    const take = ({ params }: { params?: { data?: { token: string } } }) =>
      heard.push(params?.data?.token ?? "");
    session.onAside = take;
    const events = await session.listen(gone.signal, lastEventId);
    (async () => {
      for await (const { message } of events) take(message);
    })();
  };
  const wasHeard = (session: LoadSession) =>
    poll(() => heard.some((token) => token.startsWith(session.secret)) || undefined, { what: "a message" });
  await hear(victim);
  await victim.call("tell", { from: 0, count: 3 });
  await wasHeard(victim);
  heard.length = 0;
  for (const forged of ["", "g1-0", "p2-0", "g9-0", "g1-99999999999", "../g1-0", "g1-0\tg2-0"]) {
    const headers = { ...thief.headers, "last-event-id": forged, accept: "text/event-stream" };
    const answer = await fetch(url, { headers, signal: gone.signal });
    assertEquals(answer.status, 400, await answer.text());
  }
  await hear(thief);
  await hear(thief, "g1-0");
  await thief.call("tell", { from: 0, count: 1 });
  await wasHeard(thief);
  gone.abort();
  assert(!heard.some((token) => token.startsWith(victim.secret)), "another's message was heard");
  assertEquals(await arena.product.end("SIGTERM"), 0);
});

Deno.test("a batch with one bad element is refused whole where there are none, and answered one by one where there are", async () => {
  await using box = await openBox();
  const peer = await listen(box);
  const bad = { id: 2, method: "tools/call", params: { name: "echo" } };
  const newer = await HttpSession.open(peer.url);
  assertEquals((await post(peer.url, [echo(1), bad], newer.headers)).status, 400);
  const version = {
    protocolVersion: "2025-03-26",
    capabilities: {},
    clientInfo: { name: "x", version: "1" },
  };
  const opened = await post(peer.url, { jsonrpc: "2.0", id: 0, method: "initialize", params: version });
  const older = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  const { status, messages: [answers] } = await post(peer.url, [echo(1), bad], older);
  assertEquals(status, 200);
  const [result, error] = [...answers].sort((a, b) => Number("error" in a) - Number("error" in b));
  assertEquals([result.id, answers.length], [1, 2]);
  assertMatch(String(error.error.code), /^-32600$/);
  assertEquals(await peer.end("SIGTERM"), 0);
  const entries = await assertVerifies(box);
  const calls = entries.filter(({ kind, method }) => kind === "call" && method === "tools/call");
  assertEquals(calls.map(({ verdict }) => verdict), ["forward"]);
  assertEquals(entries.filter(({ kind }) => kind === "malformed").length, 2);
});

Deno.test("what says where a request was forwarded from is believed by nobody, and told to nobody", async () => {
  await using box = await openBox();
  const peer = await listen(box);
  const forged = {
    "x-forwarded-for": "10.66.66.66",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-real-ip": "10.66.66.66",
    "x-deno-client-address": "10.66.66.66:1",
    forwarded: "for=10.66.66.66;host=evil.example;proto=https",
  };
  const session = await HttpSession.open(peer.url, forged);
  assertEquals((await session.call("echo")).error, undefined);
  assertEquals((await post(peer.url, echo(1), { ...forged, "mcp-session-id": "none" })).status, 404);
  assertEquals(await peer.end("SIGTERM"), 0);
  assert(!/evil|10\.66/.test(`${peer.said()}${JSON.stringify(await assertVerifies(box))}`));
});

Deno.test("an environment does not make the product listen elsewhere than it was told", async () => {
  await using box = await openBox();
  const elsewhere = freePort();
  const env = { DENO_SERVE_ADDRESS: `tcp:0.0.0.0:${elsewhere}`, DENO_TRUST_PROXY_HEADERS: "1" };
  const peer = await listen(box, { env });
  assert(peer.url.port !== String(elsewhere), peer.said());
  assertEquals((await (await HttpSession.open(peer.url)).call("echo")).error, undefined);
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: elsewhere }));
  assertEquals(await peer.end("SIGTERM"), 0);
});

Deno.test("a flood of sessions is told when to come back, and who is there goes on", async () => {
  await using box = await openBox();
  const peer = await listen(box, { config: "[listen]\nmax_sessions = 3" });
  const open = () => HttpSession.open(peer.url);
  const sessions = await Promise.all([open(), open(), open()]);
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } };
  const flood = await Promise.all(
    Array.from({ length: 30 }, () => post(peer.url, { jsonrpc: "2.0", id: 0, method: "initialize", params })),
  );
  for (const { status, headers } of flood) {
    assertEquals([status, Number(headers.get("retry-after")) > 0], [429, true]);
  }
  for (const session of sessions) assertEquals((await session.call("echo")).error, undefined);
  assertEquals(await sessions[0]?.delete(), 204);
  assertEquals((await (await open()).call("echo")).error, undefined, "there is room for another one");
  assertEquals(await peer.end("SIGTERM"), 0);
  await box.noneLeft();
});

Deno.test({
  name: "connections that say nothing use up what the system gives, and lose it to those who speak",
  // The limit is set by a shell.
  ignore: Deno.build.os === "windows" || !hasPinnedRuntime(),
  fn: async () => {
    await using box = await openBox();
    const launch = box.proxied(fixture("echo_upstream.ts"), { flags: LISTEN });
    const args = ["-c", 'ulimit -n 200; exec "$@"', "--", launch.command, ...launch.args];
    const peer = await startHttpPeer({ ...launch, command: "bash", args }, "stderr");
    const session = await HttpSession.open(peer.url);
    const slow = session.call("sleep", { ms: 2_000 });
    const silent: Deno.Conn[] = [];
    const again = () => peer.said().includes("no more connections could be taken");
    for (let n = 0; n < 1_000 && !again(); n++) {
      try {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(peer.url.port) });
        silent.push(connection);
        await connection.write(new TextEncoder().encode("POST /mcp HTTP/1.1\r\nHost: a"));
      } catch {
        // For a moment nobody listens.
      }
    }
    assert(again(), peer.said());
    const next = await poll(() => HttpSession.open(peer.url).catch(() => undefined), {
      what: "to be let in",
    });
    assertEquals((await next.call("echo")).error, undefined);
    assertEquals((await slow).error, undefined, "a call that was under way is answered");
    for (const connection of silent) connection.close();
    assertEquals(await peer.end("SIGTERM"), 0);
    await box.noneLeft();
    await assertVerifies(box);
  },
});

Deno.test("streams of HTTP/2 that are reset as fast as they are opened end their connection, and no other", async () => {
  await using box = await openBox();
  const peer = await listen(box);
  const session = await HttpSession.open(peer.url);
  assert(await resetRapidly(peer.url, 5_000), "the connection was not ended");
  assertEquals((await session.call("echo")).error, undefined);
  assertEquals(await peer.end("SIGTERM"), 0);
  const opened = (await assertVerifies(box)).filter(({ kind }) => kind === "session-open");
  assertEquals(opened.length, 1);
});
