import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  canonicalJson,
  canonicalPayload,
  type JsonValue,
  parseJson,
  toHex,
  utf8,
} from "../../lib/base/mod.ts";
import { jsonText, RUNS } from "./_json_text.ts";
import { valueOf } from "./_results.ts";

const FOLDER = new URL("../vectors/jcs/", import.meta.url);
const NAMES = ["arrays", "french", "structures", "unicode", "values", "weird"];

Deno.test("the canonical JSON vectors are all there", () => {
  const found = [...Deno.readDirSync(new URL("input/", FOLDER))].map(({ name }) => name).sort();
  assertEquals(found, NAMES.map((name) => `${name}.json`));
});

for (const name of NAMES) {
  Deno.test(`canonicalJson() writes RFC 8785 vector ${name}`, () => {
    const text = canonicalJson(parsed(read(`input/${name}.json`)));
    assertEquals(text, read(`output/${name}.json`).trimEnd());
    assertEquals(toHex(utf8(text)), read(`outhex/${name}.txt`).replaceAll(/\s/g, ""));
  });
}

const NUMBERS: readonly (readonly [source: string, canonical: string, payload: string])[] = [
  ["-0", "0", "0"],
  ["1.0", "1", "1"],
  ["1E2", "100", "100"],
  ["1e21", "1e+21", "1e+21"],
  ["0.000001", "0.000001", "0.000001"],
  ["1e-7", "1e-7", "1e-7"],
  ["333333333.33333329", "333333333.3333333", "333333333.33333329"],
  ["9007199254740993", "9007199254740992", "9007199254740993"],
  ["0.1", "0.1", "0.1"],
];

for (const [source, canonical, payload] of NUMBERS) {
  Deno.test(`${source} is ${canonical} to canonicalJson() and ${payload} to canonicalPayload()`, () => {
    assertEquals([canonicalJson(parsed(source)), canonicalPayload(parsed(source))], [canonical, payload]);
  });
}

Deno.test("canonicalJson() has no form for a number outside of a double's range", () => {
  assertThrows(() => canonicalJson(parsed("1e400")), RangeError);
  assertThrows(() => canonicalJson(NaN), RangeError);
  assertEquals(canonicalPayload(parsed("[1e400,1e-400]")), "[1e400,1e-400]");
});

Deno.test("canonicalPayload() never gives two amounts one text", () => {
  const amounts = [
    "9007199254740992",
    "9007199254740993",
    "1e400",
    "1e401",
    "0",
    "1e-400",
    "0.1",
    "0.10000000000000001",
  ];
  const texts = amounts.map((amount) => canonicalPayload(parsed(amount)));
  assertEquals(new Set(texts).size, amounts.length);
  assertNotEquals(canonicalPayload("1"), canonicalPayload(1));
});

Deno.test("canonicalJson() quotes as JSON.stringify does, short and long", () => {
  for (
    const text of [
      "",
      "plain",
      'a"b',
      "a\\b",
      "\n",
      "\u007f",
      "é",
      "😀",
      "\u2028",
      "x".repeat(41),
      "\u001f".repeat(41),
    ]
  ) {
    assertEquals(canonicalJson({ [text]: text }), JSON.stringify({ [text]: text }));
  }
});

Deno.test("canonicalJson() sorts keys by UTF-16 code units, index keys among them", () => {
  assertEquals(
    canonicalJson(parsed('{"b":1,"10":2,"9":3,"":4,"\u20ac":5,"😀":6,"\ufb33":7,"B":8}')),
    '{"":4,"10":2,"9":3,"B":8,"b":1,"\u20ac":5,"😀":6,"\ufb33":7}',
  );
});

Deno.test("canonicalJson() keeps __proto__ as a key", () => {
  assertEquals(canonicalJson(parsed('{"b":1,"__proto__":2}')), '{"__proto__":2,"b":1}');
});

Deno.test("property: canonicalPayload() is a fixed point, and blind to the order of keys", () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      const once = canonicalPayload(parsed(text));
      assertEquals(canonicalPayload(parsed(once)), once);
      assertEquals(canonicalPayload(reversed(parsed(text))), once);
    }),
    RUNS,
  );
});

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (
    value === null || typeof value !== "object" || "rawJSON" in value && Object.getPrototypeOf(value) === null
  ) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).reverse().map(([key, member]) => [key, reversed(member)]));
}

function parsed(text: string): JsonValue {
  return valueOf(parseJson(text));
}

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, FOLDER));
}
