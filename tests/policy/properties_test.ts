/** Laws that hold for every policy, on policies and calls made at random. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Policy } from "../../lib/policy/mod.ts";
import {
  type Decision,
  EMPTY_REPORT,
  type Outcome,
  type Report,
  resolve,
  UNKNOWN_USAGE,
  type Usage,
} from "../../lib/verdict/mod.ts";
import { call, policyOf, RUNS } from "./_policy.ts";

/** How much an outcome permits. */
const FREEDOM: Readonly<Record<Outcome, number>> = { deny: 0, ask: 1, redact: 2, allow: 3 };

interface RuleText {
  readonly id: string;
  readonly effect: string;
  readonly text: string;
}

const condition = fc.tuple(
  fc.constantFrom("a", "b", '"c.d"', '"l.*"'),
  fc.constantFrom("eq", "ne", "lt", "gt", "in", "exists"),
  fc.constantFrom("1", "2", '"x"'),
  fc.constantFrom("", ', missing = "match"'),
).map(([field, operator, value, missing]) => {
  if (operator === "exists") return `${field} = { exists = ${value === "1"} }`;
  // A letter has no order, and is an error as an operand of one.
  const operand = operator === "lt" || operator === "gt" ? value.replace("x", "1.5") : value;
  return `${field} = { ${operator} = ${operator === "in" ? `[${operand}]` : operand}${missing} }`;
});

/** Limits, history and labels: conditions that the same call meets at one time and not at another. */
const stateful = fc.constantFrom(
  "",
  "",
  "over = { calls = 1 }",
  'within = { calls = 2, per = "agent" }',
  'within = { sum = "a", limit = 3, key = "k" }',
  'over = { rate = "1/minute" }',
  'after = { event = "tool:tool" }',
  'not_after = { event = "approval:*", within = "5m" }',
  'sequence = ["other", "t*"]',
  'labels = { any = ["x"] }',
  'labels = { none = ["x"] }',
);

function ruleWith(effects: readonly string[]): fc.Arbitrary<RuleText> {
  return fc.tuple(
    fc.constantFrom(...effects),
    fc.constantFrom(
      "",
      'tools = ["t*"]',
      'tools = ["tool", "x"]',
      'servers = ["files"]',
      'methods = ["tools/*"]',
    ),
    fc.option(fc.tuple(fc.boolean(), condition), { nil: undefined }),
    fc.constantFrom("", "threat = { min = 2 }"),
    stateful,
  ).map(([effect, selectors, when, threat, state]) => ({
    id: "added",
    effect,
    text: [
      `effect = "${effect}"`,
      effect === "redact" ? 'redact_fields = ["a"]' : "",
      selectors,
      when === undefined ? "" : `when = { ${when[0] ? `not = { ${when[1]} }` : when[1]} }`,
      threat,
      state,
    ].join("\n"),
  }));
}

const ANY = ["allow", "deny", "ask", "redact"];
/** Rules keep their ids, and layers their names, wherever they stand: meters are named after them. */
const rulesOf = (effects: readonly string[], maxLength: number) =>
  fc.array(ruleWith(effects), { maxLength }).map((list) => list.map((rule, i) => ({ ...rule, id: `r${i}` })));
const rules = rulesOf(ANY, 4);
const defaults = fc.constantFrom("", 'default = "allow"', 'default = "deny"', 'default = "ask"');
const layer = fc.record({ rules, top: defaults });
type LayerParts = { readonly rules: readonly RuleText[]; readonly top: string };

const value = fc.constantFrom<unknown>(1, 2, "x", "1", null, true, [], {}, [1]);
const args = fc.record(
  { a: value, b: value, c: fc.oneof(value, fc.record({ d: value })), l: fc.oneof(value, fc.array(value)) },
  { requiredKeys: [] },
);
const report = fc.record({ complete: fc.boolean(), score: fc.integer({ min: 0, max: 3 }) })
  .map(({ complete, score }) => ({ ...EMPTY_REPORT, complete, threat: { score, parts: [] } }));

function textOf({ rules, top }: LayerParts): string {
  return `${top}\n${rules.map(({ id, text }) => `[[rules]]\nid = "${id}"\n${text}\n`).join("")}`;
}

