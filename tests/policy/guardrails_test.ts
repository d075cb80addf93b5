import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { loadPolicy } from "../../lib/policy/mod.ts";
import type { Decision } from "../../lib/verdict/mod.ts";
import { type CallOptions, decide, policyOf, RUNS } from "./_policy.ts";
import { Stage } from "./_stage.ts";

function shown({ outcome, reason, rules }: Decision): string {
  return [outcome, reason, ...rules].join(" ");
}

const G = "layer1.guardrails";

type Row = readonly [name: string, guardrails: string, call: CallOptions, expected: string];

const LISTS = `block_tools = ["delete_*"]
allow_tools = ["read.*", "delete_x", "wire_transfer", "pay"]
human_review_tools = ["wire_transfer"]
max_amount_usd = 50000.0`;

const ROWS: readonly Row[] = [
  ["a blocked tool", LISTS, { tool: "delete_user" }, `deny guardrail:block_tools ${G}/block_tools`],
  ["block comes before allow", LISTS, { tool: "delete_x" }, `deny guardrail:block_tools ${G}/block_tools`],
  ["an allowed tool", LISTS, { tool: "read.file" }, `allow guardrail:allow_tools ${G}/allow_tools`],
  [
    "a tool that is not on the list",
    LISTS,
    { tool: "write.file" },
    `deny guardrail:allow_tools ${G}/allow_tools`,
  ],
  [
    "a name that only begins so",
    LISTS,
    { tool: "readwrite_all" },
    `deny guardrail:allow_tools ${G}/allow_tools`,
  ],
  [
    "review comes before the amount",
    LISTS,
    { tool: "wire_transfer", args: { amount: 60000 } },
    `ask guardrail:human_review ${G}/human_review_tools`,
  ],
  [
    "an amount over the limit",
    LISTS,
    { tool: "pay", args: { amount: 60000 } },
    `deny guardrail:max_amount ${G}/max_amount_usd`,
  ],
  [
    "an amount below",
    LISTS,
    { tool: "pay", args: { amount: 5 } },
    `allow guardrail:allow_tools ${G}/allow_tools`,
  ],
  ["no amount", LISTS, { tool: "pay" }, `allow guardrail:allow_tools ${G}/allow_tools`],
  ["without an allow list the layer abstains", 'block_tools = ["x"]', {}, "ask default"],
  ["an empty allow list is none", "allow_tools = []", {}, "ask default"],
  ["lists are about tools alone", LISTS, { tool: "file:///x", method: "resources/read" }, "ask default"],
];

for (const [name, guardrails, options, expected] of ROWS) {
  Deno.test(`guardrails: ${name}`, async () => {
    assertEquals(
      shown(decide(await policyOf(`default = "ask"\n[guardrails]\n${guardrails}`), options)),
      expected,
    );
  });
}

const OVER = `deny guardrail:max_amount ${G}/max_amount_usd`;
const UNDER = "allow default";

const AMOUNTS: readonly (readonly [field: string, args: unknown, expected: string])[] = [
  ["amount", { amount: 50000 }, UNDER],
  ["amount", '{"amount": 50000.0}', UNDER],
  ["amount", '{"amount": 50000.000001}', OVER],
  ["amount", '{"amount": 50000.00000000000000000000000001}', OVER],
  ["amount", { amount: "50000" }, UNDER],
  ["amount", { amount: "75,000" }, OVER],
  ["amount", { amount: "7.5e4" }, OVER],
  ["amount", { amount: "49,999.99" }, UNDER],
  ["amount", { amount: [10, 20] }, UNDER],
  ["amount", { amount: [10, "60000"] }, OVER],
  ["amount", { amount: [[60000]] }, OVER],
  ["amount", { amount: [] }, UNDER],
  ["amount", { amount: "sixty thousand" }, OVER],
  ["amount", { amount: "$75,000" }, OVER],
  ["amount", { amount: { value: 60000 } }, OVER],
  ["amount", { amount: null }, OVER],
  ["amount", { amount: true }, OVER],
  ["amount", { Amount: 60000 }, UNDER],
  ["amount", { amount: -60000 }, UNDER],
  ["payment.total", { payment: { total: 60000 } }, OVER],
  ["payment.total", { payment: [{ total: 1 }, { total: 60000 }] }, OVER],
  ["payment.total", { payment: { total: 1 }, total: 60000 }, UNDER],
  ["items.*.price", { items: [{ price: 1 }, { price: 60000 }] }, OVER],
  ["items.0.price", { items: [{ price: 1 }, { price: 60000 }] }, UNDER],
];

