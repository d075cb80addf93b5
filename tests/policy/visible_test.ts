import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { hiddenTools, loadPolicy, type Policy } from "../../lib/policy/mod.ts";
import { EMPTY_REPORT, resolve, type Usage } from "../../lib/verdict/mod.ts";
import { call, type CallOptions, policyOf, RUNS } from "./_policy.ts";

const HIDES = "hide_denied_tools = true";
const NAMES = ["read_a", "delete_a", "pay", "délète", "white space", "x".repeat(300)];

type Row = readonly [name: string, policy: string | readonly string[], hidden: readonly string[]];

const rule = (id: string, effect: string, more: string) =>
  `[[rules]]\nid = "${id}"\neffect = "${effect}"\n${more}\n`;

const ROWS: readonly Row[] = [
  ["a policy that hides nothing", `default = "deny"`, []],
  ["a default that denies, and nothing that allows", `default = "deny"\n${HIDES}`, NAMES],
  ["a default that allows", `default = "allow"\n${HIDES}`, []],
  ["a default that asks", `default = "ask"\n${HIDES}`, []],
  [
    "a deny without conditions",
    `default = "allow"\n${HIDES}\n${rule("d", "deny", 'tools = ["delete_*"]')}`,
    ["delete_a"],
  ],
  [
    "a deny with a condition may not match",
    `default = "allow"\n${HIDES}\n${rule("d", "deny", 'tools = ["pay"]\nwhen = { a = { exists = true } }')}`,
    [],
  ],
  [
    "a deny with a limit does not match at first",
    `default = "allow"\n${HIDES}\n${rule("d", "deny", 'tools = ["pay"]\nover = { calls = 1 }')}`,
    [],
  ],
  [
    "what is allowed under a condition may pass",
    `default = "deny"\n${HIDES}\n${rule("a", "allow", 'tools = ["pay"]\nwhen = { a = 1 }')}`,
    NAMES.filter((name) => name !== "pay"),
  ],
  [
    "what is held may pass, and what is masked",
    `default = "deny"\n${HIDES}\n${rule("a", "ask", 'tools = ["pay"]')}${
      rule("r", "redact", 'tools = ["read_*"]\nredact_fields = ["x"]')
    }`,
    NAMES.filter((name) => name !== "pay" && name !== "read_a"),
  ],
  [
    "the first rule decides: an allow below a deny is of no use",
    `default = "allow"\n${HIDES}\n${rule("d", "deny", 'tools = ["pay"]')}${
      rule("a", "allow", 'tools = ["pay"]')
    }`,
    ["pay"],
  ],
  [
    "an allow with a condition above a deny is",
    `default = "allow"\n${HIDES}\n${rule("a", "allow", 'tools = ["pay"]\nwhen = { a = 1 }')}${
      rule("d", "deny", 'tools = ["pay"]')
    }`,
    [],
  ],
  [
    "a layer that denies, whatever the others say, and whichever of them asks to hide",
    [`default = "allow"\n${rule("a", "allow", "")}`, `${HIDES}\n${rule("d", "deny", 'tools = ["pay"]')}`],
    ["pay"],
  ],
  [
    "layers that deny under conditions, over a default that denies",
    [
      `default = "deny"\n${HIDES}\n${rule("a", "deny", 'tools = ["pay"]\nwhen = { a = 1 }')}`,
      `${rule("d", "allow", 'tools = ["read_*"]')}`,
    ],
    NAMES.filter((name) => name !== "read_a"),
  ],
  [
    "guardrails: block, and everything off the allow list",
    `default = "allow"\n${HIDES}\n[guardrails]\nblock_tools = ["delete_*"]\nallow_tools = ["*_a", "pay"]\n` +
    "max_amount_usd = 5\nrate_limit_per_minute = 1",
    NAMES.filter((name) => name !== "read_a" && name !== "pay"),
  ],
  [
    "a rule about another agent, server, method or role",
    `default = "allow"\n${HIDES}\n${rule("a", "deny", 'agents = ["other"]')}${
      rule("b", "deny", 'servers = ["other"]')
    }` +
    `${rule("c", "deny", 'methods = ["resources/read"]')}${rule("e", "deny", 'roles = ["other"]')}`,
    [],
  ],
  [
    "an envelope may never say anything",
    `default = "allow"\n${HIDES}\n[envelope]\nmax_calls = 1`,
    [],
  ],
];

const listing = (options: CallOptions = {}) =>
  call({ method: "tools/list", tool: "", judged: false, ...options });

for (const [name, layers, hidden] of ROWS) {
  Deno.test(`hidden: ${name}`, async () => {
    const policy = await policyOf(layers);
    assertEquals(hiddenTools(policy, listing(), NAMES), hidden);
    assertEquals(hiddenTools(policy, listing(), NAMES), hidden, "and once more, as it is remembered");
  });
}

