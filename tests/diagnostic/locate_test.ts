import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parse } from "smol-toml";
import {
  DiagnosticSink,
  type DocNode,
  nodeToJson,
  readDocument,
  readToml,
  type TableNode,
} from "../../lib/diagnostic/mod.ts";
import { locateToml } from "../../lib/diagnostic/locate_toml.ts";

const TOML = `version = 1
"quoted key" = 'x'
bare-key.inner . "deep er" = true # a comment = 5
text = """
a = "not a key"
[not.a.table]
"""
raw = '''
it''s'''
list = [ 1, # one ]
  [2, 3], { a = 1, b.c = [4] }, ]
inline = { x = "}", y = { z = 0x1F } }
number = 1_000.50
[table]
a = 1
[table.sub]
b = 2
[[array]]
c = 3
[array.sub]
d = 4
[[array]]
c = 5
[[array.nested]]
e = 6
[a.b.c]
f = inf
"\\u00e9\\t" = 7
`;

/** Every key of the document with what stands at its place and at its value's. */
function places(node: DocNode, text: string, path = ""): readonly string[] {
  if (node.kind === "list") return node.items.flatMap((item, i) => places(item, text, `${path}.${i}`));
  if (node.kind !== "table") return [];
  return [...node.fields].flatMap(([key, { keyAt, value }]) => {
    const here = `${path}.${key}`;
    const cut = (at: number) => text.slice(at, at + 10).split("\n")[0];
    return [`${here}: ${cut(keyAt)} -> ${cut(value.at)}`, ...places(value, text, here)];
  });
}

function tomlOf(text: string): TableNode {
  const sink = new DiagnosticSink("x.toml", text);
  const table = readToml(text, sink);
  if (table === undefined) throw new Error(JSON.stringify(sink.found));
  return table;
}

Deno.test("each key and value of a TOML document has its place", () => {
  assertEquals(places(tomlOf(TOML), TOML), [
    ".version: version =  -> 1",
    `.quoted key: "quoted ke -> 'x'`,
    ".bare-key: bare-key.i -> bare-key.i",
    '.bare-key.inner: inner . "d -> inner . "d',
    '.bare-key.inner.deep er: "deep er"  -> true # a c',
    '.text: text = """ -> """',
    ".raw: raw = ''' -> '''",
    ".list: list = [ 1 -> [ 1, # one",
    ".list.2.a: a = 1, b.c -> 1, b.c = [",
    ".list.2.b: b.c = [4]  -> b.c = [4] ",
    ".list.2.b.c: c = [4] }, -> [4] }, ]",
    '.inline: inline = { -> { x = "}",',
    '.inline.x: x = "}", y -> "}", y = {',
    ".inline.y: y = { z =  -> { z = 0x1F",
    ".inline.y.z: z = 0x1F } -> 0x1F } }",
    ".number: number = 1 -> 1_000.50",
    ".table: table] -> [table]",
    ".table.a: a = 1 -> 1",
    ".table.sub: sub] -> [table.sub",
    ".table.sub.b: b = 2 -> 2",
    ".array: array]] -> [[array]]",
    ".array.0.c: c = 3 -> 3",
    ".array.0.sub: sub] -> [array.sub",
    ".array.0.sub.d: d = 4 -> 4",
    ".array.1.c: c = 5 -> 5",
    ".array.1.nested: nested]] -> [[array.ne",
    ".array.1.nested.0.e: e = 6 -> 6",
    ".a: a.b.c] -> a.b.c]",
    ".a.b: b.c] -> b.c]",
    ".a.b.c: c] -> [a.b.c]",
    ".a.b.c.f: f = inf -> inf",
    '.a.b.c.é\t: "\\u00e9\\t" -> 7',
  ]);
});

Deno.test("a number of a TOML document keeps its digits, in the form that JSON has", () => {
  const table = tomlOf(
    "a = 1_000.500\nb = +5\nc = 0x1F\nd = 0.1234567890123456789\ne = 5e-3\nf = 9223372036854775807\n",
  );
  const sources = [...table.fields.values()].map(({ value }) =>
    value.kind === "number" ? value.source : value.kind
  );
  assertEquals(sources, ["1000.500", "5", "31", "0.1234567890123456789", "5e-3", "9223372036854775807"]);
});

Deno.test("the places of a TOML document may be wrong for no text that the parser takes", () => {
  const scalar = fc.oneof(
    fc.integer().map(String),
    fc.constantFrom(
      "true",
      "1.5",
      "1979-05-27",
      '"a # b"',
      "'c = d'",
      '"""e\n[f]"""',
      "'''g'''",
      '"\\"h"',
      "[]",
      "{}",
    ),
  );
  const key = fc.constantFrom("a", "b-c", '"d e"', "'f.g'", "h.i", 'j."k"');
  const value = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }).map((items) => `[ ${items.join(", # x\n ")} ]`),
    fc.uniqueArray(fc.tuple(fc.constantFrom("x", "y", "z"), scalar), {
      selector: ([name]) => name,
      maxLength: 3,
    })
      .map((pairs) => `{ ${pairs.map(([name, inner]) => `${name} = ${inner}`).join(", ")} }`),
  );
  const line = fc.oneof(
    fc.tuple(key, value).map(([name, inner]) => `${name} = ${inner} # end`),
    fc.constantFrom("[t]", "[t.u]", "[[l]]", "[[l.m]]", "# comment", ""),
  );
  let read = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n")), (text) => {
      locateToml(text); // answers for every text, also for one that is no TOML
      if (!isToml(text)) return;
      read++;
      checkPlaces(tomlOf(text), text);
    }),
    { numRuns: 500 },
  );
  assert(read > 50, `only ${read} of the texts were TOML`);
});

function isToml(text: string): boolean {
  try {
    parse(text, { integersAsBigInt: true });
    return true;
  } catch {
    return false; // smol-toml says that it is none, and that is all that is asked
  }
}

/** At a key's place stands the key, at a scalar's place its text. */
function checkPlaces(node: DocNode, text: string): void {
  if (node.kind === "list") node.items.forEach((item) => checkPlaces(item, text));
  if (node.kind === "number") {
    assert(text.slice(node.at).startsWith(node.source), `${node.source} at ${node.at} of ${text}`);
  }
  if (node.kind === "text") assert(/^["']/.test(text.slice(node.at)), `a string at ${node.at} of ${text}`);
  if (node.kind !== "table") return;
  for (const [key, { keyAt, value }] of node.fields) {
    assert(text.slice(keyAt).replace(/^["']/, "").startsWith(key), `${key} at ${keyAt} of ${text}`);
    checkPlaces(value, text);
  }
}

const SAME = '{"version": 1, "a": [1, {"b": "x, y"}, []], "c d": {"e": null, "f": -1.50}, "g": true}';
const FORMATS = {
  json: SAME,
  jsonc: `// first\n${SAME.replace("[]]", "[],] /* last */")}`,
  yaml: SAME,
} as const;

for (const [format, text] of Object.entries(FORMATS)) {
  Deno.test(`each key and value of a ${format} document has its place`, async () => {
    const sink = new DiagnosticSink("x", text);
    const table = await readDocument(text, format as keyof typeof FORMATS, sink);
    if (table === undefined) throw new Error(JSON.stringify(sink.found));
    assertEquals(
      JSON.stringify(nodeToJson(table)),
      JSON.stringify(JSON.parse(SAME)).replace("-1.5", "-1.50"),
    );
    checkPlaces(table, text);
    assertEquals(table.fields.size, 4);
  });
}
