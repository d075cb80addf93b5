/**
 * Frames that must not pass: each is one way of being read differently by two parsers, or of not being read at all.
 * `LEAK` stands in each where content would be, so that a test sees it wherever it gets to.
 */

export const LEAK = "leaked-content";

/** JSON-RPC 2.0 section 5.1, as the wire specification narrows it. */
export type Code = -32700 | -32600 | -32602;

export interface BrokenFrame {
  readonly name: string;
  /** Without the line end. */
  readonly bytes: Uint8Array;
  readonly code: Code;
  /** The id that the refusal carries; null where none can be read for sure. Absent: either is right. */
  readonly id?: string | number | null;
}

const encoder = new TextEncoder();
const CALL = `"params":{"name":"${LEAK}","arguments":{}}`;
const HEAD = `"jsonrpc":"2.0","id":"x","method":"tools/call"`;

function frame(name: string, text: string, code: Code, id?: string | number | null): BrokenFrame {
  return { name, bytes: encoder.encode(text), code, ...(id === undefined ? {} : { id }) };
}

function bytes(name: string, parts: readonly (string | readonly number[])[], code: Code): BrokenFrame {
  const all = parts.flatMap((part) => typeof part === "string" ? [...encoder.encode(part)] : [...part]);
  return { name, bytes: Uint8Array.from(all), code };
}

/** A call with `text` as the value of an argument. */
function withArgument(text: string): string {
  return `{${HEAD},"params":{"name":"${LEAK}","arguments":{"a":${text}}}}`;
}

/** A call with `params` as they stand. */
function withParams(params: string, method = "tools/call"): string {
  return `{"jsonrpc":"2.0","id":"x","method":"${method}","params":${params}}`;
}

const BATCHES = [
  frame("a batch of one call", `[{${HEAD},${CALL}}]`, -32600, null),
  frame("a batch of two calls", `[{${HEAD},${CALL}},{"jsonrpc":"2.0","id":2,"method":"ping"}]`, -32600, null),
  frame("an empty batch", "[]", -32600, null),
  frame("a batch in a batch", `[[{${HEAD},${CALL}}]]`, -32600, null),
];

const DUPLICATES = [
  frame(
    "a duplicate method",
    `{"jsonrpc":"2.0","id":"x","method":"ping","method":"tools/call",${CALL}}`,
    -32700,
  ),
  frame("a duplicate id", `{"jsonrpc":"2.0","id":"x","id":"y","method":"tools/call",${CALL}}`, -32700),
  frame("a duplicate jsonrpc", `{"jsonrpc":"2.0",${HEAD},${CALL}}`, -32700),
  frame("duplicate params", `{${HEAD},${CALL},"params":{"name":"harmless"}}`, -32700),
  frame("a duplicate name", withParams(`{"name":"harmless","name":"${LEAK}"}`), -32700),
  frame("a duplicate name, escaped", withParams(`{"name":"harmless","n\\u0061me":"${LEAK}"}`), -32700),
  frame(
    "a duplicate argument",
    withParams(`{"name":"${LEAK}","arguments":{"path":"/a","path":"/b"}}`),
    -32700,
  ),
  frame("a duplicate key deep down", withArgument('[[{"k":1,"j":{"k":1,"k":1}}]]'), -32700),
  frame("a duplicate __proto__", withArgument('{"__proto__":1,"__proto__":2}'), -32700),
];

const VERSIONS = [
  frame("jsonrpc missing", `{"id":"x","method":"tools/call",${CALL}}`, -32600, "x"),
  frame("jsonrpc a number", `{"jsonrpc":2.0,"id":"x","method":"tools/call",${CALL}}`, -32600, "x"),
  frame(
    "jsonrpc of another version",
    `{"jsonrpc":"1.0","id":"x","method":"tools/call",${CALL}}`,
    -32600,
    "x",
  ),
  frame("jsonrpc with a blank", `{"jsonrpc":"2.0 ","id":"x","method":"tools/call",${CALL}}`, -32600, "x"),
  frame("jsonrpc null", `{"jsonrpc":null,"id":"x","method":"tools/call",${CALL}}`, -32600, "x"),
];

const MEMBERS = [
  frame("id null", `{"jsonrpc":"2.0","id":null,"method":"tools/call",${CALL}}`, -32600, null),
  frame("id a boolean", `{"jsonrpc":"2.0","id":true,"method":"tools/call",${CALL}}`, -32600, null),
  frame("id a fraction", `{"jsonrpc":"2.0","id":1.5,"method":"tools/call",${CALL}}`, -32600, null),
  frame("id an object", `{"jsonrpc":"2.0","id":{},"method":"tools/call",${CALL}}`, -32600, null),
  frame("id an array", `{"jsonrpc":"2.0","id":["x"],"method":"tools/call",${CALL}}`, -32600, null),
  frame("method missing", `{"jsonrpc":"2.0","id":"x",${CALL}}`, -32600),
  frame("method a number", `{"jsonrpc":"2.0","id":"x","method":7,${CALL}}`, -32600, "x"),
  frame("method an array", `{"jsonrpc":"2.0","id":"x","method":["tools/call"],${CALL}}`, -32600, "x"),
  frame("method and result", `{${HEAD},${CALL},"result":{}}`, -32600, "x"),
  frame("a string", `"${LEAK}"`, -32600, null),
  frame("a number", "42", -32600, null),
  frame("null", "null", -32600, null),
];

