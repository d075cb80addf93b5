import { assertEquals } from "@std/assert";
import type { TraceLine } from "../../lib/policy/mod.ts";
import { EMPTY_REPORT, type Report, UNKNOWN_USAGE, type Usage } from "../../lib/verdict/mod.ts";
import { call, type CallOptions, policyOf } from "./_policy.ts";

async function trace(
  layers: string | readonly string[],
  options: CallOptions,
  report: Partial<Report> = {},
  usage: Usage = UNKNOWN_USAGE,
): Promise<readonly string[]> {
  const policy = await policyOf(layers);
  const { trace } = policy.explain(call(options), { ...EMPTY_REPORT, ...report }, usage);
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
  assertEquals(await trace(text, { tool: "pay", args: { amount: 1 } }, {}, usageWith("within")), [
    SOUND,
    "- layer1.guardrails/block_tools deny no: the tool is not x",
    "- layer1.guardrails/allow_tools deny no: the tool is pay",
    "- layer1.guardrails/human_review_tools ask no: the tool is not y",
    "- layer1.guardrails/max_amount_usd deny no: amount over the limit: no",
    "- layer1.guardrails/rate_limit_per_minute deny no: more than 30 calls of one tool in a minute: no",
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

const STATEFUL = `default = "deny"
[[rules]]
id = "leak"
effect = "deny"
sequence = { steps = ["read_file:*.env*", "send:*@*"], within = "10m" }
[[rules]]
id = "tainted"
effect = "ask"
labels = { any = ["untrusted", "secret"], none = ["cleared"] }
[[rules]]
id = "budget"
effect = "allow"
within = { sum = "amount", limit = 2000 }
over = { rate = "5/90s", per = ["tool", "agent"] }
not_after = { event = "refused:*", within = "1h", per = "agent" }
[[rules]]
id = "web"
effect = "allow"
on = "result"
tools = ["web_*"]
add_labels = ["untrusted", "secret"]
when = { url = { exists = true } }
`;

/** The guard of one kind holds, all others do not. */
function usageWith(holding: string): Usage {
  const match: Usage["match"] = (guard) => "holds" in guard && guard.holds === holding ? "yes" : "no";
  return { ...UNKNOWN_USAGE, match };
}

Deno.test("explain() tells limits, history and labels, with what they are now", async () => {
  const sent = { tool: "send", args: { to: "hunter2@x", amount: 5 }, labels: ["secret"] };
  assertEquals(await trace(STATEFUL, sent, {}, usageWith("within")), [
    SOUND,
    "- layer1/leak deny no: this call is send:*@*: yes; after read_file:*.env* within 10m in this session: no",
    "* layer1/tainted ask yes: labels any of untrusted, secret and none of cleared: yes",
    "- layer1/budget allow no: more than 5 calls in 90s per agent and tool: no; " +
    "at most 2000 in total of amount per session: yes; not after refused:* within 1h by this agent: no; a rule above decided",
    "- layer1/web abstain no: puts untrusted, secret on the session with the result: the tool is not web_*",
  ]);
});

Deno.test("explain() without limits and history says so: rules that refuse do", async () => {
  const lines = await trace(STATEFUL, { tool: "send", args: { to: "a@b" } });
  assertEquals(lines[1]?.startsWith("* layer1/leak deny unevaluable"), true, lines[1]);
});

Deno.test("explain() tells that an amount cannot be counted, and not what it was", async () => {
  const lines = await trace(STATEFUL, { args: { amount: "hunter2" } }, {}, usageWith("over"));
  assertEquals(
    lines[3],
    "- layer1/budget allow no: more than 5 calls in 90s per agent and tool: yes; at most 2000 in total of amount per " +
      "session: unevaluable (what it counts cannot be read); not after refused:* within 1h by this agent: no",
  );
});

Deno.test("explain() tells what labels a result will bring", async () => {
  const lines = await trace(STATEFUL, { tool: "web_get", args: { url: "x" } });
  assertEquals(
    lines.at(-1),
    "- layer1/web abstain yes: puts untrusted, secret on the session with the result: url exists true: yes",
  );
});
