/** A definition that must not be handed over is taken out of its list; the other tools of the server go on. */
import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import type { Inspected } from "../../lib/gate/mod.ts";
import { EMPTY_REPORT, type PinObservation } from "../../lib/verdict/mod.ts";
import { Bench, call, request, result, type Script } from "./_harness.ts";

const TOOLS = ["read", "evil", "write"].map((name) => ({ name, description: `about ${name}` }));
const [READ, EVIL, WRITE] = TOOLS;
const MODERN = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } };

/** Finds an injection in each tool that is called `evil…`; at `place` where that is given. */
function finding(place?: string): (inspection: { direction: string; text: string }) => Inspected {
  return ({ direction, text }) => {
    const { tools = [] } = JSON.parse(text) as { tools?: { name: string }[] };
    const findings = direction === "to-upstream"
      ? []
      : tools.flatMap(({ name }, at) =>
        name.startsWith("evil")
          ? [{
            id: "injection-override",
            at: place ?? `/tools/${at}/description`,
            count: 1,
            action: "withhold" as const,
          }]
          : []
      );
    return findings.length === 0
      ? { report: EMPTY_REPORT }
      : { report: { ...EMPTY_REPORT, findings }, withhold: true };
  };
}

async function listed(script: Script, page: JsonObject, params?: JsonObject): Promise<Bench> {
  const bench = new Bench({ inspect: finding(), ...script });
  bench.client(request(1, "tools/list", params));
  await bench.settle();
  bench.upstream(result(1, page));
  await bench.settle();
  return bench;
}

Deno.test("a hostile definition is taken out, by name in the entry; the rest of the list stays as it was", async () => {
  const page = { tools: TOOLS, nextCursor: "c", ttlMs: 5, cacheScope: "public" };
  const bench = await listed({}, page, MODERN);
  assertEquals(bench.toClient[0]?.result, { ...page, tools: [READ, WRITE], cacheScope: "private" });
  const [outcome] = bench.outcomes();
  assertEquals([outcome?.verdict, outcome?.reason, outcome?.hiddenTools], ["redact", "injection", ["evil"]]);
  assertEquals(outcome?.report.findings.map(({ at }) => at), ["/tools/1/description"]);
  assert(bench.log.some((line) => line.includes('the definition of tool "evil"')));
});

Deno.test("a name that is what was found is not told", async () => {
  const bench = await listed({ inspect: finding("/tools/1/name") }, { tools: TOOLS });
  assertEquals(bench.outcomes()[0]?.hiddenTools, ["[REDACTED:injection-override]"]);
  assert(!bench.log.join().includes("evil"));
});

Deno.test("what is found beside the tools, or in none that is there, withholds the whole list", async () => {
  for (const at of ["/nextCursor", "", "/tools", "/tools/9/description", "/tools/x"]) {
    const bench = await listed({ inspect: finding(at) }, { tools: TOOLS });
    assertEquals(bench.outcomes()[0]?.verdict, "withhold", at);
    assert(!JSON.stringify(bench.toClient).includes("about"));
  }
});

Deno.test("a list whose rest cannot be looked through is withheld", async () => {
  let looks = 0;
  const faltering: Script = {
    inspect: (inspection) => {
      if (inspection.direction === "to-client" && ++looks > 1) throw new Error("gone");
      return finding()(inspection);
    },
  };
  const bench = await listed(faltering, { tools: TOOLS });
  assertEquals([bench.outcomes()[0]?.verdict, bench.outcomes()[0]?.reason], ["withhold", "fault:scan"]);
});

Deno.test("what was taken out is held against the pins, and pins nothing that is new", async () => {
  const seen: PinObservation[] = [];
  const bench = await listed({
    pins: (observation) => (seen.push(observation), { first: false, refused: [] }),
  }, { tools: TOOLS });
  assertEquals(seen.map(({ withheld, tools }) => [withheld, tools.map(({ name }) => name)]), [
    [true, ["read", "evil", "write"]],
    [false, ["read", "write"]],
  ]);
  assert(seen[0]?.tools.every(({ fields }) => fields.every(({ text }) => text === undefined)));
  bench.client(call(2, "evil"));
  await bench.settle();
  assertEquals(bench.calls().at(-1)?.called?.digest, seen[0]?.tools[1]?.digest);
});

Deno.test("a dry run hands the whole list over, and says what would have become of it", async () => {
  const bench = await listed({ settings: { enforced: false } }, { tools: TOOLS });
  assertEquals(bench.toClient[0]?.result, { tools: [READ, EVIL, WRITE] as JsonObject[] });
  assertEquals([bench.outcomes()[0]?.verdict, bench.outcomes()[0]?.hiddenTools], ["redact", ["evil"]]);
});
