/** Laws that hold for every policy, on policies and calls made at random. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EMPTY_REPORT, type Outcome } from "../../lib/verdict/mod.ts";
import { call, policyOf, RUNS } from "./_policy.ts";

/** How much an outcome permits. */
const FREEDOM: Readonly<Record<Outcome, number>> = { deny: 0, ask: 1, redact: 2, allow: 3 };

interface RuleText {
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
  return `${field} = { ${operator} = ${operator === "in" ? `[${value}]` : value}${missing} }`;
});

function ruleWith(effects: readonly string[]): fc.Arbitrary<RuleText> {
  return fc.tuple(
    fc.constantFrom(...effects),
    fc.constantFrom(
      "",
      'tools = ["t*"]',
      'tools = ["tool", "x"]',
      'servers = ["files"]',
      'tools = ["other"]',
    ),
    fc.option(fc.tuple(fc.boolean(), condition), { nil: undefined }),
    fc.constantFrom("", "threat = { min = 2 }"),
  ).map(([effect, selectors, when, threat]) => ({
    effect,
    text: [
      `effect = "${effect}"`,
      effect === "redact" ? 'redact_fields = ["a"]' : "",
      selectors,
      when === undefined ? "" : `when = { ${when[0] ? `not = { ${when[1]} }` : when[1]} }`,
      threat,
    ].join("\n"),
  }));
}

const ANY = ["allow", "deny", "ask", "redact"];
const rules = fc.array(ruleWith(ANY), { maxLength: 4 });
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
  return `${top}\n${rules.map(({ text }, i) => `[[rules]]\nid = "r${i}"\n${text}\n`).join("")}`;
}

async function outcomeOf(
  layers: readonly LayerParts[],
  callArgs: unknown,
  scan: typeof EMPTY_REPORT,
): Promise<Outcome> {
  const policy = await policyOf(layers.map(textOf));
  return policy.decide(call({ args: callArgs }), scan).outcome;
}

Deno.test("adding a rule that denies or asks never permits more, wherever it is put", async () => {
  await fc.assert(
    fc.asyncProperty(
      layer,
      ruleWith(["deny", "ask"]),
      fc.nat(4),
      args,
      report,
      async (parts, added, at, callArgs, scan) => {
        const more = { ...parts, rules: parts.rules.toSpliced(Math.min(at, parts.rules.length), 0, added) };
        const before = await outcomeOf([parts], callArgs, scan);
        const after = await outcomeOf([more], callArgs, scan);
        // An ask above a deny of the same layer is the one way down: the first match decides within a layer.
        if (added.effect === "deny") assert(FREEDOM[after] <= FREEDOM[before], `${before} became ${after}`);
        else assert(after === before || after === "ask", `${before} became ${after}`);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("adding a layer below never permits what a layer above refused or held by a rule", async () => {
  await fc.assert(
    fc.asyncProperty(layer, layer, args, report, async (above, below, callArgs, scan) => {
      const policy = await policyOf([textOf(above)]);
      const before = policy.decide(call({ args: callArgs }), scan);
      const after = await outcomeOf([above, below], callArgs, scan);
      if (before.reason !== "default") {
        assert(FREEDOM[after] <= FREEDOM[before.outcome], `${before.outcome} became ${after}`);
      }
    }),
    { numRuns: RUNS },
  );
});

Deno.test("adding a layer that only refuses never permits more; one that holds stands above the default alone", async () => {
  const strict = (effects: readonly string[]) =>
    fc.record({ rules: fc.array(ruleWith(effects), { maxLength: 3 }), top: fc.constant("") });
  const added = fc.oneof(strict(["deny"]), strict(["deny", "ask"]));
  await fc.assert(
    fc.asyncProperty(layer, added, fc.boolean(), args, report, async (own, more, above, callArgs, scan) => {
      const policy = await policyOf([textOf(own)]);
      const before = policy.decide(call({ args: callArgs }), scan);
      const after = await outcomeOf(above ? [more, own] : [own, more], callArgs, scan);
      const holds = more.rules.some(({ effect }) => effect === "ask") && before.reason === "default";
      const most = holds ? Math.max(FREEDOM[before.outcome], FREEDOM.ask) : FREEDOM[before.outcome];
      assert(FREEDOM[after] <= most, `${before.outcome} became ${after}`);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("the order of keys in the arguments changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(layer, args, report, async (parts, callArgs, scan) => {
      const policy = await policyOf([textOf(parts)]);
      const turned = Object.fromEntries(Object.entries(callArgs).reverse());
      assertEquals(
        policy.decide(call({ args: callArgs }), scan),
        policy.decide(call({ args: turned }), scan),
      );
    }),
    { numRuns: RUNS },
  );
});

Deno.test("explain() comes to the decision that decide() comes to, and marks one deciding rule a layer at most", async () => {
  await fc.assert(
    fc.asyncProperty(layer, layer, args, report, async (above, below, callArgs, scan) => {
      const policy = await policyOf([textOf(above), textOf(below)]);
      const request = call({ args: callArgs });
      const { decision, trace } = policy.explain(request, scan);
      assertEquals(decision, policy.decide(request, scan));
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
