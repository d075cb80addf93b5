/**
 * Clients of one era in front of servers of the other, official peers on both sides: the client comes to what it comes to
 * with a server of its own era, over every pairing of transports.
 */
import { assert, assertEquals } from "@std/assert";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import {
  assertVerifies,
  audit,
  type Box,
  type Entry,
  fixtureWithPackages,
  npmServer,
  openBox,
  within,
} from "./harness.ts";
import { type HttpPeer, startHttpPeer } from "./harness/http_peer.ts";
import { LegacySession } from "./harness/legacy_session.ts";
import { ModernSession, type Peer, stdio } from "./harness/modern_session.ts";
import { installed } from "./harness/npm.ts";
import type { ProductCommand } from "./harness/product.ts";
import { EVERYTHING } from "./sessions/everything.ts";
import { prepareFolder } from "./sessions/filesystem.ts";
import { modernSession } from "./sessions/modern.ts";
import { direct, steps } from "./sessions/modern_steps.ts";

const FILESYSTEM = "@modelcontextprotocol/server-filesystem@2026.8.31";
const LISTEN = ["--listen", "127.0.0.1:0"] as const;
type Way = "stdio" | "http";

/** A server of one era alone. */
function eraServer(file: string, era: string): ProductCommand {
  const { command, args } = fixtureWithPackages(`../bridge/fixtures/${file}`);
  return { command, args: [...args, era] };
}

interface Front {
  readonly peer: Peer;
  /** Ends what listens; its exit code. */
  end(): Promise<number>;
}

/** The product in front of a server of `era`, for a client that comes by `from`. */
async function front(
  box: Box,
  era: string,
  { from, to }: { readonly from: Way; readonly to: Way },
): Promise<Front> {
  const flags = from === "http" ? LISTEN : [];
  const launch = to === "http"
    ? box.bridged((await box.serve(eraServer("http_era_server.ts", era))).url, { flags })
    : box.proxied(eraServer("era_server.ts", era), { flags, env: getDefaultEnvironment() });
  return from === "stdio" ? { peer: launch, end: () => Promise.resolve(0) } : await listening(launch);
}

async function listening(launch: Parameters<typeof startHttpPeer>[0]): Promise<Front> {
  const peer: HttpPeer = await startHttpPeer(launch, "stderr");
  return { peer: peer.url, end: () => peer.end("SIGTERM") };
}

for (const [client, server] of [["modern", "legacy"], ["legacy", "modern"]] as const) {
  for (const from of ["stdio", "http"] as const) {
    for (const to of ["stdio", "http"] as const) {
      Deno.test(`a ${client} client over ${from} works with a ${server} server over ${to}`, async () => {
        await using box = await openBox();
        const { peer, end } = await front(box, server, { from, to });
        const [session, expected] = await Promise.all([modernSession(peer, client), direct(client)]);
        await session.close();
        assertEquals(await end(), 0);
        assertEquals(steps(session.transcript.text), expected);
        await assertVerifies(box);
      });
    }
  }
}

/** The texts in a tool's result. */
function textOf(result: unknown): string {
  const { content } = result as { content: { text?: string }[] };
  return content.map(({ text }) => text ?? "").join("\n");
}

