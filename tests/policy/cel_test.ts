import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compareDecimals, type Decimal, decimalFromText } from "../../lib/base/mod.ts";
import { type Diagnostic, renderDiagnostics } from "../../lib/diagnostic/mod.ts";
import { loadPolicy } from "../../lib/policy/mod.ts";
import { EMPTY_REPORT, type Match, type Report } from "../../lib/verdict/mod.ts";
import { celText, lineOf, matchOf, policyWhen } from "./_conditions.ts";
import { type CallOptions, RUNS } from "./_policy.ts";

async function cel(expression: string, options: CallOptions, report: Partial<Report> = {}): Promise<Match> {
  return matchOf(await policyWhen(celText(expression)), options, report);
}

type Row = readonly [name: string, expression: string, args: unknown, match: Match];

const NUMBERS: readonly Row[] = [
  ["a whole number below", "args.a < 500", { a: 499 }, "yes"],
  ["a whole number at the limit", "args.a < 500", { a: 500 }, "no"],
  ["a decimal against a whole number", "args.a < 500", { a: 499.9 }, "yes"],
  ["a whole number against a decimal", "args.a < 500.5", { a: 500 }, "yes"],
  ["a decimal against a decimal", "args.a < 500.5", { a: 500.5 }, "no"],
  ["1.0 in the arguments is 1", "args.a == 1", '{"a": 1.0}', "yes"],
  ["1 in the arguments is 1.0", "args.a == 1.0", { a: 1 }, "yes"],
  ["1e2 in the arguments is 100", "args.a == 100", '{"a": 1e2}', "yes"],
  ["minus zero is zero", "args.a == 0", '{"a": -0.0}', "yes"],
  ["digits that a double has no room for", "args.a == 9007199254740993", '{"a": 9007199254740992}', "no"],
  ["the same digits", "args.a == 9007199254740993", '{"a": 9007199254740993}', "yes"],
  ["the last digit of a decimal", "args.a > 50000.0", '{"a": 50000.00000000000000000001}', "yes"],
  ["the last digit in the expression", "args.a > 50000.00000000000000000001", { a: 50000 }, "no"],
  ["the largest whole number", "args.a == 9223372036854775807", '{"a": 9223372036854775807}', "yes"],
  ["one beyond it", "args.a > 9223372036854775807", '{"a": 9223372036854775808}', "yes"],
  ["the least whole number", "args.a == -9223372036854775808", '{"a": -9223372036854775808}', "yes"],
  ["beyond all doubles", "args.a > 1e308", '{"a": 1e400}', "yes"],
  ["an exponent that nobody means", "args.a > 1", '{"a": 1e9999999999}', "unevaluable"],
  ["a hexadecimal literal", "args.a == 0x1f", { a: 31 }, "yes"],
  ["a string in the place of a number", "args.a < 500", { a: "75000" }, "unevaluable"],
  ["an equal string in the place of a number", "args.a == 500", { a: "500" }, "unevaluable"],
  ["a list in the place of a number", "args.a < 500", { a: [1] }, "unevaluable"],
  ["null in the place of a number", "args.a < 500", { a: null }, "unevaluable"],
  ["absent", "args.a < 500", {}, "unevaluable"],
  ["sum, exact", "args.a + args.b == 0.3", { a: 0.1, b: 0.2 }, "yes"],
  ["product of a decimal and a whole number", "args.a * args.b == 0.3", { a: 0.1, b: 3 }, "yes"],
  ["difference", "args.a - 1 == -1", { a: 0 }, "yes"],
  ["whole division is whole", "args.a / 2 == 3", { a: 7 }, "yes"],
  ["division of a decimal is not", "args.a / 2.0 == 3.5", { a: 7 }, "yes"],
  ["remainder", "args.a % 3 == 1", { a: 7 }, "yes"],
  ["division by zero", "1 / args.a == 0", { a: 0 }, "unevaluable"],
  ["division by a zero with a point", "1.0 / args.a < 5.0", '{"a": 0.0}', "unevaluable"],
  ["remainder by zero", "1 % args.a == 0", { a: 0 }, "unevaluable"],
  ["more than 64 bits", "args.a + 1 > 0", '{"a": 9223372036854775807}', "unevaluable"],
  ["a product of more than 64 bits", "args.a * args.a > 0", { a: 4000000000 }, "unevaluable"],
  ["calculating with a monstrous exponent", "args.a + 0.5 > 1.0", '{"a": 1e999999}', "unevaluable"],
  ["minus", "-args.a == 5", { a: -5 }, "yes"],
  ["double() of a text", 'double("0.1") == args.a', { a: 0.1 }, "yes"],
  ["double() of nothing that is a number", "double(args.a) > 5.0", { a: "nan" }, "unevaluable"],
  ["double() of inf", "double(args.a) < 5.0", { a: "-inf" }, "unevaluable"],
  ["int() of a text", "int(args.a) == 5", { a: "5" }, "yes"],
  ["int() of an empty text", "int(args.a) == 0", { a: "" }, "unevaluable"],
  ["int() of a binary literal", "int(args.a) == 3", { a: "0b11" }, "unevaluable"],
  ["int() cuts off", "int(args.a) == -1", { a: -1.9 }, "yes"],
];

