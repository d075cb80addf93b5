/** A held call waits for a person in another terminal, holds back nobody else, and ends in exactly one way. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { receivedBy } from "./forms/upstream_view.ts";
import { assertVerifies, audit, type Box, fixture, type LineClient, openBox, poll } from "./harness.ts";

const POLICY = `version = 1
name = "e2e"
default = "allow"
[[rules]]
id = "ask-first"
effect = "ask"
tools = ["transfer*"]
message = "a person has to look at this"
`;

interface Held {
  readonly client: LineClient;
  /** The reply, when it comes. */
  readonly reply: ReturnType<LineClient["call"]>;
  readonly seq: number;
}

async function start(box: Box, limits = ""): Promise<LineClient> {
  const options = { policy: POLICY, limits, env: { E2E_RECEIVED: box.path("received") } };
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), options));
  await client.initialize();
  return client;
}

/** Starts the product and makes a call that is held. The line on stderr tells the person its number. */
async function hold(box: Box, limits = ""): Promise<Held> {
  const client = await start(box, limits);
  const reply = client.call("transfer", { amount: 5 });
  // Awaited by the test later; an error that comes before must not end the whole run.
  reply.catch(() => undefined);
  return { client, reply, seq: await heldSeq(client) };
}

function heldSeq(client: LineClient): Promise<number> {
  return poll(() => {
    const seq = /countersign approve (\d+)/.exec(client.stderr)?.[1];
    return seq === undefined ? undefined : Number(seq);
  }, { what: "the line that names the held call", detail: () => client.stderr });
}

async function end(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

function transfersReceived(box: Box): number {
  return receivedBy(box.path("received")).filter(({ params }) => params?.name === "transfer").length;
}

Deno.test("an approved call goes on; hold, approval and outcome are entries", async () => {
  await using box = await openBox();
  const { client, reply, seq } = await hold(box);
  assertEquals(transfersReceived(box), 0);
  const { code, stderr } = await box.command(["approve", String(seq), "--config", box.configPath]);
  assertEquals(code, 0, stderr);
  assertMatch((await reply).result.content[0].text, /tools\/call/);
  assertEquals(transfersReceived(box), 1);
  await end(client);
  const entries = await assertVerifies(box);
  const held = entries.find((entry) => entry.seq === seq);
  assertEquals([held?.kind, held?.verdict, held?.reason], ["call", "hold", "rule:ask-first"]);
  const approval = entries.find(({ kind }) => kind === "approval");
  assertEquals([approval?.call, approval?.decision], [seq, "allow"]);
  assertEquals(entries.filter(({ kind, call }) => kind === "outcome" && call === seq).length, 1);
});

Deno.test("a denied call is refused, its reason recorded and never forwarded", async () => {
  await using box = await openBox();
  const { client, reply, seq } = await hold(box);
  const args = ["deny", String(seq), "--reason", "not today", "--config", box.configPath];
  const { code, stderr } = await box.command(args);
  assertEquals(code, 0, stderr);
  const { result } = await reply;
  assertEquals(result.isError, true);
  assertEquals(result._meta["dev.countersign/verdict"].reason, "approval-denied");
  await end(client);
  assertEquals(transfersReceived(box), 0);
  const approval = (await assertVerifies(box)).find(({ kind }) => kind === "approval");
  assertEquals([approval?.call, approval?.decision], [seq, "deny"]);
});

Deno.test("a call that nobody answers is refused as expired, and a late approval changes nothing", async () => {
  await using box = await openBox();
  const { client, reply, seq } = await hold(box, 'hold_timeout = "700ms"');
  const { result } = await reply;
  assertEquals(result._meta["dev.countersign/verdict"].reason, "approval-expired");
  const late = await box.command(["approve", String(seq), "--config", box.configPath]);
  assert(late.code !== 0, "an approval that comes too late is told so");
  await end(client);
  assertEquals(transfersReceived(box), 0);
  await assertVerifies(box);
});

Deno.test("a held call holds back no other, and several are answered each by its own", async () => {
  await using box = await openBox();
  const { client, reply, seq } = await hold(box);
  const others = await Promise.all(Array.from({ length: 50 }, (_, n) => client.call(`other-${n}`)));
  assert(others.every(({ result }) => result.isError !== true));
  const second = client.call("transfer-2");
  second.catch(() => undefined);
  const secondSeq = await poll(() => {
    const seqs = [...client.stderr.matchAll(/countersign approve (\d+)/g)].map(([, n]) => Number(n));
    return seqs.find((n) => n !== seq);
  }, { what: "the second held call" });
  await box.command(["deny", String(secondSeq), "--reason", "no", "--config", box.configPath]);
  assertEquals((await second).result._meta["dev.countersign/verdict"].reason, "approval-denied");
  await box.command(["approve", String(seq), "--config", box.configPath]);
  assertMatch((await reply).result.content[0].text, /tools\/call/);
  await end(client);
  await assertVerifies(box);
});

Deno.test("only a held call can be answered, and only once", async () => {
  await using box = await openBox();
  const { client, reply, seq } = await hold(box);
  const answer = (n: number) => box.command(["approve", String(n), "--config", box.configPath]);
  assert((await answer(0)).code !== 0, "entry 0 is no held call");
  assert((await answer(999_999)).code !== 0, "there is no such entry");
  assertEquals((await answer(seq)).code, 0);
  await reply;
  const again = await box.command(["deny", String(seq), "--reason", "too late", "--config", box.configPath]);
  assert(again.code !== 0, "it was answered before");
  await end(client);
  assertEquals((await assertVerifies(box)).filter(({ kind }) => kind === "approval").length, 1);
});

Deno.test("a held call that the client cancels never leaves", async () => {
  await using box = await openBox();
  const client = await start(box);
  await client.send({ id: "held", method: "tools/call", params: { name: "transfer", arguments: {} } });
  const seq = await heldSeq(client);
  await client.send({
    method: "notifications/cancelled",
    params: { requestId: "held", reason: "changed my mind" },
  });
  const gaveUp = async () =>
    (await audit(box)).find(({ reason, call }) => reason === "cancelled" && call === seq);
  await poll(gaveUp, { what: "the entry of the cancellation" });
  assert((await box.command(["approve", String(seq), "--config", box.configPath])).code !== 0);
  await client.call("after");
  await end(client);
  assertEquals(transfersReceived(box), 0);
  await assertVerifies(box);
});

Deno.test("the end of input does not let a held call through", async () => {
  await using box = await openBox();
  const { client, reply } = await hold(box, 'hold_timeout = "1m"\ndrain_timeout = "500ms"');
  await client.closeInput();
  await client.exited();
  await reply.then(
    ({ error, result }) => assert(error !== undefined || result.isError === true),
    () => undefined,
  );
  assertEquals(transfersReceived(box), 0);
  await assertVerifies(box);
});