for (const [field, args, expected] of AMOUNTS) {
  const text = typeof args === "string" ? args : JSON.stringify(args);
  Deno.test(`max_amount_usd = 50000.0 at ${field} on ${text}: ${expected.split(" ")[0]}`, async () => {
    const policy = await policyOf(
      `default = "allow"\n[guardrails]\nmax_amount_usd = 50000.0\namount_field = "${field}"`,
    );
    assertEquals(shown(decide(policy, { args })), expected);
  });
}

const CUSTOM = `[[guardrails.custom_rules]]
name = "small"
tool = "wire_*"
condition = { field = "amount", operator = "<=", value = 100 }
action = "allow"
[[guardrails.custom_rules]]
name = "Large transfers need approval"
tool = "wire_*"
condition = { field = "amount", operator = "gt", value = 10000 }
action = "human_review"
[[guardrails.custom_rules]]
name = "no raw SQL"
condition = { field = "query", operator = "regex", value = "(?i)drop table" }
action = "block"
`;

const CUSTOM_ROWS: readonly (readonly [call: CallOptions, expected: string])[] = [
  [{ tool: "wire_x", args: { amount: 100 } }, `allow guardrail:custom:small ${G}/custom:small`],
  [{ tool: "wire_x", args: { amount: 101 } }, "ask default"],
  [
    { tool: "wire_x", args: { amount: 10001 } },
    `ask guardrail:custom:Large transfers need approval ${G}/custom:Large transfers need approval`,
  ],
  [{ tool: "pay", args: { amount: 10001 } }, "ask default"],
  [
    { tool: "db", args: { query: "DROP TABLE x" } },
    `deny guardrail:custom:no raw SQL ${G}/custom:no raw SQL`,
  ],
  [
    { tool: "db", args: { query: ["DROP TABLE x"] } },
    `deny guardrail:custom:no raw SQL ${G}/custom:no raw SQL`,
  ],
];

for (const [options, expected] of CUSTOM_ROWS) {
  Deno.test(`custom rule on ${JSON.stringify(options)}: ${expected.split(" ")[0]}`, async () => {
    assertEquals(shown(decide(await policyOf(`default = "ask"\n${CUSTOM}`), options)), expected);
  });
}

const RATE = `default = "allow"
[guardrails]
human_review_tools = ["reviewed"]
block_tools = ["blocked"]
rate_limit_per_minute = 30
rate_limit_tools = { search = 5, "list_*" = 7, list_all = 9 }`;

const RATES: readonly (readonly [tool: string, limit: number | undefined, key: string])[] = [
  ["read", 30, "rate_limit_per_minute"],
  ["search", 5, "rate_limit_tools"],
  ["list_x", 7, "rate_limit_tools"],
  ["list_all", 9, "rate_limit_tools"],
  ["blocked", undefined, ""],
  ["reviewed", undefined, ""],
];

/** With no charge made yet: limits fit. */
async function fresh(policy: string | readonly string[], options: CallOptions = {}): Promise<Decision> {
  return new Stage(await policyOf(policy)).call(options);
}