const TEXTS: readonly Row[] = [
  ["equal", 'args.a == "eu"', { a: "eu" }, "yes"],
  ["another", 'args.a == "eu"', { a: "us" }, "no"],
  ["not equal", 'args.a != "eu"', { a: "us" }, "yes"],
  ["composed and decomposed are one", 'args.a == "é"', { a: "e\u0301" }, "yes"],
  ["a list in the place of a word", 'args.a == "delete"', { a: ["delete"] }, "unevaluable"],
  ["a list in the place of a word, negated", 'args.a != "eu"', { a: ["eu"] }, "unevaluable"],
  ["null is no word", 'args.a == "eu"', { a: null }, "no"],
  ["is it null", "args.a == null", { a: null }, "yes"],
  ["is something null", "args.a == null", { a: [1] }, "no"],
  ["order", 'args.a < "b"', { a: "a" }, "yes"],
  ["in a list", 'args.a in ["eu", "uk"]', { a: "uk" }, "yes"],
  ["in none", 'args.a in ["eu", "uk"]', { a: "us" }, "no"],
  ["in a mixed list", 'args.a in ["eu", 5]', { a: 5.0 }, "yes"],
  ["a list in a list of words", 'args.a in ["eu"]', { a: ["eu"] }, "unevaluable"],
  ["a number as a text in a mixed list", 'args.a in [1, "one"]', { a: "1.0" }, "unevaluable"],
  ["another text in a mixed list", 'args.a in [1, "one"]', { a: "two" }, "no"],
  ["a number beside its text in a list", 'args.a in ["1", 2]', { a: 1 }, "unevaluable"],
  ["a quotient of whole numbers has no rest", "args.a / 100 > 500", { a: 50099 }, "no"],
  ["a quotient of decimals has one", "args.a / 100.0 > 500.0", { a: 50099 }, "yes"],
  ["a number in a list of words", 'args.a in ["eu"]', { a: 5 }, "unevaluable"],
  ["a word in the argument", '"x" in args.a', { a: ["y", "x"] }, "yes"],
  ["a word in a list in the argument", '"x" in args.a', { a: [["x"]] }, "unevaluable"],
  ["a word in an empty list", '"x" in args.a', { a: [] }, "no"],
  ["a key in a table", '"bcc" in args', { bcc: null }, "yes"],
  ["a key of the prototype in a table", '"constructor" in args', {}, "no"],
  ["contains", 'args.a.contains("rm -rf")', { a: "sudo rm -rf /" }, "yes"],
  ["contains, on a list", 'args.a.contains("x")', { a: ["x"] }, "unevaluable"],
  ["startsWith", 'args.a.startsWith("/etc")', { a: "/etc/passwd" }, "yes"],
  ["endsWith", 'args.a.endsWith(".env")', { a: "x.envy" }, "no"],
  ["matches searches", 'args.a.matches("(?i)select .* from")', { a: "x SELECT a FROM b" }, "yes"],
  ["matches with anchors", "args.a.matches('^b')", { a: "ab" }, "no"],
  ["matches on a number", "args.a.matches('5')", { a: 5 }, "unevaluable"],
  ["a pattern that hangs other engines", 'args.a.matches("^(a+)+$")', { a: `${"a".repeat(5000)}!` }, "no"],
  ["size in code points", "size(args.a) == 2", { a: "😀é" }, "yes"],
  ["size as a method", "args.a.size() == 3", { a: "abc" }, "yes"],
  ["lowerAscii leaves other letters", 'args.a.lowerAscii() == "k"', { a: "\u212a" }, "yes"],
  ["lowerAscii", 'args.a.lowerAscii() == "drop É"', { a: "DROP É" }, "yes"],
  ["lowerAscii on letters", 'args.a.lowerAscii() == "drop"', { a: "DrOp" }, "yes"],
  ["trim", 'args.a.trim() == "x"', { a: " x\n" }, "yes"],
  ["split", 'args.a.split(",").size() == 3', { a: "a,b,c" }, "yes"],
  ["join", 'args.a.join("-") == "a-b"', { a: ["a", "b"] }, "yes"],
  ["join of numbers", 'args.a.join("-") == "1"', { a: [1] }, "unevaluable"],
  ["substring", 'args.a.substring(1, 2) == "é"', { a: "😀éx" }, "yes"],
  ["substring beyond the end", 'args.a.substring(5) == ""', { a: "abc" }, "unevaluable"],
  ["indexOf in code points", 'args.a.indexOf("x") == 1', { a: "😀x" }, "yes"],
  ["putting texts together", 'args.a + "b" == "ab"', { a: "a" }, "yes"],
  ["a text and a number", "args.a + 1 == 2", { a: "1" }, "unevaluable"],
];

