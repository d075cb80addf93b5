/** Thousands of lines of an upstream, valid and broken mixed: the client sees the messages in them and nothing else. */
import { assert, assertEquals } from "@std/assert";
import { type AnyFrame, anyFrames, FROM_UPSTREAM } from "./forms/any_frames.ts";
import { without } from "./forms/upstream_view.ts";
import { assertVerifies, fixture, openBox, type Received, rounds } from "./harness.ts";

const COUNT = rounds(2000, 20_000);

Deno.test(`of ${COUNT} lines of an upstream, the client gets the messages, once and in order`, async () => {
  const seed = Number(Deno.env.get("E2E_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  await using box = await openBox();
  const frames = anyFrames(FROM_UPSTREAM, { count: COUNT, seed });
  const flood = box.path("flood");
  Deno.writeFileSync(flood, bytesOf(frames));
  const client = box.start(box.proxied(fixture("flood_upstream.ts"), { env: { E2E_FLOOD: flood } }));
  await client.initialize("2025-11-25", { roots: {} });
  assertEquals((await client.call("flood")).result.content[0].text, "dry again");
  await client.call("after");
  await client.closeInput();
  assertEquals((await client.exited(60_000)).code, 0, client.stderr.slice(-2000));
  try {
    for (const line of client.lines) assertEquals(JSON.parse(line).jsonrpc, "2.0");
    assertEquals(
      client.messages.filter(isReply).map(({ id }) => id),
      [1, 2, 3],
      "a reply that nobody asked for",
    );
    assertNoticesArrived(frames, client.messages);
    assertQuestionsArrived(frames, client.messages);
    const entries = await assertVerifies(box);
    const rubbish = entries.filter(({ kind, reason }) => kind === "malformed" || reason === "unknown-id");
    assert(rubbish.length > COUNT / 10, `only ${rubbish.length} entries tell of what was dropped`);
  } catch (error) {
    throw new Error(`(repeat with E2E_SEED=${seed})`, { cause: error });
  }
});

function bytesOf(frames: readonly AnyFrame[]): Uint8Array {
  const parts = frames.flatMap(({ bytes }) => [...bytes, 0x0a]);
  return Uint8Array.from(parts);
}

function isReply({ method }: Received): boolean {
  return method === undefined;
}

function isNotice({ method, id }: { readonly method?: unknown; readonly id?: unknown }): boolean {
  return method !== undefined && id === undefined;
}

/** The notices that nothing was done to arrive with their content, in the order in which they were sent. */
function assertNoticesArrived(frames: readonly AnyFrame[], messages: readonly Received[]): void {
  const sent = frames.filter(({ whole, message }) => whole && isNotice(message)).map(({ message }) =>
    message
  );
  const wanted = sent.map(({ method, params }) => JSON.stringify([method, params]));
  assert(wanted.length > COUNT / 10, "the generator spoils nearly everything");
  const seen = messages.filter(isNotice).map(({ method, params }) => JSON.stringify([method, params]));
  assertEquals(without(wanted, seen).slice(0, 5), [], "a notice is missing");
  const known = new Set(wanted);
  assertEquals(seen.filter((notice) => known.has(notice)), wanted, "the order changed");
}

/** Every whole question arrives once, each under an id of its own. */
function assertQuestionsArrived(frames: readonly AnyFrame[], messages: readonly Received[]): void {
  const asked = frames.filter(({ whole, message }) => whole && message.method === "roots/list");
  const seen = messages.filter(({ method, id }) => method === "roots/list" && id !== undefined);
  assert(seen.length >= asked.length, `${asked.length} questions were asked and ${seen.length} arrived`);
  assertEquals(
    new Set(seen.map(({ id }) => JSON.stringify(id))).size,
    seen.length,
    "two questions under one id",
  );
}