for (const [tool, limit, key] of RATES) {
  Deno.test(`rate limit of ${tool} is ${limit ?? "none: the call does not get as far"}`, async () => {
    const stage = new Stage(await policyOf(RATE));
    const { charges } = stage.call({ tool });
    assertEquals(charges.map((charge) => charge.limit), limit === undefined ? [] : [`${limit}`]);
    if (limit === undefined) return;
    assertEquals(charges.map(({ meter, amount, window }) => [meter, amount, window]), [
      [`["rate","${G}","tool","files","${tool}"]`, "1", { kind: "sliding", ms: 60_000 }],
    ]);
    for (let i = 1; i < limit; i++) assertEquals(stage.call({ tool, at: 30 }).outcome, "allow");
    assertEquals(shown(stage.call({ tool, at: 59 })), `deny guardrail:rate ${G}/${key}`);
    assertEquals(stage.call({ tool: "other", at: 59 }).outcome, "allow");
    assertEquals(stage.call({ tool, at: 60 }).outcome, "allow");
  });
}

Deno.test("one meter a server and tool; another spelling of a name has no meter of its own", async () => {
  const meter = async (options: CallOptions) => (await fresh(RATE, options)).charges[0]?.meter ?? "";
  assertEquals(await meter({ tool: "read", server: "other" }), `["rate","${G}","tool","other","read"]`);
  const composed = await meter({ tool: "caf\u00e9", listing: "listed" });
  assertEquals(await meter({ tool: "cafe\u0301", listing: "listed" }), composed);
});

Deno.test("nothing but a tool call is counted", async () => {
  assertEquals((await fresh(RATE, { tool: "file:///x", method: "resources/read" })).charges, []);
  assertEquals((await fresh(RATE, { tool: "", method: "tools/list", judged: false })).charges, []);
});

Deno.test("limits of two layers are counted apart, and a denied call costs nothing", async () => {
  const layer = (limit: number, more = "") =>
    `default = "allow"\n[guardrails]\nrate_limit_per_minute = ${limit}\n${more}`;
  assertEquals((await fresh([layer(30), layer(5)])).charges.map(({ meter, limit }) => [meter, limit]), [
    [`["rate","layer1.guardrails","tool","files","tool"]`, "30"],
    [`["rate","layer2.guardrails","tool","files","tool"]`, "5"],
  ]);
  assertEquals((await fresh([layer(30), layer(5, 'block_tools = ["*"]')])).charges, []);
});

const AGENTS = `default = "allow"
[guardrails]
block_tools = ["delete_*"]
allow_tools = ["read_*", "pay", "delete_*", "odd"]
human_review_tools = ["odd"]
max_amount_usd = 100
redact_fields = ["ssn"]
[[guardrails.custom_rules]]
name = "no root"
condition = { field = "user", operator = "eq", value = "root" }
action = "block"
[guardrails.agents.bot]
block_tools = ["read_secret"]
max_amount_usd = 1000
redact_fields = []
[guardrails.agents.open]
allow_tools = []
human_review_tools = []
amount_field = "total"
custom_rules = []
redact_fields = ["pin", "ssn"]
[guardrails.agents."a.b"]
custom_rules = [{ name = "no bob", condition = { field = "user", operator = "eq", value = "bob" }, action = "block" }]
`;

