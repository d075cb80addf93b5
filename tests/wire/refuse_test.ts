import { assertEquals } from "@std/assert";
import { encodeJson } from "../../lib/base/mod.ts";
import { ERROR_CODE, errorReply, type Refusal, refusalReply } from "../../lib/wire/mod.ts";
import { messageIn } from "./_frames.ts";

const REFUSAL: Refusal = {
  id: "theirs",
  method: "tools/call",
  era: "legacy",
  style: "result",
  message: "deleting is not for agents",
  reason: "rule:no-delete",
  verdict: "refuse",
  entry: 41,
};

Deno.test("refusalReply() of a tools/call is a result that the model can read", () => {
  assertEquals(
    encodeJson(refusalReply(REFUSAL)),
    '{"jsonrpc":"2.0","id":"theirs","result":{"content":[{"type":"text","text":"Refused by policy: deleting is not for ' +
      'agents. (entry 41)"}],"isError":true,"_meta":{"dev.countersign/verdict":{"verdict":"refuse","reason":' +
      '"rule:no-delete","entry":41}}}}',
  );
});

Deno.test("refusalReply() of a modern tools/call says that it is complete", () => {
  const { result } = refusalReply({ ...REFUSAL, era: "modern" });
  assertEquals(result, {
    resultType: "complete",
    content: [{ type: "text", text: "Refused by policy: deleting is not for agents. (entry 41)" }],
    isError: true,
    _meta: { "dev.countersign/verdict": { verdict: "refuse", reason: "rule:no-delete", entry: 41 } },
  });
});

const AS_ERROR = {
  jsonrpc: "2.0",
  id: "theirs",
  error: {
    code: -31403,
    message: "Refused by policy: deleting is not for agents. (entry 41)",
    data: { verdict: "refuse", reason: "rule:no-delete", entry: 41 },
  },
};

Deno.test('refusalReply() is an error under style "error", and for every other method', () => {
  assertEquals(refusalReply({ ...REFUSAL, style: "error" }), AS_ERROR);
  for (const method of ["resources/read", "prompts/get", "sampling/createMessage", "tasks/result", "x/y"]) {
    for (const style of ["result", "error"] as const) {
      assertEquals(refusalReply({ ...REFUSAL, method, style }), AS_ERROR);
    }
  }
});

Deno.test("refusalReply() of a withheld result says so", () => {
  const { error } = refusalReply({ ...REFUSAL, style: "error", verdict: "withhold", reason: "injection" });
  assertEquals((error as { data: unknown }).data, { verdict: "withhold", reason: "injection", entry: 41 });
});

Deno.test("refusalReply() without an entry names none", () => {
  const { entry: _, ...unrecorded } = REFUSAL;
  const { error } = refusalReply({ ...unrecorded, style: "error", reason: "fault:ledger" });
  assertEquals(error, {
    code: -31403,
    message: "Refused by policy: deleting is not for agents.",
    data: { verdict: "refuse", reason: "fault:ledger" },
  });
});

const TEXTS: readonly (readonly [message: string, text: string])[] = [
  ["no", "Refused by policy: no. (entry 41)"],
  ["No deleting here.", "Refused by policy: No deleting here. (entry 41)"],
  ["", "Refused by policy. (entry 41)"],
  ["ask Jane…", "Refused by policy: ask Jane…. (entry 41)"],
];

for (const [message, text] of TEXTS) {
  Deno.test(`refusalReply() says "${text}"`, () => {
    assertEquals(
      (refusalReply({ ...REFUSAL, message, style: "error" }).error as { message: string }).message,
      text,
    );
  });
}

Deno.test("errorReply() is a reply, or addressed to nobody", () => {
  const reply = messageIn(
    encodeJson(errorReply(5, ERROR_CODE.invalidParams, "Invalid params: name is missing")),
  );
  assertEquals(reply.kind === "reply" && [reply.id, reply.error], [5, {
    code: -32602,
    message: "Invalid params: name is missing",
  }]);
  assertEquals(errorReply(null, ERROR_CODE.parse, "Parse error"), {
    jsonrpc: "2.0",
    id: null,
    error: { code: -32700, message: "Parse error" },
  });
});

Deno.test("ERROR_CODE is pinned", () => {
  assertEquals(ERROR_CODE, {
    parse: -32700,
    invalidRequest: -32600,
    invalidParams: -32602,
    internal: -32603,
    refused: -31403,
  });
});
