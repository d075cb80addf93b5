/** What the gate remembers of messages keeps none of them in memory. Runs in a process of its own: see `tests/alone.ts`. */
import { assert } from "@std/assert";
import v8 from "node:v8";
import vm from "node:vm";
import type { JsonObject } from "../../lib/base/mod.ts";
import { Bench, call, result } from "./_harness.ts";

v8.setFlagsFromString("--expose-gc");
const collect: () => void = vm.runInNewContext("gc");

const CALLS = 40, BYTES = 500_000, MOST_KEPT = CALLS * BYTES / 4;

interface Case {
  readonly name: string;
  readonly meta?: (at: number) => JsonObject;
  readonly result: (at: number) => JsonObject;
}

const CASES: readonly Case[] = [
  {
    name: "a progress token",
    meta: (at) => ({ progressToken: `token-of-the-call-${at}` }),
    result: () => ({ content: [] }),
  },
  {
    name: "the tool that began a task",
    result: (at) => ({ task: { taskId: `task-of-the-call-${at}` } }),
  },
];

for (const { name, meta, result: resultOf } of CASES) {
  Deno.test(`what is kept of a call keeps no frame in memory: ${name}`, async () => {
    const bench = new Bench();
    collect();
    const before = Deno.memoryUsage().heapUsed;
    for (let at = 1; at <= CALLS; at++) {
      bench.client(call(at, "a_tool_with_a_long_name", { pad: "x".repeat(BYTES) }, meta?.(at)));
      await bench.settle();
      bench.upstream(result(at, resultOf(at)));
      await bench.settle();
      for (const list of [bench.toClient, bench.toUpstream, bench.entries]) list.length = 0;
    }
    collect();
    const kept = Deno.memoryUsage().heapUsed - before;
    assert(kept < MOST_KEPT, `${kept} bytes are kept of ${CALLS} calls`);
    bench.client(call(CALLS + 1, "x")); // the gate is still there to keep them
  });
}