Deno.test("server-everything asks a modern client for all that it can be asked", async () => {
  await installed(EVERYTHING);
  await using box = await openBox();
  const { client, transcript, ...session } = await connectModern(box.proxied(npmServer(EVERYTHING)));
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    textOf(await within(client.callTool({ name, arguments: args }), { what: name }));
  const names = (await client.listTools()).tools.map(({ name }) => name);
  assert(names.includes("trigger-sampling-request") && names.includes("get-roots-list"));
  assert((await call("trigger-elicitation-request")).includes('"confirm": true'));
  assert((await call("trigger-sampling-request", { prompt: "x", maxTokens: 9 })).includes("scripted-model"));
  const url = { url: "https://example.org/x", message: "in", elicitationId: "e-1" };
  assert((await call("trigger-url-elicitation", url)).includes("completed the URL elicitation flow"));
  // This server asks for the roots by itself, a while after the handshake.
  await within(untilRoots(() => call("get-roots-list")), { what: "the roots to be known" });
  const long = { name: "trigger-long-running-operation", arguments: { duration: 1, steps: 3 } };
  await client.callTool(long, { onprogress: () => {} });
  // The SDK may drop a progress report that comes in one read with the reply; the messages themselves are counted.
  assertEquals(
    transcript.text.split("\n").filter((line) => line.includes("notifications/progress")).length,
    3,
  );
  const uri = "demo://resource/static/document/features.md";
  const subscription = await client.listen({ resourceSubscriptions: [uri] });
  await transcript.until(["resources/updated", uri], () => call("toggle-subscriber-updates"));
  await subscription.close();
  await session.close();
  const entries = await assertVerifies(box);
  const to = (method: string) =>
    entries.filter((entry) => entry.kind === "call" && entry.method === method).length;
  assertEquals([to("elicitation/create"), to("sampling/createMessage"), to("initialize")], [2, 1, 1]);
  assertEquals([to("resources/subscribe"), to("resources/unsubscribe")], [1, 1]);
});

async function connectModern(peer: Peer) {
  const session = await ModernSession.connect(peer, "modern");
  return { client: session.client, transcript: session.transcript, close: () => session.close() };
}

