import { assertEquals } from "@std/assert";
import type { TraceLine } from "../../lib/policy/mod.ts";
import { EMPTY_REPORT, type Report } from "../../lib/verdict/mod.ts";
import { call, type CallOptions, policyOf } from "./_policy.ts";

async function trace(
  layers: string | readonly string[],
  options: CallOptions,
  report: Partial<Report> = {},
): Promise<readonly string[]> {
  const policy = await policyOf(layers);
  const { trace } = policy.explain(call(options), { ...EMPTY_REPORT, ...report });
  return trace.map(shown);
}

function shown({ rule, effect, match, decides, why }: TraceLine): string {
  return `${decides ? "*" : "-"} ${rule} ${effect} ${match}: ${why}`;
}

const SOUND = "- built-in abstain no: the name is sound, and no finding blocks";

const POLICY = `default = "deny"
[[rules]]
id = "hostile"
effect = "ask"
threat = { min = 4 }
[[rules]]
id = "big"
effect = "deny"
tools = ["pay", "wire_*", "send", "give"]
when = { amount = { gt = 100, lt = 500 }, any = [{ kind = "x" }, { not = { note.text = { exists = true } } }] }
[[rules]]
id = "reads"
effect = "allow"
agents = ["a"]
roles = ["reader"]
`;

Deno.test("explain() goes through every rule, also behind the one that decides", async () => {
  assertEquals(
    await trace(POLICY, { tool: "pay", args: { amount: 200, kind: "y" }, agent: "a", roles: ["reader"] }),
    [
      SOUND,
      "- layer1/hostile ask no: threat score at least 4: no",
      '* layer1/big deny yes: all of (amount gt 100 and amount lt 500: yes; any of (kind eq "x": no; not (note.text exists true: no)))',
      "- layer1/reads allow yes: it has no condition; a rule above decided",
    ],
  );
});

Deno.test("explain() says which selector leaves a call out", async () => {
  assertEquals(await trace(POLICY, { tool: "read", agent: "b" }), [
    SOUND,
    "- layer1/hostile ask no: threat score at least 4: no",
    "- layer1/big deny no: the tool is not pay, wire_*, send or 1 more",
    "- layer1/reads allow no: the agent is not a",
    "- layer1 abstain no: no rule decided; its default is deny",
  ]);
  const [, , , roles] = await trace(POLICY, { tool: "read", agent: "a", roles: ["reader"], verified: false });
  assertEquals(roles, "- layer1/reads allow no: the agent's roles are not verified");
  const [, , , lacks] = await trace(POLICY, { tool: "read", agent: "a", roles: ["other"] });
  assertEquals(lacks, "- layer1/reads allow no: the agent has no role reader");
});

Deno.test("explain() says absent and not comparable apart, and shows no value", async () => {
  const policy = '[[rules]]\nid = "r"\neffect = "deny"\nwhen = { amount = { gt = 5 } }\n';
  assertEquals((await trace(policy, {}))[1], "- layer1/r deny no: amount gt 5: no (the field is absent)");
  assertEquals(
    (await trace(policy, { args: { amount: ["hunter2"] } }))[1],
    "* layer1/r deny unevaluable: amount gt 5: unevaluable (the value cannot be compared)",
  );
  assertEquals(
    (await trace(policy, { args: "{" }))[1],
    "* layer1/r deny unevaluable: the arguments cannot be read",
  );
});

Deno.test("explain() tells of an incomplete scan", async () => {
  const lines = await trace(POLICY, {}, { complete: false });
  assertEquals(
    lines[1],
    "* layer1/hostile ask unevaluable: threat score at least 4: unevaluable (the scan is incomplete)",
  );
});

Deno.test("explain() shows the built-in answer and goes on", async () => {
  const finding = { id: "pan", at: "/a", count: 1, action: "block" as const };
  const lines = await trace('default = "allow"', {}, { findings: [finding] });
  assertEquals(lines[0], "* built-in deny yes: the arguments hold a secret (pan)");
  assertEquals(lines[1], "- layer1 abstain no: no rule decided; its default is allow");
});

Deno.test("explain() shows the guardrails in their order, with the limit that counts", async () => {
  const text = `default = "allow"
[guardrails]
block_tools = ["x"]
allow_tools = ["pay"]
human_review_tools = ["y"]
max_amount_usd = 5
rate_limit_per_minute = 30
`;
  assertEquals(await trace(text, { tool: "pay", args: { amount: 1 } }), [
    SOUND,
    "- layer1.guardrails/block_tools deny no: the tool is not x",
    "- layer1.guardrails/allow_tools deny no: the tool is pay",
    "- layer1.guardrails/human_review_tools ask no: the tool is not y",
    "- layer1.guardrails/max_amount_usd deny no: amount over the limit: no",
    "- layer1.guardrails/rate_limit_per_minute abstain no: at most 30 calls in 60 s: counted when the call leaves",
    "* layer1.guardrails/allow_tools allow yes: it has no condition",
    "- layer1 abstain no: no rule decided; its default is allow",
  ]);
  const over = await trace(text, { tool: "pay", args: { amount: "x" } });
  assertEquals(
    over[4],
    "* layer1.guardrails/max_amount_usd deny unevaluable: amount over the limit: unevaluable (it cannot be read as a number)",
  );
});

Deno.test("explain() cuts a long operand", async () => {
  const long = "x".repeat(200);
  const lines = await trace(`[[rules]]\nid = "r"\neffect = "deny"\nwhen = { a = "${long}" }\n`, {
    args: { a: "y" },
  });
  assertEquals(lines[1], `- layer1/r deny no: a eq "${"x".repeat(59)}…: no`);
});
