/** The discovery filter: tools that are denied whatever the arguments are not listed. */
import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { Bench, call, decided, request, result, type Script } from "./_harness.ts";

const TOOLS = ["read", "delete", "write"].map((name) => ({ name, inputSchema: { type: "object" } }));
const HIDING: Script = { hidden: (names) => names.filter((name) => name.startsWith("delete")) };

async function listed(script: Script, page: JsonObject, params?: JsonObject): Promise<Bench> {
  const bench = new Bench(script);
  bench.client(request(1, "tools/list", params));
  await bench.settle();
  bench.upstream(result(1, page));
  await bench.settle();
  return bench;
}

Deno.test("a hidden tool is not listed; everything else of the result stays as it was", async () => {
  const page = { _meta: { a: 1 }, tools: [...TOOLS, { odd: true }, "text", 7], nextCursor: "c" };
  const bench = await listed(HIDING, page);
  const shown = { ...page, tools: page.tools.filter((tool) => tool !== TOOLS[1]) };
  assertEquals(JSON.stringify(bench.toClient[0]?.result), JSON.stringify(shown));
  const [outcome] = bench.outcomes();
  assertEquals([outcome?.verdict, outcome?.hidden], ["redact", 1]);
});

Deno.test("a filtered list is handed over only once its entry is durable", async () => {
  const written = Promise.withResolvers<void>();
  const bench = await listed({
    ...HIDING,
    beforeWrite: (entry) => entry.type === "outcome" ? written.promise : undefined,
  }, { tools: TOOLS });
  assertEquals(bench.toClient, []);
  written.resolve();
  await bench.settle();
  assertEquals(bench.toClient.length, 1);
});

Deno.test("the policy is asked about a call of the same agent, with every name of the page", async () => {
  const asked: [readonly string[], string, string][] = [];
  await listed({
    hidden: (names, { action, principal }) => {
      asked.push([names, action, principal.id]);
      return [];
    },
  }, { tools: [...TOOLS, {}] });
  assertEquals(asked, [[["read", "delete", "write"], "tools/call", "agent"]]);
});

Deno.test("a hidden tool's name is still one that the upstream listed", async () => {
  const listings: string[] = [];
  const bench = await listed({
    ...HIDING,
    decide: ({ action, context }) => {
      if (action === "tools/call") listings.push(context.listing);
      return decided("allow");
    },
  }, { tools: TOOLS });
  bench.client(call(2, "delete"), call(3, "d\u0435lete"));
  await bench.settle();
  assertEquals(listings, ["listed", "lookalike"]);
});

Deno.test("a list is withheld where the policy worker gives no answer", async () => {
  const bench = await listed({
    hidden: () => {
      throw new Error("gone");
    },
  }, { tools: TOOLS });
  assertEquals((bench.toClient[0]?.error as { data: { reason: string } }).data.reason, "fault:policy");
  assert(!JSON.stringify(bench.toClient).includes("inputSchema"));
});

Deno.test("a page that nothing is hidden of goes out as it came; so does every list under a policy that hides nothing", async () => {
  const asked = await listed({ hidden: () => [] }, { tools: TOOLS });
  const free = await listed({}, { tools: TOOLS });
  for (const bench of [asked, free]) {
    assertEquals(bench.toClient[0]?.result, { tools: TOOLS });
    assertEquals(bench.outcomes()[0]?.verdict, "release");
  }
});

Deno.test("a modern list that is filtered is not to be cached for others, on no page", async () => {
  const modern = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } };
  const page = { tools: [TOOLS[0] ?? {}], ttlMs: 5, cacheScope: "public" };
  const bench = await listed(HIDING, page, modern);
  assertEquals(bench.toClient[0]?.result, { ...page, cacheScope: "private" });
  const free = await listed({}, page, modern);
  assertEquals(free.toClient[0]?.result, page);
});

const SEEN = { complete: true, findings: [], threat: { score: 0, parts: [] } };