async function untilRoots(look: () => Promise<string>): Promise<void> {
  while (!(await look()).includes("file:///srv/work")) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test("server-filesystem gets the roots of a modern client before its first call leaves", async () => {
  await installed(FILESYSTEM);
  await using box = await openBox();
  const folder = box.path("files");
  prepareFolder(folder);
  const { client, close } = await connectModern(box.proxied(npmServer(FILESYSTEM, [folder])));
  assert((await client.listTools()).tools.some(({ name }) => name === "read_text_file"));
  const read = { name: "read_text_file", arguments: { path: `${folder}/a.txt` } };
  // Its only root is another folder, and one that is not there: the server keeps to what it was started with.
  assert(textOf(await client.callTool(read)).startsWith("first line"));
  await close();
  const methods = (await assertVerifies(box)).filter(({ kind }) => kind === "call").map(({ method }) =>
    method
  );
  assertEquals(methods.filter((method) => method === "tools/call").length, 1);
  assert(methods.includes("roots/list"));
});

for (const from of ["stdio", "http"] as const) {
  Deno.test(`the official client of the legacy SDK over ${from} is asked by a modern server`, async () => {
    await using box = await openBox();
    const { peer, end } = await front(box, "modern", { from, to: "stdio" });
    const roots = [{ uri: "file:///srv/one" }];
    const session = await LegacySession.connect(peer, { roots, answer: { confirm: true } });
    const { client } = session;
    await session.listTools();
    assert(session.listed.has("ask-together"));
    const asked = textOf(await client.callTool({ name: "ask-together", arguments: {} }));
    for (const word of ["accept", "scripted-model", "file:///srv/one"]) assert(asked.includes(word), asked);
    assert(textOf(await client.callTool({ name: "ask-url", arguments: {} })).includes("accept"));
    assert(
      textOf(await client.callTool({ name: "stages", arguments: { what: "two" } })).includes(
        "the state was kept",
      ),
    );
    await client.subscribeResource({ uri: "fixture://motd" });
    const touch = () => client.callTool({ name: "touch", arguments: {} });
    await session.until(["notifications/resources/updated"], touch);
    await session.changeRoots([]);
    await client.ping();
    await session.close();
    assertEquals(await end(), 0);
    await assertVerifies(box);
  });
}

for (const kind of ["legacy", "mute"]) {
  Deno.test(`a client that finds the era out by itself meets a ${kind} server through us`, async () => {
    await using box = await openBox();
    const client = new Client({ name: "auto", version: "1" }, { versionNegotiation: { mode: "auto" } });
    await within(client.connect(stdio(box.proxied(eraServer("era_server.ts", kind)))), {
      what: "the client",
    });
    assertEquals(textOf(await client.callTool({ name: "echo", arguments: { text: "hello" } })), "hello");
    assertEquals(client.getProtocolEra(), "modern");
    await client.close();
    await assertVerifies(box);
  });
}

Deno.test("where translating is off a client meets its server as it is", async () => {
  await using box = await openBox();
  const config = "[server]\ntranslate = false";
  const launch = box.proxied(eraServer("era_server.ts", "legacy"), { config });
  const client = new Client({ name: "auto", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await within(client.connect(stdio(launch)), { what: "the client" });
  assertEquals(client.getProtocolEra(), "legacy");
  await client.close();
  const calls = (await audit(box)).filter(({ kind }) => kind === "call").map(({ method }) => method);
  assertEquals(calls, ["server/discover", "initialize", "notifications/initialized"]);
});

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
};
// Longer than a test may take: a run that waits for what will not come fails.
const PATIENT = { limits: 'drain_timeout = "10m"' };

/** Sends these calls to a legacy server all at once, ends the input, and waits for the end of the run. */
async function sendAll(box: Box, calls: readonly Record<string, unknown>[]) {
  const client = box.start(box.proxied(eraServer("era_server.ts", "legacy"), PATIENT));
  const lines = calls.map((call, n) => {
    const params = { ...call, _meta: META };
    return `${JSON.stringify({ jsonrpc: "2.0", id: `c${n}`, method: "tools/call", params })}\n`;
  });
  await client.sendBytes(new TextEncoder().encode(lines.join("")));
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  const isOutcome = ({ kind, method }: Entry) => kind === "outcome" && method === "tools/call";
  assertEquals((await assertVerifies(box)).filter(isOutcome).length, calls.length);
  return { client };
}

Deno.test("calls that are sent all at once, up to the end of input, are all answered once", async () => {
  await using box = await openBox();
  const calls = Array.from({ length: 500 }, (_, n) => ({ name: "echo", arguments: { text: `${n}` } }));
  const { client } = await sendAll(box, calls);
  for (let n = 0; n < 500; n++) {
    const replies = client.replies(`c${n}`);
    assertEquals(replies.map(({ result }) => result?.content?.[0]?.text), [`${n}`]);
    assertEquals(replies[0]?.result?.resultType, "complete");
  }
});

Deno.test("a question to a client that has left is not waited for, and its call is answered", async () => {
  await using box = await openBox();
  const { client } = await sendAll(box, [{ name: "ask-form", arguments: {} }]);
  assertEquals(client.replies("c0").map(({ error }) => error?.code), [-32603]);
});

/** A client whose person answers with a name of its own. */
async function named(url: URL, name: string): Promise<Client> {
  const options = {
    capabilities: { elicitation: {}, roots: {} },
    versionNegotiation: { mode: { pin: "2026-07-28" } },
  } as const;
  const client = new Client({ name, version: "1" }, options);
  client.setRequestHandler("roots/list", () => ({ roots: [{ uri: `file:///${name}` }] }));
  await client.connect(new StreamableHTTPClientTransport(url));
  return client;
}

Deno.test("clients of one principal that are asked at once each answer for themselves", async () => {
  await using box = await openBox();
  const { peer, end } = await front(box, "legacy", { from: "http", to: "http" });
  const names = Array.from({ length: 8 }, (_, n) => `client-${n}`);
  const clients = await Promise.all(names.map((name) => named(peer as URL, name)));
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      clients.map((client) => client.callTool({ name: "ask-roots", arguments: {} })),
    );
    for (const [n, answer] of answers.entries()) {
      assert(textOf(answer).includes(`file:///${names[n]}"`), `${names[n]}: ${textOf(answer)}`);
    }
  }
  await Promise.all(clients.map((client) => client.close()));
  assertEquals(await end(), 0);
  await assertVerifies(box);
});
