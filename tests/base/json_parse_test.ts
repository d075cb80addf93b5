import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  canonicalJson,
  encodeJson,
  isExactNumber,
  isJsonObject,
  type JsonObject,
  type JsonProblem,
  type JsonValue,
  orderedKeys,
  parseJson,
} from "../../lib/base/mod.ts";
import { jsonText, nearlyJsonText, RUNS } from "./_json_text.ts";
import { errorOf, valueOf } from "./_results.ts";

const NESTED_DEEP = 200_000;

const REFUSED: readonly (readonly [name: string, text: string, code: JsonProblem["code"], at: number])[] = [
  ["nothing", "", "empty", 0],
  ["white space alone", " \t\r\n", "empty", 4],
  ["two values", "{}{}", "trailing", 2],
  ["a byte order mark", "\ufeff{}", "syntax", 0],
  ["a no-break space", "\u00a0{}", "syntax", 0],
  ["a comment", '{"a":1/*b*/}', "syntax", 6],
  ["a single quote", "{'a':1}", "syntax", 1],
  ["a trailing comma in an object", '{"a":1,}', "syntax", 7],
  ["a trailing comma in an array", "[1,]", "syntax", 3],
  ["a missing colon", '{"a" 1}', "syntax", 5],
  ["a key without quotes", "{a:1}", "syntax", 1],
  ["an open object", '{"a":1', "syntax", 6],
  ["an open array", "[1", "syntax", 2],
  ["an open string", '["abc', "syntax", 1],
  ["a string that ends in a backslash", '["a\\', "syntax", 1],
  ["a string whose quote is escaped", '["a\\"]', "syntax", 1],
  ["an escape that JSON does not have", '["a\\x41"]', "syntax", 1],
  ["a \\u with three digits", '["\\u00g0"]', "syntax", 1],
  ["a raw newline in a string", '["a\nb"]', "syntax", 3],
  ["a raw NUL in a string", '["a\0b"]', "syntax", 3],
  ["a raw tab in a string with escapes", '["\\n\t"]', "syntax", 4],
  ["a leading zero", "[01]", "syntax", 2],
  ["a minus alone", "[-]", "syntax", 1],
  ["a plus", "[+1]", "syntax", 1],
  ["a bare fraction", "[.5]", "syntax", 1],
  ["a bare point", "[5.]", "syntax", 2],
  ["a bare exponent", "[5e]", "syntax", 2],
  ["hexadecimal", "[0x10]", "syntax", 2],
  ["NaN", "[NaN]", "syntax", 1],
  ["Infinity", "[-Infinity]", "syntax", 1],
  ["a word with another's beginning", "[nulll]", "syntax", 5],
  ["upper-case words", "[TRUE]", "syntax", 1],
  ["an escaped NUL", '["\\u0000"]', "nul", 2],
  ["an escaped NUL in a key", '{"\\u0000":1}', "nul", 2],
  ["an escaped lone surrogate", '["\\ud800"]', "lone-surrogate", 2],
  ["surrogates the wrong way round", '["\\udc00\\ud800"]', "lone-surrogate", 2],
  ["half an escaped and half a raw surrogate", '["\\ud83d\udc00"]', "lone-surrogate", 0],
  ["a duplicate key", '{"a":1,"a":1}', "duplicate-key", 7],
  ["a duplicate key, once escaped", '{"a":1,"\\u0061":2}', "duplicate-key", 7],
  ["a duplicate __proto__", '{"__proto__":1,"__proto__":2}', "duplicate-key", 15],
  ["a duplicate index key", '{"1":1,"b":2,"1":3}', "duplicate-key", 13],
  ["a duplicate empty key", '{"":1,"":2}', "duplicate-key", 6],
  ["a duplicate far down", '[[{"x":[{"k":1,"k":2}]}]]', "duplicate-key", 15],
  ["many open arrays", "[".repeat(NESTED_DEEP), "depth", 256],
  ["many open objects", '{"a":'.repeat(NESTED_DEEP), "depth", 1280],
  ["one level too many", "[".repeat(257) + "]".repeat(257), "depth", 256],
];