const SHAPES: readonly Row[] = [
  ["a boolean", "args.a == true", { a: true }, "yes"],
  ["a text in the place of a boolean", "args.a == true", { a: "true" }, "unevaluable"],
  ["a number in the place of a boolean", "args.a && true", { a: 1 }, "unevaluable"],
  ["a field of a field", "args.a.b == 5", { a: { b: 5 } }, "yes"],
  ["a field through null", "args.a.b == 5", { a: null }, "unevaluable"],
  ["a field through a text", "args.a.b == 5", { a: '{"b":5}' }, "unevaluable"],
  ["a field by its name", 'args["a.b"] == 5', { "a.b": 5 }, "yes"],
  ["an element", "args.a[1] == 5", { a: [4, 5] }, "yes"],
  ["an element beyond the end", "args.a[2] == 5", { a: [4, 5] }, "unevaluable"],
  ["an element before the beginning", "args.a[-1] == 5", { a: [4, 5] }, "unevaluable"],
  ["has", "has(args.a)", { a: null }, "yes"],
  ["has not", "has(args.a)", {}, "no"],
  ["has, of something absent", "has(args.a.b)", {}, "unevaluable"],
  ["has, through null", "has(args.a.b)", { a: null }, "no"],
  ["has, through a text that may hide it", "has(args.a.b)", { a: '{"b":1}' }, "unevaluable"],
  ["has, of the prototype", "has(args.constructor)", {}, "no"],
  ["has, of __proto__", "has(args.__proto__)", {}, "no"],
  ["a field named __proto__", "args.__proto__ == 5", '{"__proto__": 5}', "yes"],
  ["a field named constructor", "args.constructor.name == 5", { constructor: { name: 5 } }, "yes"],
  ["the constructor of an object", 'args.constructor.name == "Object"', {}, "unevaluable"],
  ["a field that is called like a method", "args.size == 5", { size: 5 }, "yes"],
  ["lists by their parts", "args.a == [1, 2]", '{"a": [1.0, 2]}', "yes"],
  ["lists in another order", "args.a == [1, 2]", { a: [2, 1] }, "no"],
  ["a text in a list in the place of a number", "args.a == [1]", { a: ["1"] }, "unevaluable"],
  ["a list in a list in the place of a word", 'args.a != ["x"]', { a: [["x"]] }, "unevaluable"],
  ["a part of another kind beside one that differs", "args.a == [1, 2]", { a: ["1", 3] }, "no"],
  ["a list in a table in the place of a word", 'args.a == {"b": "x"}', { a: { b: ["x"] } }, "unevaluable"],
  ["a list of lists, one dressed up", "[1] in args.a", { a: [["1"]] }, "unevaluable"],
  ["tables by their parts", 'args.a == {"x": 1, "y": [2]}', { a: { y: [2], x: 1 } }, "yes"],
  ["a table of limits", 'args.a < {"eu": 500, "us": 9}[args.r]', { a: 10, r: "eu" }, "yes"],
  ["size of a list", "size(args.a) > 2", { a: [1, 2, 3] }, "yes"],
  ["size of a table", "args.size() == 2", { a: 1, b: 2 }, "yes"],
  ["the type of a text", "type(args.a) == string", { a: "x" }, "yes"],
  ["the type of a number", "type(args.a) in [int, double]", { a: 1.5 }, "yes"],
  ["arguments that are no JSON", "args.a == 1", "{nope", "unevaluable"],
  ["arguments with a doubled key", "args.a == 1", '{"a": 1, "a": 1}', "unevaluable"],
];

