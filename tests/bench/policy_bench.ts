/**
 * What a decision costs, and what it takes to load a policy. Run with `deno bench -A tests/bench/policy_bench.ts`.
 *
 * Budgets (2 cores, see platform facts): `standard` 5 µs, 100 rules with conditions 60 µs, loading those 20 ms.
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
    context: { session: "s", listing: "listed" },
  };
}

async function load(...sources: readonly PolicySource[]): Promise<Policy> {
  const policy = await loadPolicy(sources, { workingFolder: "/srv/app", home: "/home/u" });
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  return policy.value;
}

/** Rules none of which decides, so that every call goes through all of them. */
const HUNDRED: PolicySource = {
  name: "hundred",
  file: "hundred.toml",
  format: "toml",
  text: `version = 1\ndefault = "allow"\n${
    Array.from({ length: 100 }, (_, i) => {
      const conditions = [
        `amount = { gt = ${100_000 + i} }`,
        `"items.*.price" = { gt = ${1000 + i}.5 }`,
        `path = { path = { inside = ["/etc/${i}"] } }`,
        `name = { startswith = "secret-${i}", fold = true }`,
        `kind = { in = ["a${i}", "b"] }`,
      ];
      return `[[rules]]\nid = "r${i}"\neffect = "deny"\n[rules.when]\n${conditions[i % 5]}\n`;
    }).join("")
  }`,
};

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
const read = call("read_file", { path: "src/main.ts" });
const order = call("order", ARGS);
if (hundred.decide(order, EMPTY_REPORT).outcome !== "allow") {
  throw new Error("a rule decided: nothing was measured");
}

Deno.bench("decide: standard, an ordinary call", () => void standard.decide(read, EMPTY_REPORT));
Deno.bench("decide: 100 rules with conditions", () => void hundred.decide(order, EMPTY_REPORT));

let turn = 0;
Deno.bench("decide: standard, a name never seen before", () => {
  standard.decide(call(`tool_${turn++}`, {}), EMPTY_REPORT);
});

Deno.bench("load: standard", async () => void await load(standardSource));
Deno.bench("load: 100 rules with conditions", async () => void await load(HUNDRED));
