/** The product killed at any instant under load: the ledger verifies, and holds every call that the upstream saw. */
import { assert, assertEquals } from "@std/assert";
import { namesRecorded, receivedBy, without } from "./forms/upstream_view.ts";
import {
  assertVerifies,
  audit,
  type Box,
  fixture,
  type LineClient,
  openBox,
  rounds,
  verify,
} from "./harness.ts";

const KILLS = rounds(8, 200);
/** No finding: the chain is whole, and its open end or the crash is noted. */
const SOUND = ["intact", "intact-open", "recovered"];

/** Keeps 64 calls in flight until the product is gone; `onReply` hears of each reply. */
async function load(client: LineClient, name: string, onReply: () => void): Promise<void> {
  let sent = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      const id = `${name}-${++sent}`;
      const reply = client.reply(id);
      await client.send({ id, method: "tools/call", params: { name: id, arguments: { sent } } });
      await reply;
      onReply();
    }
  };
  // Each ends with an error once the product is dead; that is how the load ends.
  await Promise.allSettled(Array.from({ length: 64 }, one));
}

/**
 * One life of the product: load, then SIGKILL once `replies` calls were answered. Counted in replies and not in
 * milliseconds, a slow machine sees the same load as a fast one; the instant within the work is random all the same.
 */
async function killedUnderLoad(box: Box, name: string, replies: number): Promise<void> {
  const client = box.start(
    box.proxied(fixture("counting_upstream.ts"), { env: { E2E_RECEIVED: box.path("received") } }),
  );
  await client.initialize();
  const enough = Promise.withResolvers<void>();
  let seen = 0;
  const loading = load(client, name, () => ++seen >= replies && enough.resolve());
  // Zero: at once, in the middle of the first frames. A product that ends by itself would end the load, too.
  if (replies > 0) await Promise.race([enough.promise, loading]);
  client.kill("SIGKILL");
  await client.exited();
  await loading;
  // The upstream reads on until it has seen the end of its input; only then is its file whole.
  await box.noneLeft();
}

Deno.test(`killed ${KILLS} times at random instants under load, the ledger stays sound and complete`, async () => {
  await using box = await openBox();
  let answered = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const replies = Math.floor(Math.random() * 400);
    const where = `after kill ${kill + 1}, at reply ${replies}`;
    await killedUnderLoad(box, `life-${kill}`, replies);
    answered += replies;
    const { status, finding } = await verify(box);
    assert(SOUND.includes(status), `verify says ${status} ${where}: ${JSON.stringify(finding)}`);
  }
  const calls = receivedBy(box.path("received")).filter(({ method }) => method === "tools/call");
  assert(
    calls.length >= answered,
    `${answered} calls were answered, and the upstream saw only ${calls.length}`,
  );
  const received = calls.map(({ params }) => `request tools/call ${params?.name}`);
  const unrecorded = without(received, namesRecorded(await audit(box)));
  assertEquals(unrecorded, [], "the upstream saw calls that have no entry");
});

Deno.test("after a crash the next session notes what has no outcome, and the ledger verifies to the end", async () => {
  await using box = await openBox();
  await killedUnderLoad(box, "life", 50);
  const client = box.start(
    box.proxied(fixture("counting_upstream.ts"), { env: { E2E_RECEIVED: box.path("received") } }),
  );
  await client.initialize();
  await client.call("alive");
  await client.closeInput();
  await client.exited();
  const entries = await assertVerifies(box, ["intact", "recovered"]);
  const noted = entries.filter(({ kind }) => kind === "recovered");
  assertEquals(noted.length, 1, "one crash, one note");
  const open = entries.filter(({ kind }) => kind === "session-open");
  assertEquals(open.length, 2);
});
