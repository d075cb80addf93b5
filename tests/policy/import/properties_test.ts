import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compileGlob, formatDuration, type Glob } from "../../../lib/base/mod.ts";
import { IMPORT_KINDS, type Imported, importPolicy, type ImportSource } from "../../../lib/policy/mod.ts";
import { globOfFnmatch, literalGlob } from "../../../lib/policy/import/names.ts";
import { call, policyOf, RUNS } from "../_policy.ts";
import { EMPTY_REPORT } from "../../../lib/verdict/mod.ts";

async function importOf(source: ImportSource): Promise<Imported> {
  const imported = await importPolicy(source);
  if (!imported.ok) throw new Error(JSON.stringify(imported.error));
  return imported.value;
}

function globOf(pattern: string): Glob {
  const glob = compileGlob(pattern);
  if (!glob.ok) throw new Error(`${pattern} is no glob here`);
  return glob.value;
}

/** Names and patterns from few characters, so that they meet; among them all that some dialect takes for wild. */
const text = fc.array(fc.constantFrom(..."ab_.*?[]!{}\\,-^~/\"' é\u200b\n"), { maxLength: 6 })
  .map((chars) => chars.join(""));
const name = fc.array(fc.constantFrom("a", "b", "_", "."), { maxLength: 5 }).map((chars) => chars.join(""));
const scalar = fc.oneof(
  text,
  fc.integer({ min: -3, max: 2000 }),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true }),
);
const words = fc.constantFrom(
  "allow",
  "deny",
  "ask",
  "redact",
  "block",
  "human_review",
  "require_approval",
  "require-approval",
);

function doc(keys: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> {
  return fc.dictionary(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, { weight: 1, arbitrary: text }),
    value,
    {
      maxKeys: 8,
    },
  );
}

const texts = fc.array(text, { maxLength: 3 });
const matchers = fc.dictionary(text, fc.oneof(texts, text), { maxKeys: 2 });
const operators = fc.constantFrom(
  "eq",
  "ne",
  "lt",
  "gt",
  "in",
  "not_in",
  "contains",
  "startswith",
  "regex",
  "exists",
  "neq",
  "gte",
  "x",
);
const leaf = fc.record({ field: text, op: operators, operator: operators, value: fc.oneof(scalar, texts) }, {
  requiredKeys: [],
});
const tree = fc.oneof(
  leaf,
  fc.record({ all: fc.array(leaf, { maxLength: 3 }) }),
  fc.record({ any: fc.array(leaf, { maxLength: 3 }), not: leaf }),
);

/** Rules with a value of the right kind behind most keys. */
const rule = fc.record({
  name: text,
  id: text,
  action: fc.oneof(words, fc.constantFrom("rate_limit", "budget", "sequence", "requires")),
  effect: words,
  tools: texts,
  agents: texts,
  require_roles: texts,
  tool: text,
  server: text,
  rate: fc.constantFrom("5/minute", "0/hour", "7/day", "x"),
  max_calls: fc.nat(5),
  max_per_tool: fc.nat(5),
  pattern: texts,
  requires_event: text,
  within: fc.constantFrom("5m", "1d", "-3m", "soon", 60, "0"),
  cooldown: fc.constantFrom("5m1h", "500ms", 0),
  min_threat_score: fc.integer({ min: -5, max: 5000 }),
  budget: fc.record({ key: text, field: text, limit: fc.integer({ min: 0, max: 9 }) }, {
    requiredKeys: ["limit"],
  }),
  redact_fields: texts,
  when: fc.oneof(
    tree,
    fc.record({ arg_matches: matchers, arg_regex: matchers, arg_contains: matchers }, { requiredKeys: [] }),
  ),
  where: fc.dictionary(
    text,
    fc.oneof(
      fc.record({ prefix: text }),
      fc.record({ not_prefix: text }),
      fc.record({ regex: text }),
      fc.record({ equals: scalar }),
    ),
  ),
  condition: leaf,
  message: text,
  reason: text,
}, { requiredKeys: [] });

const rules = fc.array(rule, { maxLength: 5 });
const lists = fc.record({
  allow_tools: texts,
  block_tools: texts,
  human_review_tools: texts,
  max_amount_usd: fc.nat(),
  human_review_above_usd: fc.nat(),
  custom_rules: rules,
}, { requiredKeys: [] });
const counts = fc.dictionary(text, fc.nat(9), { maxKeys: 3 });
const document = fc.oneof(
  fc.record({
    rules: fc.tuple(
      lists,
      fc.record({
        agent_rules: fc.dictionary(text, lists, { maxKeys: 2 }),
        rate_limit_tools: counts,
        amount_field: text,
        redact_fields: texts,
      }, { requiredKeys: [] }),
    )
      .map(([a, b]) => ({ ...a, ...b })),
    agent: fc.record({ id: text, authorized_by: text }),
  }, { requiredKeys: ["rules"] }),
  fc.record({ name: text, default_effect: words, default_action: words, rules }, { requiredKeys: ["rules"] }),
  fc.record({ policy: fc.record({ default: words, rules }, { requiredKeys: [] }) }),
  fc.record({
    bounds: doc([
      "max_actions_per_session",
      "max_identical_calls",
      "max_actions_per_minute",
      "max_duration_seconds",
    ], fc.nat(5)),
    workflows: fc.array(fc.record({ name: text, steps: texts, max_steps: fc.nat(3) }, { requiredKeys: [] }), {
      maxLength: 3,
    }),
    responses: fc.record({ warn: fc.record({ threshold: fc.double({ min: 0, max: 2, noNaN: true }) }) }),
  }, { requiredKeys: ["bounds"] }),
  doc(
    ["rules", "policy", "bounds", "workflows", "default_action", "agent", "dlp", "servers"],
    fc.oneof(scalar, rules, lists),
  ),
);