const SHAPES = [
  frame("params missing", `{${HEAD}}`, -32602, "x"),
  frame("params null", withParams("null"), -32602, "x"),
  frame("params an array", withParams(`["${LEAK}",{}]`), -32602, "x"),
  frame("params a string", withParams(`"${LEAK}"`), -32602, "x"),
  frame("name missing", withParams(`{"arguments":{"a":"${LEAK}"}}`), -32602, "x"),
  frame("name an array", withParams(`{"name":["${LEAK}"],"arguments":{}}`), -32602, "x"),
  frame("name an object", withParams(`{"name":{"name":"${LEAK}"}}`), -32602, "x"),
  frame("name a number", withParams(`{"name":7,"arguments":{"a":"${LEAK}"}}`), -32602, "x"),
  frame("name null", withParams(`{"name":null,"arguments":{"a":"${LEAK}"}}`), -32602, "x"),
  frame("arguments an array", withParams(`{"name":"${LEAK}","arguments":[1]}`), -32602, "x"),
  frame("arguments a string", withParams(`{"name":"${LEAK}","arguments":"{}"}`), -32602, "x"),
  frame("a resource without URI", withParams(`{"url":"${LEAK}"}`, "resources/read"), -32602, "x"),
  frame(
    "a resource with a number for URI",
    withParams(`{"uri":1,"x":"${LEAK}"}`, "resources/read"),
    -32602,
    "x",
  ),
  frame("a prompt without name", withParams(`{"arguments":{"a":"${LEAK}"}}`, "prompts/get"), -32602, "x"),
  frame(
    "a completion without reference",
    withParams(`{"argument":{"name":"${LEAK}"}}`, "completion/complete"),
    -32602,
    "x",
  ),
];

const TEXTS = [
  bytes("invalid UTF-8 in a string", [`{${HEAD},"params":{"name":"${LEAK}`, [0xff, 0xfe], '"}}'], -32700),
  bytes("a cut UTF-8 sequence", [`{${HEAD},"params":{"name":"${LEAK}`, [0xe2, 0x82], '"}}'], -32700),
  bytes("an overlong slash", [`{${HEAD},"params":{"name":"${LEAK}`, [0xc0, 0xaf], '"}}'], -32700),
  bytes("a surrogate in UTF-8", [`{${HEAD},"params":{"name":"${LEAK}`, [0xed, 0xa0, 0x80], '"}}'], -32700),
  bytes("a byte order mark", [[0xef, 0xbb, 0xbf], `{${HEAD},${CALL}}`], -32700),
  bytes("a raw NUL in a string", [`{${HEAD},"params":{"name":"${LEAK}`, [0], '"}}'], -32700),
  bytes("a raw NUL after the message", [`{${HEAD},${CALL}}`, [0]], -32700),
  frame("a lone high surrogate", withArgument('"\\ud800"'), -32700),
  frame("a lone low surrogate in a key", withArgument('{"\\udc00":1}'), -32700),
  frame("surrogates the wrong way round", withArgument('"\\udc00\\ud800"'), -32700),
  frame("an escaped NUL", withArgument('"a\\u0000b"'), -32700),
  frame("an escaped NUL in a key", withArgument('{"a\\u0000":1}'), -32700),
  frame("a raw tab in a string", withArgument('"a\tb"'), -32700),
];

const SYNTAX = [
  frame("two messages on one line", `{${HEAD},${CALL}}{${HEAD},${CALL}}`, -32700),
  frame("two messages with a return between", `{${HEAD},${CALL}}\r{${HEAD},${CALL}}`, -32700),
  frame("something behind the message", `{${HEAD},${CALL}} ;`, -32700),
  frame("a cut message", `{${HEAD},"params":{"name":"${LEAK}"`, -32700),
  frame("a trailing comma", `{${HEAD},${CALL},}`, -32700),
  frame("a comment", `{/* ${LEAK} */${HEAD},${CALL}}`, -32700),
  frame(
    "single quotes",
    `{'jsonrpc':'2.0','id':'x','method':'tools/call','params':{'name':'${LEAK}'}}`,
    -32700,
  ),
  frame("NaN", withArgument("NaN"), -32700),
  frame("a leading zero", withArgument("007"), -32700),
  frame("a plus", withArgument("+1"), -32700),
  frame("an unknown escape", withArgument('"\\x41"'), -32700),
  frame("a line separator as white space", `{${HEAD},\u2028${CALL}}`, -32700),
  frame("blanks only", "   ", -32700, null),
  frame("a banner", `Listening on ${LEAK}`, -32700, null),
];

const SIZES = [
  frame("300 levels", withArgument("[".repeat(300) + "]".repeat(300)), -32700),
  frame("200,000 levels of arrays", withArgument("[".repeat(200_000) + "]".repeat(200_000)), -32700),
  frame(
    "200,000 levels of objects",
    withArgument('{"a":'.repeat(200_000) + "1" + "}".repeat(200_000)),
    -32700,
  ),
  frame("200,000 levels, never closed", "[".repeat(200_000), -32700, null),
  frame("a line of 32 MiB", withArgument(`"${"x".repeat(32 * 1024 * 1024)}"`), -32600, null),
];

/** All of them, named. */
export const BROKEN_FRAMES: readonly BrokenFrame[] = [
  ...BATCHES,
  ...DUPLICATES,
  ...VERSIONS,
  ...MEMBERS,
  ...SHAPES,
  ...TEXTS,
  ...SYNTAX,
  ...SIZES,
];
