/** Names are looked up, and never split. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { JsonObject } from "../../lib/base/mod.ts";
import { Bench, call, greeting, notice, request, withTools } from "./_harness.ts";

function names(result: JsonObject, member = "tools"): unknown[] {
  return (result[member] as readonly JsonObject[]).map(({ name }) => name);
}

function calledAt(bench: Bench): string[] {
  return Object.values(bench.servers).flatMap(({ name, got }) =>
    got.filter(({ method }) => method === "tools/call").map(({ params }) => `${name}: ${params.name}`)
  );
}

Deno.test("the tools of all servers are one list, each with the name of its server in front", async () => {
  const bench = await new Bench({ a: withTools(["x", "y"]), b: withTools(["x"]) }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  assertEquals(names(bench.result(1)), ["a_x", "a_y", "b_x"]);
  bench.client(call(2, "a_x"), call(3, "b_x"));
  await bench.settle();
  assertEquals(calledAt(bench), ["a: x", "b: x"]);
  assertEquals(bench.result(2), { content: [{ type: "text", text: "x" }] });
});

Deno.test("one server alone has the prefix, too", async () => {
  const bench = await new Bench({ only: withTools(["x"]) }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  assertEquals(names(bench.result(1)), ["only_x"]);
});

Deno.test("where a server's name and `_` begin another's, a name is looked up, and listed before where it is not known", async (t) => {
  for (
    const [what, a, a_b, full, want] of [
      ["of the shorter", ["b_x"], ["y"], "a_b_x", "a: b_x"],
      ["of the longer", ["y"], ["x"], "a_b_x", "a_b: x"],
      ["of the shorter alone", ["z"], ["x"], "a_z", "a: z"],
      ["with two underscores", ["b__x"], ["x"], "a_b__x", "a: b__x"],
    ] as const
  ) {
    await t.step(what, async () => {
      const bench = await new Bench({ a: withTools(a), a_b: withTools(a_b) }).up().greeted();
      bench.client(call(1, full));
      await bench.settle();
      assertEquals(calledAt(bench), [want]);
    });
  }
});

Deno.test("a name that neither of two candidates lists goes to none of them", async () => {
  const bench = await new Bench({ a: withTools(["y"]), a_b: withTools(["z"]) }).up().greeted();
  bench.client(call(1, "a_b_x"));
  await bench.settle();
  assertEquals(calledAt(bench), []);
  assertEquals(bench.error(1).code, -32602);
});

Deno.test("two servers with one name for two tools: the list is an error that names both, and so is the call", async () => {
  const bench = await new Bench({ a: withTools(["b_x", "ok"]), a_b: withTools(["x"]), c: withTools(["x"]) })
    .up()
    .greeted();
  bench.client(request(1, "tools/list"), call(2, "a_b_x"));
  await bench.settle();
  for (const id of [1, 2]) {
    const { message } = bench.error(id);
    for (const part of ['"a"', '"a_b"', '"a_b_x"', "rename"]) assertStringIncludes(String(message), part);
  }
  assertEquals(calledAt(bench), []);
  assertEquals(bench.log.length, 1, "one line for the operator");
  bench.client(call(3, "a_ok"), call(4, "c_x"));
  await bench.settle();
  assertEquals(calledAt(bench), ["a: ok", "c: x"], "what has a name of its own goes on");
});

Deno.test("a collision on a later page than the first is seen all the same", async () => {
  const many = Array.from({ length: 10 }, (_, i) => `t${i}`);
  const bench = await new Bench({
    a: withTools([...many, "b_x"], { size: 3 }),
    a_b: withTools([...many, "x"], { size: 4 }),
  }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  assertStringIncludes(String(bench.error(1).message), "a_b_x");
});

Deno.test("while one of two candidates is down, its names do not fall to the other", async (t) => {
  await t.step("which it was seen to have", async () => {
    const bench = await new Bench({ a: withTools([]), a_b: withTools(["x"]) }).up().greeted();
    bench.client(request(1, "tools/list"));
    await bench.settle();
    bench.server("a_b").down(1);
    bench.server("a").script = withTools(["b_x"]);
    bench.server("a").say(notice("notifications/tools/list_changed"));
    bench.client(call(2, "a_b_x"));
    await bench.settle();
    assertEquals(calledAt(bench), []);
    assertStringIncludes(String(bench.error(2).message), '"a_b"');
  });
  await t.step("which nobody has ever seen", async () => {
    const bench = await new Bench({ a: withTools(["b_x"]), a_b: withTools(["x"]) }).up("a").greeted();
    bench.server("a_b").up(bench.gateway);
    bench.server("a_b").down(1);
    bench.client(call(2, "a_b_x"));
    await bench.settle();
    assertEquals(calledAt(bench), []);
    assertStringIncludes(String(bench.error(2).message), '"a_b"');
  });
});

Deno.test("prompts have their names as tools have, also where they are completed", async () => {
  const bench = await new Bench({
    a: {
      ...greeting({ prompts: {}, completions: {} }),
      "prompts/list": () => ({ prompts: [{ name: "p" }] }),
      "prompts/get": ({ params }) => ({ messages: [], description: String(params.name) }),
      "completion/complete": ({ params }) => ({ completion: { values: [JSON.stringify(params.ref)] } }),
    },
    b: withTools([]),
  }).up().greeted();
  bench.client(
    request(1, "prompts/list"),
    request(2, "prompts/get", { name: "a_p" }),
    request(3, "completion/complete", {
      ref: { type: "ref/prompt", name: "a_p" },
      argument: { name: "x", value: "" },
    }),
    request(4, "prompts/get", { name: "p" }),
    request(5, "prompts/get", { name: 7 }),
  );
  await bench.settle();
  assertEquals(names(bench.result(1), "prompts"), ["a_p"]);
  assertEquals(bench.result(2).description, "p");
  assertEquals(bench.result(3), { completion: { values: ['{"type":"ref/prompt","name":"p"}'] } });
  assertEquals(bench.error(4).code, -32602);
  assertEquals(bench.error(5).code, -32602);
  assertEquals(bench.incidents.map(({ reason }) => reason), ["unknown-name", "invalid-params"]);
});

const SERVERS = ["a", "a_b", "a_b_c", "b", "_", "a_"];

Deno.test("whatever servers and tools are called, a call reaches the one that listed that name, or nobody", async () => {
  const word = fc.stringMatching(/^[abcx_]{1,5}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...SERVERS), { minLength: 1, maxLength: 4 }),
      fc.array(fc.uniqueArray(word, { maxLength: 4 }), { minLength: 4, maxLength: 4 }),
      fc.boolean(),
      async (servers, tools, listed) => {
        const bench = await new Bench(
          Object.fromEntries(servers.map((name, i) => [name, withTools(tools[i] ?? [])])),
        ).up().greeted();
        const owners = new Map<string, string[]>();
        servers.forEach((server, i) =>
          tools[i]?.forEach((tool) => {
            const full = `${server}_${tool}`;
            owners.set(full, [...owners.get(full) ?? [], `${server}: ${tool}`]);
          })
        );
        if (listed) {
          bench.client(request(1, "tools/list"));
          await bench.settle();
        }
        for (const [full, [owner, ...others]] of owners) {
          for (const server of Object.values(bench.servers)) server.got.length = 0;
          bench.client(call(full, full));
          await bench.settle();
          assertEquals(calledAt(bench), others.length > 0 ? [] : [owner]);
        }
      },
    ),
    { numRuns: 60 },
  );
});