Deno.test("property: what an import writes is a policy that loads, or there are diagnostics", async () => {
  let loaded = 0;
  await fc.assert(
    fc.asyncProperty(document, fc.constantFrom(undefined, ...IMPORT_KINDS), async (value, from) => {
      const text = JSON.stringify(value);
      const imported = await importPolicy({ file: "p.json", text, ...(from === undefined ? {} : { from }) });
      if (!imported.ok) {
        assert(imported.error.length > 0 && imported.error.every(({ hint }) => hint !== ""));
        // Never for a fault of ours: whatever is in the file is told in words about that file.
        assert(
          !imported.error.some(({ message }) => message.startsWith("no policy can be made")),
          JSON.stringify(imported.error),
        );
        return;
      }
      await policyOf(imported.value.toml);
      loaded++;
    }),
    { numRuns: RUNS * 4 },
  );
  assert(loaded > RUNS, `${loaded} of the documents were imported`);
});

/** estoppl's own rule on names: `*`, `X.*` and `X_*`. */
function theirsMatches(pattern: string, tool: string): boolean {
  if (pattern === "*") return true;
  if (pattern.endsWith(".*")) return tool.startsWith(pattern.slice(0, -2));
  if (pattern.endsWith("_*")) return tool.startsWith(pattern.slice(0, -1));
  return pattern === tool;
}

Deno.test("property: estoppl's lists never permit more here than there", async () => {
  const pattern = fc.oneof(
    name,
    name.map((prefix) => `${prefix}.*`),
    name.map((prefix) => `${prefix}_*`),
    fc.constant("*"),
  )
    .filter((text) => text !== "");
  const list = fc.array(pattern, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      list,
      list,
      fc.array(name, { minLength: 5, maxLength: 10 }),
      async (allowed, blocked, tools) => {
        const text = JSON.stringify({ rules: { allow_tools: allowed, block_tools: blocked } });
        const { toml } = await importOf({ file: "e.json", text });
        const policy = await policyOf(toml);
        for (const tool of tools.filter((tool) => tool !== "")) {
          const theirs = !blocked.some((one) => theirsMatches(one, tool)) &&
            allowed.some((one) => theirsMatches(one, tool));
          const ours = policy.decide(call({ tool }), EMPTY_REPORT).outcome === "allow";
          assert(theirs || !ours, `${tool} passes here: allow ${allowed}, block ${blocked}`);
        }
      },
    ),
    { numRuns: RUNS },
  );
});

/** `fnmatch.translate` of Python, as a regular expression. */
function fnmatchRegExp(pattern: string): RegExp | undefined {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    if (char === "*") source += ".*";
    else if (char === "?") source += ".";
    else if (char === "[") {
      let end = at + 1;
      if (pattern[end] === "!") end++;
      if (pattern[end] === "]") end++;
      end = pattern.indexOf("]", end);
      if (end < 0) source += "\\[";
      else {
        const negated = pattern[at + 1] === "!";
        const members = pattern.slice(at + (negated ? 2 : 1), end).replace(/[\\\]^[]/g, "\\$&");
        source += `[${negated ? "^" : ""}${members}]`;
        at = end;
      }
    } else source += char.replace(/[\\^$.|+(){}\]]/g, "\\$&");
  }
  try {
    return new RegExp(`^(?:${source})$`, "s");
  } catch {
    return undefined; // a range that runs backwards, which Python drops
  }
}

Deno.test("property: a glob of fnmatch matches here what it matches there", () => {
  const chars = fc.array(fc.constantFrom(..."ab*?[]!-{},\\"), { maxLength: 8 }).map((all) => all.join(""));
  fc.assert(
    fc.property(chars, fc.array(chars, { minLength: 3, maxLength: 6 }), (pattern, names) => {
      const theirs = fnmatchRegExp(pattern),
        ours = theirs === undefined ? undefined : globOf(globOfFnmatch(pattern));
      if (theirs === undefined || ours === undefined) return;
      for (const name of [...names, pattern]) {
        assertEquals(ours(name), theirs.test(name), `${pattern} on ${name}`);
      }
    }),
    { numRuns: RUNS * 5 },
  );
});

Deno.test("property: a literal matches itself and nothing else", () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const glob = globOf(literalGlob(one));
      assert(glob(one));
      assertEquals(glob(other), one.normalize("NFC") === other.normalize("NFC"));
    }),
    { numRuns: RUNS },
  );
});

Deno.test("property: a duration that both read is carried over as it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 86_399 }), async (seconds) => {
      const within = formatDuration(seconds * 1000);
      const text = JSON.stringify({ rules: [{ action: "requires", requires_event: "e", within }] });
      const { toml, notes } = await importOf({ file: "p.json", text });
      assert(toml.includes(`within = "${within}"`));
      assertEquals(notes.filter(({ path }) => path.endsWith("within")), []);
    }),
    { numRuns: RUNS / 4 },
  );
});
