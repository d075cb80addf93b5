import { assertEquals } from "@std/assert";
import type { Match } from "../../lib/verdict/mod.ts";
import { call, policyOf } from "./_policy.ts";
import { EMPTY_REPORT } from "../../lib/verdict/mod.ts";

/** What a condition makes of arguments, read from the trace of a rule that has nothing else. */
async function match(when: string, args: unknown): Promise<Match> {
  const policy = await policyOf(
    `default = "allow"\n[[rules]]\nid = "r"\neffect = "allow"\n[rules.when]\n${when}\n`,
  );
  const { trace } = policy.explain(call({ args }), EMPTY_REPORT);
  const line = trace.find(({ rule }) => rule.endsWith("/r"));
  return line?.match ?? "unevaluable";
}

type Row = readonly [name: string, when: string, args: unknown, match: Match];

const NUMBERS: readonly Row[] = [
  ["a number equals itself", "a = 1", { a: 1 }, "yes"],
  ["1 equals 1.0", "a = 1", '{"a": 1.0}', "yes"],
  ["1 equals 1e0", "a = 1.0", '{"a": 1e0}', "yes"],
  ["another number", "a = 1", { a: 2 }, "no"],
  ["a string that reads as the number", "a = 75000", { a: "75000" }, "yes"],
  ["a string with groups", "a = 75000", { a: "75,000" }, "yes"],
  ["a string with an exponent", "a = 75000", { a: "7.5e4" }, "yes"],
  ["a string with spaces round it", "a = 5", { a: " 5 " }, "yes"],
  ["a string that is no number", "a = 5", { a: "five" }, "unevaluable"],
  ["a list in the place of a number", "a = 5", { a: [5] }, "unevaluable"],
  ["an object in the place of a number", "a = 5", { a: {} }, "unevaluable"],
  ["a boolean in the place of a number", "a = 1", { a: true }, "unevaluable"],
  ["null is no number", "a = 5", { a: null }, "no"],
  ["digits that a double has no room for", "a = 9007199254740993", '{"a": 9007199254740992}', "no"],
  ["the same digits", "a = 9007199254740993", '{"a": 9007199254740993}', "yes"],
  ["lt below", "a = { lt = 500 }", { a: 499.99 }, "yes"],
  ["lt at the limit", "a = { lt = 500 }", { a: 500 }, "no"],
  ["lt on a grouped string", "a = { lt = 80000 }", { a: "75,000" }, "yes"],
  ["le at the limit", "a = { le = 500 }", { a: 500 }, "yes"],
  ["le above by the last digit", "a = { le = 50000 }", '{"a": 50000.00000000000000000001}', "no"],
  ["gt above by the last digit", "a = { gt = 50000.0 }", '{"a": 50000.00000000000000000001}', "yes"],
  ["gt with digits in the rule", "a = { gt = 50000.00000000000000000001 }", { a: 50000 }, "no"],
  ["ge at the limit", "a = { ge = 5 }", { a: 5 }, "yes"],
  ["ge below zero", "a = { ge = -5 }", { a: -5.5 }, "no"],
  ["an exponent beyond all doubles", "a = { gt = 1e308 }", '{"a": 1e400}', "yes"],
  ["order on a string that is no number", "a = { lt = 5 }", { a: "x" }, "unevaluable"],
  ["order on null", "a = { lt = 5 }", { a: null }, "unevaluable"],
  ["a band, inside", "a = { ge = 5, lt = 10 }", { a: 7 }, "yes"],
  ["a band, outside", "a = { ge = 5, lt = 10 }", { a: 10 }, "no"],
  ["the operand may be a string as well", 'a = { lt = "75,000" }', { a: 74999 }, "yes"],
  ["minus zero is zero", "a = 0", '{"a": -0}', "yes"],
];