for (const [name, text, code, at] of REFUSED) {
  Deno.test(`parseJson() refuses ${name} as ${code}`, () => {
    const problem = errorOf(parseJson(text));
    assertEquals({ code: problem.code, at: problem.at }, { code, at });
  });
}

Deno.test("parseJson() takes as many levels as the cap, and not one more", () => {
  assert(parseJson("[".repeat(256) + "]".repeat(256)).ok);
  assert(parseJson('{"a":[1]}', 2).ok);
  assert(!parseJson('{"a":[[1]]}', 2).ok);
});

const TOO_DEEP = `${"[".repeat(300)}"]\\"}",{}${"]".repeat(300)}`;

const SALVAGED: readonly (readonly [name: string, text: string, salvage: JsonValue | undefined])[] = [
  ["a duplicate elsewhere leaves the id", '{"id":7,"p":{"a":1,"a":2}}', { id: 7, p: {} }],
  ["a duplicate id leaves no id", '{"id":7,"id":8,"m":1}', { m: 1 }],
  ["an id that stands three times leaves none", '{"id":7,"id":8,"id":9}', {}],
  ["a lone surrogate elsewhere leaves the id", '{"p":"\\ud800","id":7}', { p: "\ud800", id: 7 }],
  ["a NUL elsewhere leaves the id", '{"p":"\\u0000","id":7}', { p: "\0", id: 7 }],
  ["what is too deep is null, and an id behind it is found", `{"p":${TOO_DEEP},"id":7}`, {
    p: null256(),
    id: 7,
  }],
  ["a syntax error leaves nothing", '{"id":7,"p":}', undefined],
  ["something behind the value leaves nothing", '{"id":7}x', undefined],
];

for (const [name, text, salvage] of SALVAGED) {
  Deno.test(`parseJson() salvage: ${name}`, () => {
    assertEquals(errorOf(parseJson(text)).salvage, salvage);
  });
}

Deno.test("parseJson() tells of the first doubt alone", () => {
  const parsed = parseJson('["\\u0000",{"a":1,"a":2}]');
  assertEquals(!parsed.ok && parsed.error.code, "nul");
});

const KEPT: readonly (readonly [name: string, text: string])[] = [
  ["an integer above 2^53", "9007199254740993"],
  ["a trailing zero", "1.0"],
  ["more than a double holds", "1e400"],
  ["less than a double holds", "1e-400"],
  ["an exponent in upper case", "1E5"],
  ["an exponent with a plus", "1e+5"],
  ["minus zero", "-0"],
  ["forty digits", "1234567890123456789012345678901234567890"],
  ["forty places", "0.1234567890123456789012345678901234567890"],
  ["sixteen digits", "1000000000000001"],
  ["index keys behind others", '{"b":1,"10":2,"9":3,"a":4}'],
  ["index keys only, falling", '{"3":1,"2":1,"1":1}'],
  ["__proto__ as a key", '{"a":1,"__proto__":{"polluted":true},"b":2}'],
  ["__proto__ and an index key", '{"z":1,"__proto__":[1],"5":2}'],
  ["the names of an exact number and of a method", '{"rawJSON":"1.0","toJSON":1,"constructor":null}'],
  ["the line separators", '"\u2028\u2029"'],
  ["characters beyond the plane", '"😀 𝒜"'],
  ["an empty key", '{"":{"":[]}}'],
];

for (const [name, text] of KEPT) {
  Deno.test(`encodeJson() after parseJson() keeps ${name}`, () => {
    assertEquals(encodeJson(valueOf(parseJson(text))), text);
  });
}

Deno.test("parseJson() makes a key of __proto__, not a prototype", () => {
  const object = objectOf('{"__proto__":{"admin":true}}');
  assertEquals(Object.keys(object), ["__proto__"]);
  assertEquals(object.admin, undefined);
});

