/** Arguments that are made to take long. Work is compared by ratio: a slow machine is slow with both sizes. */
import { assert, assertEquals } from "@std/assert";
import { composed, nameSkeleton } from "../../lib/base/mod.ts";
import type { Policy } from "../../lib/policy/mod.ts";
import { EMPTY_REPORT, type Match } from "../../lib/verdict/mod.ts";
import { cpuMs } from "../alone.ts";
import { celText, matchOf, policyWhen } from "./_conditions.ts";
import { call } from "./_policy.ts";

/** Four times the size: linear work takes four times as long and quadratic work sixteen times. In between is room for noise. */
const FACTOR = 4;
const MOST_GROWTH = 9;
const REPEATS = 5;
const TRIES = 8;
/** Below this it is noise that is measured; quadratic work on these sizes takes hundreds. */
const LEAST_MS = 2;

/** The best of several runs of `work`, in milliseconds of processor time; each gets a number, so that nothing can be remembered. */
function bestOf(work: (run: number) => void): number {
  let best = Infinity;
  for (let run = 0; run < REPEATS; run++) {
    const start = cpuMs();
    work(run);
    best = Math.min(best, cpuMs() - start);
  }
  return best;
}

/** Quadratic work grows sixteenfold in each try; noise does not, so one good try of several is enough. */
function assertLinear(name: string, n: number, make: (n: number, run: number) => () => void): void {
  let growth = Infinity;
  for (let attempt = 0; attempt < TRIES && growth > MOST_GROWTH; attempt++) {
    const once = bestOf((run) => make(n, run)());
    const more = bestOf((run) => make(FACTOR * n, run)());
    growth = Math.min(growth, more / Math.max(once, LEAST_MS));
  }
  assert(growth <= MOST_GROWTH, `${name}: ${FACTOR} times the size took ${growth.toFixed(1)} times as long`);
}

function decideOn(policy: Policy, args: unknown): () => void {
  const request = call({ args });
  return () => void policy.decide(request, EMPTY_REPORT);
}

const LISTED = JSON.stringify(Array.from({ length: 300 }, (_, i) => `word${i}`));
const NUMBERS = JSON.stringify(Array.from({ length: 300 }, (_, i) => i));
const MARKS = "\u0301\u0323";

/** `run` is put into each text: a memo of the last one must not be what is measured. */
type Attack = readonly [name: string, when: string, text: (n: number, run: number) => unknown];

const ATTACKS: readonly Attack[] = [
  ["nested repetition", '{ a = { regex = "^(a+)+$" } }', (n, run) => `${"a".repeat(n)}${run}!`],
  ["alternatives that overlap", '{ a = { regex = "(a|aa)+$" } }', (n, run) => `${"a".repeat(n)}${run}`],
  ["a large pattern", '{ a = { regex = "a{30}[^a]b" } }', (n, run) => `${"a".repeat(n)}${run}`],
  ["a glob of stars", '{ a = { glob = "*a*a*a*a*b" } }', (n, run) => `${"a".repeat(n)}${run}`],
  ["a glob without case", '{ a = { glob = "*A*A*b", fold = true } }', (n, run) => `${"a".repeat(n)}${run}`],
  ["a long list of words", `{ a = { in = ${LISTED} } }`, (n, run) => `${"e\u0301".repeat(n / 2)}${run}`],
  [
    "a long list of words, no case",
    `{ a = { in = ${LISTED}, fold = true } }`,
    (n, run) => "é".repeat(n) + run,
  ],
  ["a number of many digits", `{ a = { not_in = ${NUMBERS} } }`, (n, run) => `1${run}${"0".repeat(n)}1`],
  ["a number of many noughts", "{ a = { gt = 5 } }", (n, run) => `${"0".repeat(n)}${run}`],
  ["marks in two orders", '{ a = "x" }', (n, run) => `a${MARKS.repeat(n / 2)}${run}`],
  [
    "marks in two orders, searched",
    '{ a = { contains = "x" } }',
    (n, run) => `a${MARKS.repeat(n / 2)}${run}`,
  ],
  [
    "a climbing path",
    '{ a = { path = { inside = ["/srv"] } } }',
    (n, run) => `/srv/${"../".repeat(n / 3)}${run}`,
  ],
  [
    "a path of spaces",
    '{ a = { path = { inside = ["/srv"] } } }',
    (n, run) => `/srv/x${" ".repeat(n)}y${run}`,
  ],
  ["a path of dots", '{ a = { path = { inside = ["/srv"] } } }', (n, run) => `/srv/${".".repeat(n)}x${run}`],
  [
    "a path of percent signs",
    '{ a = { path = { inside = ["/srv"] } } }',
    (n, run) => `/srv/${"%25".repeat(n / 3)}${run}`,
  ],
  [
    "a path of file URLs",
    '{ a = { path = { inside = ["/srv"] } } }',
    (n, run) => `x${"file:".repeat(n / 5)}${run}`,
  ],
  [
    "a path of variables",
    '{ a = { path = { inside = ["/srv"] } } }',
    (n, run) => `x${"%ab".repeat(n / 3)}${run}`,
  ],
  [
    "many elements",
    '{ "a.*.b" = { gt = 5 } }',
    (n, run) => Array.from({ length: n / 16 }, () => ({ b: run % 5 })),
  ],
  [
    "many elements in many lists",
    '{ "a.*.*" = 5 }',
    (n, run) => Array.from({ length: n / 64 }, () => [run, 7, 8, 9]),
  ],
];

