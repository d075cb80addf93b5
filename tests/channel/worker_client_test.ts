import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { WorkerClient } from "../../lib/channel/mod.ts";

const URL_OF_WORKER = new URL("./_worker.ts", import.meta.url);

function client(options: { resend?: boolean; url?: URL } = {}): WorkerClient {
  const { resend = true, url = URL_OF_WORKER } = options;
  return new WorkerClient({ name: "test", url, permissions: "none", resend });
}

async function withClient(
  options: { resend?: boolean; url?: URL },
  run: (worker: WorkerClient) => Promise<void>,
) {
  const worker = client(options);
  try {
    await run(worker);
  } finally {
    worker.close();
  }
}

Deno.test("WorkerClient answers many questions, each its own, in order", () =>
  withClient({}, async (worker) => {
    const seen: number[] = [];
    const asked = Array.from(
      { length: 1000 },
      (_, i) => worker.ask<number>("echo", i).then((value) => seen.push(value)),
    );
    await Promise.all(asked);
    assertEquals(seen, Array.from({ length: 1000 }, (_, i) => i));
    assertEquals(await worker.ask("later", "x"), "x");
  }));

Deno.test("WorkerClient hands over a fault with code, message and hint", () =>
  withClient({}, async (worker) => {
    const fault = await assertRejects(() => worker.ask("refuse", {}), Fault);
    assertEquals([fault.code, fault.message, fault.hint], [
      "ledger",
      "Cannot write: the disk is full",
      "df -h",
    ]);
  }));

Deno.test("WorkerClient ends a worker that hangs: that question fails, those behind it and the next one are answered", () =>
  withClient({}, async (worker) => {
    assertEquals(await worker.greet({ operation: "greet", payload: "again" }), "hello again");
    const hanging = assertRejects(
      () => worker.ask("hang", {}, { deadlineMs: 50 }),
      Fault,
      "no answer within 50 ms",
    );
    const behind = worker.ask("echo", "behind");
    await hanging;
    assertEquals(await behind, "behind");
    assertEquals(await worker.ask("greeted", {}), "again");
  }));

Deno.test("WorkerClient does not repeat questions that may have been carried out", () =>
  withClient({ resend: false }, async (worker) => {
    await worker.ask("echo", "warm");
    const hanging = assertRejects(() => worker.ask("hang", {}, { deadlineMs: 50 }), Fault);
    const behind = assertRejects(() => worker.ask("echo", "behind"), Fault);
    await Promise.all([hanging, behind]);
    assertEquals(await worker.ask("echo", "next"), "next");
  }));

Deno.test("WorkerClient survives a worker that dies of an uncaught error", () =>
  withClient({ resend: false }, async (worker) => {
    await worker.ask("echo", "warm");
    const waiting = assertRejects(() => worker.ask("never", {}, { deadlineMs: 20_000 }), Fault, "it died");
    // Its own answer may or may not get out before the worker is gone.
    await worker.ask("die", {}).catch(() => {});
    await waiting;
    assertEquals(await worker.ask("echo", "next"), "next");
  }));

Deno.test("WorkerClient notices that a question hangs although later ones are answered", () =>
  withClient({ resend: false }, async (worker) => {
    await worker.ask("echo", "warm");
    const hanging = assertRejects(
      () => worker.ask("never", {}, { deadlineMs: 200 }),
      Fault,
      "no answer within 200 ms",
    );
    let failed = false;
    const noted = hanging.then(() => failed = true);
    while (!failed) await worker.ask("echo", "busy").catch(() => {});
    await noted;
  }));

Deno.test("WorkerClient fails questions to a worker that cannot be loaded, and does not try in a loop", () =>
  withClient({ url: new URL("./no_such_worker.ts", import.meta.url) }, async (worker) => {
    await assertRejects(() => worker.ask("echo", 1), Fault, "it died");
    await assertRejects(() => worker.ask("echo", 1), Fault, "it died");
  }));

Deno.test("WorkerClient refuses an operation that the worker does not have, and questions after close", async () => {
  const worker = client();
  await assertRejects(() => worker.ask("constructor", {}), Fault, "no such operation");
  const late = worker.ask("echo", 1);
  worker.close();
  await assertRejects(() => late, Fault, "it is closed");
  await assertRejects(() => worker.ask("echo", 1), Fault, "it is closed");
  assert(true);
});

Deno.test("WorkerClient counts a deadline from when the worker takes up the question, not from asking", () =>
  withClient({}, async (worker) => {
    await worker.ask("echo", "warm");
    // Together these take far longer than one deadline; each alone stays below it.
    const payload = "x".repeat(200_000);
    const asked = Array.from(
      { length: 400 },
      () => worker.ask<string>("echo", payload, { deadlineMs: 100, size: payload.length }),
    );
    for (const answer of await Promise.all(asked)) assertEquals(answer.length, payload.length);
  }));
