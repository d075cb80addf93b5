/** One list made of many: pages, late servers, dead servers, cursors that nobody gave out. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject } from "../../lib/base/mod.ts";
import { Bench, greeting, modern, notice, request, withTools } from "./_harness.ts";

function names(result: JsonObject): string[] {
  return (result.tools as readonly JsonObject[]).map(({ name }) => String(name));
}

async function all(bench: Bench): Promise<string[]> {
  const found: string[] = [];
  let cursor: unknown;
  for (let page = 0; page < 50; page++) {
    const id = `page ${page} ${found.length} ${Math.random()}`;
    bench.client(request(id, "tools/list", cursor === undefined ? undefined : { cursor: String(cursor) }));
    await bench.settle();
    found.push(...names(bench.result(id)));
    cursor = bench.result(id).nextCursor;
    if (cursor === undefined) return found;
  }
  throw new Error("no end of pages");
}

Deno.test("every page of every server is reached, once", async () => {
  const sizes = { one: 1, seven: 7, none: 0, twenty: 20 };
  const tools = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
  const bench = await new Bench(
    Object.fromEntries(Object.entries(sizes).map(([name, n]) => [name, withTools(tools(n), { size: 3 })])),
  ).up().greeted();
  const want = Object.entries(sizes).flatMap(([name, n]) => tools(n).map((tool) => `${name}_${tool}`));
  assertEquals((await all(bench)).sort(), want.sort());
});

Deno.test("all servers are asked at once", async () => {
  const bench = await new Bench({ a: greeting({ tools: {} }), b: greeting({ tools: {} }) }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  assertEquals(["a", "b"].map((name) => bench.server(name).methods().includes("tools/list")), [true, true]);
  bench.server("b").last("tools/list").reply({ tools: [{ name: "x" }] });
  bench.server("a").last("tools/list").reply({ tools: [{ name: "x" }] });
  await bench.settle();
  assertEquals(names(bench.result(1)), ["a_x", "b_x"], "in the order of the configuration");
});

Deno.test("a server without such a list is not asked for it", async () => {
  const bench = await new Bench({ a: greeting({ prompts: {} }), b: withTools(["x"]) }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  assertEquals(bench.server("a").methods().includes("tools/list"), false);
});

Deno.test("a slow server's list is left out, announced when it comes, and in the next one", async () => {
  const bench = await new Bench({ slow: greeting({ tools: {} }), b: withTools(["x"]) }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  await bench.timePasses();
  assertEquals(names(bench.result(1)), ["b_x"]);
  assertEquals(bench.notices(), []);
  bench.client(request("meanwhile", "tools/list"));
  await bench.settle();
  assertEquals(names(bench.result("meanwhile")), ["b_x"], "it is waited for once");
  assertEquals(bench.server("slow").methods().filter((method) => method === "tools/list").length, 1);
  bench.server("slow").last("tools/list").reply({ tools: [{ name: "y" }] });
  await bench.settle();
  assertEquals(bench.notices(), ["notifications/tools/list_changed"]);
  bench.client(request(2, "tools/list"));
  await bench.settle();
  assertEquals(names(bench.result(2)), ["slow_y", "b_x"]);
});

Deno.test("the error of one server is not that of the list; where nobody has anything else to say, it is", async () => {
  const refusing = { ...greeting({ tools: {} }) };
  const bench = await new Bench({ a: refusing, b: withTools(["x"]) }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  bench.server("a").last("tools/list").fail(-31403, "Refused by policy.");
  await bench.settle();
  assertEquals(names(bench.result(1)), ["b_x"]);
  bench.server("b").down(1);
  bench.client(request(2, "tools/list"));
  await bench.settle();
  bench.server("a").last("tools/list").fail(-31403, "Refused by policy.");
  await bench.settle();
  assertEquals(bench.error(2), { code: -31403, message: "Refused by policy." });
});

Deno.test("what has no name cannot be called, and is not listed", async () => {
  const bench = await new Bench({
    a: {
      ...greeting({ tools: {} }),
      "tools/list": () => ({ tools: [{ name: 1 }, null, "x", { name: "ok" }] }),
    },
    b: { ...greeting({ tools: {} }), "tools/list": () => ({ tools: "x" }) },
  }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  assertEquals(names(bench.result(1)), ["a_ok"]);
});

Deno.test("cursors that we did not give out are refused, and no server hears of them", async (t) => {
  const encode = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
  const at = (value: unknown) => encode({ v: 1, list: "tools/list", at: value });
  const forged: readonly (readonly [string, JsonObject["x"]])[] = [
    ["no text", 7],
    ["null", null],
    ["an object", {}],
    ["empty", ""],
    ["not base64", "a b c"],
    ["not JSON", btoa("{")],
    ["a doubled key", btoa('{"v":1,"v":1,"list":"tools/list","at":{"a":"1"}}')],
    ["an array", encode([1])],
    ["of another list", encode({ v: 1, list: "prompts/list", at: { a: "1" } })],
    ["of another version", encode({ v: 2, list: "tools/list", at: { a: "1" } })],
    ["something beside", encode({ v: 1, list: "tools/list", at: { a: "1" }, x: 1 })],
    ["no server", at({})],
    ["an unknown server", at({ z: "1" })],
    ["a server of every object", at({ constructor: "1" })],
    ["its prototype", btoa('{"v":1,"list":"tools/list","at":{"__proto__":"1"}}').replaceAll("=", "")],
    ["a cursor that is no text", at({ a: 1 })],
    [
      "deep",
      btoa(`{"v":1,"list":"tools/list","at":${"[".repeat(100)}${"]".repeat(100)}}`).replaceAll("=", ""),
    ],
    ["very long", "A".repeat(100_000)],
  ];
  for (const [what, cursor] of forged) {
    await t.step(what, async () => {
      const bench = await new Bench({ a: withTools(["x"]), b: withTools(["x"]) }).up().greeted();
      bench.client(request(1, "tools/list", { cursor }));
      await bench.settle();
      assertEquals(bench.error(1).code, -32602);
      assertEquals(
        Object.values(bench.servers).flatMap((server) => server.methods()).includes("tools/list"),
        false,
      );
    });
  }
});

Deno.test("any text for a cursor is answered, with a list or with an error", async () => {
  const bench = await new Bench({ a: withTools(["x"]) }).up().greeted();
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.base64String()), async (cursor) => {
      bench.toClient.length = 0;
      bench.client(request(1, "tools/list", { cursor }));
      await bench.settle();
      assert(bench.answer(1));
    }),
    { numRuns: 50 },
  );
});

Deno.test("a merged page is fresh for as long as its stalest part, and private where one is", async (t) => {
  const of = (more: JsonObject) => ({ "tools/list": () => ({ tools: [], resultType: "complete", ...more }) });
  for (
    const [what, a, b, want] of [
      ["both", { ttlMs: 50, cacheScope: "public" }, { ttlMs: 7, cacheScope: "public" }, [7, "public"]],
      ["one is private", { ttlMs: 5, cacheScope: "private" }, { ttlMs: 7, cacheScope: "public" }, [
        5,
        "private",
      ]],
      ["one says nothing", {}, { ttlMs: 7, cacheScope: "public" }, [0, "private"]],
      ["none says anything", {}, {}, [undefined, undefined]],
    ] as const
  ) {
    await t.step(what, async () => {
      const bench = new Bench({ a: of(a), b: of(b) }).up();
      bench.client(modern(1, "tools/list"));
      await bench.settle();
      const { ttlMs, cacheScope, resultType } = bench.result(1);
      assertEquals([ttlMs, cacheScope, resultType], [...want, "complete"]);
    });
  }
  await t.step("a server is missing", async () => {
    const bench = new Bench({ a: of({ ttlMs: 50, cacheScope: "public" }), b: of({}) }).up();
    bench.server("b").down(1);
    bench.client(modern(1, "tools/list"));
    await bench.settle();
    assertEquals(bench.result(1).ttlMs, 0);
  });
});

Deno.test("a modern list is asked for in the modern era, with nothing else of the client's request", async () => {
  const bench = new Bench({ a: { "tools/list": () => ({ tools: [] }) } }).up();
  const { _meta, ...rest } = modern(1, "tools/list").params as JsonObject;
  bench.client(
    request(1, "tools/list", { ...rest, _meta: { ...(_meta as JsonObject), progressToken: 5, x: 1 } }),
  );
  await bench.settle();
  assertEquals(bench.server("a").last("tools/list").params, { _meta: _meta ?? null });
});

Deno.test("a flood of changes makes the client list again twice, not ten thousand times", async () => {
  const bench = await new Bench({ a: withTools(["x"]), b: withTools(["x"]) }).up().greeted();
  for (let i = 0; i < 10_000; i++) bench.server("a").say(notice("notifications/tools/list_changed"));
  await bench.timePasses();
  await bench.timePasses();
  assertEquals(bench.notices(), Array(2).fill("notifications/tools/list_changed"));
});

Deno.test("a server that lists 100,000 tools, or has no end of pages, costs what it costs once", async () => {
  const endless = {
    ...greeting({ tools: {} }),
    "tools/list": () => ({ tools: [{ name: "b_x" }], nextCursor: "again" }),
  };
  const many = Array.from({ length: 100_000 }, (_, i) => `${i}`);
  const bench = await new Bench({ a: endless, a_b: withTools(many, { size: 100_000 }) }).up().greeted();
  bench.client(request(1, "tools/call", { name: "a_b_99999", arguments: {} }));
  for (let turn = 0; turn < 40; turn++) await bench.settle();
  const pages = bench.server("a").methods().filter((method) => method === "tools/list").length;
  assert(pages <= 200, `${pages} pages`);
  // Whether the other has that name too cannot be known, so nobody gets the call.
  assertEquals(bench.error(1).code, -32602);
  bench.client(request(2, "tools/call", { name: "a_b_99999", arguments: {} }));
  await bench.settle();
  assertEquals(bench.server("a").methods().filter((method) => method === "tools/list").length, pages);
});

Deno.test("pages that are large are not gone through without end", async () => {
  const description = "d".repeat(4 * 1024 * 1024);
  const large = {
    ...withTools([]),
    "tools/list": () => ({ tools: [{ name: "b_x", description }], nextCursor: "again" }),
  };
  const bench = await new Bench({ a: large, a_b: withTools(["y"]) }).up().greeted();
  bench.client(request(1, "tools/call", { name: "a_b_y", arguments: {} }));
  for (let turn = 0; turn < 4; turn++) await bench.settle();
  const pages = bench.server("a").methods().filter((method) => method === "tools/list").length;
  assertEquals(pages, 16);
});

Deno.test("a further page that is late is not lost: the cursor leads to it again", async () => {
  const bench = await new Bench({
    slow: {
      ...greeting({ tools: {} }),
      "tools/list": ({ params }) => params.cursor === undefined ? first : undefined,
    },
    b: withTools(["x"]),
  }).up().greeted();
  bench.client(request(1, "tools/list"));
  await bench.settle();
  bench.client(request(2, "tools/list", { cursor: bench.result(1).nextCursor ?? null }));
  await bench.settle();
  await bench.timePasses();
  assertEquals(names(bench.result(2)), []);
  const { nextCursor } = bench.result(2);
  assertEquals(nextCursor, bench.result(1).nextCursor);
  bench.client(request(3, "tools/list", { cursor: nextCursor ?? null }));
  await bench.settle();
  assertEquals(
    bench.server("slow").methods().filter((method) => method === "tools/list").length,
    2,
    "asked once",
  );
  bench.server("slow").last("tools/list").reply({ tools: [{ name: "late" }] });
  await bench.settle();
  assertEquals([names(bench.result(3)), bench.result(3).nextCursor], [["slow_late"], undefined]);
});

const first = { tools: [{ name: "early" }], nextCursor: "2" };
