import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isJsonObject, type JsonObject, parseJson } from "../../lib/base/mod.ts";
import { METHODS, readSubject, subscribedUrisOf } from "../../lib/wire/mod.ts";
import { jsonObjectText, RUNS } from "../base/_json_text.ts";
import { errorOf, valueOf } from "../base/_results.ts";

const GOOD:
  readonly (readonly [method: string, params: JsonObject | undefined, name: string, args: JsonObject])[] = [
    ["tools/call", { name: "read_file", arguments: { path: "/a" } }, "read_file", { path: "/a" }],
    ["tools/call", { name: "now" }, "now", {}],
    ["tools/call", { name: "now", arguments: {}, _meta: { a: 1 } }, "now", {}],
    ["prompts/get", { name: "review", arguments: { code: "x" } }, "review", { code: "x" }],
    ["resources/read", { uri: "file:///a" }, "file:///a", { uri: "file:///a" }],
    ["resources/subscribe", { uri: "file:///a" }, "file:///a", { uri: "file:///a" }],
    [
      "completion/complete",
      { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "v" } },
      "p",
      { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "v" } },
    ],
    ["completion/complete", { ref: { type: "ref/resource", uri: "u:{x}" } }, "u:{x}", {
      ref: { type: "ref/resource", uri: "u:{x}" },
    }],
    ["sampling/createMessage", { messages: [], maxTokens: 5 }, "", { messages: [], maxTokens: 5 }],
    ["elicitation/create", { message: "Your name?" }, "", { message: "Your name?" }],
    ["roots/list", undefined, "", {}],
    ["roots/list", { _meta: {} }, "", { _meta: {} }],
    ["tools/list", undefined, "", {}],
    ["resources/unsubscribe", { uri: 5 }, "", { uri: 5 }],
    ["tasks/get", { taskId: "t" }, "", { taskId: "t" }],
  ];

for (const [method, params, name, args] of GOOD) {
  Deno.test(`readSubject() of ${method} with ${JSON.stringify(params) ?? "no params"}`, () => {
    const subject = valueOf(readSubject(method, params));
    assertEquals([subject.name, subject.args, subject.known], [name, args, true]);
  });
}

const BAD: readonly (readonly [method: string, params: JsonObject | undefined, message: string])[] = [
  ["tools/call", undefined, "params is missing"],
  ["tools/call", {}, "name is missing"],
  ["tools/call", { name: null }, "name is not a string"],
  ["tools/call", { name: ["read_file"] }, "name is not a string"],
  ["tools/call", { name: "" }, "name is empty"],
  ["tools/call", { name: "a", arguments: null }, "arguments is not an object"],
  ["tools/call", { name: "a", arguments: [] }, "arguments is not an object"],
  ["tools/call", { name: "a", arguments: "{}" }, "arguments is not an object"],
  ["prompts/get", { name: 5 }, "name is not a string"],
  ["prompts/get", { name: "p", arguments: 5 }, "arguments is not an object"],
  ["resources/read", undefined, "params is missing"],
  ["resources/read", { uri: {} }, "uri is not a string"],
  ["resources/read", { URI: "file:///a" }, "uri is missing"],
  ["resources/subscribe", { uri: "" }, "uri is empty"],
  ["completion/complete", {}, "ref is not an object"],
  ["completion/complete", { ref: "p" }, "ref is not an object"],
  [
    "completion/complete",
    { ref: { type: "ref/tool", name: "t" } },
    'ref.type is neither "ref/prompt" nor "ref/resource"',
  ],
  ["completion/complete", { ref: { type: "ref/prompt", uri: "u" } }, "ref.name is missing"],
  ["completion/complete", { ref: { type: "ref/resource", uri: 1 } }, "ref.uri is not a string"],
  ["sampling/createMessage", { messages: {} }, "messages is not an array"],
  ["sampling/createMessage", undefined, "params is missing"],
  ["elicitation/create", { message: 5 }, "message is not a string"],
];

for (const [method, params, message] of BAD) {
  Deno.test(`readSubject() refuses ${method} with ${JSON.stringify(params) ?? "no params"}`, () => {
    assertEquals(errorOf(readSubject(method, params)), `Invalid params: ${message}`);
  });
}

Deno.test("readSubject() keeps the digits of the arguments", () => {
  const params = valueOf(parseJson('{"name":"pay","arguments":{"amount":9007199254740993}}'));
  const subject = valueOf(readSubject("tools/call", isJsonObject(params) ? params : {}));
  assertEquals(JSON.stringify(subject.args), '{"amount":9007199254740993}');
});

Deno.test("subscribedUrisOf() lists what a modern client wants to hear about", () => {
  const listen = (resourceSubscriptions: unknown) =>
    ({ notifications: { resourceSubscriptions } }) as JsonObject;
  assertEquals(valueOf(subscribedUrisOf(listen(["file:///a", "file:///b"]))), ["file:///a", "file:///b"]);
  assertEquals(valueOf(subscribedUrisOf({ notifications: { toolsListChanged: true } })), []);
  for (const wrong of ["file:///a", [5], [""], { 0: "file:///a" }]) errorOf(subscribedUrisOf(listen(wrong)));
});

Deno.test("property: readSubject() answers for any method and params, and its error tells nothing of them", () => {
  const method = fc.oneof(fc.constantFrom(...METHODS.map((info) => info.method)), fc.string());
  fc.assert(
    fc.property(method, fc.option(jsonObjectText, { nil: undefined }), (name, text) => {
      const params = text === undefined ? undefined : valueOf(parseJson(text)) as JsonObject;
      const subject = readSubject(name, params);
      if (!subject.ok) assertEquals(subject.error.replace(/^Invalid params: [a-z/". ]+$/i, ""), "");
    }),
    RUNS,
  );
});
