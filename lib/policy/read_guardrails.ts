/** Reads the short form, `[guardrails]`, into a layer: block, allow list, human review, amount, custom rules, rate. */
import type { ReadContext } from "./read_context.ts";
import { composed } from "../base/mod.ts";
import { type Fields, readFields, type TableNode } from "../diagnostic/mod.ts";
import type { Effect, ReasonCode } from "../verdict/mod.ts";
import { type GuardrailSet, readAgentSets } from "./guardrail_sets.ts";
import type { Layer, Masks } from "./layer.ts";
import { readAmountLimit } from "./read_amount_limit.ts";
import { readCustomRules } from "./read_custom_rules.ts";
import { rateRules, readRateLimits } from "./read_rate_limit.ts";
import { checkedFieldNames } from "./read_rules.ts";
import type { Rule, RuleTest } from "./rule.ts";
import { GUARDRAIL_FIELDS, OF_RULES } from "./schema_guardrails.ts";
import { type NameSet, readNames, type Selectors, TOOL_CALLS } from "./selectors.ts";

const MESSAGES = {
  block_tools: "this tool is blocked",
  allow_tools: "this tool is not on the list of allowed tools",
  human_review_tools: "a person has to approve calls of this tool",
  max_amount_usd: "the amount is over the limit, or cannot be read",
};

/**
 * A layer of the name `name` from a `[guardrails]` table. What the table says of single agents holds in the place of the
 * general keys, key by key: the general rule of a key is about all agents but those that have that key of their own.
 */
export function readGuardrails(
  table: TableNode,
  { name, file }: { name: string; file: string },
  context: ReadContext,
): Layer {
  const { sink } = context;
  const fields = readFields(table, GUARDRAIL_FIELDS, { sink, where: "[guardrails]", elsewhere: OF_RULES });
  const general: GuardrailSet = { layer: name, prefix: "", fields, general: fields };
  const sets = [general, ...readAgentSets(general, context)];
  return {
    name,
    file,
    rules: rulesOf(sets, context),
    labelRules: [],
    watches: [],
    ...masksOf(sets, context),
    hideDeniedTools: false,
    isGuardrails: true,
  };
}

/** One part of the short form: the keys that it is made of, and the rules that they make in a set. */
interface Part {
  readonly keys: readonly string[];
  rules(set: GuardrailSet, who: Who): readonly (Rule | undefined)[];
}

type Who = Pick<Selectors, "agents" | "exceptAgents">;

/** The order of the parts is that of the language, and is the same for every agent. */
function rulesOf(sets: readonly GuardrailSet[], context: ReadContext): readonly Rule[] {
  const allowed = new Map(sets.map((set) => [set, namesOf(set.fields, "allow_tools", context)]));
  const limits = new Map(sets.map((set) => [set, readRateLimits(set, context)]));
  const parts: readonly Part[] = [
    listPart("block_tools", (set, who) => {
      const tools = namesOf(set.fields, "block_tools", context);
      return tools && ruleOf(set, "block_tools", { effect: "deny", selectors: { tools, ...who } });
    }),
    listPart("allow_tools", (set, who) => {
      const exceptTools = allowed.get(set);
      return exceptTools &&
        ruleOf(set, "allow_tools", { effect: "deny", selectors: { exceptTools, ...who } });
    }),
    listPart("human_review_tools", (set, who) => {
      const tools = namesOf(set.fields, "human_review_tools", context);
      return tools && ruleOf(set, "human_review_tools", { effect: "ask", selectors: { tools, ...who } });
    }),
    {
      keys: ["max_amount_usd", "amount_field"],
      rules(set, who) {
        const test = readAmountLimit(set, context);
        return [test && ruleOf(set, "max_amount_usd", { effect: "deny", selectors: who, test })];
      },
    },
    { keys: ["custom_rules"], rules: (set, who) => readCustomRules(set, who, context) },
    {
      keys: ["rate_limit_per_minute", "rate_limit_tools"],
      rules: (set, who) => rateRules(set, who, limits),
    },
    // Behind everything else: what is on the list and was not stopped passes.
    listPart("allow_tools", (set, who) => {
      const tools = allowed.get(set);
      return tools && ruleOf(set, "allow_tools", { effect: "allow", selectors: { tools, ...who } });
    }),
  ];
  return parts.flatMap((part) => rulesOfPart(part, sets)).filter((rule) => rule !== undefined);
}

function listPart(key: string, rule: (set: GuardrailSet, who: Who) => Rule | undefined): Part {
  return { keys: [key], rules: (set, who) => [rule(set, who)] };
}

function rulesOfPart(
  part: Part,
  [general, ...agents]: readonly GuardrailSet[],
): readonly (Rule | undefined)[] {
  const own = agents.filter(({ fields }) => part.keys.some((key) => fields.has(key)));
  const ids = own.flatMap(({ agent }) => agent === undefined ? [] : [agent]);
  const others = ids.length === 0 ? {} : { exceptAgents: idSet(ids) };
  return [
    ...(general === undefined ? [] : part.rules(general, others)),
    ...own.flatMap((set) => part.rules(set, { agents: idSet(set.agent === undefined ? [] : [set.agent]) })),
  ];
}

/** Ids as they are, on NFC as everywhere. */
function idSet(ids: readonly string[]): NameSet {
  const known = new Set(ids);
  return { patterns: ids, has: (id) => known.has(composed(id)) };
}

const REASONS: Readonly<Record<keyof typeof MESSAGES, ReasonCode>> = {
  block_tools: "guardrail:block_tools",
  allow_tools: "guardrail:allow_tools",
  human_review_tools: "guardrail:human_review",
  max_amount_usd: "guardrail:max_amount",
};

interface RuleParts {
  readonly effect: Effect;
  readonly selectors: Omit<Selectors, "methods">;
  readonly test?: RuleTest;
}

/** The rule of one key. */
function ruleOf(
  { layer, prefix, fields }: GuardrailSet,
  key: keyof typeof MESSAGES,
  { effect, selectors, test }: RuleParts,
): Rule {
  return {
    id: `${prefix}${key}`,
    ref: `${layer}/${prefix}${key}`,
    effect,
    reason: REASONS[key],
    message: effect === "allow" ? "this tool is on the list of allowed tools" : MESSAGES[key],
    selectors: { methods: TOOL_CALLS, ...selectors },
    tests: test === undefined ? [] : [test],
    guards: [],
    redactFields: [],
    at: fields.keyAt(key),
  };
}

/** The set of a list of globs; an empty list is as good as none. */
function namesOf(fields: Fields, key: string, { sink }: ReadContext): NameSet | undefined {
  const nodes = fields.texts(key) ?? [];
  return nodes.length === 0 ? undefined : readNames(nodes, sink);
}

/** Masks of every call; an agent that names fields of its own has those instead. */
function masksOf(
  sets: readonly GuardrailSet[],
  { sink }: ReadContext,
): Pick<Layer, "redactFields" | "agentMasks"> {
  const masks = new Map<string, Masks>();
  let redactFields: readonly string[] = [];
  for (const { layer, prefix, fields, agent } of sets) {
    const read = checkedFieldNames(fields.texts("redact_fields") ?? [], sink);
    if (agent === undefined) redactFields = read;
    else if (fields.has("redact_fields")) {
      masks.set(agent, { fields: read, ref: `${layer}/${prefix}redact_fields` });
    }
  }
  return { redactFields, ...(masks.size === 0 ? {} : { agentMasks: masks }) };
}
