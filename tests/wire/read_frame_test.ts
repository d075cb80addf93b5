import { assert, assertEquals } from "@std/assert";
import { encodeJson } from "../../lib/base/mod.ts";
import { batchRefusal, encodeFrame, idKey, MAX_BATCH_ELEMENTS } from "../../lib/wire/mod.ts";
import { messageIn, readText } from "./_frames.ts";

const MESSAGES: readonly (readonly [name: string, text: string, facts: Readonly<Record<string, unknown>>])[] =
  [
    ["a request", '{"jsonrpc":"2.0","id":7,"method":"ping"}', { kind: "request", id: 7, method: "ping" }],
    ["a request whose id comes last", '{"method":"ping","jsonrpc":"2.0","id":"a"}', {
      kind: "request",
      id: "a",
      method: "ping",
    }],
    ["a request with params", '{"jsonrpc":"2.0","id":0,"method":"x","params":{}}', {
      kind: "request",
      id: 0,
      method: "x",
      params: {},
    }],
    ["a negative id", '{"jsonrpc":"2.0","id":-3,"method":"x"}', { kind: "request", id: -3, method: "x" }],
    ["an empty id", '{"jsonrpc":"2.0","id":"","method":"x"}', { kind: "request", id: "", method: "x" }],
    ["a notice", '{"jsonrpc":"2.0","method":"n","params":{"a":1}}', {
      kind: "notice",
      method: "n",
      params: { a: 1 },
    }],
    ["a judged method without an id", '{"jsonrpc":"2.0","method":"tools/call"}', {
      kind: "notice",
      method: "tools/call",
    }],
    ["a reply", '{"jsonrpc":"2.0","id":1,"result":{"a":[]}}', { kind: "reply", id: 1, result: { a: [] } }],
    ["a reply of null", '{"jsonrpc":"2.0","id":1,"result":null}', { kind: "reply", id: 1, result: null }],
    ["an error", '{"jsonrpc":"2.0","id":1,"error":{"code":1}}', { kind: "reply", id: 1, error: { code: 1 } }],
  ];

for (const [name, text, facts] of MESSAGES) {
  Deno.test(`readFrame() reads ${name}`, () => {
    const { value, bytes, ...rest } = messageIn(text);
    assertEquals(rest as unknown, facts);
    assertEquals([encodeJson(value), bytes], [text, text.length]);
  });
}

Deno.test("readFrame() keeps the digits of an id that no double holds", () => {
  for (const id of ["9007199254740993", "-9007199254740993", "123456789012345678901234567890"]) {
    const message = messageIn(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
    assertEquals(message.kind === "request" && idKey(message.id), `n:${id}`);
    assertEquals(encodeFrame(message.value), `{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`);
  }
});

Deno.test("readFrame() takes the elements of a batch one by one, each for itself", () => {
  const batch = readText(
    '[{"jsonrpc":"2.0","id":1,"method":"ping"},5,[],{"id":2,"method":"x"},{"jsonrpc":"2.0","method":"n"}]',
  );
  assert(batch.kind === "batch");
  if (batch.kind !== "batch") return;
  assertEquals(
    batch.elements.map((element) => element.kind === "malformed" ? element.reason : element.kind),
    [
      "request",
      "not-a-message",
      "not-a-message",
      "jsonrpc",
      "notice",
    ],
  );
  const { code, reason, id, reply } = batchRefusal(batch);
  assertEquals({ code, reason, id, reply }, { code: -32600, reason: "batch", id: null, reply: false });
});

Deno.test("readFrame() makes no object for each of millions of elements", () => {
  const kindOf = (count: number) => readText(`[${"1,".repeat(count - 1)}1]`).kind;
  assertEquals([kindOf(MAX_BATCH_ELEMENTS), kindOf(MAX_BATCH_ELEMENTS + 1)], ["batch", "malformed"]);
});

Deno.test("a duplicate key in one element makes the whole batch malformed", () => {
  const incoming = readText(
    '[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"a","method":"b"}]',
  );
  assertEquals(incoming.kind === "malformed" && [incoming.reason, incoming.id], ["duplicate-key", null]);
});
