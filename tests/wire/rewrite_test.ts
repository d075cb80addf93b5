import { assertEquals, assertStrictEquals } from "@std/assert";
import { encodeJson, isJsonObject, type JsonObject, parseJson } from "../../lib/base/mod.ts";
import {
  cancelledIdOf,
  createdTaskIdOf,
  eraOf,
  type Id,
  idKey,
  isId,
  negotiatedVersionOf,
  noticeProgressTokenOf,
  progressTokenOf,
  subscriptionIdOf,
  taskIdOf,
  withCancelledId,
  withId,
  withNoticeProgressToken,
  withProgressToken,
  withSubscriptionId,
} from "../../lib/wire/mod.ts";
import { valueOf } from "../base/_results.ts";

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";

const WRITTEN: readonly (readonly [
  name: string,
  before: string,
  write: (message: JsonObject) => JsonObject,
  after: string,
])[] = [
  [
    "withId()",
    '{"method":"x","id":"theirs","jsonrpc":"2.0","params":{"b":1.0,"1":2}}',
    (message) => withId(message, 5),
    '{"method":"x","id":5,"jsonrpc":"2.0","params":{"b":1.0,"1":2}}',
  ],
  [
    "withProgressToken()",
    '{"id":1,"params":{"z":0,"_meta":{"a":1,"progressToken":"t","b":2},"name":"x"}}',
    (message) => withProgressToken(message, 9),
    '{"id":1,"params":{"z":0,"_meta":{"a":1,"progressToken":9,"b":2},"name":"x"}}',
  ],
  [
    "withNoticeProgressToken()",
    '{"method":"notifications/progress","params":{"progress":0.50,"progressToken":9}}',
    (message) => withNoticeProgressToken(message, "t"),
    '{"method":"notifications/progress","params":{"progress":0.50,"progressToken":"t"}}',
  ],
  [
    "withCancelledId()",
    '{"params":{"requestId":"theirs","reason":"tired"}}',
    (message) => withCancelledId(message, 5),
    '{"params":{"requestId":5,"reason":"tired"}}',
  ],
  [
    "withSubscriptionId() in a notice",
    `{"params":{"uri":"u","_meta":{"${SUBSCRIPTION}":5}}}`,
    (message) => withSubscriptionId(message, "theirs"),
    `{"params":{"uri":"u","_meta":{"${SUBSCRIPTION}":"theirs"}}}`,
  ],
  [
    "withSubscriptionId() in a reply",
    `{"id":5,"result":{"resultType":"complete","_meta":{"${SUBSCRIPTION}":5}}}`,
    (message) => withSubscriptionId(message, 1),
    `{"id":5,"result":{"resultType":"complete","_meta":{"${SUBSCRIPTION}":1}}}`,
  ],
];

for (const [name, before, write, after] of WRITTEN) {
  Deno.test(`${name} changes one value, and nothing else`, () => {
    const message = objectOf(before);
    assertEquals(encodeJson(write(message)), after);
    assertEquals(encodeJson(message), before);
  });
}

Deno.test("a writer that finds nothing to replace gives the message itself", () => {
  for (const text of ["{}", '{"params":{}}', '{"params":{"_meta":5}}', '{"params":5}', '{"result":null}']) {
    const message = objectOf(text);
    for (const write of [withProgressToken, withNoticeProgressToken, withCancelledId, withSubscriptionId]) {
      assertEquals(encodeJson(write(message, 1)), text);
    }
  }
  const plain = objectOf('{"params":{"name":"x"}}');
  assertStrictEquals(withCancelledId(plain, 1).params, plain.params);
});

Deno.test("withId() keeps __proto__ a key", () => {
  const text = '{"id":1,"params":{"__proto__":{"a":1}},"__proto__":2}';
  assertEquals(encodeJson(withId(objectOf(text), 2)), text.replace('"id":1', '"id":2'));
});

