/** Questions inside of results and notices: judged whatever stands beside them, and handed over as they were recorded. */
import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/base/mod.ts";
import { EMPTY_REPORT } from "../../lib/verdict/mod.ts";
import { Bench, call, decided, notice, result, type Script } from "./_harness.ts";

const FOUND = {
  ...EMPTY_REPORT,
  findings: [{ id: "key", at: "/statusMessage", count: 1, action: "redact" as const }],
};

/** The upstream's task waits for the client, and its status has a secret in it. */
const WAITING = notice("notifications/tasks", {
  taskId: "t1",
  status: "input_required",
  statusMessage: "SECRET",
  inputRequests: { q: { method: "elicitation/create", params: { message: "your password?" } } },
});

const masking: Script = {
  inspect: ({ text }) =>
    text.includes("SECRET")
      ? { report: FOUND, clean: text.replace("SECRET", "[REDACTED:key]") }
      : { report: EMPTY_REPORT },
};

Deno.test("a secret beside a question in a notice is masked, and the question is judged all the same", async () => {
  for (const outcome of ["deny", "allow"] as const) {
    const bench = new Bench({
      ...masking,
      decide: ({ action }) => decided(action === "elicitation/create" ? outcome : "allow"),
    });
    bench.upstream(WAITING);
    await bench.settle();
    assertEquals(bench.calls().map(({ method, form }) => [method, form]), [
      ["notifications/tasks", "notice"],
      ["elicitation/create", "input"],
    ]);
    const passed = bench.toClient.map(({ params }) => (params as JsonObject).statusMessage);
    assertEquals(passed, outcome === "deny" ? [] : ["[REDACTED:key]"]);
  }
});

const ASKING = {
  resultType: "input_required",
  inputRequests: {
    name: { method: "elicitation/create", params: { message: "who?", hint: { ssn: "123" } } },
    roots: { method: "roots/list" },
  },
};

/** Rules with duties on questions. */
function redacting(enforced: boolean): Script {
  const duties = { redactFields: ["ssn"], labels: [] };
  return {
    settings: { enforced },
    decide: ({ action }) =>
      action === "elicitation/create" ? decided("redact", { duties }) : decided("allow"),
  };
}

for (const enforced of [true, false]) {
  const left = enforced ? "[REDACTED]" : "123";
  Deno.test(`a question leaves as its entry says${enforced ? "" : " it would, but in a dry run"}`, async () => {
    const bench = new Bench(redacting(enforced));
    bench.client(call(1, "a"));
    await bench.settle();
    bench.upstream(result(1, ASKING), notice("notifications/tasks", { taskId: "t", ...ASKING }));
    await bench.settle();
    const asked = (holder: unknown) => (holder as typeof ASKING).inputRequests;
    for (const { result, params } of bench.toClient) {
      const { name, roots } = asked(result ?? params);
      assertEquals(name.params, { message: "who?", hint: { ssn: left } });
      assertEquals(roots, { method: "roots/list" });
    }
    assertEquals(bench.toClient.length, 2);
    const inputs = bench.calls().filter(({ method }) => method === "elicitation/create");
    assertEquals(
      inputs.map(({ input }) => input),
      Array(2).fill('{"hint":{"ssn":"[REDACTED]"},"message":"who?"}'),
    );
    assertEquals(bench.outcomes()[0]?.verdict, "redact");
  });
}