Deno.test("parseJson() gives a plain number where a double writes the same digits", () => {
  for (const text of ["0", "7", "-7", "999999999999999", "0.5", "-12.25", "1e+21", "1e-7"]) {
    const parsed = parseJson(text);
    assert(parsed.ok && typeof parsed.value === "number", text);
  }
  for (const text of ["1.0", "-0", "1e21", "0.10", "1000000000000000000000"]) {
    const parsed = parseJson(text);
    assert(parsed.ok && isExactNumber(parsed.value), text);
  }
});

Deno.test("an object with the member rawJSON is no exact number", () => {
  assert(!isExactNumber(objectOf('{"rawJSON":"5"}')));
});

Deno.test("orderedKeys() keeps the order of the text in a copy, and puts new keys last", () => {
  const object = objectOf('{"b":1,"2":2,"1":3}');
  assertEquals(orderedKeys(object), ["b", "2", "1"]);
  const copy = { ...object, b: 5, "0": 6 };
  assertEquals(encodeJson(copy), '{"b":5,"2":2,"1":3,"0":6}');
  const { b: _, ...fewer } = object;
  assertEquals(encodeJson({ deep: [fewer] }), '{"deep":[{"2":2,"1":3}]}');
});

// V8 hashes strings that read as integers by their value: in a Set, these would all fall into a few buckets, and the
// test would run for a minute.
Deno.test("parseJson() and encodeJson() stay linear in keys that are chosen to collide", () => {
  const keys = Array.from({ length: 400_000 }, (_, index) => `"${index * 4096}":0`);
  const text = `{"last":0,${keys.join(",")}}`;
  const object = objectOf(text);
  assertEquals(encodeJson(object), text);
  assertEquals(encodeJson({ ...object, added: 1 }).length, text.length + ',"added":1'.length);
  assertEquals(errorOf(parseJson(`{${keys.map((key) => `${key},${key}`).join(",")}}`)).code, "duplicate-key");
});

Deno.test("property: encodeJson() after parseJson() is the identity on canonical text", () => {
  fc.assert(
    fc.property(jsonText, (text) => {
      assertEquals(encodeJson(valueOf(parseJson(text))), text);
    }),
    RUNS,
  );
});

Deno.test("property: what parseJson() takes, the platform's parser takes, and reads the same", () => {
  fc.assert(
    fc.property(nearlyJsonText, (text) => {
      const parsed = parseJson(text);
      if (parsed.ok) assertEquals(asPlain(parsed.value), JSON.parse(text));
      else if (parsed.error.salvage !== undefined) JSON.parse(text);
    }),
    RUNS,
  );
});

Deno.test("property: what the platform's parser takes, parseJson() refuses for a reason of its own alone", () => {
  const own = new Set(["duplicate-key", "lone-surrogate", "nul", "depth"]);
  fc.assert(
    fc.property(nearlyJsonText, (text) => {
      const parsed = parseJson(text);
      if (parsed.ok || own.has(parsed.error.code)) return;
      let native = true;
      try {
        JSON.parse(text);
      } catch {
        native = false; // what this property is about
      }
      assert(!native, `refused as ${parsed.error.code}`);
    }),
    RUNS,
  );
});

Deno.test("property: white space changes nothing", () => {
  const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 3 });
  fc.assert(
    fc.property(jsonText, space, (text, gap) => {
      const spaced = JSON.stringify(JSON.parse(text), undefined, "\t");
      const value = valueOf(parseJson(gap + spaced + gap));
      assertEquals(canonicalPlain(value), canonicalPlain(JSON.parse(text)));
    }),
    RUNS,
  );
});

/** What is left of {@link TOO_DEEP} in an object: the arrays down to the cap, and null for what they hold. */
function null256(): JsonValue {
  let value: JsonValue = null;
  for (let depth = 1; depth < 256; depth++) value = [value];
  return value;
}

function objectOf(text: string): JsonObject {
  const value = valueOf(parseJson(text));
  if (!isJsonObject(value)) throw new Error("no object");
  return value;
}

/** What the platform's parser would have made of it. */
function asPlain(value: JsonValue): unknown {
  return JSON.parse(encodeJson(value));
}

function canonicalPlain(value: JsonValue): string {
  return canonicalJson(asPlain(value) as JsonValue);
}
