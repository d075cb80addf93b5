import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type JsonObject, type JsonValue, parseJson } from "../../lib/base/mod.ts";
import {
  decodeHeaderValue,
  encodeHeaderValue,
  headerMismatch,
  mirroredHeaders,
  paramHeadersOf,
} from "../../lib/wire/mirrored_headers.ts";

const META = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };

function json(text: string): JsonObject {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value as JsonObject;
}

/** The examples of the specification, and what it leaves to the reader. */
const VALUES: readonly (readonly [name: string, text: string, value: string])[] = [
  ["plain ASCII", "us-west1", "us-west1"],
  ["a space inside", "a b", "a b"],
  ["non-ASCII", "Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="],
  ["leading and trailing spaces", " padded ", "=?base64?IHBhZGRlZCA=?="],
  ["a newline", "line1\nline2", "=?base64?bGluZTEKbGluZTI=?="],
  ["what looks encoded", "=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="],
  ["nothing", "", "=?base64??="],
  ["a control character", "a\u0001", "=?base64?YQE=?="],
];

for (const [name, text, value] of VALUES) {
  Deno.test(`a header value carries ${name}, and gives it back`, () => {
    assertEquals(encodeHeaderValue(text), value);
    assertEquals(decodeHeaderValue(value), text);
  });
}

Deno.test("any well-formed text survives a header value, which is visible ASCII", () => {
  const text = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
  fc.assert(fc.property(text, (text) => {
    const value = encodeHeaderValue(text);
    assertEquals(/^[\x20-\x7e\t]+$/.test(value) && value.trim() === value, true, value);
    assertEquals(decodeHeaderValue(value), text);
  }));
});

const BAD_VALUES: readonly (readonly [name: string, value: string])[] = [
  ["a control character", "a\u0001b"],
  ["a line feed", "a\nX-Other: b"],
  ["non-ASCII", "é"],
  ["base 64 that is none", "=?base64?!?="],
  ["base 64 without its padding", "=?base64?YQ?="],
  ["bytes that are no UTF-8", "=?base64?/w==?="],
];

for (const [name, value] of BAD_VALUES) {
  Deno.test(`a header value with ${name} is none`, () => assertEquals(decodeHeaderValue(value), undefined));
}

const CALL = {
  method: "tools/call",
  params: {
    name: "execute_sql",
    arguments: { region: "us-west1", limit: 42, dry: true, nested: { q: "é" } },
    _meta: META,
  },
};
const PARAMS = [
  { name: "Region", path: ["region"] },
  { name: "Limit", path: ["limit"] },
  { name: "Dry", path: ["dry"] },
  { name: "Q", path: ["nested", "q"] },
  { name: "Absent", path: ["absent"] },
];

Deno.test("two ways to write a number are one only where the body has a number", () => {
  const params = { name: "42", arguments: { code: "42" }, _meta: META };
  const call = { method: "tools/call", params };
  const read = (header: string) =>
    new Map([
      ["MCP-Protocol-Version", "2026-07-28"],
      ["Mcp-Method", "tools/call"],
      ["Mcp-Name", "42"],
      ["Mcp-Param-Code", "42.0"],
    ]).get(header);
  const code = { name: "Code", path: ["code"] };
  assertEquals(headerMismatch(call, read, [code]), "the header Mcp-Param-Code does not match the body");
  assertEquals(
    headerMismatch(call, (header) => header === "Mcp-Name" ? "42.0" : read(header)),
    "the header Mcp-Name does not match the body",
  );
});

Deno.test("a request is mirrored: method, version, name, and the parameters that are there", () => {
  assertEquals(mirroredHeaders(CALL, PARAMS), [
    ["Mcp-Method", "tools/call"],
    ["MCP-Protocol-Version", "2026-07-28"],
    ["Mcp-Name", "execute_sql"],
    ["Mcp-Param-Region", "us-west1"],
    ["Mcp-Param-Limit", "42"],
    ["Mcp-Param-Dry", "true"],
    ["Mcp-Param-Q", "=?base64?w6k=?="],
  ]);
  assertEquals(mirroredHeaders({ method: "tools/list" }), [["Mcp-Method", "tools/list"]]);
  assertEquals(
    mirroredHeaders({ method: "resources/read", params: { uri: "file:///a b", _meta: META } })[2],
    ["Mcp-Name", "file:///a b"],
  );
  for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
    assertEquals(mirroredHeaders({ method, params: { taskId: "t-1" } }), [["Mcp-Method", method], [
      "Mcp-Name",
      "t-1",
    ]]);
  }
});

interface Tampering {
  readonly set?: Readonly<Record<string, string>>;
  readonly without?: string;
}

