import { assert, assertEquals } from "@std/assert";
import type { DocumentFormat } from "../../lib/diagnostic/mod.ts";
import { JUDGED_METHODS, KNOWN_METHODS, loadPolicy, type PolicySource } from "../../lib/policy/mod.ts";
import { METHODS } from "../../lib/wire/mod.ts";
import { decide } from "./_policy.ts";
import { Stage, type StagedCall } from "./_stage.ts";

function source(name: string, text: string, format: DocumentFormat = "toml"): PolicySource {
  return { name, file: `${name}.${format}`, format, text };
}

/** One policy in every format. */
const FORMATS: Readonly<Record<DocumentFormat, string>> = {
  toml: `version = 1
name = "p"
default = "deny"
[[rules]]
id = "big"
effect = "ask"
tools = ["pay"]
[rules.when]
amount = { ge = 1000.50 }
any = [{ kind = "x" }, { kind = { exists = false } }]
[[rules]]
id = "pays"
effect = "allow"
tools = ["pay"]
`,
  yaml: `# a comment
version: 1
name: p
default: deny
rules:
  - id: big
    effect: ask
    tools: [pay]
    when:
      amount: {ge: 1000.50}
      any:
        - kind: x
        - kind: {exists: false}
  - {id: pays, effect: allow, tools: ["pay"]}
`,
  json: `{"version": 1, "name": "p", "default": "deny", "rules": [
    {"id": "big", "effect": "ask", "tools": ["pay"],
     "when": {"amount": {"ge": 1000.50}, "any": [{"kind": "x"}, {"kind": {"exists": false}}]}},
    {"id": "pays", "effect": "allow", "tools": ["pay"]}]}`,
  jsonc: `{
  // a comment, "with quotes", and /* another */
  "version": 1, "name": "p", "default": "deny", /* "default": "allow", */
  "rules": [
    {"id": "big", "effect": "ask", "tools": ["pay",], // here
     "when": {"amount": {"ge": 1000.50}, "any": [{"kind": "x"}, {"kind": {"exists": false}}]}},
    {"id": "pays", "effect": "allow", "tools": ["pay"]},
  ],
}`,
};

Deno.test("every format carries the same policy: one digest, the same decisions", async () => {
  const digests = new Set<string>();
  for (const [format, text] of Object.entries(FORMATS)) {
    const policy = await loadPolicy([source("p", text, format as DocumentFormat)]);
    if (!policy.ok) throw new Error(JSON.stringify(policy.error));
    digests.add(policy.value.digest);
    assertEquals(decide(policy.value, { tool: "pay", args: { amount: 1000.5 } }).outcome, "ask", format);
    assertEquals(decide(policy.value, { tool: "pay", args: { amount: 1000.49 } }).outcome, "allow", format);
    assertEquals(decide(policy.value, { tool: "other" }).outcome, "deny", format);
  }
  assertEquals(digests.size, 1);
});

Deno.test("every format keeps the digits of a number", async () => {
  const rule = (limit: string): Readonly<Record<DocumentFormat, string>> => ({
    toml:
      `version = 1\ndefault = "allow"\n[[rules]]\nid = "a"\neffect = "deny"\nwhen = { n = { gt = ${limit} } }`,
    yaml: `version: 1\ndefault: allow\nrules: [{id: a, effect: deny, when: {n: {gt: ${limit}}}}]`,
    json: `{"version":1,"default":"allow","rules":[{"id":"a","effect":"deny","when":{"n":{"gt":${limit}}}}]}`,
    jsonc:
      `{"version":1,"default":"allow","rules":[{"id":"a","effect":"deny","when":{"n":{"gt":${limit}}}}]}`,
  });
  for (const [format, text] of Object.entries(rule("0.30000000000000000000000001"))) {
    const policy = await loadPolicy([source("p", text, format as DocumentFormat)]);
    if (!policy.ok) throw new Error(JSON.stringify(policy.error));
    assertEquals(
      decide(policy.value, { args: '{"n": 0.30000000000000000000000001}' }).outcome,
      "allow",
      format,
    );
    assertEquals(
      decide(policy.value, { args: '{"n": 0.30000000000000000000000002}' }).outcome,
      "deny",
      format,
    );
  }
});

Deno.test("the diagnostics of all files come in one run, in the order of the files", async () => {
  const policy = await loadPolicy([
    source("one", "version = 1\ncolour = 1\n"),
    source("two", "version = \n"),
    source("three", "version: 1\nnmae: x\n", "yaml"),
  ]);
  assertEquals(policy.ok ? [] : policy.error.map(({ file, line }) => [file, line]), [
    ["one.toml", 2],
    ["two.toml", 1],
    ["three.yaml", 2],
  ]);
});

Deno.test("two layers of one name are refused, also where one of them is made by guardrails", async () => {
  const plain = "version = 1\n";
  const twins = await loadPolicy([source("a", plain), source("b", 'version = 1\nname = "a"\n')]);
  assertEquals(twins.ok ? [] : twins.error.map(({ file, line, message }) => [file, line, message]), [
    ["b.toml", 2, 'a second layer with the name "a"; the first is a.toml'],
  ]);
  const made = await loadPolicy([
    source("a", `${plain}[guardrails]\nblock_tools = ["x"]\n`),
    source("a.guardrails", plain),
  ]);
  assertEquals(made.ok, false);
});

