/** Gates of one client: what happened at one server counts at the other. */
import { assertEquals } from "@std/assert";
import { isJsonObject } from "../../lib/base/mod.ts";
import { ClientState } from "../../lib/gate/mod.ts";
import { type AccessRequest, type Decision, EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { Bench, call, decided, request, result, type Script } from "./_harness.ts";

function pair(decide: (request: AccessRequest) => Decision): { readonly a: Bench; readonly b: Bench } {
  const script: Script = { decide, client: new ClientState() };
  const named = (server: string) => new Bench({ ...script, settings: { server } });
  return { a: named("a"), b: named("b") };
}

Deno.test("a label that a result of one server put on is there when a call to the other is judged", async () => {
  const untrusted = decided("allow", {
    duties: { redactFields: [], labels: ["untrusted"] },
  });
  const { a, b } = pair(({ resource, context }) => {
    if (resource.server === "a") return untrusted;
    return decided(context.labels.includes("untrusted") ? "deny" : "allow");
  });
  b.client(call(1, "send"));
  await b.settle();
  assertEquals(b.toUpstream.length, 1, "nothing was read yet");
  a.client(call(1, "read"));
  await a.settle();
  a.upstream(result(1, { content: [] }));
  await a.settle();
  b.client(call(2, "send"));
  await b.settle();
  assertEquals(b.toUpstream.length, 1, "refused");
});

Deno.test("calls to all servers of a client are counted together", async () => {
  const counts: number[] = [];
  const { a, b } = pair(({ context }) => {
    counts.push(context.calls);
    return decided("allow");
  });
  for (const [i, bench] of [a, b, a, b].entries()) {
    bench.client(call(i, "t"));
    await bench.settle();
  }
  assertEquals(counts, [0, 1, 2, 3]);
});

Deno.test("a session that was ended at one server is ended at the other", async () => {
  const { a, b } = pair(({ resource }) =>
    resource.server === "a" ? decided("deny", { reason: "killed" }) : decided("allow")
  );
  a.client(call(1, "far off"));
  await a.settle();
  b.client(call(1, "send"));
  await b.settle();
  assertEquals(b.toUpstream, []);
  assertEquals(b.calls().at(-1)?.invalid, "killed");
});

Deno.test("a call to one server that is judged for long is recorded ahead of the next one to the other", async () => {
  const looked = Promise.withResolvers<void>();
  const written: string[] = [];
  const client = new ClientState();
  const of = (server: string, inspect?: Script["inspect"]) =>
    new Bench({
      client,
      settings: { server },
      ...inspect && { inspect },
      beforeWrite: (entry) => void (entry.type === "call" && written.push(entry.server)),
    });
  const a = of("a", async () => {
    await looked.promise;
    return { report: EMPTY_REPORT };
  });
  const b = of("b");
  a.client(call(1, "read"));
  b.client(call(1, "send"));
  await b.settle();
  assertEquals(written, []);
  looked.resolve();
  await b.settle();
  assertEquals(written, ["a", "b"]);
});

Deno.test("a call in flight when its server ends is told which of the client's servers that was", async () => {
  const { a } = pair(() => decided("allow"));
  const alone = new Bench();
  for (const bench of [a, alone]) {
    bench.client(call(1, "read"));
    await bench.settle();
    bench.gate.upstreamExited(3, false);
    await bench.settle();
  }
  const said = (bench: Bench) =>
    bench.toClient.map(({ error }) => isJsonObject(error) ? error.message : undefined);
  assertEquals(said(a), ['The MCP server "a" ended before it answered (exit code 3)']);
  assertEquals(said(alone), ["The MCP server ended before it answered (exit code 3)"]);
});

Deno.test("a task, and a name that was listed, are what they were in the next life of their server, and at no other", async () => {
  const client = new ClientState(), asked: AccessRequest[] = [];
  const decide = (request: AccessRequest) => {
    asked.push(request);
    const labels = request.resource.name === "read" ? ["untrusted"] : [];
    return decided("allow", { duties: { redactFields: [], labels } });
  };
  const of = (server: string) => new Bench({ decide, client, settings: { server } });
  const first = of("a");
  first.client(request(1, "tools/list"), call(2, "read"));
  await first.settle();
  first.upstream(
    result(1, { tools: [{ name: "read", inputSchema: { type: "object" } }] }),
    result(2, { task: { taskId: "t1", status: "working" } }),
  );
  await first.settle();
  first.gate.upstreamExited(0, false);
  const next = of("a"), other = of("b");
  for (const bench of [next, other]) {
    bench.client(request(1, "tasks/result", { taskId: "t1" }), call(2, "raed"));
    await bench.settle();
    bench.upstream(result(1));
    await bench.settle();
  }
  assertEquals(
    asked.slice(-4).map(({ resource, context }) => [resource.server, resource.name, context.listing]),
    [
      ["a", "read", "unknown"],
      ["a", "raed", "unlisted"],
      ["b", "", "unknown"],
      ["b", "raed", "unknown"],
    ],
  );
  assertEquals(next.outcomes().map(({ labels }) => labels), [["untrusted"]]);
  assertEquals(other.outcomes().map(({ labels }) => labels), [undefined]);
});
