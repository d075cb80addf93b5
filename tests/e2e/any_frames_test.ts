/** Thousands of frames, valid and broken mixed, in one session: what the upstream received is what the ledger says. */
import { assert, assertEquals } from "@std/assert";
import { anyFrames, FROM_CLIENT } from "./forms/any_frames.ts";
import { assertSameMessages, namesReceived, namesRecorded, receivedBy } from "./forms/upstream_view.ts";
import { assertVerifies, fixture, openBox, rounds } from "./harness.ts";

const COUNT = rounds(3000, 30_000);

Deno.test(`of ${COUNT} frames of any form, exactly those reach the upstream that the ledger says`, async () => {
  const seed = Number(Deno.env.get("E2E_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const seeded = `(repeat with E2E_SEED=${seed})`;
  await using box = await openBox();
  const received = box.path("received");
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), { env: { E2E_RECEIVED: received } }));
  await client.initialize();
  const frames = anyFrames(FROM_CLIENT, { count: COUNT, seed });
  for (const { bytes } of frames) await client.sendBytes(Uint8Array.of(...bytes, 0x0a));
  await client.call("the-last-one");
  await client.closeInput();
  assertEquals((await client.exited(60_000)).code, 0, `${seeded}\n${client.stderr.slice(-2000)}`);

  const lines = receivedBy(received);
  const entries = await assertVerifies(box);
  try {
    assertSameMessages(namesReceived(lines), namesRecorded(entries));
    assertEquals(new Set(entries.filter(({ kind }) => kind === "malformed")).size > COUNT / 10, true);
    const ids = lines.flatMap(({ id }) => id === undefined ? [] : [JSON.stringify(id)]);
    assertEquals(new Set(ids).size, ids.length, "an id went to the upstream twice");
    assertWholeOnesArrived(frames, lines);
    assertAnswered(frames, client.messages);
  } catch (error) {
    throw new Error(seeded, { cause: error });
  }
});

type Frames = ReturnType<typeof anyFrames>;

/** What nothing was done to arrives once, with the same content and its keys in the same order. */
function assertWholeOnesArrived(frames: Frames, lines: ReturnType<typeof receivedBy>): void {
  const arrived = new Map<string, number>();
  for (const { method, params } of lines) {
    const text = JSON.stringify({ method, params });
    arrived.set(text, (arrived.get(text) ?? 0) + 1);
  }
  const whole = frames.filter((frame) => frame.whole);
  assert(whole.length > frames.length / 5, "the generator spoils nearly everything");
  for (const { message: { method, params } } of whole) {
    const text = JSON.stringify({ method, params });
    assert((arrived.get(text) ?? 0) > 0, `this did not arrive as it was: ${text.slice(0, 300)}`);
  }
}

/** Every whole request is answered exactly once. */
function assertAnswered(frames: Frames, messages: readonly { readonly id?: unknown }[]): void {
  const answers = new Map<string, number>();
  for (const { id } of messages) answers.set(JSON.stringify(id), (answers.get(JSON.stringify(id)) ?? 0) + 1);
  const asked = frames.filter(({ whole, message }) => whole && message.id !== undefined);
  const unanswered = asked.filter(({ message }) => answers.get(JSON.stringify(message.id)) === undefined);
  assertEquals(unanswered.map(({ message }) => message.id).slice(0, 10), [], "requests without an answer");
}