/** What limits and history say: each guard by a seed, so that the same guard always gets the same answer. */
const usage = fc.tuple(fc.nat(), fc.boolean()).map(([seed, isKnown]): Usage => {
  const answers = isKnown ? ["yes", "no"] as const : ["yes", "no", "unevaluable"] as const;
  return {
    ...UNKNOWN_USAGE,
    match: (guard) => answers[hashOf(JSON.stringify(guard), seed) % answers.length] ?? "no",
  };
});

function hashOf(text: string, seed: number): number {
  let hash = seed >>> 0;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0;
  return hash >>> 7;
}

/** One call, what the scanner saw, and how the session stands. */
const situation = fc.record({
  args,
  scan: report,
  usage,
  labels: fc.constantFrom<readonly string[]>([], ["x"]),
});
interface Situation {
  readonly args: unknown;
  readonly scan: Report;
  readonly usage: Usage;
  readonly labels: readonly string[];
}

function decisionOf(policy: Policy, { args, scan, usage, labels }: Situation): Decision {
  return resolve(policy.decide(call({ args, labels }), scan), usage);
}

async function outcomeOf(layers: readonly LayerParts[], situation: Situation): Promise<Outcome> {
  return decisionOf(await policyOf(layers.map(textOf)), situation).outcome;
}

