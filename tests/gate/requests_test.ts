import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import type { Decision } from "../../lib/verdict/mod.ts";
import { Bench, call, decided, notice, request, result, type Script } from "./_harness.ts";

Deno.test("a call leaves under our id and token, and its reply comes back under the client's, in its type", async () => {
  const bench = new Bench();
  bench.client(call("a-7", "read", { path: "/x" }, { progressToken: "tok" }), call(41, "read"));
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ id }) => id), [1, 2]);
  assertEquals(bench.toUpstream[0]?.params, {
    name: "read",
    arguments: { path: "/x" },
    _meta: { progressToken: 1 },
  });
  bench.upstream(notice("notifications/progress", { progressToken: 1, progress: 1 }), result(2), result(1));
  await bench.settle();
  assertEquals(bench.toClient.map((message) => message.id ?? message.params), [
    { progressToken: "tok", progress: 1 },
    41,
    "a-7",
  ]);
  assertEquals(bench.outcomes().map(({ verdict }) => verdict), ["release", "release"]);
});

Deno.test("a call leaves only once its entry is written", async () => {
  const written = Promise.withResolvers<void>();
  const bench = new Bench({ beforeWrite: () => written.promise });
  bench.client(call(1, "read"));
  await bench.settle();
  assertEquals(bench.toUpstream, []);
  written.resolve();
  await bench.settle();
  assertEquals(bench.toUpstream.length, 1);
});

interface RefusalRow {
  readonly name: string;
  readonly script: Script;
  readonly reason: string;
  /** Is there an entry to refer to? */
  readonly entry: boolean;
}

const throwing = () => {
  throw new Fault("worker", "Cannot ask the worker: it gave no answer within 250 ms");
};

const REFUSALS: readonly RefusalRow[] = [
  { name: "the policy denies", script: { decide: () => decided("deny") }, reason: "rule:r1", entry: true },
  { name: "the policy worker fails", script: { decide: throwing }, reason: "fault:policy", entry: true },
  { name: "the scan worker fails", script: { inspect: throwing }, reason: "fault:scan", entry: true },
  {
    name: "the ledger cannot write",
    script: { beforeWrite: throwing },
    reason: "fault:ledger",
    entry: false,
  },
  {
    name: "the scan saw only a part",
    script: {
      inspect: () => ({ report: { complete: false, findings: [], threat: { score: 0, parts: [] } } }),
    },
    reason: "scan-incomplete",
    entry: true,
  },
];

for (const { name, script, reason, entry } of REFUSALS) {
  Deno.test(`a call is refused when ${name}, and the next one still gets its answer`, async () => {
    const bench = new Bench(script);
    bench.client(call(1, "read"), request(2, "prompts/get", { name: "p" }));
    await bench.settle();
    assertEquals(bench.toUpstream, []);
    const [first, second] = bench.toClient as {
      id: number;
      result?: { isError: boolean; _meta: Record<string, object> };
      error?: { code: number };
    }[];
    assertEquals([first?.id, second?.id], [1, 2]);
    assertEquals(first?.result?.isError, true);
    assertEquals(first?.result?._meta["dev.countersign/verdict"], {
      verdict: "refuse",
      reason,
      ...entry && { entry: 0 },
    });
    assertEquals(second?.error?.code, -31403);
    await bench.gate.idle();
  });
}

Deno.test("fail-open forwards what could only be scanned in part", async () => {
  const report = { complete: false, findings: [], threat: { score: 0, parts: [] } };
  const bench = new Bench({
    inspect: () => ({ report }),
    decide: () => decided("allow", { failureMode: "open" }),
  });
  bench.client(call(1, "read"));
  await bench.settle();
  assertEquals(bench.toUpstream.length, 1);
  bench.upstream(result(1, { content: [{ type: "text", text: "x" }] }));
  await bench.settle();
  assertEquals(bench.toClient.length, 1);
  assertEquals(bench.outcomes()[0]?.reason, "fail-open:scan");
});

Deno.test("params of the wrong shape are answered with -32602, recorded, and never shown to the policy", async () => {
  const asked: string[] = [];
  const bench = new Bench({ decide: (access) => (asked.push(access.action), decided("allow")) });
  bench.client(
    request(1, "tools/call", { arguments: {} }),
    request(2, "tools/call", { name: ["read"] }),
    request(3, "tools/call", { name: "read", arguments: [] }),
    request(4, "tools/call"),
  );
  await bench.settle();
  assertEquals(bench.toUpstream, []);
  assertEquals(bench.toClient.map(({ error }) => (error as { code: number }).code), [
    -32602,
    -32602,
    -32602,
    -32602,
  ]);
  assertEquals(bench.calls().map(({ invalid }) => invalid), Array(4).fill("invalid-params"));
  assertEquals(asked, []);
});

Deno.test("duties mask fields of the arguments before the call leaves and before it is hashed", async () => {
  const decision = decided("redact", { duties: { redactFields: ["bcc", "card.number"], labels: [] } });
  const bench = new Bench({ decide: () => decision });
  bench.client(call(1, "send", { to: "a", bcc: "b", list: [{ card: { number: 4, kind: "x" } }], number: 5 }));
  await bench.settle();
  const args = {
    to: "a",
    bcc: "[REDACTED]",
    list: [{ card: { number: "[REDACTED]", kind: "x" } }],
    number: 5,
  };
  assertEquals(bench.toUpstream[0]?.params, { name: "send", arguments: args });
  assert(!bench.calls()[0]?.input.includes('"bcc":"b"'));
});