type AgentRow = readonly [agent: string, tool: string, args: unknown, expected: string];
const AGENT_ROWS: readonly AgentRow[] = [
  ["other", "delete_x", {}, `deny guardrail:block_tools ${G}/block_tools`],
  ["bot", "delete_x", {}, `allow guardrail:allow_tools ${G}/allow_tools`],
  ["bot", "read_secret", {}, `deny guardrail:block_tools ${G}/agents.bot.block_tools`],
  ["other", "read_secret", {}, `redact guardrail:allow_tools ${G}/allow_tools ${G}/redact_fields`],
  ["bot", "write", {}, `deny guardrail:allow_tools ${G}/allow_tools`],
  ["open", "write", {}, `redact default ${G}/agents.open.redact_fields`],
  ["open", "delete_x", {}, `deny guardrail:block_tools ${G}/block_tools`],
  ["bot", "odd", {}, `ask guardrail:human_review ${G}/human_review_tools`],
  ["open", "odd", {}, `redact default ${G}/agents.open.redact_fields`],
  ["other", "pay", { amount: 101 }, `deny guardrail:max_amount ${G}/max_amount_usd`],
  ["bot", "pay", { amount: 101 }, `allow guardrail:allow_tools ${G}/allow_tools`],
  ["bot", "pay", { amount: 1001 }, `deny guardrail:max_amount ${G}/agents.bot.max_amount_usd`],
  ["open", "pay", { amount: 101 }, `redact default ${G}/agents.open.redact_fields`],
  ["open", "pay", { total: 101 }, `deny guardrail:max_amount ${G}/agents.open.max_amount_usd`],
  ["other", "pay", { user: "root" }, `deny guardrail:custom:no root ${G}/custom:no root`],
  ["open", "pay", { user: "root" }, `redact default ${G}/agents.open.redact_fields`],
  [
    "a.b",
    "pay",
    { user: "root" },
    `redact guardrail:allow_tools ${G}/allow_tools ${G}/redact_fields`,
  ],
  ["a.b", "pay", { user: "bob" }, `deny guardrail:custom:no bob ${G}/agents.a.b.custom:no bob`],
];

for (const [agent, tool, args, expected] of AGENT_ROWS) {
  Deno.test(`guardrails of agent ${agent}: ${tool} ${JSON.stringify(args)}`, async () => {
    assertEquals(shown(decide(await policyOf(AGENTS), { agent, tool, args })), expected);
  });
}

Deno.test("an agent's masks stand in the place of the general ones", async () => {
  const policy = await policyOf(AGENTS);
  const masks = (agent: string) => decide(policy, { agent, tool: "pay" }).duties.redactFields;
  assertEquals([masks("other"), masks("bot"), masks("open")], [["ssn"], [], ["pin", "ssn"]]);
});

Deno.test("an agent with a rate of its own has a meter of its own, and keeps the general limits of single tools", async () => {
  const text = `default = "allow"
[guardrails]
rate_limit_per_minute = 1
rate_limit_tools = { search = 2 }
[guardrails.agents.bot]
rate_limit_per_minute = 3
`;
  const stage = new Stage(await policyOf(text));
  const run = (agent: string, tool: string, times: number) =>
    stage.outcomes(...Array.from({ length: times }, () => ({ agent, tool })));
  assertEquals(run("other", "read", 2), "allow deny");
  assertEquals(run("third", "read", 1), "deny"); // all others share one meter a tool
  assertEquals(run("bot", "read", 4), "allow allow allow deny");
  assertEquals(run("bot", "search", 3), "allow allow deny");
  assertEquals(run("other", "search", 3), "allow allow deny");
});

Deno.test("redact_fields mask what passes, and permit nothing", async () => {
  const masks = '[guardrails]\nredact_fields = ["ssn", "card.number"]';
  const allowed = decide(await policyOf(`default = "allow"\n${masks}`));
  assertEquals(shown(allowed), `redact default ${G}/redact_fields`);
  assertEquals(allowed.duties.redactFields, ["ssn", "card.number"]);
  const denied = decide(await policyOf(`default = "deny"\n${masks}`));
  assertEquals(shown(denied), "deny default");
  assertEquals(denied.duties.redactFields, []);
});

Deno.test("the guardrails of a configuration are the highest layer, and the rest of it is left alone", async () => {
  const text =
    'version = 1\nunknown_to_policies = true\n[agent]\nid = "x"\n[guardrails]\nblock_tools = ["delete_*"]\n';
  const policy = await loadPolicy([
    { name: "guardrails", file: "countersign.toml", format: "toml", text, section: "guardrails" },
    { name: "p", file: "p.toml", format: "toml", text: 'version = 1\ndefault = "allow"\n' },
  ]);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  assertEquals(
    shown(decide(policy.value, { tool: "delete_x" })),
    "deny guardrail:block_tools guardrails/block_tools",
  );
  assertEquals(shown(decide(policy.value, { tool: "read" })), "allow default");
});

