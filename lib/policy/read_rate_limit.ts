import type { ReadContext } from "./read_context.ts";
import { compileGlob, composed, type Glob } from "../base/mod.ts";
import { type Fields, type NumberNode, typeName } from "../diagnostic/mod.ts";
import { nameOf } from "../verdict/mod.ts";
import type { GuardrailSet } from "./guardrail_sets.ts";
import { GLOB_HINT } from "./operators.ts";
import type { Rule, RuleGuard } from "./rule.ts";
import { ownerParts } from "./scope.ts";
import { isLiteral, type NameSet, type Selectors, TOOL_CALLS } from "./selectors.ts";

const MINUTE_MS = 60_000;
const MAX_PER_MINUTE = 1_000_000;

interface ToolLimit {
  readonly pattern: string;
  readonly matches: Glob;
  readonly perMinute: number;
}

/** The keys on rates of a set, as far as it states them. */
export interface RateLimits {
  readonly perMinute?: number;
  readonly tools?: ToolLimits;
}

/** What a set says of rates; what cannot be read is said to the sink and left out. */
export function readRateLimits({ fields }: GuardrailSet, context: ReadContext): RateLimits {
  const perMinute = fields.integer("rate_limit_per_minute");
  return {
    ...(perMinute === undefined ? {} : { perMinute }),
    ...(fields.has("rate_limit_tools") ? { tools: readToolLimits(fields, context) } : {}),
  };
}

/** The rate limits of a set as rules: those of single tools before the general one. One meter a server and tool. */
export function rateRules(
  set: GuardrailSet,
  who: Pick<Selectors, "agents" | "exceptAgents">,
  limits: ReadonlyMap<GuardrailSet, RateLimits>,
): readonly Rule[] {
  const general = [...limits.values()][0];
  const { perMinute = general?.perMinute, tools = general?.tools } = limits.get(set) ?? {};
  const rules = [];
  const own = tools === undefined || tools.patterns.length === 0 ? undefined : tools;
  if (own !== undefined) {
    const guard = guardFor(
      set,
      (name) => own.limitOf(name) ?? 0,
      "as many calls a minute as rate_limit_tools says",
    );
    rules.push(rateRule(set, { key: "rate_limit_tools", selectors: { tools: own, ...who }, guard }));
  }
  if (perMinute !== undefined) {
    const guard = guardFor(set, () => perMinute, `more than ${perMinute} calls of one tool in a minute`);
    const selectors = { ...(own === undefined ? {} : { exceptTools: own }), ...who };
    rules.push(rateRule(set, { key: "rate_limit_per_minute", selectors, guard }));
  }
  return rules;
}

/** An agent with limits of its own has meters of its own; all others share one a tool. */
function guardFor(
  { layer, agent }: GuardrailSet,
  limitOf: (tool: string) => number,
  words: string,
): RuleGuard {
  const owners = agent === undefined ? ["tool"] as const : ["agent", "tool"] as const;
  return {
    words,
    of({ request }) {
      const charge = {
        meter: nameOf("rate", layer, ...ownerParts(owners, request)),
        amount: "1",
        limit: `${limitOf(request.resource.name)}`,
        window: { kind: "sliding", ms: MINUTE_MS } as const,
      };
      return { kind: "limit", holds: "over", charge };
    },
  };
}

interface RateRule {
  readonly key: "rate_limit_tools" | "rate_limit_per_minute";
  readonly selectors: Omit<Selectors, "methods">;
  readonly guard: RuleGuard;
}

function rateRule({ layer, prefix, fields }: GuardrailSet, { key, selectors, guard }: RateRule): Rule {
  return {
    id: `${prefix}${key}`,
    ref: `${layer}/${prefix}${key}`,
    effect: "deny",
    reason: "guardrail:rate",
    message: "too many calls of this tool within a minute: wait before the next one",
    selectors: { methods: TOOL_CALLS, ...selectors },
    tests: [],
    guards: [guard],
    redactFields: [],
    at: fields.keyAt(key),
  };
}

/** The tools that have a limit of their own. */
interface ToolLimits extends NameSet {
  limitOf(tool: string): number | undefined;
}

function readToolLimits(fields: Fields, { sink }: ReadContext): ToolLimits {
  const exact = new Map<string, number>();
  const globs: ToolLimit[] = [];
  const node = fields.node("rate_limit_tools");
  if (node !== undefined && node.kind !== "table") {
    sink.error(
      node.at,
      `"rate_limit_tools" is ${typeName(node)}, and must be a table`,
      "write rate_limit_tools = { search = 5 }",
    );
  }
  if (node?.kind !== "table") return toolLimits(exact, globs);
  for (const [tool, { keyAt, value }] of node.fields) {
    const glob = compileGlob(tool);
    if (!glob.ok) {
      sink.error(keyAt, `${JSON.stringify(tool)} is not a glob: ${glob.error.message}`, GLOB_HINT);
    } else if (value.kind !== "number" || !isLimit(value)) {
      const hint = "write the calls a minute; a tool that must not be called at all belongs in block_tools";
      sink.error(
        value.at,
        `the limit of ${JSON.stringify(tool)} must be a whole number from 1 to ${MAX_PER_MINUTE}`,
        hint,
      );
    } else if (isLiteral(tool)) exact.set(tool.normalize("NFC"), Number(value.source));
    else globs.push({ pattern: tool, matches: glob.value, perMinute: Number(value.source) });
  }
  return toolLimits(exact, globs);
}

/** The exact name is heard first, then the globs in their order. */
function toolLimits(exact: ReadonlyMap<string, number>, globs: readonly ToolLimit[]): ToolLimits {
  const limitOf = (tool: string) =>
    exact.get(composed(tool)) ?? globs.find(({ matches }) => matches(tool))?.perMinute;
  return {
    patterns: [...exact.keys(), ...globs.map(({ pattern }) => pattern)],
    limitOf,
    has: (tool) => limitOf(tool) !== undefined,
  };
}

function isLimit({ source }: NumberNode): boolean {
  const limit = Number(source);
  return Number.isInteger(limit) && limit >= 1 && limit <= MAX_PER_MINUTE;
}
