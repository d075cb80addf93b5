/** A masked structured result is held against the tool's output schema before it is handed over. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import type { SchemaQuestion } from "../../lib/schema/mod.ts";
import { EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { Bench, call, request, result, type Script } from "./_harness.ts";

const SCHEMA = { type: "object", properties: { key: { enum: ["a"] } } };
const FINDING = { id: "pan", at: "/structuredContent/key", count: 1, action: "redact" } as const;
const GIVEN = { content: [], structuredContent: { key: "4111" } };
const MASKED = { content: [], structuredContent: { key: "[REDACTED:pan]" } };

/** A scanner that masks each result as told, and a bench whose tool `t` promises what `tools` say. */
async function answered(
  script: Script,
  { tools = [{ name: "t", outputSchema: SCHEMA }], given = GIVEN, clean = MASKED }: {
    readonly tools?: readonly JsonObject[];
    readonly given?: JsonObject;
    readonly clean?: JsonObject;
  } = {},
): Promise<Bench> {
  const bench = new Bench({
    inspect: ({ direction, method }) =>
      direction === "to-client" && method === "tools/call"
        ? { report: { ...EMPTY_REPORT, findings: [FINDING] }, clean: JSON.stringify(clean) }
        : { report: EMPTY_REPORT },
    ...script,
  });
  bench.client(request(1, "tools/list"));
  await bench.settle();
  bench.upstream(result(1, { tools: [...tools] }));
  await bench.settle();
  bench.client(call(2, "t"));
  await bench.settle();
  bench.upstream(result(2, given));
  await bench.settle();
  return bench;
}

function handed(bench: Bench): JsonObject {
  return bench.toClient.at(-1)?.result as JsonObject;
}

Deno.test("a masked result that fits its schema is handed over", async () => {
  const asked: SchemaQuestion[] = [];
  const bench = await answered({ fits: (question) => (asked.push(question), "fits") });
  assertEquals(handed(bench), MASKED);
  assertEquals(asked, [{ schemas: [JSON.stringify(SCHEMA)], value: '{"key":"[REDACTED:pan]"}' }]);
});

for (const answer of ["misfits", "unknown"] as const) {
  Deno.test(`a masked result of which its schema says "${answer}" is withheld, as an error of the tool`, async () => {
    const bench = await answered({ fits: () => answer });
    const { isError, content, structuredContent } = handed(bench);
    assertEquals([isError, structuredContent], [true, undefined]);
    assertStringIncludes(JSON.stringify(content), "must not be handed over");
    const [, outcome] = bench.outcomes();
    assertEquals([outcome?.verdict, outcome?.reason], ["withhold", "dlp:pan"]);
    assertMatch(
      bench.log.join("\n"),
      /masked, a result of "t" (?:does not fit|cannot be held against) the tool's/,
    );
  });
}

Deno.test("a worker that gives no answer is a fault, and the result is withheld", async () => {
  const bench = await answered({
    fits: () => {
      throw new Error("gone");
    },
  });
  assertEquals(handed(bench).isError, true);
  assertEquals(bench.outcomes()[1]?.reason, "fault:scan");
});

const misfits = () => "misfits" as const;

Deno.test("nothing is asked where there is no schema, or where the mask is elsewhere", async () => {
  const unlisted = await answered({ fits: misfits }, { tools: [{ name: "other", outputSchema: SCHEMA }] });
  const plain = await answered({ fits: misfits }, { tools: [{ name: "t" }] });
  for (const bench of [unlisted, plain]) assertEquals(handed(bench), MASKED);
  const elsewhere = {
    given: { ...MASKED, content: ["4111"] },
    clean: { ...MASKED, content: ["[REDACTED:pan]"] },
  };
  assertEquals(handed(await answered({ fits: misfits }, elsewhere)), elsewhere.clean);
});

Deno.test("of two tools of one name both schemas count; a later list replaces them", async () => {
  const asked: SchemaQuestion[] = [];
  const fits = (question: SchemaQuestion) => (asked.push(question), "fits" as const);
  const tools = [{ name: "t", outputSchema: SCHEMA }, { name: "t", outputSchema: true }];
  const bench = await answered({ fits }, { tools });
  bench.client(request(3, "tools/list"));
  await bench.settle();
  bench.upstream(result(3, { tools: [{ name: "t", outputSchema: false }] }));
  await bench.settle();
  bench.client(call(4, "t"));
  await bench.settle();
  bench.upstream(result(4, GIVEN));
  await bench.settle();
  assertEquals(asked.map(({ schemas }) => schemas), [[JSON.stringify(SCHEMA), "true"], ["false"]]);
});

Deno.test("schemas beyond what is kept are not known, and then nothing masked is handed over", async () => {
  const bench = await answered({ fits: misfits }, { tools: [{ name: "other", outputSchema: SCHEMA }] });
  for (let page = 3; page < 13; page++) {
    bench.client(request(page, "tools/list"));
    await bench.settle();
    const outputSchema = { title: "x".repeat(60_000) };
    bench.upstream(result(page, {
      tools: Array.from({ length: 8 }, (_, n) => ({ name: `f${page}-${n}`, outputSchema })),
    }));
    await bench.settle();
  }
  bench.client(call(20, "t"));
  await bench.settle();
  bench.upstream(result(13, GIVEN));
  await bench.settle();
  assertEquals(handed(bench).isError, true);
});

Deno.test("the result in a task's state is held against the schema of the tool that began it", async () => {
  const bench = new Bench({
    fits: misfits,
    inspect: ({ direction, method }) =>
      direction === "to-client" && method === "tasks/get"
        ? {
          report: { ...EMPTY_REPORT, findings: [FINDING] },
          clean: JSON.stringify({ status: "completed", result: MASKED }),
        }
        : { report: EMPTY_REPORT },
  });
  const steps: readonly (readonly [JsonObject, JsonObject])[] = [
    [request(1, "tools/list"), { tools: [{ name: "t", outputSchema: SCHEMA }] }],
    [call(2, "t"), { resultType: "task", taskId: "k" }],
    [request(3, "tasks/get", { taskId: "k" }), { status: "completed", result: GIVEN }],
  ];
  for (const [at, [asked, reply]] of steps.entries()) {
    bench.client(asked);
    await bench.settle();
    bench.upstream(result(at + 1, reply));
    await bench.settle();
  }
  assertEquals((bench.toClient.at(-1)?.error as JsonObject)?.code, -31403);
});