function cleaning(clean: (tools: readonly JsonObject[]) => readonly JsonObject[]): Script {
  return {
    inspect: ({ direction, text }) => {
      if (direction === "to-upstream") return { report: SEEN };
      return { report: SEEN, clean: JSON.stringify({ tools: clean(JSON.parse(text).tools) }) };
    },
  };
}

function shownNames(bench: Bench): string[] {
  return (bench.toClient[0]?.result as { tools: { name: string }[] }).tools.map(({ name }) => name);
}

Deno.test("a list that the scanner masked is filtered as well, by the names that the upstream gave", async () => {
  const masking = cleaning((tools) => tools.map((tool) => ({ ...tool, description: "masked" })));
  const bench = await listed({ ...HIDING, ...masking }, { tools: TOOLS });
  assertEquals(shownNames(bench), ["read", "write"]);
});

Deno.test("a tool that the client would read under another name than its own is not listed, nor known by that name", async () => {
  const seen: (readonly string[])[] = [], listings: string[] = [];
  const bench = await listed({
    ...cleaning((tools) => tools.map((tool) => ({ ...tool, name: String(tool.name).replace("\u200b", "") }))),
    pins: ({ tools }) => (seen.push(tools.map(({ name }) => name)), { first: true, refused: [] }),
    decide: ({ action, context }) => {
      if (action === "tools/call") listings.push(context.listing);
      return decided("allow");
    },
  }, { tools: [TOOLS[0] ?? {}, { name: "read\u200b", description: "evil" }, { name: "other\u200b" }] });
  assertEquals(shownNames(bench), ["read"]);
  assertEquals(seen, [["read", "read\u200b", "other\u200b"]]);
  assertEquals(bench.outcomes()[0]?.hiddenTools, ["read", "other"]);
  assert(bench.log.some((line) => line.includes('would be read as "read"')));
  bench.client(call(2, "other"), call(3, "read"));
  await bench.settle();
  assertEquals(listings, ["unlisted", "listed"]);
});

const MODERN = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } };

Deno.test("a page that nothing is left of stays a page, with its cursor and what may be cached of it", async () => {
  const page = {
    resultType: "complete",
    tools: [TOOLS[1] ?? {}],
    nextCursor: "c",
    ttlMs: 5,
    cacheScope: "private",
  };
  const bench = await listed(HIDING, page, { ...MODERN, cursor: "b" });
  assertEquals(bench.toClient[0]?.result, { ...page, tools: [] });
  assertEquals(bench.outcomes()[0]?.hiddenTools, ["delete"]);
});

const DRIFTED: Script = {
  pins: ({ tools, instructions }) => ({
    first: false,
    refused: tools.filter(({ name }) => name === "write")
      .map(({ name }) => ({ name, state: "drifted", fields: ["title"], entry: 1 })),
    ...instructions && { instructions: { name: "", state: "drifted", fields: ["instructions"], entry: 2 } },
  }),
};

Deno.test("what waits for a person is not cached: it is there as soon as they have answered", async () => {
  const page = { tools: TOOLS, ttlMs: 300_000, cacheScope: "public" };
  const [read, remove] = TOOLS;
  const bench = await listed(DRIFTED, page, MODERN);
  assertEquals(bench.toClient[0]?.result, { tools: [read, remove], ttlMs: 0, cacheScope: "private" });
  const legacy = await listed(DRIFTED, { tools: TOOLS });
  assertEquals(legacy.toClient[0]?.result, { tools: [read, remove] });
  const whole = await listed(DRIFTED, { ...page, tools: [read ?? {}] }, MODERN);
  assertEquals(whole.toClient[0]?.result, { ...page, tools: [read] });
});

Deno.test("nor is an introduction whose instructions are withheld", async () => {
  const bench = new Bench(DRIFTED);
  bench.client(request(1, "server/discover", MODERN));
  await bench.settle();
  bench.upstream(result(1, { capabilities: {}, instructions: "x", ttlMs: 9, cacheScope: "public" }));
  await bench.settle();
  assertEquals(bench.toClient[0]?.result, { capabilities: {}, ttlMs: 0, cacheScope: "private" });
});