const STRINGS: readonly Row[] = [
  ["equal", 'a = "eu"', { a: "eu" }, "yes"],
  ["case counts", 'a = "eu"', { a: "EU" }, "no"],
  ["fold ignores case", 'a = { eq = "eu", fold = true }', { a: "EU" }, "yes"],
  ["fold knows sharp s", 'a = { eq = "straße", fold = true }', { a: "STRASSE" }, "yes"],
  ["composed and decomposed are one", 'a = "é"', { a: "e\u0301" }, "yes"],
  ["a version is no number", 'a = "1.10"', { a: "1.1" }, "no"],
  ["a postal code is no number", 'a = "01234"', { a: "1234" }, "no"],
  ["a number where a text was meant", 'a = "eu"', { a: 5 }, "unevaluable"],
  ["a list where a text was meant", 'a = "delete"', { a: ["delete"] }, "unevaluable"],
  ["ne on another", 'a = { ne = "eu" }', { a: "us" }, "yes"],
  ["ne on the same", 'a = { ne = "eu" }', { a: "eu" }, "no"],
  ["ne on a list", 'a = { ne = "eu" }', { a: ["eu"] }, "unevaluable"],
  ["in", 'a = { in = ["x", "y"] }', { a: "y" }, "yes"],
  ["in none", 'a = { in = ["x", "y"] }', { a: "z" }, "no"],
  ["in a mixed list", 'a = { in = ["x", 5] }', { a: "5.0" }, "yes"],
  ["in with a list as value", 'a = { in = ["x"] }', { a: ["x"] }, "unevaluable"],
  ["not_in", 'a = { not_in = ["x"] }', { a: "z" }, "yes"],
  ["not_in one of them", 'a = { not_in = ["x"] }', { a: "x" }, "no"],
  ["contains", 'a = { contains = "rm -rf" }', { a: "sudo rm -rf /" }, "yes"],
  ["contains with fold", 'a = { contains = "drop table", fold = true }', { a: "DROP TABLE x" }, "yes"],
  ["contains an element", 'a = { contains = "x" }', { a: ["y", "x"] }, "yes"],
  ["contains no such element", 'a = { contains = "x" }', { a: ["xy"] }, "no"],
  ["contains a number", "a = { contains = 5 }", { a: [1, 5.0] }, "yes"],
  ["contains behind a list in the list", 'a = { contains = "x" }', { a: [["x"]] }, "unevaluable"],
  ["contains on a number", 'a = { contains = "5" }', { a: 5 }, "unevaluable"],
  ["not_contains", 'a = { not_contains = "x" }', { a: "abc" }, "yes"],
  ["startswith", 'a = { startswith = "/etc" }', { a: "/etc/passwd" }, "yes"],
  ["startswith elsewhere", 'a = { startswith = "/etc" }', { a: "x/etc" }, "no"],
  ["startswith on a number", 'a = { startswith = "5" }', { a: 55 }, "unevaluable"],
  ["endswith", 'a = { endswith = ".env", fold = true }', { a: "prod.ENV" }, "yes"],
  ["glob is about the whole", 'a = { glob = "*.env" }', { a: "x/.env" }, "yes"],
  ["glob is not about a part", 'a = { glob = ".env" }', { a: "x/.env" }, "no"],
  ["glob with fold", 'a = { glob = "*.ENV", fold = true }', { a: "x.env" }, "yes"],
  ["regex searches", 'a = { regex = "(?i)select .* from" }', { a: "x SELECT a FROM b" }, "yes"],
  ["regex with anchors", 'a = { regex = "^b" }', { a: "ab" }, "no"],
  ["regex with fold", 'a = { regex = "abc", fold = true }', { a: "xABCx" }, "yes"],
  ["regex on a list", 'a = { regex = "x" }', { a: ["x"] }, "unevaluable"],
  ["dates in order", 'a = { lt = "2026-01-01" }', { a: "2025-12-31" }, "yes"],
];

const OTHERS: readonly Row[] = [
  ["a boolean", "a = true", { a: true }, "yes"],
  ["another boolean", "a = true", { a: false }, "no"],
  ["a string in the place of a boolean", "a = true", { a: "true" }, "unevaluable"],
  ["null in the place of a boolean", "a = true", { a: null }, "no"],
  ["a list by its elements", "a = [1, 2]", '{"a": [1.0, 2]}', "yes"],
  ["a list in another order", "a = [1, 2]", { a: [2, 1] }, "no"],
  ["a text in the place of a list", "a = [1]", { a: "1" }, "unevaluable"],
  ["exists", "a = { exists = true }", { a: null }, "yes"],
  ["exists not", "a = { exists = true }", {}, "no"],
  ["asks for absence", "a = { exists = false }", {}, "yes"],
  ["asks for absence in vain", "a = { exists = false }", { a: 0 }, "no"],
  ["exists and more", "a = { exists = true, gt = 5 }", { a: 6 }, "yes"],
  ["an absent field matches no operator", "a = { ne = 5 }", {}, "no"],
  ["an absent field with missing", 'a = { ne = 5, missing = "match" }', {}, "yes"],
  ["a present field with missing", 'a = { ne = 5, missing = "match" }', { a: 5 }, "no"],
  ["missing no is what holds anyway", 'a = { ne = 5, missing = "no" }', {}, "no"],
];