Deno.test("adding a rule that denies or asks never permits more, wherever it is put", async () => {
  const added = ruleWith(["deny", "ask"]);
  await fc.assert(
    fc.asyncProperty(layer, added, fc.nat(4), situation, async (parts, added, at, situation) => {
      const more = { ...parts, rules: parts.rules.toSpliced(Math.min(at, parts.rules.length), 0, added) };
      const before = await outcomeOf([parts], situation);
      const after = await outcomeOf([more], situation);
      // An ask above a deny of the same layer is the one way down: the first match decides within a layer.
      if (added.effect === "deny") assert(FREEDOM[after] <= FREEDOM[before], `${before} became ${after}`);
      else assert(after === before || after === "ask", `${before} became ${after}`);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("adding a layer below never permits what a layer above refused or held by a rule", async () => {
  await fc.assert(
    fc.asyncProperty(layer, layer, situation, async (above, below, situation) => {
      const before = decisionOf(await policyOf([textOf(above)]), situation);
      const after = await outcomeOf([above, below], situation);
      if (before.reason !== "default") {
        assert(FREEDOM[after] <= FREEDOM[before.outcome], `${before.outcome} became ${after}`);
      }
    }),
    { numRuns: RUNS },
  );
});

Deno.test("adding a layer that only refuses never permits more; one that holds stands above the default alone", async () => {
  const strict = (effects: readonly string[]) =>
    fc.record({ rules: rulesOf(effects, 3), top: fc.constant("") });
  const added = fc.oneof(strict(["deny"]), strict(["deny", "ask"]));
  await fc.assert(
    fc.asyncProperty(layer, added, fc.boolean(), situation, async (own, more, above, situation) => {
      const before = decisionOf(await policyOf(named([own], ["own"])), situation);
      const layers = above ? named([more, own], ["more", "own"]) : named([own, more], ["own", "more"]);
      const after = decisionOf(await policyOf(layers), situation).outcome;
      const holds = more.rules.some(({ effect }) => effect === "ask") && before.reason === "default";
      const most = holds ? Math.max(FREEDOM[before.outcome], FREEDOM.ask) : FREEDOM[before.outcome];
      assert(FREEDOM[after] <= most, `${before.outcome} became ${after}`);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("in whatever order layers stand, no more is permitted than the strictest of their rules permits", async () => {
  const layers = fc.array(layer, { minLength: 2, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(layers, fc.nat(5), situation, async (parts, turn, situation) => {
      const names = parts.map((_, i) => `l${i}`);
      const alone = await Promise.all(
        parts.map(async (one, i) => decisionOf(await policyOf(named([one], [names[i] ?? ""])), situation)),
      );
      const voting = alone.filter(({ reason }) => reason !== "default").map(({ outcome }) =>
        FREEDOM[outcome]
      );
      const order = permuted(parts.map((_, i) => i), turn);
      const texts = named(order.flatMap((i) => parts[i] ?? []), order.flatMap((i) => names[i] ?? []));
      const { outcome } = decisionOf(await policyOf(texts), situation);
      assert(
        FREEDOM[outcome] <= Math.min(FREEDOM.allow, ...voting),
        `${outcome} of ${alone.map((one) => one.outcome)}`,
      );
    }),
    { numRuns: RUNS },
  );
});

function named(layers: readonly LayerParts[], names: readonly string[]): readonly string[] {
  return layers.map((parts, i) => `name = "${names[i]}"\n${textOf(parts)}`);
}

function permuted(items: readonly number[], turn: number): readonly number[] {
  const rest = [...items], order: number[] = [];
  for (let left = turn; rest.length > 0; left = Math.floor(left / 2)) {
    order.push(...rest.splice(left % rest.length, 1));
  }
  return order;
}

Deno.test("what is left open refuses at least what it refuses with the numbers at hand", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { maxLength: 2 }), situation, async (parts, situation) => {
      const policy = await policyOf(parts.map(textOf));
      const unknown = decisionOf(policy, { ...situation, usage: UNKNOWN_USAGE });
      const { args, labels, scan } = situation;
      const open = policy.decide(call({ args, labels }), scan);
      assertEquals(open.outcome, unknown.outcome);
      if (open.open === undefined) assertEquals(decisionOf(policy, situation), open);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("the order of keys in the arguments changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(layer, situation, async (parts, situation) => {
      const policy = await policyOf([textOf(parts)]);
      const turned = Object.fromEntries(Object.entries(situation.args).reverse());
      assertEquals(decisionOf(policy, situation), decisionOf(policy, { ...situation, args: turned }));
    }),
    { numRuns: RUNS },
  );
});

Deno.test("explain() comes to the decision that decide() comes to, and marks one deciding rule a layer at most", async () => {
  await fc.assert(
    fc.asyncProperty(layer, layer, situation, async (above, below, situation) => {
      const policy = await policyOf([textOf(above), textOf(below)]);
      const { args, labels, scan, usage } = situation;
      const { decision, trace } = policy.explain(call({ args, labels }), scan, usage);
      assertEquals(decision, decisionOf(policy, situation));
      const deciding = trace.filter(({ decides }) => decides);
      assertEquals(new Set(deciding.map((line) => line.layer)).size, deciding.length);
      for (const rule of decision.rules) assert(trace.some((line) => line.rule === rule), rule);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("no value of the arguments is in an explanation", async () => {
  const secret = "hunter2-correct-horse";
  await fc.assert(
    fc.asyncProperty(layer, async (parts) => {
      const policy = await policyOf([textOf(parts)]);
      const explained = policy.explain(
        call({ args: { a: secret, b: [secret], c: { d: secret }, l: [secret] } }),
        EMPTY_REPORT,
        UNKNOWN_USAGE,
      );
      assert(!JSON.stringify(explained).includes(secret));
    }),
    { numRuns: RUNS },
  );
});

Deno.test("an amount is over the limit exactly when it is, to the last digit", async () => {
  const digits = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.nat(20));
  const write = ([whole, places]: readonly [bigint, number]) => {
    const text = whole.toString().padStart(places + 1, "0");
    return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
  };
  await fc.assert(
    fc.asyncProperty(digits, digits, fc.boolean(), async (limit, amount, quoted) => {
      const policy = await policyOf(`default = "allow"\n[guardrails]\nmax_amount_usd = ${write(limit)}`);
      const shown = quoted ? JSON.stringify(write(amount)) : write(amount);
      const scale = 10n ** 20n;
      const over = amount[0] * scale / 10n ** BigInt(amount[1]) > limit[0] * scale / 10n ** BigInt(limit[1]);
      const { outcome } = policy.decide(call({ args: `{"amount": ${shown}}` }), EMPTY_REPORT);
      assertEquals(outcome, over ? "deny" : "allow");
    }),
    { numRuns: RUNS },
  );
});
