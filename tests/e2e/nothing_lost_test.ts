/**
 * Nothing is lost or doubled under load, in either direction and at the end of input. Each scenario runs ten times in a
 * row under SLOW=1, as a loss by timing does not show at once.
 */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixture, forwarded, type LineClient, openBox, rounds } from "./harness.ts";

const RUNS = rounds(1, 10);

/** Runs a scenario against the echo upstream behind the product, then checks the ledger for `calls` forwarded calls. */
async function scenario(calls: number, play: (client: LineClient, box: Box) => Promise<void>): Promise<void> {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await play(client, box);
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  const entries = await assertVerifies(box);
  assertEquals(forwarded(entries).filter(({ method }) => method === "tools/call").length, calls);
  const answered = entries.filter(({ kind, method }) => kind === "outcome" && method === "tools/call");
  assertEquals(answered.length, calls);
  assertEquals(new Set(answered.map(({ call }) => call)).size, calls);
}

function textOf(
  reply: { readonly result?: { readonly content: readonly { readonly text: string }[] } },
): string {
  return reply.result?.content[0]?.text ?? `no text in ${JSON.stringify(reply).slice(0, 300)}`;
}

/** Fails unless each of `ids` was answered exactly once. */
function assertOnce(client: LineClient, ids: readonly (string | number)[]): void {
  assertEquals(ids.filter((id) => client.replies(id).length !== 1), []);
}

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

async function pipelined(client: LineClient, count: number): Promise<void> {
  await client.initialize();
  const ids = numbered(count).map((n) => `call-${n}`);
  const lines = ids.map((id, n) =>
    JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "echo", arguments: { n } } })
  );
  const replies = Promise.all(ids.map((id) => client.reply(id, 60_000)));
  await client.sendBytes(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));
  assertEquals((await replies).map(textOf), ids.map((_, n) => `{"n":${n}}`));
  assertOnce(client, ids);
}

/** The reply to a call whose arguments the upstream says back, without printing 400 KB where it fails. */
function assertEchoes(reply: { readonly result?: unknown }, blob: string, n: number): void {
  const same = textOf(reply as never) === JSON.stringify({ n, blob });
  assert(same, `request ${n} came back changed: ${JSON.stringify(reply).slice(0, 200)}`);
}

async function largeRequests(client: LineClient): Promise<void> {
  await client.initialize();
  const progressing = {
    name: "progress",
    arguments: { count: 2000, bytes: 10 },
    _meta: { progressToken: "tick" },
  };
  await client.send({ id: "progress", method: "tools/call", params: progressing });
  const blob = "r".repeat(400_000);
  const replies = await Promise.all(
    numbered(20).map(async (n) => {
      const reply = client.reply(`large-${n}`, 60_000);
      const params = { name: "echo", arguments: { n, blob } };
      await client.send({ id: `large-${n}`, method: "tools/call", params });
      return reply;
    }),
  );
  for (const [index, reply] of replies.entries()) assertEchoes(reply, blob, index + 1);
  await client.reply("progress", 60_000);
  const ticks = client.messages.filter(({ method }) => method === "notifications/progress");
  assertEquals(ticks.map(({ params }) => params.progress), numbered(2000));
  assertEquals(new Set(ticks.map(({ params }) => params.progressToken)), new Set(["tick"]));
}

async function largeResults(client: LineClient): Promise<void> {
  await client.initialize();
  const big = numbered(60).map((n) => ({ id: `big-${n}`, name: "big", arguments: { bytes: 400_000 } }));
  const small = numbered(240).map((n) => ({ id: `small-${n}`, name: "echo", arguments: { n } }));
  // Four small calls after each big one, all of them sent without waiting for anything.
  const calls = big.flatMap((call, index) => [call, ...small.slice(index * 4, index * 4 + 4)]);
  const replies = Promise.all(calls.map(({ id }) => client.reply(id, 60_000)));
  for (const { id, ...params } of calls) await client.send({ id, method: "tools/call", params });
  for (const [index, reply] of (await replies).entries()) {
    const { name, arguments: args } = calls[index] ?? { name: "", arguments: {} };
    const wanted = name === "big" ? "b".repeat(400_000) : JSON.stringify(args);
    assert(
      textOf(reply) === wanted,
      `reply ${index} is not what was asked for: ${textOf(reply).slice(0, 100)}`,
    );
  }
  assertOnce(client, calls.map(({ id }) => id));
}

for (let run = 1; run <= RUNS; run++) {
  const which = RUNS === 1 ? "" : `, run ${run} of ${RUNS}`;

  Deno.test(`5,000 pipelined small calls are all answered with their own content${which}`, async () => {
    await scenario(5000, (client) => pipelined(client, 5000));
  });

  Deno.test(`20 requests of 400 KB arrive whole while progress notices come the other way${which}`, async () => {
    await scenario(21, largeRequests);
  });

  Deno.test(`60 results of 400 KB arrive whole while requests go the other way${which}`, async () => {
    await scenario(300, largeResults);
  });

  Deno.test(`50 requests and the end of input right behind them are all answered${which}`, async () => {
    await scenario(50, async (client) => {
      const ids = numbered(50);
      const replies = Promise.all(ids.map((id) => client.reply(id)));
      const lines = ids.map((id) => ({
        jsonrpc: "2.0",
        id,
        method: "tools/call",
        params: { name: "echo", arguments: { id } },
      }));
      await client.sendBytes(
        new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
      );
      await client.closeInput();
      assertEquals((await replies).map(textOf), ids.map((id) => `{"id":${id}}`));
      assertOnce(client, ids);
    });
  });
}

Deno.test("a last line without a newline is answered, too", async () => {
  await scenario(1, async (client) => {
    const params = { name: "echo", arguments: { last: true } };
    await client.sendBytes(
      new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params })),
    );
    await client.closeInput();
    assertEquals(textOf(await client.reply(1)), '{"last":true}');
  });
});

Deno.test("calls that wait do not hold back the ones behind them, and each direction keeps its order", async () => {
  await scenario(102, async (client) => {
    await client.initialize();
    const slow = client.call("sleep", { ms: 1500 });
    const ids = numbered(100).map((n) => `quick-${n}`);
    for (const id of ids) {
      await client.send({ id, method: "tools/call", params: { name: "echo", arguments: { id } } });
    }
    await Promise.all(ids.map((id) => client.reply(id)));
    assertEquals(client.messages.filter(({ id }) => String(id).startsWith("quick")).map(({ id }) => id), ids);
    const progress = { name: "progress", arguments: { count: 50 }, _meta: { progressToken: 7 } };
    await client.send({ id: "ordered", method: "tools/call", params: progress });
    await client.reply("ordered");
    const own = client.messages.filter(({ id, params }) => id === "ordered" || params?.progressToken === 7);
    assertEquals(own.map(({ params }) => params?.progress ?? "the reply"), [...numbered(50), "the reply"]);
    assertEquals(textOf(await slow), "slept");
  });
});
