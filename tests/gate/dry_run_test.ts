/** A dry run: everything is judged and recorded, and nothing is stopped, held or changed. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Bench, call, decided, notice, request, result, type Script } from "./_harness.ts";

const REPORT = { complete: true, findings: [], threat: { score: 0, parts: [] } };
const TEXT = { content: [{ type: "text", text: "x" }] };

function rehearsing(script: Script): Bench {
  return new Bench({ ...script, settings: { enforced: false } });
}

const CALLS: readonly { name: string; script: Script; verdict: string; says: string }[] = [
  { name: "denied", script: { decide: () => decided("deny") }, verdict: "refuse", says: "would refuse" },
  { name: "held", script: { decide: () => decided("ask") }, verdict: "hold", says: "would hold" },
  {
    name: "redacted",
    script: { decide: () => decided("redact", { duties: { redactFields: ["a"], labels: [] } }) },
    verdict: "redact",
    says: "would mask",
  },
  {
    name: "not judged at all, for a worker is gone,",
    script: {
      decide: () => {
        throw new Error("gone");
      },
    },
    verdict: "refuse",
    says: "fault:policy",
  },
];

for (const { name, script, verdict, says } of CALLS) {
  Deno.test(`a call that would be ${name} goes on as it came, and its entry says what would be`, async () => {
    const verdicts: string[] = [];
    const bench = rehearsing(script);
    bench.client(call(1, "send", { a: "kept", n: 1 }));
    await bench.settle();
    assertEquals((bench.toUpstream[0]?.params as { arguments: unknown }).arguments, { a: "kept", n: 1 });
    assertEquals(bench.calls().map(({ enforced }) => enforced), [false]);
    verdicts.push(...bench.log.filter((line) => line.includes(says)));
    assertEquals(verdicts.length > 0, true, `${verdict}: ${bench.log.join("\n")}`);
    bench.upstream(result(1, TEXT));
    await bench.gate.idle();
    assertEquals(bench.toClient[0]?.result, TEXT);
    assertEquals(bench.outcomes().map(({ enforced }) => enforced), [false]);
  });
}

Deno.test("params of the wrong shape go on as they came", async () => {
  const bench = rehearsing({});
  bench.client(request(1, "tools/call", { arguments: [] }));
  await bench.settle();
  assertEquals(bench.toUpstream[0]?.params, { arguments: [] });
});

Deno.test("a notice that would be refused goes on as it came", async () => {
  const bench = rehearsing({ decide: () => decided("deny") });
  bench.client(notice("tools/call", { name: "x", arguments: {} }));
  await bench.settle();
  assertEquals(bench.toUpstream.map(({ method }) => method), ["tools/call"]);
});

const REPLIES: readonly { name: string; script: Script; verdict: string }[] = [
  {
    name: "masked",
    script: {
      inspect: ({ direction }) =>
        direction === "to-client" ? { report: REPORT, clean: '{"content":[]}' } : { report: REPORT },
    },
    verdict: "redact",
  },
  {
    name: "withheld",
    script: {
      inspect: ({ direction }) =>
        direction === "to-client" ? { report: REPORT, withhold: true } : { report: REPORT },
    },
    verdict: "withhold",
  },
];

for (const { name, script, verdict } of REPLIES) {
  Deno.test(`a reply that would be ${name} is handed over as it came, and its entry says what would be`, async () => {
    const bench = rehearsing(script);
    bench.client(call(1, "read"));
    await bench.settle();
    bench.upstream(result(1, TEXT));
    await bench.gate.idle();
    assertEquals(bench.toClient[0]?.result, TEXT);
    assertEquals(bench.outcomes().map((outcome) => [outcome.verdict, outcome.enforced]), [[verdict, false]]);
  });
}

Deno.test("a list that would be filtered is handed over whole", async () => {
  const bench = rehearsing({ hidden: (names) => names });
  bench.client(request(1, "tools/list"));
  await bench.settle();
  bench.upstream(result(1, { tools: [{ name: "a" }] }));
  await bench.gate.idle();
  assertEquals(bench.toClient[0]?.result, { tools: [{ name: "a" }] });
  assertEquals(bench.outcomes()[0]?.hidden, 1);
});

Deno.test("labels are put on the session as they would be", async () => {
  const seen: (readonly string[])[] = [];
  const bench = rehearsing({
    decide: ({ context }) => {
      seen.push(context.labels);
      return decided("allow", { duties: { redactFields: [], labels: ["untrusted"] } });
    },
  });
  bench.client(call(1, "fetch"));
  await bench.settle();
  bench.upstream(result(1, TEXT));
  await bench.settle();
  bench.client(call(2, "after"));
  await bench.settle();
  assertEquals(seen, [[], ["untrusted"]]);
});

Deno.test("every tool call that leaves is counted, whatever would have become of it", async () => {
  const seen: number[] = [];
  const bench = new Bench({
    settings: { enforced: false },
    decide: ({ context }) => {
      seen.push(context.calls);
      return decided(seen.length === 1 ? "deny" : "ask");
    },
  });
  for (const id of [1, 2, 3]) {
    bench.client(call(id, "a"));
    await bench.settle();
  }
  assertEquals(seen, [0, 1, 2]);
});

Deno.test("a ledger that is away for a moment costs a dry run neither the label nor the outcome", async () => {
  const seen: (readonly string[])[] = [];
  let away = true;
  const bench = new Bench({
    settings: { enforced: false },
    decide: ({ context: { labels } }) => {
      seen.push(labels);
      return decided("allow", { duties: { redactFields: [], labels: ["untrusted"] } });
    },
    beforeWrite: ({ type }) => {
      if (type !== "outcome" || !away) return;
      away = false;
      throw new Error("busy");
    },
  });
  bench.client(call(1, "fetch"));
  await bench.settle();
  bench.upstream(result(1));
  await bench.settle();
  bench.client(call(2, "send"));
  await bench.settle();
  assertEquals(seen, [[], ["untrusted"]]);
  assertEquals(bench.outcomes().map(({ labels }) => labels), [["untrusted"]]);
});

Deno.test("what cannot go on safely is stopped in a dry run, too: broken lines, and what cannot be recorded", async () => {
  const bench = rehearsing({
    beforeWrite: (entry) => {
      if (entry.type === "call") throw new Error("locked");
    },
  });
  bench.client('{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', call(3, "read"));
  await bench.settle();
  assertEquals(bench.toUpstream, []);
  assertEquals(bench.incidents().includes("duplicate-key"), true);
  assertStringIncludes(JSON.stringify(bench.toClient), "fault:ledger");
});