const PATHS: readonly Row[] = [
  ["a path in quotes", '"p.total" = 5', { p: { total: 5 } }, "yes"],
  ["a bare dotted key is the same path", "p.total = { gt = 4 }", { p: { total: 5 } }, "yes"],
  [
    "two fields below one",
    "p = { total = { gt = 4 }, tax = { lt = 2 } }",
    { p: { total: 5, tax: 1 } },
    "yes",
  ],
  ["a path is not a key with a dot", '"p.total" = 5', { "p.total": 5 }, "no"],
  ["a key with a dot", "'\"p.total\"' = 5", { "p.total": 5 }, "yes"],
  ["a key with a dot is not a path", "'\"p.total\"' = 5", { p: { total: 5 } }, "no"],
  ["an index", '"i.0.p" = 5', { i: [{ p: 5 }, { p: 6 }] }, "yes"],
  ["another index", '"i.1.p" = 5', { i: [{ p: 5 }, { p: 6 }] }, "no"],
  ["an index beyond the end", '"i.2.p" = 5', { i: [{ p: 5 }] }, "no"],
  ["a number as a key", '"i.0" = 5', { i: { 0: 5 } }, "yes"],
  ["a wildcard, some element", '"i.*.p" = { gt = 5 }', { i: [{ p: 1 }, { p: 6 }] }, "yes"],
  ["a wildcard, no element", '"i.*.p" = { gt = 5 }', { i: [{ p: 1 }, { p: 2 }] }, "no"],
  [
    "a wildcard, one cannot be compared",
    '"i.*.p" = { gt = 5 }',
    { i: [{ p: 1 }, { p: "x" }] },
    "unevaluable",
  ],
  ["a wildcard, a yes beside it", '"i.*.p" = { gt = 5 }', { i: [{ p: "x" }, { p: 6 }] }, "yes"],
  ["a wildcard over fields", '"i.*" = 5', { i: { a: 1, b: 5 } }, "yes"],
  ["a wildcard over nothing", '"i.*" = 5', { i: [] }, "no"],
  ["a wildcard with missing", '"i.*.p" = { eq = 5, missing = "match" }', { i: [{ p: 1 }, {}] }, "yes"],
  ["a literal star", "'\"*\"' = 5", { "*": 5, a: 1 }, "yes"],
  ["a path through a text", '"a.b" = 5', { a: "b" }, "no"],
  ["a path through null", '"a.b" = 5', { a: null }, "no"],
  ["a key of the prototype", "constructor = { exists = true }", {}, "no"],
  ["a key named __proto__", '"__proto__" = 5', '{"__proto__": 5}', "yes"],
  ["a field called all", "'\"all\"' = 5", { all: 5 }, "yes"],
];

const GROUPS: readonly Row[] = [
  ["two fields", "a = 1\nb = 2", { a: 1, b: 2 }, "yes"],
  ["two fields, one not", "a = 1\nb = 2", { a: 1, b: 3 }, "no"],
  ["no beats unevaluable in all", "a = 1\nb = 2", { a: "x", b: 3 }, "no"],
  ["unevaluable stays in all", "a = 1\nb = 2", { a: "x", b: 2 }, "unevaluable"],
  ["any", "any = [{ a = 1 }, { b = 2 }]", { b: 2 }, "yes"],
  ["any of none", "any = [{ a = 1 }, { b = 2 }]", { b: 3 }, "no"],
  ["yes beats unevaluable in any", "any = [{ a = 1 }, { b = 2 }]", { a: "x", b: 2 }, "yes"],
  ["unevaluable stays in any", "any = [{ a = 1 }, { b = 2 }]", { a: "x", b: 3 }, "unevaluable"],
  ["not", "not = { a = 1 }", { a: 2 }, "yes"],
  ["not of yes", "not = { a = 1 }", { a: 1 }, "no"],
  ["not of unevaluable", "not = { a = 1 }", { a: "x" }, "unevaluable"],
  ["not of absent", "not = { a = 1 }", {}, "yes"],
  [
    "a tree",
    "all = [{ any = [{ a = 1 }, { a = 2 }] }, { not = { b = 1 } }]",
    { a: 2, b: 2 },
    "yes",
  ],
  ["arguments that are no JSON", "a = 1", "{not json", "unevaluable"],
  ["arguments with a doubled key", "a = 1", '{"a": 1, "a": 2}', "unevaluable"],
];

for (const [title, rows] of Object.entries({ NUMBERS, STRINGS, OTHERS, PATHS, GROUPS })) {
  for (const [name, when, args, expected] of rows) {
    Deno.test(`condition, ${title.toLowerCase()}: ${name}`, async () => {
      assertEquals(await match(when, args), expected);
    });
  }
}