Deno.test("what is hidden depends on the agent, its roles and the server, and none is taken for another", async () => {
  const policy = await policyOf(
    `default = "deny"\n${HIDES}\n${rule("a", "allow", 'agents = ["bot"]\ntools = ["pay"]')}` +
      `${rule("b", "allow", 'roles = ["admin"]\ntools = ["read_*"]')}` +
      `${rule("c", "allow", 'servers = ["bank"]\ntools = ["delete_*"]')}` +
      '[guardrails.agents.bot]\nblock_tools = ["pay"]',
  );
  const names = ["read_a", "delete_a", "pay"];
  const hidden = (options: CallOptions) => hiddenTools(policy, listing(options), names).join(" ");
  for (let again = 0; again < 2; again++) {
    assertEquals(hidden({}), "read_a delete_a pay");
    assertEquals(hidden({ agent: "bot" }), "read_a delete_a pay");
    assertEquals(hidden({ roles: ["admin"] }), "delete_a pay");
    assertEquals(hidden({ server: "bank" }), "read_a pay");
    assertEquals(hidden({ roles: ["admin"], verified: false }), "read_a delete_a pay");
  }
});

const TOOLS = ["read_a", "read_b", "pay", "delete_a"];
const RULE = fc.record({
  effect: fc.constantFrom("allow", "deny", "ask", "redact"),
  tools: fc.option(fc.subarray(["read_*", "pay", "delete_*", "*_a"], { minLength: 1 }), { nil: undefined }),
  when: fc.constantFrom(undefined, undefined, { a: { gt: 5 } }, { b: { exists: false } }, { a: { lt: 3 } }),
  over: fc.constantFrom(undefined, undefined, { calls: 2 }),
  agents: fc.constantFrom(undefined, undefined, ["agent"], ["other"]),
});
const LAYER = fc.record({
  default: fc.constantFrom(undefined, "allow", "deny", "ask"),
  rules: fc.array(RULE, { maxLength: 5 }),
  guardrails: fc.constantFrom(
    undefined,
    undefined,
    { block_tools: ["delete_*"] },
    { allow_tools: ["read_*"], max_amount_usd: 3 },
    { allow_tools: ["*_a"], agents: { agent: { allow_tools: [] } } },
  ),
});
const ARGS = fc.record({
  a: fc.constantFrom(1, 9, "x", null),
  b: fc.constantFrom(1, [2], {}),
  amount: fc.constantFrom(1, 9, "x"),
}, { requiredKeys: [] });

async function loaded(layers: readonly Record<string, unknown>[]): Promise<Policy> {
  const sources = layers.map((layer, i) => ({
    name: `l${i}`,
    file: `l${i}.json`,
    format: "json" as const,
    text: JSON.stringify({ version: 1, hide_denied_tools: true, ...layer }),
  }));
  const policy = await loadPolicy(sources);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
}

Deno.test("a tool that is hidden is denied, whatever the arguments and whatever happened before", async () => {
  let hiddenCount = 0, deniedCount = 0;
  const usage = (seed: number): Usage => ({
    match: ({ kind }) => kind === "limit" && seed % 3 === 0 ? "yes" : seed % 3 === 1 ? "no" : "unevaluable",
    calls: () => seed,
    progress: () => 0,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(LAYER, { minLength: 1, maxLength: 3 }),
      fc.array(ARGS, { minLength: 20, maxLength: 20 }),
      async (layers, args) => {
        const policy = await loaded(layers.map(withIds));
        const hidden = hiddenTools(policy, listing(), TOOLS);
        for (const tool of TOOLS) {
          const outcomes = args.map((one, i) =>
            resolve(policy.decide(call({ tool, args: one, listing: "listed" }), EMPTY_REPORT), usage(i))
              .outcome
          );
          const isDenied = outcomes.every((outcome) => outcome === "deny");
          if (isDenied) deniedCount++;
          if (!hidden.includes(tool)) continue;
          hiddenCount++;
          assert(isDenied, `${tool} is hidden and can be called`);
        }
      },
    ),
    { numRuns: RUNS },
  );
  // The property would hold for a filter that hides nothing as well.
  assert(hiddenCount > RUNS / 4, `only ${hiddenCount} were hidden`);
  assert(hiddenCount > deniedCount / 2, `${hiddenCount} of ${deniedCount} denied ones are hidden`);
});

function withIds({ rules, ...layer }: { readonly rules: readonly Record<string, unknown>[] }) {
  return {
    ...layer,
    rules: rules.map((one, i) => ({
      id: `r${i}`,
      ...one,
      ...(one["effect"] === "redact" ? { redact_fields: ["x"] } : {}),
    })),
  };
}

Deno.test("a thousand tools are looked through, at first and again", async () => {
  const rules = Array.from(
    { length: 100 },
    (_, i) => rule(`r${i}`, i % 2 === 0 ? "deny" : "allow", `tools = ["t${i}_*"]`),
  );
  const policy = await policyOf(`default = "deny"\n${HIDES}\n${rules.join("")}`);
  const names = Array.from({ length: 1000 }, (_, i) => `t${i % 150}_tool_${i}`);
  const hidden = hiddenTools(policy, listing(), names);
  assertEquals(hidden.length, names.filter((_, i) => i % 150 >= 100 || (i % 150) % 2 === 0).length);
  assertEquals(hiddenTools(policy, listing(), names), hidden);
});