const LOGIC: readonly Row[] = [
  ["and", "args.a == 1 && args.b == 2", { a: 1, b: 2 }, "yes"],
  ["no decides an and, unevaluable behind", "args.a == 1 && args.b == 2", { a: 2 }, "no"],
  ["no decides an and, unevaluable before", "args.b == 2 && args.a == 1", { a: 2 }, "no"],
  ["unevaluable stays in an and", "args.a == 1 && args.b == 2", { a: 1 }, "unevaluable"],
  ["yes decides an or, unevaluable behind", "args.a == 1 || args.b == 2", { a: 1 }, "yes"],
  ["yes decides an or, unevaluable before", "args.b == 2 || args.a == 1", { a: 1 }, "yes"],
  ["unevaluable stays in an or", "args.a == 1 || args.b == 2", { a: 2 }, "unevaluable"],
  ["a guard", "has(args.a) && args.a > 5", {}, "no"],
  ["not", "!(args.a == 1)", { a: 2 }, "yes"],
  ["not of unevaluable", "!(args.a == 1)", {}, "unevaluable"],
  ["a choice", "args.a > 5 ? args.b == 1 : args.c == 1", { a: 6, b: 1 }, "yes"],
  ["a choice whose condition fails", "args.a > 5 ? true : true", {}, "unevaluable"],
  ["all", "args.l.all(x, x < 5)", { l: [1, 2] }, "yes"],
  ["all of nothing", "args.l.all(x, x < 5)", { l: [] }, "yes"],
  ["all but one", "args.l.all(x, x < 5)", { l: [1, 9, "x"] }, "no"],
  ["all, one unevaluable", "args.l.all(x, x < 5)", { l: [1, "x"] }, "unevaluable"],
  ["exists", "args.l.exists(x, x > 5)", { l: ["x", 9] }, "yes"],
  ["exists not", "args.l.exists(x, x > 5)", { l: [1] }, "no"],
  ["exists, one unevaluable", "args.l.exists(x, x > 5)", { l: [1, "9"] }, "unevaluable"],
  ["exists in a text that holds a list", "args.l.exists(x, x > 5)", { l: "[9]" }, "unevaluable"],
  ["exists in something absent", "args.l.exists(x, x > 5)", {}, "unevaluable"],
  ["exists_one", "args.l.exists_one(x, x > 5)", { l: [1, 9] }, "yes"],
  ["exists_one of two", "args.l.exists_one(x, x > 5)", { l: [8, 9] }, "no"],
  ["map and size", "args.l.map(x, x * 2) == [2, 4]", { l: [1, 2] }, "yes"],
  ["map with a filter", "args.l.map(x, x > 1, x * 2) == [4]", { l: [1, 2] }, "yes"],
  ["filter", "args.l.filter(x, x.p > 5).size() == 1", { l: [{ p: 9 }, { p: 1 }] }, "yes"],
  ["filter, one unevaluable", "args.l.filter(x, x.p > 5).size() == 1", { l: [{ p: 9 }, {}] }, "unevaluable"],
  ["keys of a table", 'args.all(k, k in ["a", "b"])', { a: 1, c: 2 }, "no"],
  ["a loop in a loop", "args.l.exists(x, args.m.exists(y, x == y))", { l: [1, 2], m: [2, 3] }, "yes"],
  [
    "the outer variable behind the inner loop",
    "args.l.all(x, [1].all(y, y < x) && x > 1)",
    { l: [2] },
    "yes",
  ],
];

