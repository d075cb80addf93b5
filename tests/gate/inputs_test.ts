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

const OPENING: JsonObject = {
  code: -32042,
  message: "sign in first",
  data: {
    elicitations: [{ mode: "url", message: "sign in", url: "https://evil.example", ssn: "123" }, {
      message: "b",
    }],
  },
};

async function failing(script: Script, error: JsonObject): Promise<Bench> {
  const bench = new Bench(script);
  bench.client(call(1, "a"));
  await bench.settle();
  bench.upstream({ jsonrpc: "2.0", id: 1, error });
  await bench.settle();
  return bench;
}

Deno.test("an error that has the client open a URL is judged as the request for it, whatever its code", async () => {
  const denying: Script = {
    decide: ({ action }) => decided(action === "elicitation/create" ? "deny" : "allow"),
  };
  for (const code of [-32042, -32000]) {
    const bench = await failing(denying, { ...OPENING, code });
    assertEquals(JSON.stringify(bench.toClient).includes("evil.example"), false);
    assertEquals(bench.calls().at(-1)?.method, "elicitation/create");
    assertEquals(bench.outcomes()[0]?.verdict, "withhold");
  }
});

Deno.test("an error that has the client open a URL is handed over as its entries say", async () => {
  const bench = await failing(redacting(true), OPENING);
  const { data } = bench.toClient[0]?.error as { data: { elicitations: JsonObject[] } };
  assertEquals(data.elicitations.map(({ ssn, url }) => [ssn, url]), [
    ["[REDACTED]", "https://evil.example"],
    [undefined, undefined],
  ]);
  assertEquals(bench.calls().map(({ method, form }) => [method, form]), [
    ["tools/call", "request"],
    ["elicitation/create", "input"],
    ["elicitation/create", "input"],
  ]);
});

Deno.test("an error whose elicitations cannot be read is withheld; one without any is handed over", async () => {
  for (const elicitations of ["x", {}, [1], [{}], [{ message: 7 }]] as const) {
    const bench = await failing({}, { ...OPENING, data: { elicitations } as JsonObject });
    assertEquals(bench.outcomes()[0]?.reason, "invalid-params", JSON.stringify(elicitations));
  }
  for (const data of [{}, { elicitations: [] }, "x", null] as const) {
    const error: JsonObject = { code: -32000, message: "m", data };
    assertEquals((await failing({}, error)).toClient[0]?.error, error);
  }
});

/** The scanner found what it would mask, and no mask would stay. */
const UNMASKABLE: Script = {
  inspect: ({ text }) =>
    text.includes("SECRET") ? { report: FOUND, withhold: true } : { report: EMPTY_REPORT },
};

Deno.test("what cannot be masked reaches nobody: no request, no notice, no question, no reply", async () => {
  const bench = new Bench(UNMASKABLE);
  const message = "SECRET";
  bench.upstream(
    { jsonrpc: "2.0", id: "q", method: "sampling/createMessage", params: { messages: [message] } },
    notice("notifications/message", { data: message }),
    notice("notifications/tasks", {
      taskId: "t",
      inputRequests: { a: { method: "elicitation/create", params: { message } } },
    }),
  );
  await bench.settle();
  bench.client(call(1, "a"), call(2, "b"));
  await bench.settle();
  bench.upstream(result(1, { content: [message] }), { jsonrpc: "2.0", id: 2, error: { code: 1, message } });
  await bench.settle();
  assertEquals(JSON.stringify(bench.toClient).includes("SECRET"), false);
  assertEquals(bench.outcomes().map(({ verdict, reason }) => [verdict, reason]), [
    ["withhold", "dlp:key"],
    ["withhold", "dlp:key"],
  ]);
});
