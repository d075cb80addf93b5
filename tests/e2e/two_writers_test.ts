/** Several products on one ledger, as a client with several servers starts them: no gap, no fork, nothing doubled. */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixture, forwarded, type LineClient, openBox, rounds } from "./harness.ts";

const CALLS = rounds(100, 500);

async function startWriter(box: Box): Promise<LineClient> {
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await client.initialize();
  return client;
}

async function callAll(client: LineClient, count: number): Promise<void> {
  const replies = await Promise.all(Array.from({ length: count }, (_, n) => client.call("echo", { n })));
  assertEquals(replies.map(({ result }) => result?.content[0].text), replies.map((_, n) => `{"n":${n}}`));
}

async function finish(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited(60_000)).code, 0, client.stderr);
}

Deno.test(`four products write ${CALLS} calls each into one ledger: no gap, no fork, intact`, async () => {
  await using box = await openBox();
  const clients = await Promise.all(Array.from({ length: 4 }, () => startWriter(box)));
  await Promise.all(clients.map((client) => callAll(client, CALLS)));
  await Promise.all(clients.map(finish));
  const entries = await assertVerifies(box);
  const calls = forwarded(entries).filter(({ method }) => method === "tools/call");
  assertEquals(calls.length, 4 * CALLS);
  const sessions = Map.groupBy(calls, ({ session }) => session);
  assertEquals([...sessions.values()].map((own) => own.length), Array(4).fill(CALLS));
  const outcomes = entries.filter(({ kind, method }) => kind === "outcome" && method === "tools/call");
  assertEquals(new Set(outcomes.map(({ call }) => call)).size, 4 * CALLS);
});

Deno.test("a product that dies does not disturb the others on its ledger, nor does the one that recovers it", async () => {
  await using box = await openBox();
  const steady = await startWriter(box);
  const doomed = await startWriter(box);
  await Promise.all([callAll(steady, 20), callAll(doomed, 20)]);
  doomed.kill("SIGKILL");
  await doomed.exited();
  await callAll(steady, 20);
  const late = await startWriter(box);
  await Promise.all([callAll(steady, 20), callAll(late, 20)]);
  await Promise.all([steady, late].map(finish));
  const entries = await assertVerifies(box, ["intact", "recovered"]);
  assertEquals(forwarded(entries).filter(({ method }) => method === "tools/call").length, 100);
  const recovered = entries.filter(({ kind }) => kind === "recovered");
  assertEquals(recovered.length, 1, "only the dead session is recovered");
  const closed = entries.filter(({ kind }) => kind === "session-close");
  assert(closed.length >= 2);
});

Deno.test("products that start at the same instant on a ledger that is not there yet share one", async () => {
  await using box = await openBox();
  const clients = await Promise.all(Array.from({ length: 4 }, () => startWriter(box)));
  await Promise.all(clients.map((client) => callAll(client, 5)));
  await Promise.all(clients.map(finish));
  const entries = await assertVerifies(box);
  assertEquals(entries.filter(({ kind }) => kind === "session-open").length, 4);
});
