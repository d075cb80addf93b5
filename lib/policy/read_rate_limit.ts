import { compileGlob, type Glob } from "../base/mod.ts";
import { type Fields, type NumberNode, typeName } from "../diagnostic/mod.ts";
import { nameOf } from "../verdict/mod.ts";
import { GLOB_HINT } from "./operators.ts";
import type { ReadContext } from "./read_when.ts";
import type { Rule, RuleGuard } from "./rule.ts";
import { isLiteral, type NameSet, type Selectors, TOOL_CALLS } from "./selectors.ts";

const MINUTE_MS = 60_000;
const MAX_PER_MINUTE = 1_000_000;

interface ToolLimit {
  readonly pattern: string;
  readonly matches: Glob;
  readonly perMinute: number;
}

/** The rate limits of a guardrails layer as rules: those of single tools before the general one. One meter a server and tool. */
export function readRateLimit(fields: Fields, layer: string, context: ReadContext): readonly Rule[] {
  const general = fields.integer("rate_limit_per_minute");
  const { exact, globs } = readToolLimits(fields, context);
  const limitOf = (name: string) =>
    exact.get(name.normalize("NFC")) ?? globs.find(({ matches }) => matches(name))?.perMinute;
  const own: NameSet = {
    patterns: [...exact.keys(), ...globs.map(({ pattern }) => pattern)],
    has: (name) => limitOf(name) !== undefined,
  };
  const rules = [];
  if (own.patterns.length > 0) {
    const guard = guardFor(
      layer,
      (name) => limitOf(name) ?? 0,
      "as many calls a minute as rate_limit_tools says",
    );
    rules.push(
      rateRule(layer, {
        id: "rate_limit_tools",
        tools: { tools: own },
        guard,
        at: fields.keyAt("rate_limit_tools"),
      }),
    );
  }
  if (general !== undefined) {
    const guard = guardFor(layer, () => general, `more than ${general} calls of one tool in a minute`);
    rules.push(
      rateRule(layer, {
        id: "rate_limit_per_minute",
        tools: own.patterns.length === 0 ? {} : { exceptTools: own },
        guard,
        at: fields.keyAt("rate_limit_per_minute"),
      }),
    );
  }
  return rules;
}

function guardFor(layer: string, limitOf: (tool: string) => number, words: string): RuleGuard {
  return {
    words,
    of({ request: { resource: { server, name } } }) {
      const window = { kind: "sliding", ms: MINUTE_MS } as const;
      const charge = {
        meter: nameOf("rate", layer, server, name),
        amount: "1",
        limit: `${limitOf(name)}`,
        window,
      };
      return { kind: "limit", holds: "over", charge };
    },
  };
}

interface RateRule {
  readonly id: string;
  readonly tools: Pick<Selectors, "tools" | "exceptTools">;
  readonly guard: RuleGuard;
  readonly at: number;
}

function rateRule(layer: string, { id, tools, guard, at }: RateRule): Rule {
  return {
    id,
    ref: `${layer}/${id}`,
    effect: "deny",
    reason: "guardrail:rate",
    message: "too many calls of this tool within a minute: wait before the next one",
    selectors: { methods: TOOL_CALLS, ...tools },
    tests: [],
    guards: [guard],
    redactFields: [],
    at,
  };
}

interface ToolLimits {
  readonly exact: ReadonlyMap<string, number>;
  readonly globs: readonly ToolLimit[];
}

function readToolLimits(fields: Fields, { sink }: ReadContext): ToolLimits {
  const exact = new Map<string, number>();
  const globs: ToolLimit[] = [];
  const node = fields.node("rate_limit_tools");
  if (node === undefined) return { exact, globs };
  if (node.kind !== "table") {
    sink.error(
      node.at,
      `"rate_limit_tools" is ${typeName(node)}, and must be a table`,
      "write rate_limit_tools = { search = 5 }",
    );
    return { exact, globs };
  }
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
  return { exact, globs };
}

function isLimit({ source }: NumberNode): boolean {
  const limit = Number(source);
  return Number.isInteger(limit) && limit >= 1 && limit <= MAX_PER_MINUTE;
}
