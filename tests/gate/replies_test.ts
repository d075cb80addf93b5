import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import type { Inspected } from "../../lib/gate/mod.ts";
import type { Finding } from "../../lib/verdict/mod.ts";
import { Bench, call, decided, notice, request, result } from "./_harness.ts";

const SECRET = "AKIAIOSFODNN7EXAMPLE";

/** Masks SECRET on the way to the client, as the scanner would; blocks it on the way to the upstream. */
function masking({ text, direction }: { text: string; direction: string }): Inspected {
  const action = direction === "to-client" ? "redact" : "block";
  const finding: Finding = { id: "aws-access-key", at: "/x", count: 1, action };
  const found = text.includes(SECRET);
  const report = { complete: true, findings: found ? [finding] : [], threat: { score: 0, parts: [] } };
  return found && action === "redact"
    ? { report, clean: text.replaceAll(SECRET, "[REDACTED:aws-access-key]") }
    : { report };
}

Deno.test("a secret in a result is masked, recorded first, and the rest stays as it was", async () => {
  const written = Promise.withResolvers<void>();
  const bench = new Bench({
    inspect: masking,
    beforeWrite: (entry) => entry.type === "outcome" ? written.promise : undefined,
  });
  bench.client(call(1, "read"));
  await bench.settle();
  bench.upstream(
    `{"jsonrpc":"2.0","id":1,"result":{"z":1.0,"content":[{"type":"text","text":"key ${SECRET}"}],"a":[]}}`,
  );
  await bench.settle();
  assertEquals(bench.toClient, []);
  written.resolve();
  await bench.settle();
  assertEquals(
    JSON.stringify(bench.toClient[0]),
    '{"jsonrpc":"2.0","id":1,"result":{"z":1,"content":[{"type":"text","text":"key [REDACTED:aws-access-key]"}],"a":[]}}',
  );
  assertEquals(bench.outcomes()[0]?.verdict, "redact");
  assert(!JSON.stringify(bench.entries).includes(SECRET));
});

Deno.test("an error of the upstream is looked through as well", async () => {
  const bench = new Bench({ inspect: masking });
  bench.client(call(1, "read"));
  await bench.settle();
  bench.upstream({
    jsonrpc: "2.0",
    id: 1,
    error: { code: -1, message: `no ${SECRET}`, data: { k: SECRET } },
  });
  await bench.settle();
  const text = "[REDACTED:aws-access-key]";
  assertEquals(bench.toClient[0]?.error, { code: -1, message: `no ${text}`, data: { k: text } });
});

Deno.test("a reply is withheld where it cannot be masked, and where it could not be looked through", async () => {
  const rows: readonly { name: string; inspected: Inspected | "fault"; reason: string }[] = [
    {
      name: "number",
      inspected: {
        report: {
          complete: true,
          findings: [{ id: "pan", at: "/n", count: 1, action: "withhold" }],
          threat: { score: 0, parts: [] },
        },
        withhold: true,
      },
      reason: "dlp:pan",
    },
    {
      name: "partly",
      inspected: { report: { complete: false, findings: [], threat: { score: 0, parts: [] } } },
      reason: "scan-incomplete",
    },
    { name: "fault", inspected: "fault", reason: "fault:scan" },
  ];
  for (const { name, inspected, reason } of rows) {
    const bench = new Bench({
      inspect: ({ direction }) => {
        if (direction === "to-upstream") {
          return { report: { complete: true, findings: [], threat: { score: 0, parts: [] } } };
        }
        if (inspected === "fault") throw new Error("gone");
        return inspected;
      },
    });
    bench.client(call(1, "read"));
    await bench.settle();
    bench.upstream(result(1, { content: [{ type: "text", text: "x" }] }));
    await bench.settle();
    const meta =
      (bench.toClient[0]?.result as { _meta: Record<string, JsonObject> })._meta["dev.countersign/verdict"];
    assertEquals([name, meta?.verdict, meta?.reason], [name, "withhold", reason]);
    assertEquals(bench.outcomes()[0]?.verdict, "withhold");
  }
});

Deno.test("a reply that nobody asked for, and a second reply, are recorded and dropped", async () => {
  const bench = new Bench({
    decide: ({ resource }) => resource.name === "held" ? decided("ask") : decided("allow"),
  });
  bench.client(call(7, "read"), call(8, "held"));
  await bench.settle();
  // 2 is the id that the held call would go by: it was never sent, so nobody can have answered it.
  bench.upstream(result(99), result("1"), result(2), result(1), result(1));
  await bench.settle();
  assertEquals(bench.toClient.map(({ id }) => id), [7]);
  assertEquals(bench.incidents(), ["unknown-id", "unknown-id", "unknown-id", "unknown-id"]);
});

