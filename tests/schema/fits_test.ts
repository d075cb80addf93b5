/** A value against a schema that somebody else wrote: an answer for everything, and soon. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { fitsSchemas, MAX_SCHEMA_UNITS, type SchemaAnswer } from "../../lib/schema/mod.ts";

function ask(schema: unknown, value: unknown): Promise<SchemaAnswer> {
  return fitsSchemas({ schemas: [JSON.stringify(schema)], value: JSON.stringify(value) });
}

const MARK = "[REDACTED:pan]";

const ROWS: readonly (readonly [name: string, schema: unknown, value: unknown, answer: SchemaAnswer])[] = [
  ["a string stays a string", { type: "string" }, MARK, "fits"],
  ["an enum", { enum: ["a", "b"] }, MARK, "misfits"],
  ["a constant", { const: "a" }, MARK, "misfits"],
  ["a pattern", { type: "string", pattern: "^[0-9]+$" }, MARK, "misfits"],
  ["a pattern that it has", { type: "string", pattern: "^[^0-9]+$" }, MARK, "fits"],
  ["a format", { type: "string", format: "email" }, MARK, "misfits"],
  ["too long", { type: "string", maxLength: 4 }, MARK, "misfits"],
  ["a number", { type: "number" }, MARK, "misfits"],
  ["deep inside", { properties: { a: { items: { properties: { type: { enum: [1] } } } } } }, {
    a: [{ type: MARK }],
  }, "misfits"],
  ["a property that is called type", { properties: { type: { type: "string" } } }, { type: MARK }, "fits"],
  ["a reference", { $ref: "#/$defs/a", $defs: { a: { const: 1 } } }, MARK, "misfits"],
  ["draft 7", { $schema: "http://json-schema.org/draft-07/schema#", type: "string" }, MARK, "fits"],
  ["one of two", { oneOf: [{ type: "number" }, { type: "string" }] }, MARK, "fits"],
  ["everything", true, MARK, "fits"],
  ["nothing", false, MARK, "misfits"],
  ["a dialect of nobody's", { $schema: "https://example.org/own" }, MARK, "unknown"],
  ["a dialect that is no text", { $schema: 7 }, MARK, "unknown"],
  ["a reference to elsewhere", { $ref: "https://example.org/a" }, MARK, "unknown"],
  ["a reference that turns with the caller", { $dynamicRef: "#a" }, MARK, "unknown"],
  ["a reference to itself", { $ref: "#" }, MARK, "unknown"],
  [
    "two that refer to each other",
    { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
    1,
    "unknown",
  ],
  ["a pattern that is none", { pattern: "(" }, MARK, "unknown"],
  ["a pattern that never ends", { pattern: "^(a+)+$" }, `${"a".repeat(40)}!`, "unknown"],
  ["the same, as the name of properties", { patternProperties: { "^(a+)+$": {} } }, {
    [`${"a".repeat(40)}!`]: 1,
  }, "unknown"],
  ["what doubles with every part", doubling(40), 1, "unknown"],
  ["a schema that is too long", { description: "x".repeat(MAX_SCHEMA_UNITS) }, 1, "unknown"],
  ["a value that is too long", {}, "x".repeat(2_000_000), "unknown"],
  ["many that are to differ", { uniqueItems: true }, Array.from({ length: 10_000 }, (_, n) => n), "unknown"],
  ["no schema at all", "text", MARK, "unknown"],
  ["null", null, MARK, "unknown"],
];

function doubling(parts: number): unknown {
  const $defs: Record<string, unknown> = { d0: { type: "number" } };
  for (let n = 1; n <= parts; n++) {
    const $ref = `#/$defs/d${n - 1}`;
    $defs[`d${n}`] = { allOf: [{ $ref }, { $ref }] };
  }
  return { $ref: `#/$defs/d${parts}`, $defs };
}

for (const [name, schema, value, answer] of ROWS) {
  Deno.test(`a value against a schema: ${name}: ${answer}`, async () => {
    assertEquals(await ask(schema, value), answer);
  });
}

Deno.test("every one of several schemas counts", async () => {
  const schemas = [{ type: "string" }, { maxLength: 3 }].map((schema) => JSON.stringify(schema));
  assertEquals(await fitsSchemas({ schemas, value: '"ab"' }), "fits");
  assertEquals(await fitsSchemas({ schemas, value: '"abcd"' }), "misfits");
  assertEquals(await fitsSchemas({ schemas: [], value: "1" }), "fits");
  assertEquals(await fitsSchemas({ schemas: ["{"], value: "1" }), "unknown");
});

Deno.test("a property of it: whatever schema and value are, there is an answer", async () => {
  const key = fc.constantFrom(
    "type",
    "properties",
    "items",
    "$ref",
    "$defs",
    "enum",
    "allOf",
    "not",
    "pattern",
    "format",
    "$id",
    "$anchor",
    "__proto__",
    "if",
    "then",
  );
  const { node } = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("string", "object", "#", "#/properties/type", "a", "ipv4", null, true, false, 0, -1.5),
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(key, tie("node"), { maxKeys: 4 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(node, node, async (schema, value) => {
      const answer = await ask(schema, value);
      assertEquals(["fits", "misfits", "unknown"].includes(answer), true);
    }),
    { numRuns: 500 },
  );
});
