import { assertEquals } from "@std/assert";
import { loadPolicy } from "../../lib/policy/mod.ts";
import type { Decision } from "../../lib/verdict/mod.ts";
import { type CallOptions, decide, policyOf } from "./_policy.ts";

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

for (const [tool, limit, key] of RATES) {
  Deno.test(`rate limit of ${tool} is ${limit ?? "none: the call does not get as far"}`, async () => {
    const { charges } = decide(await policyOf(RATE), { tool });
    assertEquals(charges.map((charge) => charge.limit), limit === undefined ? [] : [limit]);
    const [charge] = charges;
    if (charge === undefined) return;
    assertEquals(charge.meter, `rate/${G}/files/${tool}`);
    assertEquals([charge.windowMs, charge.amount], [60_000, 1]);
    assertEquals(charge.refusal, {
      outcome: "deny",
      rules: [`${G}/${key}`],
      reason: "guardrail:rate",
      message: "too many calls of this tool within a minute: wait before the next one",
    });
  });
}

Deno.test("one meter a server and tool, and an odd name goes into it as its digest", async () => {
  const policy = await policyOf(RATE);
  const meter = (options: CallOptions) => decide(policy, options).charges[0]?.meter ?? "";
  assertEquals(meter({ tool: "read", server: "other" }), `rate/${G}/other/read`);
  const odd = meter({ tool: "../../x y", listing: "listed" });
  assertEquals(/^rate\/layer1\.guardrails\/files\/~[0-9a-f]{32}$/.test(odd), true);
});

Deno.test("nothing but a tool call is counted", async () => {
  const policy = await policyOf(RATE);
  assertEquals(decide(policy, { tool: "file:///x", method: "resources/read" }).charges, []);
  assertEquals(decide(policy, { tool: "", method: "tools/list", judged: false }).charges, []);
});

Deno.test("limits of two layers are counted apart, and a denied call costs nothing", async () => {
  const layer = (limit: number, more = "") =>
    `default = "allow"\n[guardrails]\nrate_limit_per_minute = ${limit}\n${more}`;
  const both = await policyOf([layer(30), layer(5)]);
  assertEquals(decide(both).charges.map(({ meter, limit }) => [meter, limit]), [
    ["rate/layer1.guardrails/files/tool", 30],
    ["rate/layer2.guardrails/files/tool", 5],
  ]);
  const denied = await policyOf([layer(30), layer(5, 'block_tools = ["*"]')]);
  assertEquals(decide(denied).charges, []);
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