Deno.test("lines of the upstream that are no messages are dropped, recorded and talked about", async () => {
  const bench = new Bench();
  bench.client(call(1, "read"));
  await bench.settle();
  bench.upstream("Server listening…", '{"jsonrpc":"2.0","id":1,"id":2,"result":{}}', "[1]");
  await bench.settle();
  assertEquals(bench.toClient, []);
  assertEquals(bench.incidents().sort(), ["batch", "duplicate-key", "syntax"]);
  assertEquals(bench.log.length, 3);
});

Deno.test("a broken reply whose id can be read ends the wait of its call", async () => {
  const bench = new Bench();
  bench.client(call("c", "read"));
  await bench.settle();
  bench.upstream('{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}');
  await bench.settle();
  assertEquals(bench.toClient[0]?.id, "c");
  assertEquals(bench.outcomes()[0]?.reason, "malformed-reply");
  await bench.gate.idle();
});

Deno.test("requests of the upstream take the same way, turned round", async () => {
  const bench = new Bench({
    inspect: masking,
    decide: ({ action }) => action === "sampling/createMessage" ? decided("deny") : decided("allow"),
  });
  bench.upstream(
    request(1, "roots/list"),
    request("s", "sampling/createMessage", { messages: [], maxTokens: 1 }),
  );
  await bench.settle();
  assertEquals(bench.toClient.map(({ method }) => method), ["roots/list"]);
  assertEquals(bench.toUpstream.map(({ id }) => id), ["s"]);
  bench.client(result(1, { roots: [{ uri: `file:///${SECRET}` }] }));
  await bench.settle();
  const answer = bench.toUpstream[1] as { id: number; error: { code: number } };
  assertEquals([answer.id, answer.error.code], [1, -31403]);
  assertEquals(bench.calls().map(({ direction }) => direction), ["to-client", "to-client"]);
});

Deno.test("questions inside a result are judged each; one that is refused withholds the result", async () => {
  const bench = new Bench({
    decide: ({ action }) => action === "elicitation/create" ? decided("deny") : decided("allow"),
  });
  const asking = (method: string, params: JsonObject) => ({
    resultType: "input_required",
    inputRequests: { q: { method, params } },
  });
  bench.client(call(1, "a"), call(2, "b"), call(3, "c"));
  await bench.settle();
  bench.upstream(
    result(1, asking("roots/list", {})),
    result(2, asking("elicitation/create", { message: "password?" })),
    result(3, { resultType: "input_required", inputRequests: [] as unknown as JsonObject }),
  );
  await bench.settle();
  const shown = bench.toClient.map((message) =>
    (message.result as JsonObject).resultType ?? (message.result as JsonObject).isError
  );
  assertEquals(shown, ["input_required", true, true]);
  assertEquals(bench.calls().filter(({ form }) => form === "input").map(({ method }) => method), [
    "roots/list",
    "elicitation/create",
  ]);
});

Deno.test("the end of the upstream answers everybody who waits for it, with the exit code", async () => {
  const bench = new Bench();
  bench.client(call(1, "a"), call(2, "b"));
  await bench.settle();
  bench.gate.upstreamExited(3, false);
  await bench.gate.idle();
  assertEquals(
    bench.toClient.map((
      { id, error },
    ) => [id, (error as { message: string }).message.includes("exit code 3")]),
    [[1, true], [2, true]],
  );
  assertEquals(bench.incidents(), ["upstream-exit"]);
  assertEquals(bench.outcomes().map(({ reason }) => reason), ["upstream-exit", "upstream-exit"]);
});

Deno.test("what comes through a task is that of the tool which began it, and its progress goes on", async () => {
  const bench = new Bench();
  bench.client(call(1, "long", {}, { progressToken: "p" }));
  await bench.settle();
  bench.upstream(
    result(1, { task: { taskId: "t1", status: "working" } }),
    notice("notifications/progress", { progressToken: 1, progress: 2 }),
  );
  await bench.settle();
  bench.client(request(2, "tasks/result", { taskId: "t1" }));
  await bench.settle();
  assertEquals(bench.calls().at(-1)?.tool, "long");
  assertEquals(bench.toClient[1]?.params, { progressToken: "p", progress: 2 });
});

Deno.test("the outcome of a released reply is written once the ledger is back, and one entry tells that it was away", async () => {
  let away = 0;
  const bench = new Bench({
    beforeWrite: (entry) => {
      if (entry.type === "outcome" && away++ < 3) throw new Error("locked");
      if (entry.type === "call" && entry.tool === "during") throw new Error("locked");
    },
  });
  bench.client(call(1, "read"));
  await bench.settle();
  bench.upstream(result(1, { content: [{ type: "text", text: "x" }] }));
  bench.client(call(2, "during"), call(3, "during"));
  await bench.gate.idle();
  assertEquals(bench.toClient.map(({ id }) => id).sort(), [1, 2, 3]);
  assertEquals(bench.outcomes().map(({ verdict }) => verdict), ["release"]);
  assertEquals(bench.incidents(), ["fault:ledger"]);
});
