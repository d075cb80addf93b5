/** Frames of broken form: none reaches the upstream, each has an entry, the session lives on. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { BROKEN_FRAMES, type BrokenFrame, LEAK } from "./forms/broken_frames.ts";
import {
  assertVerifies,
  type Box,
  type Entry,
  fixture,
  type LineClient,
  openBox,
  type Received,
} from "./harness.ts";

/** The errors that came so far; a refusal is a message with `error`, whatever its id. */
function errors(client: LineClient): Received[] {
  return client.messages.filter(({ error }) => error !== undefined);
}

/** Sends a broken frame, waits for its refusal, then proves with an ordinary call that the session lives on. */
async function tryFrame(client: LineClient, { bytes, code, id }: BrokenFrame, probe: string): Promise<void> {
  const before = errors(client).length;
  await client.sendBytes(bytes);
  await client.sendBytes(Uint8Array.of(0x0a));
  await client.next(() => errors(client).length > before, "a refusal");
  const { error, id: answered } = errors(client)[before] ?? {};
  assertEquals(error.code, code, error.message);
  if (id !== undefined) assertEquals(answered, id);
  assert(!JSON.stringify(error).includes(LEAK), "the refusal repeats the content");
  const reply = await client.call(probe);
  assertMatch(reply.result.content[0].text, /tools\/call/);
  assertEquals(errors(client).length, before + 1, "one frame, one refusal");
}

/** For each probe, the entries of refused or malformed messages that stand between it and the probe before. */
function refusalsBefore(entries: readonly Entry[]): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  let since: Entry[] = [];
  for (const entry of entries) {
    if (entry.kind === "malformed" || entry.verdict === "refuse") since.push(entry);
    if (entry.kind !== "call" || entry.verdict !== "forward" || !entry.tool?.startsWith("probe-")) continue;
    found.set(entry.tool, since);
    since = [];
  }
  return found;
}

Deno.test("frames of broken form are refused, recorded and kept from the upstream", async (t) => {
  await using box: Box = await openBox();
  const received = box.path("received");
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), { env: { E2E_RECEIVED: received } }));
  await client.initialize();
  for (const [index, frame] of BROKEN_FRAMES.entries()) {
    await t.step(frame.name, () => tryFrame(client, frame, `probe-${index}`));
  }
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
  const lines = Deno.readTextFileSync(received).trimEnd().split("\n").map((line) => JSON.parse(line));
  const probes = BROKEN_FRAMES.map((_, index) => `probe-${index}`);
  assertEquals(lines.map(({ method, params }) => params?.name ?? method), [
    "initialize",
    "notifications/initialized",
    ...probes,
  ]);
  const refusals = refusalsBefore(await assertVerifies(box));
  for (const [index, { name }] of BROKEN_FRAMES.entries()) {
    assertEquals(refusals.get(`probe-${index}`)?.length, 1, `entries for "${name}"`);
  }
});
