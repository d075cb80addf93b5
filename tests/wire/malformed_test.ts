/** What is no message, and what its sender is told. */
import { assert, assertEquals } from "@std/assert";
import { utf8 } from "../../lib/base/mod.ts";
import { type Id, type Malformed, type MalformedReason, readFrame } from "../../lib/wire/mod.ts";
import { readText } from "./_frames.ts";

const PARSE = -32700, INVALID = -32600, PARAMS = -32602;

interface Row {
  readonly name: string;
  readonly text: string;
  readonly reason: MalformedReason;
  readonly code: Malformed["code"];
  readonly id?: Id;
  readonly reply?: true;
}

const DEEP = "[".repeat(200_000);

const MALFORMED: readonly Row[] = [
  { name: "white space alone", text: "  ", reason: "empty", code: PARSE },
  { name: "a banner on stdout", text: "Server listening on stdio", reason: "syntax", code: PARSE },
  { name: "half a message", text: '{"jsonrpc":"2.0","id":1,"method":"pi', reason: "syntax", code: PARSE },
  {
    name: "two messages on a line",
    text: '{"jsonrpc":"2.0","id":1,"method":"ping"}{}',
    reason: "trailing",
    code: PARSE,
  },
  {
    name: "a byte order mark",
    text: '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}',
    reason: "syntax",
    code: PARSE,
  },
  {
    name: "a duplicate method",
    text: '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}',
    reason: "duplicate-key",
    code: PARSE,
    id: 1,
  },
  {
    name: "a duplicate name",
    text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
    reason: "duplicate-key",
    code: PARSE,
    id: 1,
  },
  {
    name: "a duplicate name, once escaped",
    text: '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"a","n\\u0061me":"b"}}',
    reason: "duplicate-key",
    code: PARSE,
    id: "x",
  },
  {
    name: "a duplicate id",
    text: '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}',
    reason: "duplicate-key",
    code: PARSE,
  },
  {
    name: "a lone surrogate",
    text: '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"\\ud800"}}',
    reason: "lone-surrogate",
    code: PARSE,
    id: 2,
  },
  { name: "a NUL", text: '{"jsonrpc":"2.0","id":3,"method":"a\\u0000"}', reason: "nul", code: PARSE, id: 3 },
  { name: "200,000 levels that never close", text: DEEP, reason: "depth", code: PARSE },
  {
    name: "200,000 levels, and the id behind them",
    text: `{"jsonrpc":"2.0","method":"x","params":{"a":${DEEP}${"]".repeat(200_000)}},"id":9}`,
    reason: "depth",
    code: PARSE,
    id: 9,
  },
  { name: "a string", text: '"2.0"', reason: "not-a-message", code: INVALID },
  { name: "a number", text: "9007199254740993", reason: "not-a-message", code: INVALID },
  { name: "null", text: "null", reason: "not-a-message", code: INVALID },
  { name: "an empty array", text: "[]", reason: "batch", code: INVALID },
  { name: "an empty object", text: "{}", reason: "jsonrpc", code: INVALID },
  { name: "no jsonrpc", text: '{"id":1,"method":"ping"}', reason: "jsonrpc", code: INVALID, id: 1 },
  {
    name: "a numeric jsonrpc",
    text: '{"jsonrpc":2.0,"id":1,"method":"ping"}',
    reason: "jsonrpc",
    code: INVALID,
    id: 1,
  },
  {
    name: "another jsonrpc",
    text: '{"jsonrpc":"2.00","id":1,"method":"ping"}',
    reason: "jsonrpc",
    code: INVALID,
    id: 1,
  },
  {
    name: "jsonrpc in capitals",
    text: '{"JSONRPC":"2.0","id":1,"method":"ping"}',
    reason: "jsonrpc",
    code: INVALID,
    id: 1,
  },
  {
    name: "a member that JSON-RPC does not have",
    text: '{"jsonrpc":"2.0","id":1,"method":"ping","arguments":{}}',
    reason: "member",
    code: INVALID,
    id: 1,
  },
  {
    name: "__proto__ as a member",
    text: '{"jsonrpc":"2.0","method":"a","__proto__":{"id":1}}',
    reason: "member",
    code: INVALID,
  },
  {
    name: "an id and nothing else",
    text: '{"jsonrpc":"2.0","id":1}',
    reason: "not-a-message",
    code: INVALID,
    id: 1,
  },
  { name: "a null id", text: '{"jsonrpc":"2.0","id":null,"method":"ping"}', reason: "id", code: INVALID },
  {
    name: "a fraction for an id",
    text: '{"jsonrpc":"2.0","id":1.5,"method":"ping"}',
    reason: "id",
    code: INVALID,
  },
  {
    name: "an integer written as a fraction",
    text: '{"jsonrpc":"2.0","id":1.0,"method":"ping"}',
    reason: "id",
    code: INVALID,
  },
  {
    name: "an integer with an exponent",
    text: '{"jsonrpc":"2.0","id":1e+21,"method":"ping"}',
    reason: "id",
    code: INVALID,
  },
  { name: "a boolean id", text: '{"jsonrpc":"2.0","id":true,"method":"ping"}', reason: "id", code: INVALID },
  {
    name: "an id that is an object",
    text: '{"jsonrpc":"2.0","id":{},"method":"ping"}',
    reason: "id",
    code: INVALID,
  },
  {
    name: "a numeric method",
    text: '{"jsonrpc":"2.0","id":1,"method":5}',
    reason: "method",
    code: INVALID,
    id: 1,
  },
  {
    name: "a null method",
    text: '{"jsonrpc":"2.0","id":1,"method":null}',
    reason: "method",
    code: INVALID,
    id: 1,
  },
  {
    name: "a method in an array",
    text: '{"jsonrpc":"2.0","id":1,"method":["ping"]}',
    reason: "method",
    code: INVALID,
    id: 1,
  },
  {
    name: "params that are a list, in a judged method",
    text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["a"]}',
    reason: "params",
    code: PARAMS,
    id: 1,
  },
  {
    name: "params that are null, in a judged method",
    text: '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":null}',
    reason: "params",
    code: PARAMS,
    id: 1,
  },
  {
    name: "params that are a text",
    text: '{"jsonrpc":"2.0","id":1,"method":"x","params":"a"}',
    reason: "params",
    code: INVALID,
    id: 1,
  },
  {
    name: "params that are a number with its digits",
    text: '{"jsonrpc":"2.0","id":1,"method":"x","params":1.0}',
    reason: "params",
    code: INVALID,
    id: 1,
  },
  {
    name: "a request that is a reply too",
    text: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"},"result":{}}',
    reason: "not-a-message",
    code: INVALID,
    id: 1,
  },
  {
    name: "result and error",
    text: '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
    reason: "not-a-message",
    code: INVALID,
    id: 1,
    reply: true,
  },
  {
    name: "result and params",
    text: '{"jsonrpc":"2.0","id":1,"result":{},"params":{}}',
    reason: "not-a-message",
    code: INVALID,
    id: 1,
    reply: true,
  },
  {
    name: "a result without id",
    text: '{"jsonrpc":"2.0","result":{}}',
    reason: "id",
    code: INVALID,
    reply: true,
  },
  {
    name: "a result with a null id",
    text: '{"jsonrpc":"2.0","id":null,"result":{}}',
    reason: "id",
    code: INVALID,
    reply: true,
  },
  {
    name: "an error without id",
    text: '{"jsonrpc":"2.0","error":{"code":-32700}}',
    reason: "reply-without-id",
    code: INVALID,
    reply: true,
  },
  {
    name: "an error with a null id",
    text: '{"jsonrpc":"2.0","id":null,"error":{}}',
    reason: "reply-without-id",
    code: INVALID,
    reply: true,
  },
  {
    name: "an error with a fraction for an id",
    text: '{"jsonrpc":"2.0","id":0.5,"error":{}}',
    reason: "id",
    code: INVALID,
    reply: true,
  },
  {
    name: "an error that is a text",
    text: '{"jsonrpc":"2.0","id":1,"error":"no"}',
    reason: "error",
    code: INVALID,
    id: 1,
    reply: true,
  },
  {
    name: "a reply with a duplicate key",
    text: '{"jsonrpc":"2.0","id":4,"result":{"a":1,"a":2}}',
    reason: "duplicate-key",
    code: PARSE,
    id: 4,
    reply: true,
  },
];