for (const [title, rows] of Object.entries({ NUMBERS, TEXTS, SHAPES, LOGIC })) {
  for (const [name, expression, args, expected] of rows) {
    Deno.test(`CEL, ${title.toLowerCase()}: ${name}`, async () => {
      assertEquals(await cel(expression, { args }), expected);
    });
  }
}

const FINDING = { id: "aws-access-key", at: "/a", count: 2, action: "block" } as const;
const CALL: CallOptions = {
  tool: "db.query",
  server: "main",
  agent: "bot",
  roles: ["support", "dpo"],
  session: "s-1",
  labels: ["untrusted"],
  calls: 7,
  nowMs: Date.UTC(2026, 10, 20, 23, 30, 15, 250),
};
const REPORT: Partial<Report> = { findings: [FINDING], threat: { score: 4, parts: [] } };

const FACTS: readonly (readonly [expression: string, match: Match])[] = [
  ['tool == "db.query"', "yes"],
  ['tool.startsWith("db.") && server == "main" && method == "tools/call"', "yes"],
  ['agent.id == "bot" && agent.verified', "yes"],
  ['"dpo" in agent.roles', "yes"],
  ['!("admin" in agent.roles)', "yes"],
  ["size(agent.roles) == 2", "yes"],
  ['session.id == "s-1" && session.calls >= 7', "yes"],
  ['"untrusted" in session.labels', "yes"],
  ['session.labels.exists(l, l.startsWith("un"))', "yes"],
  ["scan.threat >= 4", "yes"],
  ["scan.threat > 4", "no"],
  ['scan.findings.exists(f, f.id == "aws-access-key" && f.at == "/a" && f.count == 2)', "yes"],
  ["scan.findings.size() == 0", "no"],
  ['scan.findings[0].id == "x"', "no"],
  ["scan.findings[1].count > 0", "unevaluable"],
  ['now > timestamp("2026-11-20T23:30:15Z")', "yes"],
  ['now == timestamp("2026-11-21T00:30:15.250+01:00")', "yes"],
  ['now - timestamp("2026-11-20T22:00:00Z") > duration("1h30m")', "yes"],
  ['now + duration("1.5h") > timestamp("2026-11-21T01:00:15Z")', "yes"],
  ["now.getFullYear() == 2026 && now.getMonth() == 10 && now.getDate() == 20", "yes"],
  ["now.getDayOfMonth() == 19 && now.getDayOfYear() == 323 && now.getDayOfWeek() == 5", "yes"],
  ["now.getHours() == 23 && now.getMinutes() == 30 && now.getSeconds() == 15", "yes"],
  ["now.getMilliseconds() == 250", "yes"],
  ['now.getHours("Europe/Berlin") == 0 && now.getDate("Europe/Berlin") == 21', "yes"],
  ['now.getDayOfWeek("Europe/Berlin") == 6', "yes"],
  ['now.getHours("-05:00") == 18', "yes"],
  ['duration("90m").getHours() == 1 && tool != ""', "yes"],
  ["timestamp(args.t) < now", "unevaluable"],
  ['args.region != "eu" && !("dpo" in agent.roles)', "no"],
];

for (const [expression, expected] of FACTS) {
  Deno.test(`CEL, facts: ${expression}`, async () => {
    assertEquals(await cel(expression, CALL, REPORT), expected);
  });
}

const TIMES: readonly (readonly [text: string, match: Match])[] = [
  ["2026-01-31T12:00:00Z", "yes"],
  ["2026-01-31t12:00:00.123456789z", "yes"],
  ["2026-01-31T12:00:00-11:30", "yes"],
  ["2026-02-30T12:00:00Z", "unevaluable"],
  ["2026-01-31T24:00:00Z", "unevaluable"],
  ["2026-01-31 12:00:00Z", "unevaluable"],
  ["2026-01-31T12:00:00", "unevaluable"],
  ["2026-01-31", "unevaluable"],
  ["yesterday", "unevaluable"],
  ["", "unevaluable"],
];

for (const [text, expected] of TIMES) {
  Deno.test(`CEL, timestamp(${JSON.stringify(text)}) is ${expected === "yes" ? "" : "no "}time`, async () => {
    assertEquals(await cel("timestamp(args.t) < now", { ...CALL, args: { t: text } }), expected);
  });
}