for (const [name, when, text] of ATTACKS) {
  Deno.test(`table conditions take time that is linear in ${name}`, async () => {
    const policy = await policyWhen(when);
    assertLinear(name, 1 << 17, (n, run) => decideOn(policy, { a: text(n, run) }));
  });
}

Deno.test("text comes to NFC and to its skeleton in linear time", () => {
  assertLinear("composed()", 1 << 17, (n, run) => {
    const text = `a${MARKS.repeat(n / 2)}${run}`;
    return () => void [composed(text), composed(text, "NFKC"), nameSkeleton(text)];
  });
});

Deno.test("text that people write comes to NFC as the platform brings it there", () => {
  for (
    const text of ["", "plain", "e\u0301", "A\u0323\u0307", "\u1100\u1161", "נָכוֹן", `z${"\u0301".repeat(30)}`]
  ) {
    assertEquals(composed(text), text.normalize("NFC"));
  }
  assert(composed(`a${MARKS.repeat(40)}`).includes("\u034f"));
});

Deno.test("a text that is too long for a large pattern is unevaluable, and a short one is not", async () => {
  const policy = await policyWhen('{ a = { regex = "(?:ab?){150}c" } }');
  assertEquals(matchOf(policy, { args: { a: "ab".repeat(30_000) } }), "no");
  assertEquals(matchOf(policy, { args: { a: "ab".repeat(300_000) } }), "unevaluable");
});

const whole = (n: number) => Array.from({ length: n }, (_, i) => i);
const SMALL = 11_000; // numbers in a message of 64 KiB, which has the short deadline

type Bomb = readonly [name: string, expression: string, args: (n: number) => unknown, match: Match];

