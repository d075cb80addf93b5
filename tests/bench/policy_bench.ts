/**
 * What a decision costs, and what it takes to load a policy. Run with `deno bench -A tests/bench/policy_bench.ts`.
 *
 * Budgets (2 cores, see platform facts): `standard` 5 µs, 100 rules with conditions 60 µs, loading those 20 ms, 1,000 rules
 * 500 µs.
 */
import { bundledPolicy, loadPolicy, type Policy, type PolicySource } from "../../lib/policy/mod.ts";
import { type AccessRequest, EMPTY_REPORT } from "../../lib/verdict/mod.ts";

function call(name: string, args: unknown): AccessRequest {
  return {
    principal: { id: "agent", verified: false, roles: [] },
    action: "tools/call",
    resource: { server: "files", name },
    direction: "to-upstream",
    judged: true,
    args: JSON.stringify(args),
    context: { session: "s", listing: "listed", labels: [], calls: 0, nowMs: 0 },
  };
}

async function load(...sources: readonly PolicySource[]): Promise<Policy> {
  const policy = await loadPolicy(sources, { workingFolder: "/srv/app", home: "/home/u" });
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
}

function source(name: string, rules: readonly string[]): PolicySource {
  const text = rules.map((rule, i) => `[[rules]]\nid = "r${i}"\neffect = "deny"\n${rule}\n`).join("");
  return { name, file: `${name}.toml`, format: "toml", text: `version = 1\ndefault = "allow"\n${text}` };
}

/** Rules none of which decides, so that every call goes through all of them. */
function conditions(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const all = [
      `amount = { gt = ${100_000 + i} }`,
      `"items.*.price" = { gt = ${1000 + i}.5 }`,
      `path = { path = { inside = ["/etc/${i}"] } }`,
      `name = { startswith = "secret-${i}", fold = true }`,
      `kind = { in = ["a${i}", "b"] }`,
    ];
    return `[rules.when]\n${all[i % 5]}`;
  });
}

/** As a grown policy has them: most are about single tools, some about many. */
function mixed(count: number): readonly string[] {
  return conditions(count).map((condition, i) => {
    if (i % 10 === 0) return condition;
    return `tools = ["${i % 10 === 1 ? `group${i}_*` : `tool_${i}`}"]\n${condition}`;
  });
}

/** Limits and history, of which nothing is known here: all of them are left open. */
const STATEFUL = Array.from({ length: 20 }, (_, i) => {
  const all = [
    `over = { sum = "amount", limit = ${1000 + i}, per = ["agent", "tool"], key = "k${i}" }`,
    `over = { rate = "${60 + i}/minute" }`,
    `after = { event = "tool:create_${i}*", within = "5m" }`,
    `sequence = ["read_${i}:*.env*", "order:*looks*"]`,
    `not_after = { event = "approval:*", within = "${i}0m" }\nlabels = { any = ["x"] }`,
  ];
  return all[i % 5] ?? "";
});

const HUNDRED = source("hundred", conditions(100));
const THOUSAND = source("thousand", conditions(1000));
const MIXED = source("mixed", mixed(1000));
const OPEN = source("open", [...conditions(80), ...STATEFUL]);

const ARGS = {
  amount: 500,
  items: [{ price: 5 }, { price: 10 }],
  path: "src/main.ts",
  name: "report",
  kind: "c",
  note: "a line of text that nobody looks at",
};

const standardSource = bundledPolicy("standard");
if (standardSource === undefined) throw new Error("standard is gone");
const standard = await load(standardSource);
const hundred = await load(HUNDRED);
const thousand = await load(THOUSAND);
const mixedTools = await load(MIXED);
const open = await load(OPEN);
const read = call("read_file", { path: "src/main.ts" });
const order = call("order", ARGS);
for (const policy of [hundred, thousand, mixedTools]) {
  if (policy.decide(order, EMPTY_REPORT).outcome !== "allow") {
    throw new Error("a rule decided: nothing was measured");
  }
}
const left = open.decide(order, EMPTY_REPORT).open?.layers[0]?.clauses.length;
if (left !== 16) throw new Error(`${left} clauses are left open, and not 16`);

Deno.bench("decide: standard, an ordinary call", () => void standard.decide(read, EMPTY_REPORT));
Deno.bench("decide: 100 rules with conditions", () => void hundred.decide(order, EMPTY_REPORT));
Deno.bench("decide: 80 rules with conditions, 16 limits and looks back left open", () => {
  open.decide(order, EMPTY_REPORT);
});
Deno.bench("decide: 1,000 rules with conditions", () => void thousand.decide(order, EMPTY_REPORT));
Deno.bench("decide: 1,000 rules, most of them about single tools", () => {
  mixedTools.decide(order, EMPTY_REPORT);
});

let turn = 0;
Deno.bench("decide: standard, a name never seen before", () => {
  standard.decide(call(`tool_${turn++}`, {}), EMPTY_REPORT);
});

Deno.bench("decide: 100 rules with conditions, a name never seen before", () => {
  hundred.decide({ ...order, resource: { server: "files", name: `tool_${turn++}` } }, EMPTY_REPORT);
});
Deno.bench("decide: 1,000 rules, most about single tools, a name never seen before", () => {
  mixedTools.decide({ ...order, resource: { server: "files", name: `tool-${turn++}` } }, EMPTY_REPORT);
});

Deno.bench("load: standard", async () => void await load(standardSource));
Deno.bench("load: 100 rules with conditions", async () => void await load(HUNDRED));
Deno.bench("load: 1,000 rules with conditions", async () => void await load(THOUSAND));
Deno.bench(
  "load: 80 rules with conditions, 20 with limits and looks back",
  async () => void await load(OPEN),
);