Deno.test("CEL sees no scan that is incomplete, unless the policy fails open", async () => {
  const closed = await policyWhen(celText("scan.threat == 0"));
  assertEquals(matchOf(closed, {}, { complete: false }), "unevaluable");
  assertEquals(matchOf(closed, {}), "yes");
});

Deno.test("CEL says why it has no answer, and no value of the call", async () => {
  const policy = await policyWhen(celText("args.a  <\n 500"));
  assertEquals(lineOf(policy, { args: { a: "hunter2" } }).why.includes("hunter2"), false);
  const { why } = lineOf(policy, { args: {} });
  assert(why.includes("args.a < 500: unevaluable (a field is absent)"), why);
});

function decimal(text: string): Decimal {
  const read = decimalFromText(text);
  if (read === undefined) throw new Error(`${text} is no number`);
  return read;
}

Deno.test("CEL orders numbers as exact decimals do", async () => {
  const policy = await policyWhen(celText("args.a < args.b"));
  const number = fc.tuple(
    fc.constantFrom("", "-"),
    fc.nat(99),
    fc.nat(9999),
    fc.integer({ min: -25, max: 25 }),
  )
    .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction}e${exponent}`);
  fc.assert(
    fc.property(number, number, (a, b) => {
      const expected = compareDecimals(decimal(a), decimal(b)) < 0 ? "yes" : "no";
      assertEquals(matchOf(policy, { args: `{"a": ${a}, "b": ${b}}` }), expected);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("CEL answers for any arguments, and never by throwing", async () => {
  const policies = await Promise.all([
    "args.a < 5 || args.b.exists(x, x == args.a)",
    'args.a + args.b == args.c && args.a.matches("a+")',
    "size(args.a) > 1 && args.b[0] in args.c",
    "args.a == args.b ? args.c == 1 : !args.c",
  ].map((expression) => policyWhen(celText(expression))));
  const args = fc.record({ a: fc.jsonValue(), b: fc.jsonValue(), c: fc.jsonValue() }, { requiredKeys: [] });
  fc.assert(
    fc.property(args, fc.constantFrom(...policies), (value, policy) => {
      assert(["yes", "no", "unevaluable"].includes(matchOf(policy, { args: value })));
    }),
    { numRuns: RUNS },
  );
});

async function diagnosticsOf(when: string): Promise<readonly Diagnostic[]> {
  const text = `version = 1\n[[rules]]\nid = "r"\neffect = "deny"\nwhen = ${when}\n`;
  const policy = await loadPolicy([{ name: "p", file: "p.toml", format: "toml", text }], {});
  if (policy.ok) throw new Error(`no diagnostic for ${when}`);
  renderDiagnostics(policy.error, { sources: new Map([["p.toml", text]]) });
  return policy.error;
}

const PLACES: readonly (readonly [name: string, when: string, line: number, column: number])[] = [
  ["in single quotes", "'args.a == 1 && agnt.id == \"x\"'", 5, 24],
  ["in double quotes", '"args.a == 1 && agnt.id == 1"', 5, 24],
  ["in double quotes with escapes: its start", '"agnt.id == \\"x\\""', 5, 8],
  ["in three quotes, on a later line", "'''\nargs.a == 1 &&\n  agnt.id == 1'''", 7, 3],
  ["in three double quotes", '"""args.a == 1 && agnt.id == 1"""', 5, 26],
];

for (const [name, when, line, column] of PLACES) {
  Deno.test(`a problem in an expression has its place: ${name}`, async () => {
    const [found] = await diagnosticsOf(when);
    assertEquals([found?.line, found?.column], [line, column]);
    assertEquals(found?.hint, 'did you mean "agent"?');
  });
}

Deno.test("all unknown names of an expression are said in one run", async () => {
  const found = await diagnosticsOf("'agent.nam == tol || siz(args.a) > 1 || args.b.startWith(\"x\")'");
  assertEquals(
    found.map(({ message, hint }) => `${message}; ${hint}`),
    [
      '"agent" has no field "nam"; did you mean "name"?',
      'unknown variable "tol"; did you mean "tool"?',
      'unknown function "siz"; did you mean "size"?',
      'unknown function "startWith"; did you mean "startsWith"?',
    ].map((line) => line.replace('did you mean "name"?', "its fields are id, roles, verified")),
  );
});

const REFUSED: readonly (readonly [name: string, expression: string, message: RegExp])[] = [
  ["an expression that gives a number", "size(args.a)", /gives int/],
  ["an expression that may give anything", "args.a", /any value/],
  ["an expression about nothing", "1 < 2", /the same of every call/],
  ["an empty expression", "", /unexpected token/],
  ["two texts of a kind", "tool < 5", /no such overload/],
  ["a text in the place of yes or no", "tool && args.a == 1", /logical operator/],
  ["a field of a text", 'agent.id.name == "x"', /a string has no field "name"/],
  ["an unknown field of a finding", 'scan.findings.exists(f, f.name == "x")', /a finding has no field/],
  ["has() of an unknown field", "has(agent.nam)", /has no field "nam"/],
  ["has() of an unknown field of a finding", "scan.findings.exists(f, has(f.nam))", /a finding has no field/],
  ["has() of no field", "has(args)", /asks for a field/],
  ["a pattern from the call", "args.a.matches(args.b)", /not a text as it stands/],
  ["a pattern that is none", 'args.a.matches("(a")', /not a pattern/],
  ["a pattern that is too large", 'args.a.matches("((a{1,30}){30})")', /not a pattern/],
  ["an empty pattern", 'args.a.matches("")', /not a pattern/],
  ["a time that is none", 'now > timestamp("2026-02-30T00:00:00Z")', /conversion that fails/],
  ["a duration that is none", 'now - now > duration("1 hour")', /conversion that fails/],
  ["a time zone that there is not", 'now.getHours("Mars/Base") > 5', /time zone that there is not/],
  ["a time zone from the call", "now.getHours(args.tz) > 5", /not a text as it stands/],
  ["bytes", 'b"abc" == args.a', /bytes/],
  ["an unsigned number", "args.a == 5u", /unsigned/],
  ["a number of more than 64 bits", "args.a < 9223372036854775808", /more than 64 bits/],
  ["cel.bind", "cel.bind(x, args.a, x == 1)", /unknown variable "cel"/],
  ["a variable that hides another", "args.l.exists(tool, tool == 1)", /hides/],
  ["a variable that hides that of the outer loop", "args.l.all(x, args.m.all(x, x > 1))", /hides/],
  ["a function in another form", 'startsWith(args.a, "x")', /cannot be called like this/],
  ["a loop with one part", "args.l.all(x > 1)", /cannot be called like this/],
  ["a key that stands twice", 'args.a == {"x": 1, "x": 2}', /twice/],
  ["a single equals sign", "args.a = 1", /unexpected character/],
  ["a single ampersand", "args.a == 1 & args.b == 2", /unexpected character/],
  ["a reserved word", "args.a == 1 && for", /reserved/],
  ["an open bracket", "(args.a == 1", /expected "\)", got the end/],
  ["very deep nesting", `${"(".repeat(2000)}args.a == 1${")".repeat(2000)}`, /nested more than 48/],
  ["very many negations", `${"!".repeat(7000)}(args.a == 1)`, /more than 2000 parts|nested too deeply/],
  ["a very long expression", `args.a == "${"x".repeat(9000)}"`, /more than 8192 characters/],
];

for (const [name, expression, message] of REFUSED) {
  Deno.test(`an expression is refused at load: ${name}`, async () => {
    const found = await diagnosticsOf(celText(expression));
    assert(found.some((one) => message.test(one.message)), JSON.stringify(found));
    assert(found.every(({ hint }) => hint !== ""));
  });
}

Deno.test("an expression stands in YAML and JSON as well", async () => {
  const yaml = "version: 1\nrules:\n  - id: r\n    effect: deny\n    when: agnt.id == 'x'\n";
  const json = '{"version": 1, "rules": [{"id": "r", "effect": "deny", "when": "agnt.id == 1"}]}';
  for (const [format, text, column] of [["yaml", yaml, 11], ["json", json, 65]] as const) {
    const policy = await loadPolicy([{ name: "p", file: `p.${format}`, format, text }], {});
    assertEquals(policy.ok ? [] : policy.error.map((one) => one.column), [column]);
  }
});

Deno.test("EMPTY_REPORT has no findings for CEL", async () => {
  assertEquals(await cel("scan.findings.size() == 0 && scan.threat == 0", {}, EMPTY_REPORT), "yes");
});
