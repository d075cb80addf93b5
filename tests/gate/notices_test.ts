import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import type { Answer } from "../../lib/verdict/mod.ts";
import { Bench, call, decided, notice, request, result } from "./_harness.ts";

/** Waits until `done` holds; the holds look every 150 ms of real time. */
async function until(bench: Bench, done: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!done()) {
    if (performance.now() > end) throw new Error(`still waiting: ${JSON.stringify(bench.entries)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("a cancellation follows its call under the id that the upstream knows", async () => {
  const bench = new Bench();
  bench.client(call("c1", "slow"), notice("notifications/cancelled", { requestId: "c1", reason: "bored" }));
  await bench.settle();
  assertEquals(bench.toUpstream[1]?.params, { requestId: 1, reason: "bored" });
  assertEquals(bench.outcomes()[0]?.reason, "cancelled");
  await bench.gate.idle();
  bench.upstream(result(1));
  await bench.settle();
  assertEquals(bench.toClient, []);
});

Deno.test("a cancellation of something that nobody asked does not reach the upstream", async () => {
  const bench = new Bench({
    decide: ({ resource }) => resource.name === "no" ? decided("deny") : decided("allow"),
  });
  bench.client(
    notice("notifications/cancelled", { requestId: 77 }),
    call(1, "no"),
    notice("notifications/cancelled", { requestId: 1 }),
  );
  await bench.settle();
  assertEquals(bench.toUpstream, []);
});

Deno.test("progress for a request that is not in flight is dropped and recorded", async () => {
  const bench = new Bench();
  bench.upstream(notice("notifications/progress", { progressToken: 9, progress: 1 }));
  await bench.settle();
  assertEquals(bench.toClient, []);
  assertEquals(bench.incidents(), ["unknown-id"]);
});

Deno.test("notices of a subscription carry the id of the client's own request", async () => {
  const bench = new Bench();
  bench.client(request("sub", "subscriptions/listen", { notifications: { toolsListChanged: true } }));
  await bench.settle();
  const meta = (id: number | string): JsonObject => ({
    _meta: { "io.modelcontextprotocol/subscriptionId": id },
  });
  bench.upstream(
    notice("notifications/tools/list_changed", meta(1)),
    notice("notifications/tools/list_changed", meta(2)),
  );
  bench.upstream(result(1, { resultType: "complete", ...meta(1) }));
  await bench.settle();
  assertEquals(bench.toClient.map(({ params, result }) => params ?? result), [meta("sub"), {
    resultType: "complete",
    ...meta("sub"),
  }]);
});

Deno.test("a subscription is refused when one of its URIs is", async () => {
  const bench = new Bench({
    decide: ({ resource }) => resource.name === "file:///b" ? decided("deny") : decided("allow"),
  });
  bench.client(
    request(1, "subscriptions/listen", {
      notifications: { resourceSubscriptions: ["file:///a", "file:///b"] },
    }),
  );
  await bench.settle();
  assertEquals(bench.toUpstream, []);
  assertEquals((bench.toClient[0]?.error as { code: number }).code, -31403);
});

Deno.test("a tools/call without id is judged like one with, in both directions", async () => {
  const bench = new Bench({
    decide: ({ resource }) => resource.name === "rm" ? decided("deny") : decided("allow"),
  });
  bench.client(
    notice("tools/call", { name: "rm", arguments: {} }),
    notice("tools/call", { arguments: {} }),
    notice("tools/call", { name: "ls" }),
  );
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ params }) => params), [{ name: "ls" }]);
  assertEquals(bench.calls().map(({ form, tool }) => [form, tool]).sort(), [
    ["notice", ""],
    ["notice", "ls"],
    ["notice", "rm"],
  ]);
});

Deno.test("a held call lets the others pass and leaves once a person says yes", async () => {
  const answers: Answer[] = [];
  const bench = new Bench({
    decide: ({ resource }) => resource.name === "wire" ? decided("ask") : decided("allow"),
    answers: () => answers,
  });
  bench.client(call(1, "wire"), call(2, "read"));
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ id }) => id), [2]);
  answers.push({ call: 0, decision: "allow", reason: "rule:r1", cleared: [] });
  await until(bench, () => bench.toUpstream.length === 2);
  bench.upstream(result(1), result(2));
  await bench.settle();
  assertEquals(bench.toClient.map(({ id }) => id), [1, 2]);
  assertEquals(bench.outcomes()[0]?.call, 0);
});

Deno.test("a held call is refused when a person says no, when nobody answers in time, and quietly when it is cancelled", async () => {
  const rows = [
    {
      name: "denied",
      answers: [{ call: 0, decision: "deny", reason: "approval-denied", cleared: [] }] as Answer[],
      reason: "approval-denied",
    },
    { name: "expired", answers: [], reason: "approval-expired" },
  ];
  for (const { name, answers, reason } of rows) {
    const bench = new Bench({
      decide: () => decided("ask"),
      answers: () => answers,
      settings: { holdTimeoutMs: name === "expired" ? 0 : 60_000 },
    });
    bench.client(call(1, "wire"));
    await until(bench, () => bench.toClient.length === 1);
    const meta =
      (bench.toClient[0]?.result as { _meta: Record<string, JsonObject> })._meta["dev.countersign/verdict"];
    assertEquals([name, meta?.reason, meta?.entry], [name, reason, 0]);
    assertEquals(
      bench.entries.filter(({ type }) => type === "unanswered").length,
      name === "expired" ? 1 : 0,
    );
    await bench.gate.idle();
  }
  const bench = new Bench({
    decide: ({ action }) => action === "tools/call" ? decided("ask") : decided("allow"),
  });
  bench.client(call(1, "wire"), notice("notifications/cancelled", { requestId: 1 }));
  await until(
    bench,
    () => bench.entries.some((entry) => entry.type === "unanswered" && entry.reason === "cancelled"),
  );
  await bench.gate.idle();
  assertEquals([bench.toClient, bench.toUpstream], [[], []]);
});

Deno.test("batches pass element by element under 2025-03-26 and come back as one array; elsewhere none of it passes", async () => {
  const batch = JSON.stringify([call(1, "a"), notice("notifications/x"), call(2, "no"), {
    jsonrpc: "2.0",
    id: 3,
  }]);
  const bench = new Bench({
    decide: ({ resource }) => resource.name === "no" ? decided("deny") : decided("allow"),
  });
  bench.client(batch);
  await bench.settle();
  assertEquals([bench.toUpstream, bench.incidents()], [[], ["batch"]]);
  bench.client(request(9, "initialize", { protocolVersion: "2025-03-26" }));
  await bench.settle();
  bench.upstream(result(1, { protocolVersion: "2025-03-26" }));
  await bench.settle();
  bench.client(batch);
  await bench.settle();
  assertEquals(bench.toUpstream.slice(1).map(({ id, method }) => id ?? method), [2, "notifications/x"]);
  bench.upstream(result(2));
  await bench.settle();
  const answer = bench.toClient.at(-1) as unknown as JsonObject[];
  assertEquals(answer.map(({ id }) => id).sort(), [1, 2, 3]);
});

Deno.test("progress goes on behind a reply under the token as it came, until tokens are many or long", async () => {
  const bench = new Bench(), long = "x".repeat(400_000);
  const tokens = [`"a"`, `"1${long}"`, "1e400", "9007199254740993", "1.5", `"2${long}"`, `"3${long}"`];
  const ask = (id: number) =>
    bench.client(
      `{"jsonrpc":"2.0","id":${id},"method":"x/y","params":{"_meta":{"progressToken":${tokens[id - 1]}}}}`,
    );
  const told = async () => {
    bench.toClient.length = 0;
    for (let id = 1; id <= tokens.length; id++) {
      bench.upstream(notice("notifications/progress", { progressToken: id, progress: 1 }));
    }
    await bench.settle();
    return bench.toClient.map(({ params }) => (params as JsonObject).progressToken);
  };
  for (let id = 1; id <= 6; id++) ask(id);
  await bench.settle();
  for (let id = 1; id <= 6; id++) bench.upstream(result(id));
  await bench.settle();
  const parsed = tokens.map((token) => JSON.parse(token));
  assertEquals(await told(), parsed.slice(0, 6));
  ask(7);
  await bench.settle();
  bench.upstream(result(7));
  await bench.settle();
  assertEquals(await told(), parsed.slice(2));
});