const MISMATCHES: readonly (readonly [name: string, tampering: Tampering, problem: string | undefined])[] = [
  ["all as it should be", {}, undefined],
  ["an integer with a fraction of zero", { set: { "mcp-param-limit": "42.0" } }, undefined],
  ["a name that came encoded", { set: { "mcp-name": "=?base64?ZXhlY3V0ZV9zcWw=?=" } }, undefined],
  ["another name", { set: { "mcp-name": "read_sql" } }, "the header Mcp-Name does not match the body"],
  [
    "the name in other case",
    { set: { "mcp-name": "Execute_sql" } },
    "the header Mcp-Name does not match the body",
  ],
  ["no name", { without: "mcp-name" }, "the header Mcp-Name is missing"],
  [
    "another method",
    { set: { "mcp-method": "tools/list" } },
    "the header Mcp-Method does not match the body",
  ],
  ["no method", { without: "mcp-method" }, "the header Mcp-Method is missing"],
  [
    "another version",
    { set: { "mcp-protocol-version": "2025-11-25" } },
    "the header MCP-Protocol-Version does not match the body",
  ],
  ["no version", { without: "mcp-protocol-version" }, "the header MCP-Protocol-Version is missing"],
  ["a parameter that is left out", { without: "mcp-param-region" }, "the header Mcp-Param-Region is missing"],
  [
    "another parameter",
    { set: { "mcp-param-region": "eu" } },
    "the header Mcp-Param-Region does not match the body",
  ],
  [
    "a parameter that the body lacks",
    { set: { "mcp-param-absent": "x" } },
    "the body has nothing for the header Mcp-Param-Absent",
  ],
  [
    "a malformed value",
    { set: { "mcp-param-q": "=?base64?!?=" } },
    "the value of the header Mcp-Param-Q is malformed",
  ],
];

for (const [name, { set = {}, without }, problem] of MISMATCHES) {
  Deno.test(`headers are compared with the body: ${name}`, () => {
    const sent = mirroredHeaders(CALL, PARAMS).map(([name, value]) => [name.toLowerCase(), value] as const);
    const headers = new Map([...sent, ...Object.entries(set)]);
    if (without !== undefined) headers.delete(without);
    assertEquals(headerMismatch(CALL, (name) => headers.get(name.toLowerCase()), PARAMS), problem);
  });
}

const property = (schema: JsonValue) => ({ type: "object", properties: { p: schema } });
const annotated = (type: JsonValue, name: JsonValue = "P") => ({ type, "x-mcp-header": name });

const SCHEMAS:
  readonly (readonly [name: string, schema: JsonValue | undefined, found: JsonValue | undefined])[] = [
    ["nothing", undefined, []],
    ["no annotation", property({ type: "string" }), []],
    ["a string", property(annotated("string")), [{ name: "P", path: ["p"] }]],
    ["an integer and a boolean", {
      properties: { a: annotated("integer", "A"), b: annotated("boolean", "B") },
    }, [{ name: "A", path: ["a"] }, { name: "B", path: ["b"] }]],
    ["a nested property", property(property(annotated("string"))), [{ name: "P", path: ["p", "p"] }]],
    ["a property of that name", { properties: { "x-mcp-header": { type: "string" } } }, []],
    ["an example that looks like one", property({ type: "object", default: { "x-mcp-header": 3 } }), []],
    ["a number", property(annotated("number")), undefined],
    ["an object", property(annotated("object")), undefined],
    ["no type", property({ "x-mcp-header": "P" }), undefined],
    ["an empty name", property(annotated("string", "")), undefined],
    ["a name with a line end", property(annotated("string", "P\r\nX: 1")), undefined],
    ["a name with a space", property(annotated("string", "a b")), undefined],
    ["a name that is no text", property(annotated("string", 3)), undefined],
    [
      "two of one name",
      { properties: { a: annotated("string", "P"), b: annotated("string", "p") } },
      undefined,
    ],
    ["behind items", property({ type: "array", items: annotated("string") }), undefined],
    ["behind anyOf", property({ anyOf: [annotated("string")] }), undefined],
    ["behind $defs", { $defs: { x: annotated("string") } }, undefined],
    ["at the root", annotated("string"), undefined],
  ];

for (const [name, schema, found] of SCHEMAS) {
  Deno.test(`an input schema's mirrored parameters: ${name}`, () => {
    assertEquals(paramHeadersOf(schema) as JsonValue | undefined, found);
  });
}

Deno.test("digits that a double would change are mirrored as they are", () => {
  const params = json(`{"name":"t","arguments":{"n":9007199254740993}}`);
  assertEquals(mirroredHeaders({ method: "tools/call", params }, [{ name: "N", path: ["n"] }])[2], [
    "Mcp-Param-N",
    "9007199254740993",
  ]);
});
