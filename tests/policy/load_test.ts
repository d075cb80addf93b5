import { assert, assertEquals } from "@std/assert";
import type { DocumentFormat } from "../../lib/diagnostic/mod.ts";
import { KNOWN_METHODS, loadPolicy, type PolicySource } from "../../lib/policy/mod.ts";
import { METHODS } from "../../lib/wire/mod.ts";
import { decide } from "./_policy.ts";

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
