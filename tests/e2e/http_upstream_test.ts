/**
 * Servers over Streamable HTTP behind the product on stdio, with the official peers on both sides: the client sees what it
 * sees when it speaks with the server itself.
 */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixtureWithPackages, npmServer, openBox } from "./harness.ts";
import { assertSameFacts, type Transcript } from "./harness/transcript.ts";
import type { Peer } from "./harness/modern_session.ts";
import { type HttpPeer, startAtPort } from "./harness/http_peer.ts";
import { installed } from "./harness/npm.ts";
import { EVERYTHING, everythingSession, TASK_TOOLS } from "./sessions/everything.ts";
import { httpLegacySession } from "./sessions/http_legacy.ts";
import { modernSession } from "./sessions/modern.ts";

/** What a script leaves behind. */
interface Session {
  readonly transcript: Transcript;
  readonly called: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Comparison {
  readonly serve: (box: Box) => Promise<HttpPeer>;
  readonly script: (peer: Peer) => Promise<Session>;
  /** As in {@link assertSameFacts}. */
  readonly repeats?: boolean;
  /** Tools that the script does not call. */
  readonly except?: readonly string[];
}

/** Runs `script` against two servers of their own, one with the product in front of it, and compares what was seen. */
async function compare({ serve, script, except = [], ...how }: Comparison): Promise<void> {
  await using box = await openBox();
  const [bare, behind] = await Promise.all([serve(box), serve(box)]);
  const [expected, seen] = await Promise.all([script(bare.url), script(box.bridged(behind.url))]);
  assertSameFacts(seen.transcript, expected.transcript, how);
  assert(seen.listed.size > 0, "no tools were listed");
  assertEquals([...seen.listed].filter((name) => !seen.called.has(name) && !except.includes(name)), []);
  await Promise.all([expected.close(), seen.close()]);
  await Promise.all([bare.stop(), behind.stop()]);
  await box.noneLeft();
  await assertVerifies(box);
}

function fixture(name: string): Comparison["serve"] {
  return (box) => box.serve(fixtureWithPackages(name));
}

for (const era of ["modern", "legacy"] as const) {
  Deno.test(`the fixture on SDK v2 over HTTP looks the same through the product, ${era} era`, async () => {
    await compare({
      serve: fixture("http_modern_server.ts"),
      script: (peer) => modernSession(peer, era),
      // The end of a subscription is the end of its stream: one message more may cross it on the way.
      repeats: era === "modern",
    });
  });
}

Deno.test("the fixture on SDK v1 over HTTP looks the same through the product", async () => {
  await compare({ serve: fixture("http_legacy_server.ts"), script: httpLegacySession });
});

Deno.test("server-everything over HTTP looks the same through the product", async () => {
  await installed(EVERYTHING);
  await compare({
    serve: (box) => startAtPort(box.direct(npmServer(EVERYTHING, ["streamableHttp"]))),
    script: everythingSession,
    repeats: true,
    except: TASK_TOOLS,
  });
});
