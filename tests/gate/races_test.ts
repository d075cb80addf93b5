/** Two things that happen to one call at once: exactly one of them is its end, and the ledger says which. */
import { assert, assertEquals } from "@std/assert";
import { type Answer, EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { ALLOW, Bench, call, decided, notice, request, result } from "./_harness.ts";

async function inBatches(bench: Bench): Promise<void> {
  bench.client(request("init", "initialize", { protocolVersion: "2025-03-26" }));
  await bench.settle();
  bench.upstream(result(1, { protocolVersion: "2025-03-26" }));
  await bench.settle();
  bench.toClient.length = 0;
}

Deno.test("a reply that came before its cancellation was judged is handed over, and recorded as that", async () => {
  const scanned = Promise.withResolvers<void>();
  const bench = new Bench({
    inspect: async ({ direction }) => {
      if (direction === "to-client") await scanned.promise;
      return { report: EMPTY_REPORT };
    },
  });
  bench.client(call(1, "read"));
  await bench.settle();
  bench.upstream(result(1, { content: [{ type: "text", text: "done" }] }));
  bench.client(notice("notifications/cancelled", { requestId: 1 }));
  await bench.settle();
  scanned.resolve();
  await bench.gate.idle();
  assertEquals(bench.toClient.map(({ id }) => id), [1]);
  assertEquals(bench.outcomes().map(({ verdict }) => verdict), ["release"]);
});

Deno.test("a call that is cancelled twice is cancelled once", async () => {
  const bench = new Bench();
  const cancelled = notice("notifications/cancelled", { requestId: 1 });
  bench.client(call(1, "read"), cancelled, cancelled);
  await bench.gate.idle();
  assertEquals(bench.toUpstream.map(({ method }) => method), ["tools/call", "notifications/cancelled"]);
  assertEquals(bench.outcomes().map(({ reason }) => reason), ["cancelled"]);
});

Deno.test("a held call that is approved after its client gave it up never leaves", async () => {
  const approval: Answer = { call: 0, decision: "allow", reason: "rule:r1", cleared: [] };
  // The approval is there from the moment that the cancellation is an entry: however slow the machine, no look at the
  // answers comes between the two.
  const bench: Bench = new Bench({
    decide: ({ action }) => decided(action === "tools/call" ? "ask" : "allow"),
    answers: () => bench.calls().some(({ form }) => form === "notice") ? [approval] : [],
  });
  bench.client(call(1, "wire"), notice("notifications/cancelled", { requestId: 1 }));
  await bench.gate.idle();
  assertEquals(bench.toUpstream, []);
  assertEquals(bench.outcomes().map(({ call, reason }) => [call, reason]), [[0, "cancelled"]]);
});

Deno.test("a held call is answered once when the upstream leaves while a person says no", async () => {
  const bench = new Bench({
    decide: () => decided("ask"),
    answers: (calls) =>
      calls.map((call) => ({ call, decision: "deny", reason: "approval-denied", cleared: [] })),
  });
  bench.client(call(1, "wire"));
  await bench.settle();
  bench.gate.upstreamExited(1, false);
  await bench.gate.idle();
  assertEquals(bench.toClient.map(({ id }) => id), [1]);
});

Deno.test("a broken message under the id of a call in flight is not answered under it", async () => {
  const bench = new Bench();
  bench.client(call(1, "read"));
  await bench.settle();
  bench.client('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}');
  bench.upstream(result(1));
  await bench.gate.idle();
  assertEquals(bench.toClient.map(({ id }) => id).sort(), [1, null]);
});

Deno.test("a batch is answered although one of its elements is a broken reply, or is cancelled", async () => {
  const bench = new Bench();
  await inBatches(bench);
  bench.client(JSON.stringify([call(1, "a"), { jsonrpc: "2.0", id: 9, result: {}, error: {} }]));
  bench.client(
    JSON.stringify([call(2, "b"), call(3, "c")]),
    notice("notifications/cancelled", { requestId: 3 }),
  );
  await bench.settle();
  bench.upstream(result(2), result(3));
  await bench.gate.idle();
  const ids = (bench.toClient as unknown as { id: number }[][]).map((batch) => batch.map(({ id }) => id));
  assertEquals(ids, [[1], [2]]);
});

Deno.test("a batch of the upstream is answered although one of its elements is broken", async () => {
  const bench = new Bench();
  await inBatches(bench);
  bench.upstream(JSON.stringify([request("r", "roots/list"), { jsonrpc: "2.0", id: 9, method: 5 }]));
  await bench.settle();
  bench.client(result(1, { roots: [] }));
  await bench.gate.idle();
  assertEquals((bench.toUpstream.at(-1) as unknown as { id: string }[]).map(({ id }) => id), ["r"]);
});

Deno.test("what cannot wait for a person is refused, and holds up nobody", async () => {
  const asks = ["sampling/createMessage", "resources/subscribe"];
  const bench = new Bench({ decide: ({ action }) => decided(asks.includes(action) ? "ask" : "allow") });
  const question = { k: { method: "sampling/createMessage", params: { messages: [] } } };
  bench.client(
    call(1, "a"),
    request(2, "subscriptions/listen", { notifications: { resourceSubscriptions: ["x:y"] } }),
    call(3, "b"),
  );
  await bench.settle();
  bench.upstream(result(1, { resultType: "input_required", inputRequests: question }));
  bench.upstream(notice("notifications/tasks", { taskId: "t", inputRequests: question }), result(3));
  await bench.gate.idle();
  assertEquals(bench.toUpstream.map(({ id }) => id), [1, 3]);
  assertEquals(bench.toClient.map(({ id }) => id).sort(), [1, 2, 3]);
});

Deno.test("a notice to the client is for the policy unless it is one of MCP's own", async () => {
  const bench = new Bench({ decide: () => decided("deny") });
  bench.upstream(
    notice("roots/list"),
    notice("x/unknown", { a: 1 }),
    notice("notifications/tools/list_changed"),
  );
  await bench.gate.idle();
  assertEquals(bench.toClient.map(({ method }) => method), ["notifications/tools/list_changed"]);
  assertEquals(bench.calls().map(({ method }) => method).sort(), ["roots/list", "x/unknown"]);
});

Deno.test("names that nobody looked at are neither recorded nor shown", async () => {
  const bench = new Bench({
    inspect: () => {
      throw new Error("gone");
    },
  });
  bench.client(request(1, "resources/read", { uri: "https://x/?token=SECRET" }), request(2, "x/SECRET"));
  await bench.gate.idle();
  assert(
    !JSON.stringify([bench.log, bench.toClient, bench.calls().map(({ tool, method }) => [tool, method])])
      .includes("SECRET"),
  );
});

Deno.test("an unknown method whose name is a secret reaches nobody, in either direction", async () => {
  const finding = { id: "pan", at: "/method", count: 1, action: "redact" } as const;
  const report = { complete: true, findings: [finding], threat: { score: 0, parts: [] } };
  const bench = new Bench({
    inspect: ({ text }) => text.includes("SECRET") ? { report, clean: text } : { report: EMPTY_REPORT },
  });
  bench.upstream(request(1, "x/SECRET"));
  bench.client(request(2, "x/SECRET"));
  await bench.gate.idle();
  assert(!JSON.stringify([bench.toClient, bench.toUpstream, bench.log]).includes("SECRET"));
});

Deno.test("calls are recorded in the order in which they leave, however long each is looked at", async () => {
  const bench = new Bench({
    // What has a finding is put to the policy twice.
    inspect: ({ tool }) =>
      tool === "read_secret"
        ? {
          report: {
            ...EMPTY_REPORT,
            threat: { score: 1, parts: [{ id: "odd", weight: 1, at: "/arguments/x" }] },
          },
        }
        : { report: EMPTY_REPORT },
  });
  bench.client(call(1, "read_secret"), call(2, "send"));
  await bench.settle();
  const left = bench.toUpstream.map(({ params }) => (params as { name: string }).name);
  assertEquals(left, ["read_secret", "send"]);
  assertEquals(bench.calls().map(({ tool }) => tool), left);
});

Deno.test("a call that is masked anew is recorded before those that leave behind it", async () => {
  const clause = {
    effect: "redact",
    ref: "test/mask",
    reason: "rule:mask",
    message: "",
    guards: [],
    unevaluable: false,
    redactFields: ["ssn"],
    charges: [],
  } as const;
  const open = {
    layers: [{ clauses: [clause], redactFields: [], redactRefs: [] }],
    fallback: { outcome: "allow", rules: [], reason: "default", message: "" },
    envelopes: [],
  } as const;
  const mark = { kind: "event", scope: "s", track: "t", step: 0 } as const;
  const marks = { forwarded: [mark], refused: [], approved: [], labelled: [] };
  const bench = new Bench({
    decide: ({ resource }) => decided("allow", resource.name === "read_secret" ? { open, marks } : {}),
    remask: ({ tool, again }) => tool === "read_secret" && !again ? { remask: ["ssn"] } : undefined,
  });
  bench.client(call(1, "read_secret"), call(2, "send"));
  await bench.settle();
  const left = bench.toUpstream.map(({ params }) => (params as { name: string }).name);
  assertEquals(left, ["read_secret", "send"]);
  assertEquals(bench.calls().map(({ tool }) => tool), left);
});

Deno.test("calls that are asked for at once are counted for each other, and refused ones no longer than they are judged", async () => {
  const seen: number[] = [];
  const bench = new Bench({
    decide: ({ context }) => {
      seen.push(context.calls);
      return decided(context.calls >= 2 ? "deny" : "allow");
    },
  });
  bench.client(...[1, 2, 3, 4].map((id) => call(id, "read")));
  await bench.settle();
  assertEquals(bench.toUpstream.length, 2);
  bench.client(call(5, "read"));
  await bench.settle();
  assertEquals(seen, [0, 1, 2, 3, 2]);
});

Deno.test("a call that is still judged when the upstream ends is waited for, not spun about", async () => {
  // The answer comes by a turn of the event loop, as a worker's does: a loop of promises alone would keep it out for ever.
  const late = () => new Promise<typeof ALLOW>((resolve) => setTimeout(() => resolve(ALLOW), 0));
  const bench = new Bench({ decide: late });
  bench.client(call(1, "read"), call(2, "read"));
  bench.gate.upstreamExited(3, false);
  await bench.gate.idle();
  assertEquals(bench.toClient.length, 2);
});