for (const row of MALFORMED) {
  Deno.test(`readFrame() calls ${row.name} malformed: ${row.reason}`, () => {
    const incoming = readText(row.text);
    assert(incoming.kind === "malformed", incoming.kind);
    const { message, ...facts } = incoming as Malformed;
    assertEquals(facts, {
      kind: "malformed",
      code: row.code,
      reason: row.reason,
      id: row.id ?? null,
      reply: row.reply ?? false,
      bytes: utf8(row.text).length,
    });
    assert(/^(Parse error|Invalid request|Invalid params): .+[^.]$/.test(message), message);
  });
}

Deno.test("readFrame() calls what is not UTF-8 malformed: utf8", () => {
  for (
    const bytes of [[0xff], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [
      0x22,
      0xf0,
      0x9f,
      0x98,
    ]]
  ) {
    const incoming = readFrame({ kind: "line", bytes: Uint8Array.from(bytes) });
    assertEquals(incoming.kind === "malformed" && [incoming.reason, incoming.code], ["utf8", PARSE]);
  }
});

Deno.test("readFrame() calls a dropped line malformed: oversize, and names the cap", () => {
  assertEquals(readFrame({ kind: "oversize", limit: 16 }), {
    kind: "malformed",
    code: INVALID,
    reason: "oversize",
    message: "Invalid request: the message is too long: more than 16 bytes",
    id: null,
    reply: false,
    bytes: 16,
  });
});

Deno.test("readFrame() keeps nothing of a malformed frame's content but its id", () => {
  const incoming = readText(
    '{"jsonrpc":"2.0","id":"theirs","method":"hunter2","params":"AKIAIOSFODNN7EXAMPLE"}',
  );
  assert(!/hunter2|AKIA/.test(JSON.stringify(incoming)));
});