Deno.test("a policy without any source denies everything that is judged", async () => {
  const policy = await loadPolicy([]);
  assert(policy.ok);
  if (!policy.ok) return;
  assertEquals(decide(policy.value).outcome, "deny");
  assertEquals(policy.value.name, "none");
});

Deno.test("~ in a rule needs a home, and says so where there is none", async () => {
  const text =
    'version = 1\n[[rules]]\nid = "a"\neffect = "deny"\nwhen = { p = { path = { inside = ["~/x"] } } }\n';
  assertEquals((await loadPolicy([source("p", text)], { home: "/home/u" })).ok, true);
  const without = await loadPolicy([source("p", text)]);
  assertEquals(without.ok ? [] : without.error.map(({ hint }) => hint), [
    "the home folder is not known: set HOME, or write the folder out",
  ]);
});

Deno.test("the methods that rules may name are those of the wire", () => {
  assertEquals([...KNOWN_METHODS].sort(), METHODS.map(({ method }) => method).sort());
  const judged = METHODS.filter(({ judged }) => judged).map(({ method }) => method);
  assertEquals([...JUDGED_METHODS].sort(), judged.sort());
});

Deno.test("a regular expression cannot be made to take forever", async () => {
  const text =
    'version = 1\ndefault = "allow"\n[[rules]]\nid = "a"\neffect = "deny"\nwhen = { a = { regex = "^(a+)+$" } }\n';
  const policy = await loadPolicy([source("p", text)]);
  assert(policy.ok);
  // A backtracking engine needs 2^50000 steps here, and would not come back.
  if (policy.ok) {
    assertEquals(decide(policy.value, { args: { a: `${"a".repeat(50_000)}!` } }).outcome, "allow");
  }
});

/** The example of the language's own description: a policy with a rule of each kind. */
const SUPPORT_AGENT = `version = 1
name = "support-agent"
default = "deny"
failure_mode = "closed"
hide_denied_tools = true

[[rules]]
id = "threat-hold"
effect = "ask"
threat = { min = 4 }
message = "arguments look hostile"

[[rules]]
id = "eu-only"
effect = "deny"
tools = ["db.*"]
when = 'args.region != "eu" && !("dpo" in agent.roles)'

[[rules]]
id = "refund-small"
effect = "allow"
tools = ["billing.refund"]
roles = ["support-agent"]
when = { amount = { lt = 500 } }
within = { sum = "amount", limit = 2000, per = "session", key = "refund_total" }

[[rules]]
id = "email-no-bcc"
effect = "redact"
tools = ["email.send"]
redact_fields = ["bcc"]

[[rules]]
id = "no-exfil"
effect = "deny"
sequence = ["read_file:*.env*", "run_command:*curl*"]
message = "read a secret file, then a network call"

[[rules]]
id = "payment-gate"
effect = "deny"
tools = ["payment_*", "refund_*"]
not_after = { event = "approval:*", within = "30m" }

[[rules]]
id = "no-rapid-delete"
effect = "deny"
tools = ["delete_*"]
after = { event = "tool:create_*", within = "5m" }

[[rules]]
id = "runaway"
effect = "deny"
over = { rate = "3/minute", per = ["agent", "tool"] }

[[rules]]
id = "the-rest"
effect = "allow"
tools = ["{read,create,delete,payment}_*", "run_command", "db.*"]
`;

Deno.test("a policy with a rule of each kind is read without a word, and decides call by call", async () => {
  const policy = await loadPolicy([source("support", SUPPORT_AGENT)]);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  assertEquals(policy.value.warnings, []);
  const stage = new Stage(policy.value);
  const reasons = (...calls: readonly StagedCall[]) => calls.map((one) => stage.call(one).reason);
  const refund = (amount: number): StagedCall => ({
    tool: "billing.refund",
    roles: ["support-agent"],
    args: { amount },
  });
  assertEquals(
    reasons(refund(499), refund(499), refund(499), refund(499), refund(5), refund(4), refund(0.01)),
    [
      ...Array.from({ length: 4 }, () => "rule:refund-small"),
      "default",
      "rule:refund-small",
      "default",
    ],
  );
  assertEquals(reasons(...Array.from({ length: 4 }, () => ({ tool: "read_notes" }))), [
    ...Array.from({ length: 3 }, () => "rule:the-rest"),
    "rule:runaway",
  ]);
  assertEquals(stage.call({ tool: "email.send", args: { bcc: "x" } }).duties.redactFields, ["bcc"]);
  assertEquals(
    reasons(
      { tool: "read_file", args: { path: "/app/.env" } },
      { tool: "run_command", args: { command: "ls" } },
      { tool: "run_command", args: { command: "curl x" } },
      { tool: "create_user" },
      { tool: "delete_user" },
      { tool: "payment_send" },
      { tool: "read_file", report: { threat: { score: 4, parts: [] } }, person: "approves" },
      { tool: "payment_send" },
      { tool: "payment_send", at: 61 + 1801 },
      { tool: "delete_user" },
    ),
    [
      "rule:the-rest",
      "rule:the-rest",
      "rule:no-exfil",
      "rule:the-rest",
      "rule:no-rapid-delete",
      "rule:payment-gate",
      "rule:threat-hold",
      "rule:the-rest",
      "rule:payment-gate",
      "rule:the-rest",
    ],
  );
});