Deno.test("progress tokens are strings and numbers of any kind, with their digits", () => {
  const tokens: readonly (readonly [text: string, key: string | undefined])[] = [
    ['"t"', "s:t"],
    ["1", "n:1"],
    ["1.50", "n:1.50"],
    ["9007199254740993", "n:9007199254740993"],
    ["null", undefined],
    ["{}", undefined],
    ["true", undefined],
  ];
  for (const [text, key] of tokens) {
    const inRequest = progressTokenOf(objectOf(`{"_meta":{"progressToken":${text}}}`));
    const inNotice = noticeProgressTokenOf(objectOf(`{"progressToken":${text}}`));
    assertEquals([inRequest, inNotice].map((token) => token === undefined ? token : idKey(token)), [
      key,
      key,
    ]);
  }
  assertEquals([progressTokenOf(undefined), progressTokenOf({ _meta: null }), progressTokenOf({})], [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("cancelledIdOf() and subscriptionIdOf() read ids, and nothing that is none", () => {
  assertEquals(cancelledIdOf({ requestId: "a" }), "a");
  assertEquals([cancelledIdOf(undefined), cancelledIdOf({}), cancelledIdOf({ requestId: 1.5 })], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(subscriptionIdOf({ _meta: { [SUBSCRIPTION]: 5 } }), 5);
  assertEquals([subscriptionIdOf(null), subscriptionIdOf([]), subscriptionIdOf({ _meta: [] })], [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("idKey() keeps a string and a number apart", () => {
  const ids: readonly Id[] = ["1", 1, "n:1", "s:1", -1, "", 0, "-0", "00"];
  assertEquals(new Set(ids.map(idKey)).size, ids.length);
});

Deno.test("isId() takes strings and integers as they are written", () => {
  const taken = ["1", "-1", "0", '""', '"1.5"', "123456789012345678901234567890"];
  const refused = ["1.5", "1.0", "1e3", "1E+30", "1e+21", "null", "true", "[]", "{}", "0.1"];
  assertEquals(taken.map((text) => isId(valueOf(parseJson(text)))), taken.map(() => true));
  assertEquals(refused.map((text) => isId(valueOf(parseJson(text)))), refused.map(() => false));
});

Deno.test("eraOf() tells a modern request by the version it carries", () => {
  const key = "io.modelcontextprotocol/protocolVersion";
  assertEquals(eraOf({ _meta: { [key]: "2026-07-28" } }), "modern");
  assertEquals(eraOf({ _meta: { [key]: null } }), "modern");
  for (const params of [undefined, {}, { _meta: {} }, { _meta: "x" }, { [key]: "2026-07-28" }]) {
    assertEquals(eraOf(params), "legacy");
  }
});

Deno.test("negotiatedVersionOf() reads an initialize result", () => {
  assertEquals(negotiatedVersionOf({ protocolVersion: "2025-03-26" }), "2025-03-26");
  assertEquals([
    negotiatedVersionOf({}),
    negotiatedVersionOf(null),
    negotiatedVersionOf({ protocolVersion: 5 }),
  ], [undefined, undefined, undefined]);
});

Deno.test("taskIdOf() finds the task of a message of either era", () => {
  const related = { "io.modelcontextprotocol/related-task": { taskId: "t" } };
  assertEquals(taskIdOf({ taskId: "t" }), "t");
  assertEquals(taskIdOf({ _meta: related, content: [] }), "t");
  assertEquals(taskIdOf({ _meta: related, taskId: 5 }), "t");
  assertEquals(taskIdOf({ taskId: "own", _meta: related }), "own");
  for (const holder of [undefined, null, [], {}, { taskId: 5 }, { _meta: 5 }]) {
    assertEquals(taskIdOf(holder), undefined);
  }
});

Deno.test("createdTaskIdOf() finds the task that a result began, in either era", () => {
  assertEquals(createdTaskIdOf({ task: { taskId: "t", status: "working" } }), "t");
  assertEquals(createdTaskIdOf({ resultType: "task", taskId: "t" }), "t");
  for (
    const result of [undefined, {}, { taskId: "t" }, { resultType: "complete", taskId: "t" }, { task: "t" }, {
      task: { taskId: 1 },
    }]
  ) {
    assertEquals(createdTaskIdOf(result), undefined);
  }
});

function objectOf(text: string): JsonObject {
  const value = valueOf(parseJson(text));
  if (!isJsonObject(value)) throw new Error("no object");
  return value;
}
