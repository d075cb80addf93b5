/**
 * Servers that speak HTTP with SSE as 2024-11-05 had it, and nothing newer, behind the product: clients of both eras work
 * with them, and the official one sees what it sees when it speaks with the server itself.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import { assertVerifies, type Box, fixtureWithPackages, npmServer, openBox } from "./harness.ts";
import { startAtPort, startHttpPeer } from "./harness/http_peer.ts";
import type { LegacySession } from "./harness/legacy_session.ts";
import { ModernSession, type Peer } from "./harness/modern_session.ts";
import { installed } from "./harness/npm.ts";
import { assertSameFacts } from "./harness/transcript.ts";
import { EVERYTHING, everythingSession, TASK_TOOLS } from "./sessions/everything.ts";
import { httpLegacySession } from "./sessions/http_legacy.ts";
import { modernSession } from "./sessions/modern.ts";
import { direct, steps } from "./sessions/modern_steps.ts";

const FIXTURE = fixtureWithPackages("http_old_pair_server.ts");

/** Runs `script` against the server itself and through the product, and compares what was seen. */
async function compare(box: Box, url: URL, script: (peer: Peer) => Promise<LegacySession>): Promise<void> {
  const [expected, seen] = [await script(url), await script(box.bridged(url))];
  assertSameFacts(seen.transcript, expected.transcript, { repeats: true });
  assert(seen.listed.size > 0, "no tools were listed");
  assertEquals([...seen.listed].filter((name) => !seen.called.has(name) && !TASK_TOOLS.includes(name)), []);
  await Promise.all([expected.close(), seen.close()]);
  await assertVerifies(box);
}

Deno.test("a server on the SDK's transport of 2024-11-05 looks the same through the product", async () => {
  await using box = await openBox();
  const server = await box.serve(FIXTURE);
  await compare(box, server.url, httpLegacySession);
  await server.stop();
});

async function everything(box: Box): Promise<{ readonly url: URL; stop(): Promise<void> }> {
  await installed(EVERYTHING);
  const { url, stop } = await startAtPort(box.direct(npmServer(EVERYTHING, ["sse"])));
  return { url: new URL("/sse", url), stop };
}

Deno.test("server-everything over HTTP with SSE looks the same through the product", async () => {
  await using box = await openBox();
  const server = await everything(box);
  await compare(box, server.url, everythingSession);
  await server.stop();
});

/** The texts in a tool's result. */
function textOf(result: unknown): string {
  const { content } = result as { content: { text?: string }[] };
  return content.map(({ text }) => text ?? "").join("\n");
}

Deno.test("a modern client works with server-everything over HTTP with SSE, and is asked by it", async () => {
  await using box = await openBox();
  const server = await everything(box);
  const session = await ModernSession.connect(box.bridged(server.url), "modern");
  const { client } = session;
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    textOf(await client.callTool({ name, arguments: args }));
  assert((await client.listTools()).tools.some(({ name }) => name === "trigger-sampling-request"));
  assertStringIncludes(await call("echo", { message: "over two eras" }), "over two eras");
  assertStringIncludes(await call("trigger-elicitation-request"), '"confirm": true');
  assertStringIncludes(
    await call("trigger-sampling-request", { prompt: "x", maxTokens: 9 }),
    "scripted-model",
  );
  const progress: number[] = [];
  const long = { name: "trigger-long-running-operation", arguments: { duration: 1, steps: 3 } };
  // The client tells of its own progress as well, where it is asked something on the way.
  const onprogress = (one: { readonly progress: number; readonly total?: number | undefined }) => {
    if (one.total === 3) progress.push(one.progress);
  };
  await client.callTool(long, { onprogress });
  assertEquals(progress, [1, 2, 3]);
  await session.close();
  await server.stop();
  const entries = await assertVerifies(box);
  const to = (method: string) =>
    entries.filter((entry) => entry.kind === "call" && entry.method === method).length;
  assertEquals([to("initialize"), to("elicitation/create"), to("sampling/createMessage")], [1, 1, 1]);
});

Deno.test("the product's own pair of 2024-11-05 is an upstream of the product as any other", async () => {
  await using behind = await openBox();
  await using box = await openBox();
  const first = await startHttpPeer(
    behind.proxied(fixtureWithPackages("modern_server.ts"), {
      flags: ["--listen", "127.0.0.1:0"],
      config: "[listen]\nlegacy_sse = true",
      env: getDefaultEnvironment(),
    }),
    "stderr",
  );
  const upstream = new URL("/sse", first.url);
  const second = await startHttpPeer(box.bridged(upstream, { flags: ["--listen", "127.0.0.1:0"] }), "stderr");
  const [session, expected] = await Promise.all([modernSession(second.url, "modern"), direct("modern")]);
  await session.close();
  assertEquals(await second.end("SIGTERM"), 0);
  assertEquals(await first.end("SIGTERM"), 0);
  assertEquals(steps(session.transcript.text), expected);
  await Promise.all([assertVerifies(box), assertVerifies(behind)]);
});

Deno.test("a server that dies in the middle of a call costs that call; when it is back, so is the session", async () => {
  await using box = await openBox();
  const first = await box.serve(FIXTURE);
  const client = box.start(box.bridged(first.url));
  await client.initialize();
  const slow = { name: "slow", arguments: { steps: 1000, pauseMs: 50 }, _meta: { progressToken: "p" } };
  const call = client.request("tools/call", slow);
  await client.next(({ method }) => method === "notifications/progress", "progress");
  await first.stop();
  assertStringIncludes((await call).error.message, `${first.url.origin} ended its stream`);
  const meanwhile = await client.call("echo", { text: "anybody there?" });
  assertStringIncludes(meanwhile.error.message, "cannot be reached");
  const second = await box.serve(FIXTURE, { PORT: first.url.port });
  const { result } = await client.call("echo", { text: "back again" });
  assertEquals(result.content[0].text, "back again");
  assertStringIncludes(client.stderr, "the MCP server has a new stream");
  await client.closeInput();
  assertEquals((await client.exited()).code, 0);
  await second.stop();
  const entries = await assertVerifies(box);
  const calls = entries.filter(({ kind, method }) => kind === "call" && method === "tools/call");
  const outcomes = new Set(entries.filter(({ kind }) => kind === "outcome").map(({ call }) => call));
  assertEquals(calls.map(({ seq }) => outcomes.has(seq)), [true, true, true]);
});
