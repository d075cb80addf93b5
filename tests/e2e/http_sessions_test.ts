/**
 * What only this transport has, with the official clients, directly and through the product: connections that break in the
 * middle of a call, and sessions that their clients end.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { assertVerifies, type Box, fixtureWithPackages, openBox } from "./harness.ts";
import { type CuttingRelay, startCuttingRelay } from "./harness/cutting_relay.ts";
import { HttpSession } from "./harness/http_client.ts";
import { type HttpPeer, startHttpPeer } from "./harness/http_peer.ts";
import { LegacySession } from "./harness/legacy_session.ts";
import { ModernSession } from "./harness/modern_session.ts";
import { assertSameFacts, type Transcript } from "./harness/transcript.ts";

const LISTEN = ["--listen", "127.0.0.1:0"] as const;

/** The fixture itself, and the product in front of it on HTTP and on stdio. */
async function peers(box: Box): Promise<Readonly<Record<"direct" | "http" | "stdio", HttpPeer>>> {
  const serve = () => box.serve(fixtureWithPackages("http_modern_server.ts"));
  const [direct, behind] = await Promise.all([serve(), serve()]);
  const stdio = box.proxied(fixtureWithPackages("modern_server.ts"), { flags: LISTEN });
  const [http, onStdio] = await Promise.all([
    startHttpPeer(box.bridged(behind.url, { flags: LISTEN }), "stderr"),
    startHttpPeer(stdio, "stderr"),
  ]);
  return { direct, http, stdio: onStdio };
}

interface Conversation {
  readonly transcript: Transcript;
  close(): Promise<void>;
}

const SLOW = { name: "slow", arguments: { steps: 4, pauseMs: 40 } };
// The SDK may drop a progress report that comes in one read with the reply; the messages themselves are compared.
const onprogress = () => {};

async function oldClient(url: URL): Promise<Conversation> {
  const session = await LegacySession.connect(url);
  await session.step("slow", (client) => client.callTool(SLOW, undefined, { onprogress }));
  return session;
}

async function newClient(url: URL): Promise<Conversation> {
  const session = await ModernSession.connect(url, "legacy");
  await session.step("slow", (client) => client.callTool(SLOW, { onprogress }));
  return session;
}

for (const [name, converse] of [["v1", oldClient], ["v2", newClient]] as const) {
  Deno.test(`the client of SDK ${name} whose connection breaks in the middle of a call loses nothing, as directly`, async () => {
    await using box = await openBox();
    const { direct, http, stdio } = await peers(box);
    // One report has passed; the others, and the answer, wait for a client that comes back for them.
    const relay = ({ url }: HttpPeer) => startCuttingRelay(url, `"progress":1`);
    const relays = [relay(direct), relay(http), relay(stdio)] as const;
    const [bare, ...behind] = relays;
    const [expected, seen] = await Promise.all([
      converse(bare.url),
      Promise.all(behind.map(({ url }) => converse(url))),
    ]);
    for (const { transcript } of seen) assertSameFacts(transcript, expected.transcript);
    assertMatch(expected.transcript.text, /"progress":4/);
    for (const relay of relays) assertCutOnce(relay);
    await Promise.all([expected, ...seen].map((conversation) => conversation.close()));
    for (const listener of [http, stdio]) assertEquals(await listener.end("SIGTERM"), 0, listener.said());
    await direct.stop();
    await Promise.all(relays.map((relay) => relay.stop()));
    await assertVerifies(box);
  });
}

function assertCutOnce({ cuts, resumed }: CuttingRelay): void {
  assertEquals([cuts, resumed.length], [1, 1]);
}

Deno.test("a session that its client ended is gone, as directly, and no other is", async () => {
  await using box = await openBox();
  const { direct, http, stdio } = await peers(box);
  const views = [];
  for (const { url } of [direct, http, stdio]) {
    const [session, other] = [await HttpSession.open(url), await HttpSession.open(url)];
    const before = await session.call("echo", { text: "here" });
    const ended = await session.delete();
    const after = await session.ask("tools/list");
    const kept = await other.call("echo", { text: "still here" });
    views.push({
      before: before.result,
      ended: ended >= 200 && ended < 300,
      after: after.status,
      again: await session.delete(),
      kept: kept.result,
    });
    await other.delete();
  }
  const [expected, ...seen] = views;
  assertEquals([expected?.ended, expected?.after, expected?.again], [true, 404, 404]);
  for (const view of seen) assertEquals(view, expected);
  for (const listener of [http, stdio]) assertEquals(await listener.end("SIGTERM"), 0, listener.said());
  await direct.stop();
  await assertVerifies(box);
});
