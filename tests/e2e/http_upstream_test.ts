/**
 * Servers over Streamable HTTP behind the product on stdio, with the official peers on both sides: the client sees what it
 * sees when it speaks with the server itself.
 */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixtureWithPackages, openBox } from "./harness.ts";
import { assertSameFacts, type Transcript } from "./harness/transcript.ts";
import type { Peer } from "./harness/modern_session.ts";
import { httpLegacySession } from "./sessions/http_legacy.ts";
import { modernSession } from "./sessions/modern.ts";

/** What a script leaves behind. */
interface Session {
  readonly transcript: Transcript;
  readonly called: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Runs `script` against two servers of their own, one with the product in front of it, and compares what was seen. */
async function compare(fixture: string, script: (peer: Peer) => Promise<Session>): Promise<void> {
  await using box = await openBox();
  const [bare, behind] = await Promise.all([serve(box, fixture), serve(box, fixture)]);
  const [expected, seen] = await Promise.all([script(bare.url), script(box.bridged(behind.url))]);
  assertSameFacts(seen.transcript, expected.transcript);
  assert(seen.listed.size > 0, "no tools were listed");
  assertEquals([...seen.listed].filter((name) => !seen.called.has(name)), []);
  await Promise.all([expected.close(), seen.close()]);
  await Promise.all([bare.stop(), behind.stop()]);
  await box.noneLeft();
  await assertVerifies(box);
}

function serve(box: Box, fixture: string) {
  return box.serve(fixtureWithPackages(fixture));
}

for (const era of ["modern", "legacy"] as const) {
  Deno.test(`the fixture on SDK v2 over HTTP looks the same through the product, ${era} era`, async () => {
    await compare("http_modern_server.ts", (peer) => modernSession(peer, era));
  });
}

Deno.test("the fixture on SDK v1 over HTTP looks the same through the product", async () => {
  await compare("http_legacy_server.ts", httpLegacySession);
});