const BOMBS: readonly Bomb[] = [
  ["a loop in a loop", "args.l.all(x, args.l.all(y, x + y >= 0))", (n) => ({ l: whole(n) }), "unevaluable"],
  [
    "three loops",
    "args.l.all(x, args.l.all(y, args.l.all(z, x + y + z >= 0)))",
    (n) => ({ l: whole(n) }),
    "unevaluable",
  ],
  [
    "loops of failures",
    "args.l.exists(x, args.l.exists(y, y.b > 0 || x.b > 0))",
    (n) => ({ l: whole(n) }),
    "unevaluable",
  ],
  [
    "lists of lists",
    "args.l.map(x, args.l.map(y, [x, y])).size() > 0",
    (n) => ({ l: whole(n) }),
    "unevaluable",
  ],
  [
    "lists put together",
    "args.l.all(x, (args.l + args.l).size() > 0)",
    (n) => ({ l: whole(n) }),
    "unevaluable",
  ],
  [
    "a list in a list",
    "args.l.all(x, x in args.m)",
    (n) => ({ l: whole(n / 2), m: whole(n / 2).reverse() }),
    "unevaluable",
  ],
  [
    "lists compared",
    "args.l.all(x, args.l == args.m)",
    (n) => ({ l: whole(n / 2), m: whole(n / 2) }),
    "unevaluable",
  ],
  [
    "texts put together",
    'args.l.all(x, !(args.s + args.s + args.s).contains("zz"))',
    (n) => ({ l: whole(n / 4), s: "a".repeat(3 * n) }),
    "unevaluable",
  ],
  [
    "a search for what nearly fits",
    "args.l.all(x, !args.s.contains(args.p))",
    (n) => ({ l: whole(n / 4), s: "a".repeat(2 * n), p: `${"a".repeat(400)}b${"a".repeat(400)}` }),
    "unevaluable",
  ],
  [
    "patterns",
    'args.l.all(x, !args.s.matches("(a|aa)+$"))',
    (n) => ({ l: whole(n / 4), s: `${"a".repeat(3 * n)}b` }),
    "unevaluable",
  ],
  ["marks", 'args.l.all(x, args.s != "x")', (n) => ({ l: whole(n / 4), s: MARKS.repeat(n) }), "unevaluable"],
  [
    "keys",
    "args.l.all(x, args.o.exists(k, true))",
    (n) => ({ l: whole(n / 4), o: Object.fromEntries(whole(n).map((i) => [`k${i}`, 1])) }),
    "unevaluable",
  ],
  [
    "decimals",
    "args.l.all(x, args.l.all(y, x * y >= 0.0))",
    (n) => ({ l: whole(n / 2).map((i) => i + 0.5) }),
    "unevaluable",
  ],
  [
    "splitting",
    'args.l.all(x, args.s.split("a").size() > 0)',
    (n) => ({ l: whole(n / 4), s: "a".repeat(3 * n) }),
    "unevaluable",
  ],
  [
    "letters",
    'args.l.all(x, args.s.lowerAscii() != "")',
    (n) => ({ l: whole(n / 4), s: "Ab".repeat(n) }),
    "unevaluable",
  ],
];

for (const [name, expression, args, expected] of BOMBS) {
  Deno.test(`CEL stays within its budget under ${name}`, async () => {
    const policy = await policyWhen(celText(expression));
    assertEquals(matchOf(policy, { args: args(SMALL) }), expected);
    assertLinear(name, SMALL, (n) => decideOn(policy, args(n)));
  });
}

Deno.test("all rules of a call share one budget", async () => {
  const loop = "args.l.all(x, args.l.all(y, x + y >= 0))";
  const one = await policyWhen(celText(loop));
  const many = await policyWhen(celText(Array(20).fill(loop).join(" && ")));
  const args = { l: whole(SMALL) };
  let ratio = Infinity;
  for (let attempt = 0; attempt < TRIES && ratio >= 8; attempt++) {
    ratio = Math.min(ratio, bestOf(decideOn(many, args)) / Math.max(bestOf(decideOn(one, args)), LEAST_MS));
  }
  assert(ratio < 8, `twenty loops took ${ratio.toFixed(1)} times as long as one`);
});

Deno.test("an honest call of a megabyte is within the budget", async () => {
  const policy = await policyWhen(
    celText('args.rows.all(r, r.x >= 0 && r.name.startsWith("n") && r.name != "none")'),
  );
  const rows = whole(30_000).map((x) => ({ x, name: `n${x}`, note: "a note" }));
  assertEquals(matchOf(policy, { args: { rows } }), "yes");
  const text = await policyWhen(
    celText('!args.text.contains("rm -rf") && !args.text.matches("(?i)drop\\\\s+table")'),
  );
  assertEquals(matchOf(text, { args: { text: "a line of text\n".repeat(70_000) } }), "yes");
});
