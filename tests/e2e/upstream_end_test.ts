/** What becomes of a session whose upstream ends, never starts, or talks rubbish. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertVerifies, fixture, openBox } from "./harness.ts";

Deno.test("the upstream's exit answers the pending calls with its code, is recorded, and becomes ours", async () => {
  await using box = await openBox();
  const env = { E2E_EXIT_AFTER: "4", E2E_EXIT_CODE: "42" };
  const client = box.start(box.proxied(fixture("exiting_upstream.ts"), { env }));
  await client.initialize();
  assertEquals((await client.call("fine")).result.content[0].text, "ok");
  const pending = [client.call("pending"), client.call("pending"), client.call("fine")];
  for (const { error, result } of await Promise.all(pending)) {
    const told = JSON.stringify(error ?? result);
    assertStringIncludes(told, "42");
    assert(error !== undefined || result.isError === true, `no error: ${told}`);
  }
  assertEquals((await client.exited()).code, 42, client.stderr);
  const entries = await assertVerifies(box);
  assert(entries.some(({ reason }) => reason === "upstream-exit"), "no entry tells of the exit");
  const calls = entries.filter(({ kind, method }) => kind === "call" && method === "tools/call");
  const outcomes = entries.filter(({ kind, method }) => kind === "outcome" && method === "tools/call");
  assertEquals(
    outcomes.length,
    calls.length,
    "every call has an outcome, those that died with the upstream as well",
  );
});

Deno.test("an upstream that ends well before the client ends the session, and calls are not left waiting", async () => {
  await using box = await openBox();
  const env = { E2E_EXIT_AFTER: "1", E2E_EXIT_CODE: "0" };
  const client = box.start(box.proxied(fixture("exiting_upstream.ts"), { env }));
  await client.initialize();
  const { error, result } = await client.call("fine");
  assert(error !== undefined || result.isError === true);
  // The upstream left while it was needed: that is no success, whatever it says itself.
  assert((await client.exited()).code !== 0);
  await assertVerifies(box);
});

Deno.test("an upstream that ends at the end of input is the ordinary way, code 0", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await client.initialize();
  await client.call("echo");
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  await assertVerifies(box);
});

Deno.test("calls that the upstream never answers are given up after the drain time, each with an answer", async () => {
  await using box = await openBox();
  const options = { limits: 'drain_timeout = "500ms"', env: { E2E_RECEIVED: box.path("received") } };
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), options));
  await client.initialize();
  const pending = [client.call("silent-1"), client.call("silent-2")];
  await client.closeInput();
  for (const { error, result } of await Promise.all(pending)) {
    assert(error !== undefined || result.isError === true);
  }
  await client.exited();
  const entries = await assertVerifies(box);
  assertEquals(
    entries.filter(({ kind, tool }) => kind === "outcome" && tool?.startsWith("silent")).length,
    2,
  );
});

Deno.test("an upstream killed by a signal is told from one that ended, with a code that is not 0", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("hanging_upstream.ts")));
  await client.initialize();
  const upstream = box.processes().find(({ command }) =>
    command.includes("hanging_upstream.ts") && !command.includes("main.ts") && !command.includes("--config")
  );
  if (upstream === undefined) throw new Error(`No upstream among ${JSON.stringify(box.processes())}`);
  Deno.kill(upstream.pid, "SIGKILL");
  assert((await client.exited()).code !== 0);
  await assertVerifies(box);
});

/** Noises of the upstream that are a reply to the call, but no good one. */
const SPOILT_REPLIES: readonly string[] = ["duplicate-key", "no-version"];

Deno.test("rubbish from the upstream never reaches the client; the calls around it do, once each", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("noisy_upstream.ts")));
  await client.initialize();
  const { result } = await client.request("tools/list");
  for (const { name } of result.tools) {
    const { result, error } = await client.call(name);
    // A malformed reply that names the call may end it: the upstream might send no other, and the client would wait.
    const ended = SPOILT_REPLIES.includes(name) && error?.code === -32603;
    assert(
      ended || result?.content?.[0]?.text === `after ${name}`,
      `${name}: ${JSON.stringify({ result, error })}`,
    );
  }
  await client.call("banner");
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  const all = client.lines.join("\n");
  for (const foreign of ["forged", "the second reply", "Listening", "starting", "Parse error"]) {
    assert(!all.includes(foreign), `the client got "${foreign}"`);
  }
  for (const line of client.lines) assertEquals(JSON.parse(line).jsonrpc, "2.0");
  assertEquals(client.messages.filter(({ method }) => method === "notifications/message").length, 20);
  const ids = client.messages.flatMap(({ id, method }) =>
    id === undefined || method !== undefined ? [] : [id]
  );
  assertEquals(new Set(ids).size, ids.length, "a reply came twice");
  const entries = await assertVerifies(box);
  const rubbish = entries.filter(({ kind }) => kind === "malformed" || kind === "fault");
  assert(rubbish.length >= 10, `only ${rubbish.length} entries tell of the rubbish`);
});

Deno.test("what the upstream says on stderr comes through ours, line by line", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("noisy_upstream.ts")));
  await client.initialize();
  await client.call("stderr");
  await client.closeInput();
  await client.exited();
  assertMatch(client.stderr, /^.*a line on stderr$/m);
});

Deno.test("SIGTERM ends a run while its client writes and writes", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), {
    env: { E2E_RECEIVED: box.path("received") },
  }));
  await client.initialize();
  let ended = false;
  const flood = (async () => {
    for (let id = 0; !ended; id++) {
      await client.send({
        id: `flood-${id}`,
        method: "tools/call",
        params: { name: "take", arguments: { id } },
      });
      if (id % 64 === 0) {
        await Promise.race([client.reply(`flood-${id}`).catch(() => undefined), client.exited()]);
      }
    }
  })();
  await client.reply("flood-128");
  client.kill("SIGTERM");
  assertEquals((await client.exited()).code, 143, client.stderr);
  ended = true;
  await flood;
  await assertVerifies(box);
});
