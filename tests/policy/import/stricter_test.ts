/** What passes here passes there: models of the other systems, as their documentation has them, against their imports. */
import { assert } from "@std/assert";
import fc from "fast-check";
import { importPolicy } from "../../../lib/policy/mod.ts";
import { EMPTY_REPORT } from "../../../lib/verdict/mod.ts";
import { call, policyOf, RUNS } from "../_policy.ts";

type Args = Readonly<Record<string, unknown>>;

async function policyFrom(document: unknown) {
  const imported = await importPolicy({ file: "p.json", text: JSON.stringify(document) });
  if (!imported.ok) throw new Error(JSON.stringify(imported.error));
  return await policyOf(imported.value.toml);
}

const segment = fc.constantFrom("a", "b", "..", ".", "", "%2e%2e", "~", "srv", "app", ".env", "a b");
const path = fc.tuple(fc.constantFrom("", "/", "./", "~/", "/srv/app/"), fc.array(segment, { maxLength: 4 }))
  .map(([start, names]) => start + names.join("/"));
const value = fc.oneof(
  { weight: 8, arbitrary: path },
  { weight: 1, arbitrary: fc.array(path, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(5, true, null, { path: "/srv" }) },
);
const args = fc.dictionary(fc.constantFrom("p", "q"), value, { maxKeys: 2 });
const tool = fc.constantFrom("read", "write", "write_all");

/** What Python's `str` makes of it. */
function str(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map((item) => `'${item}'`).join(", ")}]`;
  return typeof value === "object"
    ? `{${Object.entries(value).map(([k, v]) => `'${k}': '${v}'`)}}`
    : String(value);
}

/** Python's `fnmatch`, for patterns of plain characters and stars. */
function fnmatch(text: string, pattern: string): boolean {
  const source = pattern.split("*").map((part) => part.replace(/[\\^$.|?+(){}[\]]/g, "\\$&")).join(".*");
  return new RegExp(`^${source}$`, "s").test(text);
}

interface FirewallRule {
  readonly action: "allow" | "deny" | "ask";
  readonly tools: readonly string[];
  readonly when?: {
    readonly arg_matches?: Readonly<Record<string, readonly string[]>>;
    readonly arg_contains?: Readonly<Record<string, readonly string[]>>;
  };
}

const pathGlob = fc.tuple(path, fc.constantFrom("", "*", "**", "/**", "/*", "*/x")).map(([start, end]) =>
  start + end
);
const someGlobs = fc.array(
  fc.oneof(pathGlob, fc.constantFrom("**/.env*", "*")).filter((glob) => glob !== ""),
  {
    minLength: 1,
    maxLength: 2,
  },
);
const perField = fc.dictionary(fc.constantFrom("p", "q"), someGlobs, { minKeys: 1, maxKeys: 2 });
const firewallRule: fc.Arbitrary<FirewallRule> = fc.record({
  action: fc.constantFrom("allow", "deny", "ask"),
  tools: fc.array(fc.constantFrom("read", "write", "write*", "*"), { minLength: 1, maxLength: 2 }),
  when: fc.oneof(
    fc.record({ arg_matches: perField }),
    fc.record({ arg_contains: perField }),
    fc.record({ arg_matches: perField, arg_contains: perField }),
  ),
}, { requiredKeys: ["action", "tools"] });

function theirFirewall(rules: readonly FirewallRule[], fallback: string, tool: string, args: Args): string {
  const rule = rules.find(({ tools, when }) =>
    tools.some((one) => fnmatch(tool, one)) && (when === undefined || theirWhen(when, args))
  );
  return rule?.action ?? fallback;
}

function theirWhen(
  { arg_matches = {}, arg_contains = {} }: NonNullable<FirewallRule["when"]>,
  args: Args,
): boolean {
  const some = (matcher: typeof arg_matches, test: (text: string, part: string) => boolean) =>
    Object.entries(matcher).some(([field, parts]) =>
      field in args && parts.some((part) => test(str(args[field]), part))
    );
  return some(arg_matches, fnmatch) ||
    some(arg_contains, (text, part) => text !== "" && text.includes(part));
}

Deno.test("property: an imported mcpfw policy lets nothing pass that was refused or held there", async () => {
  let passed = 0;
  const calls = fc.array(fc.tuple(tool, args), { minLength: 5, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(firewallRule, { maxLength: 4 }),
      fc.constantFrom("allow", "deny"),
      calls,
      async (rules, fallback, calls) => {
        const policy = await policyFrom({ default_action: fallback, rules });
        for (const [tool, args] of calls) {
          if (policy.decide(call({ tool, args }), EMPTY_REPORT).outcome !== "allow") continue;
          passed++;
          const theirs = theirFirewall(rules, fallback, tool, args);
          assert(theirs === "allow", `${tool} ${JSON.stringify(args)} passes here, and not there: ${theirs}`);
        }
      },
    ),
    { numRuns: RUNS },
  );
  assert(passed > RUNS, `${passed} calls passed`);
});

interface GatewayRule {
  readonly name: string;
  readonly action: "allow" | "deny" | "require-approval";
  readonly tool: string;
  readonly where?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const prefix = path.filter((text) => text !== "");
const matcher = fc.oneof(
  prefix.map((text) => ({ prefix: text })),
  prefix.map((text) => ({ not_prefix: text })),
  fc.constantFrom("a", "/srv/app", "True", "5").map((text) => ({ equals: text })),
) as fc.Arbitrary<Readonly<Record<string, string>>>;
const gatewayRule: fc.Arbitrary<GatewayRule> = fc.record({
  name: fc.constantFrom("one", "two"),
  action: fc.constantFrom("allow", "deny", "require-approval"),
  tool: fc.constantFrom("read", "write", "*"),
  where: fc.dictionary(fc.constantFrom("p", "q"), matcher, { minKeys: 1, maxKeys: 2 }),
}, { requiredKeys: ["name", "action", "tool"] });

function theirGateway(rules: readonly GatewayRule[], fallback: string, tool: string, args: Args): string {
  const rule = rules.find((rule) =>
    (rule.tool === "*" || rule.tool === tool) &&
    Object.entries(rule.where ?? {}).every(([field, test]) =>
      field in args && theirMatcher(test, str(args[field]))
    )
  );
  return rule?.action ?? fallback;
}

function theirMatcher(test: Readonly<Record<string, string>>, text: string): boolean {
  const { equals, prefix, not_prefix: notPrefix } = test;
  if (equals !== undefined) return text === equals;
  if (prefix !== undefined) return text.startsWith(prefix);
  return !text.startsWith(notPrefix ?? "");
}

Deno.test("property: an imported tollbooth policy lets nothing pass that was refused or held there", async () => {
  let passed = 0;
  const calls = fc.array(fc.tuple(tool, args), { minLength: 5, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(gatewayRule, { maxLength: 4 }),
      fc.constantFrom("allow", "deny"),
      calls,
      async (rules, fallback, calls) => {
        const policy = await policyFrom({ policy: { default: fallback, rules } });
        for (const [tool, args] of calls) {
          if (policy.decide(call({ tool, args }), EMPTY_REPORT).outcome !== "allow") continue;
          passed++;
          const theirs = theirGateway(rules, fallback, tool, args);
          assert(theirs === "allow", `${tool} ${JSON.stringify(args)} passes here, and not there: ${theirs}`);
        }
      },
    ),
    { numRuns: RUNS },
  );
  assert(passed > RUNS, `${passed} calls passed`);
});
