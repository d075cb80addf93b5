/**
 * Clients over Streamable HTTP in front of the product, with the official peers on both sides: each sees what it sees when
 * it speaks with the server itself.
 */
import { assert, assertEquals } from "@std/assert";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import { assertVerifies, type Box, fixtureWithPackages, npmServer, openBox } from "./harness.ts";
import { type HttpPeer, startAtPort, startHttpPeer } from "./harness/http_peer.ts";
import type { Peer } from "./harness/modern_session.ts";
import { installed } from "./harness/npm.ts";
import type { ProductCommand } from "./harness/product.ts";
import { assertSameFacts, type Transcript } from "./harness/transcript.ts";
import { EVERYTHING, everythingSession, TASK_TOOLS } from "./sessions/everything.ts";
import { httpLegacySession } from "./sessions/http_legacy.ts";
import { modernSession } from "./sessions/modern.ts";

interface Session {
  readonly transcript: Transcript;
  readonly called: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
  close(): Promise<void>;
}

type Script = (peer: Peer) => Promise<Session>;

const LISTEN = ["--listen", "127.0.0.1:0"] as const;

/** Runs `script` against a server itself and against the product in front of another one, and compares what was seen. */
async function compare(box: Box, script: Script, [bare, listener]: readonly [Peer, HttpPeer]): Promise<void> {
  const [expected, seen] = await Promise.all([script(bare), script(listener.url)]);
  // A client of the modern era ends a subscription by closing its stream, and does not wait until the server knows: what is
  // announced in that moment reaches one of them and not the other.
  assertSameFacts(seen.transcript, expected.transcript, { repeats: true });
  assert(seen.listed.size > 0, "no tools were listed");
  assertEquals([...seen.listed].filter((name) => !seen.called.has(name) && !TASK_TOOLS.includes(name)), []);
  await Promise.all([expected.close(), seen.close()]);
  assertEquals(await listener.end("SIGTERM"), 0, listener.said());
  await assertVerifies(box);
}

type Serve = (box: Box) => Promise<HttpPeer>;

async function overHttp(serve: Serve, script: Script): Promise<void> {
  await using box = await openBox();
  const [bare, behind] = await Promise.all([serve(box), serve(box)]);
  const listener = await startHttpPeer(box.bridged(behind.url, { flags: LISTEN }), "stderr");
  await compare(box, script, [bare.url, listener]);
  await Promise.all([bare.stop(), behind.stop()]);
  await box.noneLeft();
}

function fixture(name: string): Serve {
  return (box) => box.serve(fixtureWithPackages(name));
}

async function overStdio(upstream: ProductCommand, script: Script): Promise<void> {
  await using box = await openBox();
  // A client on stdio hands these to what it starts; over HTTP it starts nothing.
  const env = getDefaultEnvironment();
  const listener = await startHttpPeer(box.proxied(upstream, { flags: LISTEN, env }), "stderr");
  await compare(box, script, [{ ...box.direct(upstream), cwd: box.folder }, listener]);
  await box.noneLeft();
}

for (const era of ["modern", "legacy"] as const) {
  const script: Script = (peer) => modernSession(peer, era);
  Deno.test(`the client of SDK v2 sees the same through the product, HTTP on both sides, ${era} era`, async () => {
    await overHttp(fixture("http_modern_server.ts"), script);
  });

  Deno.test(`the client of SDK v2 sees over HTTP what a server on stdio says, ${era} era`, async () => {
    await overStdio(fixtureWithPackages("modern_server.ts"), script);
  });
}

Deno.test("the client of SDK v1 sees the same through the product, HTTP on both sides", async () => {
  await overHttp(fixture("http_legacy_server.ts"), httpLegacySession);
});

Deno.test("server-everything looks the same through the product, HTTP on both sides", async () => {
  await installed(EVERYTHING);
  await overHttp(
    (box) => startAtPort(box.direct(npmServer(EVERYTHING, ["streamableHttp"]))),
    everythingSession,
  );
});

Deno.test("server-everything on stdio looks the same over HTTP", async () => {
  await installed(EVERYTHING);
  await overStdio(npmServer(EVERYTHING), everythingSession);
});
