/** Labels: what a released result puts on the session is on it before the client has the result. */
import { assert, assertEquals } from "@std/assert";
import { type Answer, type Decision, type Mark, NO_MARKS } from "../../lib/verdict/mod.ts";
import { Bench, call, decided, notice, request, result, type Script } from "./_harness.ts";

const MARK: Mark = { kind: "event", scope: "s", track: "t", step: 0 };
const TEXT = { content: [{ type: "text", text: "from outside" }] };

/** Calls of `fetch*` label their results; those of `ask*` are held; the labels that each call was judged with are kept. */
function labelling(seen: (readonly string[])[] = []): Script {
  return {
    decide: ({ resource, context }) => {
      seen.push(context.labels);
      if (resource.name.startsWith("ask")) return decided("ask");
      return resource.name.startsWith("fetch") ? untrusted() : decided("allow");
    },
  };
}

function untrusted(): Decision {
  const marks = { ...NO_MARKS, labelled: [MARK] };
  return decided("allow", { duties: { redactFields: [], labels: ["untrusted"] }, marks });
}

Deno.test("a label is in the ledger before the result is handed over, and on the session when it is", async () => {
  const seen: (readonly string[])[] = [];
  const written = Promise.withResolvers<void>();
  const bench = new Bench({
    ...labelling(seen),
    beforeWrite: (entry) => entry.type === "outcome" ? written.promise : undefined,
  });
  bench.client(call(1, "fetch"));
  await bench.settle();
  bench.upstream(result(1, TEXT));
  await bench.settle();
  assertEquals(bench.toClient, [], "not before the entry is durable");
  bench.client(call(2, "meanwhile"));
  await bench.settle();
  written.resolve();
  await bench.settle();
  assertEquals(bench.toClient.map(({ id }) => id), [1]);
  bench.client(call(3, "after"));
  await bench.settle();
  assertEquals(seen, [[], [], ["untrusted"]]);
  const [outcome] = bench.outcomes();
  assertEquals([outcome?.verdict, outcome?.labels, outcome?.marks], ["release", ["untrusted"], [MARK]]);
});

Deno.test("a reply that puts a label and cannot be recorded is withheld, and the label is not on", async () => {
  const seen: (readonly string[])[] = [];
  const bench = new Bench({
    ...labelling(seen),
    beforeWrite: (entry) => {
      if (entry.type === "outcome") throw new Error("locked");
    },
  });
  bench.client(call(1, "fetch"));
  await bench.settle();
  bench.upstream(result(1, TEXT));
  await bench.settle();
  assert(!JSON.stringify(bench.toClient).includes("from outside"));
  assertEquals((bench.toClient[0]?.result as { isError: boolean }).isError, true);
  bench.client(call(2, "after"));
  await bench.settle();
  assertEquals(seen.at(-1), []);
});

interface ReleaseRow {
  readonly name: string;
  readonly act: (bench: Bench) => void;
  readonly inspected?: { readonly clean?: string; readonly withhold?: boolean };
  readonly labelled: boolean;
}

const ROWS: readonly ReleaseRow[] = [
  { name: "a result", act: (bench) => bench.upstream(result(1, TEXT)), labelled: true },
  {
    name: "an error, for its text is content as well",
    act: (bench) => bench.upstream({ jsonrpc: "2.0", id: 1, error: { code: -1, message: "from outside" } }),
    labelled: true,
  },
  {
    name: "a masked result",
    act: (bench) => bench.upstream(result(1, TEXT)),
    inspected: { clean: JSON.stringify(TEXT) },
    labelled: true,
  },
  {
    name: "a withheld result",
    act: (bench) => bench.upstream(result(1, TEXT)),
    inspected: { withhold: true },
    labelled: false,
  },
  {
    name: "a cancelled call",
    act: (bench) => bench.client(notice("notifications/cancelled", { requestId: 1 })),
    labelled: false,
  },
];