Deno.test("a mistake in a configuration's guardrails has its place in the whole file", async () => {
  const text = 'version = 1\n\n[guardrails]\nblok_tools = ["x"]\n';
  const policy = await loadPolicy([
    { name: "guardrails", file: "countersign.toml", format: "toml", text, section: "guardrails" },
  ]);
  assertEquals(policy.ok ? [] : policy.error.map(({ line, column, hint }) => [line, column, hint]), [
    [4, 1, 'did you mean "block_tools"?'],
  ]);
});

const TOOLS = fc.subarray(["read_a", "read_*", "delete_*", "pay"], { maxLength: 2 });
const ALL_KEYS = fc.record({
  block_tools: TOOLS,
  allow_tools: TOOLS,
  human_review_tools: TOOLS,
  max_amount_usd: fc.constantFrom(10, 100),
  amount_field: fc.constantFrom("amount", "total"),
  custom_rules: fc.subarray([
    { name: "a", tool: "pay", condition: { field: "user", operator: "eq", value: "root" }, action: "block" },
    { name: "b", condition: { field: "amount", operator: "lt", value: 5 }, action: "allow" },
  ]),
  rate_limit_per_minute: fc.constantFrom(1, 2),
  rate_limit_tools: fc.constantFrom({}, { pay: 1 }, { "read_*": 2 }),
  redact_fields: fc.subarray(["ssn", "pin"]),
});
const KEY_NAMES = [
  "block_tools",
  "allow_tools",
  "human_review_tools",
  "max_amount_usd",
  "amount_field",
  "custom_rules",
  "rate_limit_per_minute",
  "rate_limit_tools",
  "redact_fields",
] as const;
/** Some of the keys. */
const KEYS = fc.tuple(ALL_KEYS, fc.subarray([...KEY_NAMES])).map(([all, names]) =>
  Object.fromEntries(names.map((name) => [name, all[name]]))
);
const CALLS = fc.array(
  fc.record({
    tool: fc.constantFrom("read_a", "delete_a", "pay"),
    args: fc.record({
      amount: fc.constantFrom(1, 1, 50, 500),
      total: fc.constantFrom(1, 1, 50, 500),
      user: fc.constantFrom("root", "eve"),
    }, { requiredKeys: [] }),
  }),
  { minLength: 6, maxLength: 12 },
);

async function stageOf(guardrails: unknown): Promise<Stage> {
  const text = JSON.stringify({ version: 1, default: "allow", guardrails });
  const policy = await loadPolicy([{ name: "layer1", file: "p.json", format: "json", text }]);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return new Stage(policy.value);
}

Deno.test("what an agent states holds as if it were the general key; others see none of it", async () => {
  await fc.assert(
    fc.asyncProperty(KEYS, KEYS, CALLS, async (general, own, calls) => {
      // A stage for each: agents without rates of their own share the meters.
      const guardrails = { ...general, agents: { bot: own } };
      const forBot = await stageOf(guardrails), merged = await stageOf({ ...general, ...own });
      const forOther = await stageOf(guardrails), plain = await stageOf(general);
      for (const one of calls) {
        const asBot = { ...one, agent: "bot" }, asOther = { ...one, agent: "other" };
        assertEquals(said(forBot.call(asBot)), said(merged.call(asBot)));
        assertEquals(said(forOther.call(asOther)), said(plain.call(asOther)));
      }
    }),
    { numRuns: RUNS },
  );
});

function said({ outcome, reason, message, duties }: Decision) {
  return [outcome, reason, message, [...duties.redactFields].sort()];
}
