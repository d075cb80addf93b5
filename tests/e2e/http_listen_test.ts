/**
 * Clients over Streamable HTTP in front of the product, with the official peers on both sides: each sees what it sees when
 * it speaks with the server itself.
 */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixtureWithPackages, openBox } from "./harness.ts";
import { type HttpPeer, startHttpPeer } from "./harness/http_peer.ts";
import type { Peer } from "./harness/modern_session.ts";
import { assertSameFacts, type Transcript } from "./harness/transcript.ts";
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
  await Promise.all([expected.close(), seen.close()]);
  assertEquals(await listener.end("SIGTERM"), 0, listener.said());
  await assertVerifies(box);
}

async function overHttp(fixture: string, script: Script): Promise<void> {
  await using box = await openBox();
  const serve = () => box.serve(fixtureWithPackages(fixture));
  const [bare, behind] = await Promise.all([serve(), serve()]);
  const listener = await startHttpPeer(box.bridged(behind.url, { flags: LISTEN }), "stderr");
  await compare(box, script, [bare.url, listener]);
  await Promise.all([bare.stop(), behind.stop()]);
  await box.noneLeft();
}

async function overStdio(fixture: string, script: Script): Promise<void> {
  await using box = await openBox();
  const upstream = fixtureWithPackages(fixture);
  const listener = await startHttpPeer(box.proxied(upstream, { flags: LISTEN }), "stderr");
  await compare(box, script, [box.direct(upstream), listener]);
  await box.noneLeft();
}

for (const era of ["modern", "legacy"] as const) {
  const script: Script = (peer) => modernSession(peer, era);
  Deno.test(`the client of SDK v2 sees the same through the product, HTTP on both sides, ${era} era`, async () => {
    await overHttp("http_modern_server.ts", script);
  });

  Deno.test(`the client of SDK v2 sees over HTTP what a server on stdio says, ${era} era`, async () => {
    await overStdio("modern_server.ts", script);
  });
}

Deno.test("the client of SDK v1 sees the same through the product, HTTP on both sides", async () => {
  await overHttp("http_legacy_server.ts", httpLegacySession);
});