for (const { name, act, inspected, labelled } of ROWS) {
  Deno.test(`${name} ${labelled ? "puts its labels on" : "puts no label on"}`, async () => {
    const seen: (readonly string[])[] = [];
    const report = { complete: true, findings: [], threat: { score: 0, parts: [] } };
    const bench = new Bench({
      ...labelling(seen),
      inspect: ({ direction }) => direction === "to-client" ? { report, ...inspected } : { report },
    });
    bench.client(call(1, "fetch"));
    await bench.settle();
    act(bench);
    await bench.settle();
    bench.client(call(2, "after"));
    await bench.settle();
    assertEquals(seen.at(-1), labelled ? ["untrusted"] : []);
    assertEquals(bench.outcomes()[0]?.labels, labelled ? ["untrusted"] : undefined);
  });
}

Deno.test("a person's answer takes labels off, but none that a later result put on", async () => {
  const answers: Answer[] = [];
  const seen: (readonly string[])[] = [];
  const bench = new Bench({ ...labelling(seen), answers: () => answers });
  const label = async (id: number) => {
    bench.client(call(id, "fetch"));
    await bench.settle();
    const ours = bench.toUpstream.at(-1)?.id as number;
    bench.upstream(result(ours, TEXT));
    await bench.settle();
  };
  await label(1);
  const held = bench.entries.length;
  bench.client(call(2, "ask-first"), call(3, "ask-again"));
  await bench.settle();
  const cleared = ["untrusted"];
  answers.push({ call: held, decision: "allow", reason: "rule:r1", cleared, seq: bench.entries.length });
  while (bench.toUpstream.length < 2) await bench.settle();
  bench.client(call(4, "after"));
  await bench.settle();
  assertEquals(seen.at(-1), [], "taken off");
  const before = bench.entries.length;
  await label(5);
  answers.push({ call: held + 1, decision: "allow", reason: "rule:r1", cleared, seq: before });
  while (!bench.toUpstream.some(({ params }) => (params as { name?: string }).name === "ask-again")) {
    await bench.settle();
  }
  bench.client(call(6, "after"));
  await bench.settle();
  assertEquals(seen.at(-1), ["untrusted"], "the person had not seen what came later");
});

Deno.test("a result that comes through a task is labelled as the call that began the task", async () => {
  const bench = new Bench(labelling());
  bench.client(call(1, "fetch-long"));
  await bench.settle();
  bench.upstream(result(1, { task: { taskId: "t1", status: "working" } }));
  await bench.settle();
  bench.client(request(2, "tasks/result", { taskId: "t1" }), request(3, "tasks/result", { taskId: "other" }));
  await bench.settle();
  bench.upstream(result(2, TEXT), result(3, TEXT));
  await bench.settle();
  assertEquals(bench.outcomes().map(({ method, labels }) => [method, labels?.[0]]), [
    ["tools/call", "untrusted"],
    ["tasks/result", "untrusted"],
    ["tasks/result", undefined],
  ]);
});

Deno.test("an id that the upstream gives to two tasks puts the labels of both, in either order", async () => {
  for (const names of [["fetch", "other"], ["other", "fetch"]]) {
    const bench = new Bench(labelling());
    for (const name of names) {
      bench.client(call(name, name));
      await bench.settle();
      bench.upstream(result(bench.toUpstream.at(-1)?.id as number, { content: [], task: { taskId: "t1" } }));
      await bench.settle();
    }
    bench.client(request("r", "tasks/result", { taskId: "t1" }));
    await bench.settle();
    bench.upstream(result(bench.toUpstream.at(-1)?.id as number, TEXT));
    await bench.settle();
    assertEquals(bench.outcomes().at(-1)?.labels, ["untrusted"]);
  }
});

Deno.test("the policy is told how many tool calls were forwarded, and what time it is", async () => {
  const seen: [number, number][] = [];
  const bench = new Bench({
    decide: ({ context: { calls, nowMs }, resource }) => {
      seen.push([calls, nowMs - 1_700_000_000_000]);
      return decided(resource.name === "no" ? "deny" : "allow");
    },
  });
  for (const name of ["a", "no", "b"]) {
    bench.client(call(name, name));
    await bench.settle();
    bench.clock.advanceMs(1000);
  }
  bench.client(request("l", "tools/list"), call("c", "c"));
  await bench.settle();
  assertEquals(seen.map(([calls]) => calls), [0, 1, 1, 2, 2]);
  assertEquals(seen.map(([, ms]) => ms), [0, 1000, 2000, 3000, 3000]);
});