Deno.test("duties reach what a person answered, and whatever else may hide behind a member named arguments", async () => {
  const bench = new Bench({
    decide: () => decided("redact", { duties: { redactFields: ["ssn"], labels: [] } }),
  });
  const answered = (ssn: string) => ({ q: { action: "accept", content: { ssn } } });
  const completing = (ssn: string) => ({
    ref: { type: "ref/prompt", name: "p" },
    argument: { name: "a", value: "b" },
    context: { arguments: { ssn } },
    arguments: {},
  });
  bench.client(
    request(1, "tools/call", { name: "a", arguments: {}, inputResponses: answered("123") }),
    request(2, "completion/complete", completing("123")),
  );
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ params }) => params), [
    { name: "a", arguments: {}, inputResponses: answered("[REDACTED]") },
    completing("[REDACTED]"),
  ]);
  assertEquals(bench.calls().some(({ input }) => input.includes("123")), false);
});

Deno.test("a request that repeats an id still in flight is refused and does not disturb the first", async () => {
  const bench = new Bench();
  bench.client(call(5, "read"), call(5, "delete"), call("5", "list"));
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ params }) => (params as { name: string }).name), ["read", "list"]);
  assertEquals(bench.toClient.map(({ id }) => id), [null]);
  assertEquals(bench.incidents(), ["duplicate-id"]);
  bench.upstream(result(1));
  await bench.settle();
  assertEquals(bench.toClient.at(-1)?.id, 5);
  bench.client(call(5, "again"));
  await bench.settle();
  assertEquals(bench.toUpstream.length, 3);
});

Deno.test("messages keep their order although some take longer to judge", async () => {
  const slow = Promise.withResolvers<Decision>();
  const bench = new Bench({
    decide: ({ resource }) => resource.name === "slow" ? slow.promise : decided("allow"),
  });
  bench.client(call(1, "slow"), call(2, "quick"), notice("notifications/roots/list_changed"));
  await bench.settle();
  assertEquals(bench.toUpstream, []);
  slow.resolve(decided("allow"));
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ id, method }) => id ?? method), [
    1,
    2,
    "notifications/roots/list_changed",
  ]);
});

Deno.test("a mistake of ours neither stops the others nor leaves the client without an answer", async () => {
  const bench = new Bench({
    inspect: ({ tool }) => ({ report: decided("allow") as never, clean: tool === "odd" ? "[1]" : "{}" }),
  });
  bench.client(call(1, "odd"));
  await bench.settle();
  assertEquals(bench.toUpstream, []);
  assertEquals((bench.toClient[0]?.error as { code: number }).code, -32603);
  assertStringIncludes(bench.log.join("\n"), "internal error");
  await bench.gate.idle();
});

Deno.test("a tool whose name only looks like a listed one is shown to the policy as such", async () => {
  const seen: string[] = [];
  const bench = new Bench({
    decide: (
      { action, context },
    ) => (action === "tools/call" && seen.push(context.listing), decided("allow")),
  });
  bench.client(call(1, "delete_user"), request(2, "tools/list"));
  await bench.settle();
  bench.upstream(result(2, { tools: [{ name: "delete_user" }] }));
  await bench.settle();
  const lookalikes = [
    "Delete_user",
    "dеlete_user", /* Cyrillic е */
    "delete_user ",
    "ｄelete_user",
    "delete_\u200buser",
  ];
  bench.client(call(3, "delete_user"), call(4, "other"), ...lookalikes.map((name, i) => call(10 + i, name)));
  await bench.settle();
  assertEquals(seen, ["unknown", "listed", "unlisted", ...lookalikes.map(() => "lookalike")]);
});

Deno.test("a name that is a secret itself is shown to the policy, and neither to the ledger nor to the log", async () => {
  const secret = "AKIAIOSFODNN7EXAMPLE";
  const asked: string[] = [];
  const bench = new Bench({
    inspect: ({ text }) => {
      const value = JSON.parse(text);
      const at = value.method?.includes(secret) ? "/method" : value.uri ? "/uri" : "/name";
      const finding = { id: "aws-access-key", at, count: 1, action: "block" } as const;
      return { report: { complete: true, findings: [finding], threat: { score: 0, parts: [] } } };
    },
    decide: (
      { action, resource },
    ) => (asked.push(action + resource.name), decided("deny", { reason: "dlp:aws-access-key" })),
  });
  bench.client(
    request(1, "resources/read", { uri: `https://x/?k=${secret}` }),
    call(2, secret),
    request(3, `x/${secret}`),
  );
  await bench.settle();
  assertEquals(asked.every((text) => text.includes(secret)), true);
  assertEquals(bench.calls().map(({ method, tool }) => method + tool), [
    "resources/read[REDACTED:aws-access-key]",
    "tools/call[REDACTED:aws-access-key]",
    "[REDACTED:aws-access-key]",
  ]);
  const visible = JSON.stringify([
    bench.log,
    bench.toClient,
    bench.calls().map(({ input: _, ...rest }) => rest),
  ]);
  assert(!visible.includes(secret));
});
