/** What may stand in the short form, `[guardrails]`, as data: checks files, and makes the reference. */
import type { Field } from "../diagnostic/mod.ts";

const TOOL_LIST = { kind: "texts", empty: "allowed" } as const;

/** Keys of rules, which the short form has in another way. */
export const OF_RULES = {
  keys: ["when", "effect", "tools", "within", "over", "after", "sequence", "labels"],
  hint: "conditions stand in [[guardrails.custom_rules]], or in [[rules]] beside the guardrails",
};

export const GUARDRAIL_FIELDS: readonly Field[] = [
  { key: "block_tools", type: TOOL_LIST, doc: "Globs: these tools are refused." },
  {
    key: "allow_tools",
    type: TOOL_LIST,
    doc:
      "Globs: every other tool is refused, and these pass where nothing below objects. Empty: no restriction.",
  },
  { key: "human_review_tools", type: TOOL_LIST, doc: "Globs: calls of these tools wait for a person." },
  {
    key: "max_amount_usd",
    type: { kind: "amount" },
    doc: "A call with an amount above this is refused; exact, so 50000 passes and 50000.000001 does not.",
  },
  {
    key: "amount_field",
    type: { kind: "text" },
    standard: '"amount"',
    doc:
      "The path of the amount. Amounts in strings and in lists count; one that cannot be read refuses the call.",
  },
  {
    key: "custom_rules",
    others: ["rules"],
    example: "[[guardrails.custom_rules]] in TOML, with two brackets",
    type: { kind: "tables" },
    doc: "Rules with one condition each, in order: the first that matches decides.",
  },
  {
    key: "rate_limit_per_minute",
    type: { kind: "integer", min: 1, max: 1_000_000 },
    doc: "How many calls of one tool may be forwarded in any minute.",
  },
  {
    key: "rate_limit_tools",
    type: { kind: "any", shown: "table of tool = calls a minute" },
    doc:
      "Limits of single tools, in the place of the general one. A name or a glob; the exact name is heard first.",
  },
  {
    key: "redact_fields",
    type: TOOL_LIST,
    doc: "Names or dotted paths of fields, masked at any depth in every call, lists included.",
  },
  {
    key: "agents",
    others: ["agent_rules", "agent"],
    example: "[guardrails.agents.<id>] with the keys of that agent below it",
    type: { kind: "table" },
    doc:
      "`[guardrails.agents.<id>]`: the same keys for one agent. A key that is stated there holds in the place of the " +
      "general one, as a whole; what is absent falls back. An id is sure only where a token proves it: without one, " +
      "whoever configures an agent chooses its id, and so whose keys it has.",
  },
];

/** The keys of one agent. */
export const AGENT_GUARDRAIL_FIELDS: readonly Field[] = GUARDRAIL_FIELDS.filter(({ key }) =>
  key !== "agents"
);

export const CUSTOM_RULE_FIELDS: readonly Field[] = [
  {
    key: "name",
    type: {
      kind: "text",
      pattern: /^[^\p{Cc}\u2028\u2029]{1,120}$/u,
      wanted: "one line of at most 120 characters",
    },
    required: true,
    doc: "The rule's name in decisions and entries, and what the agent is told.",
  },
  { key: "tool", type: { kind: "text" }, standard: '"*"', doc: "A glob on the tool's name." },
  {
    key: "condition",
    others: ["when", "conditions"],
    example: 'condition = { field = "amount", operator = "gt", value = 10000 }',
    type: { kind: "table" },
    required: true,
    doc: "`{ field, operator, value }`: a path, an operator, and what it compares with.",
  },
  {
    key: "action",
    type: {
      kind: "word",
      what: "action",
      words: ["block", "human_review", "allow"],
      synonyms: {
        deny: "block",
        refuse: "block",
        reject: "block",
        ask: "human_review",
        review: "human_review",
        approve: "human_review",
        require_approval: "human_review",
        pass: "allow",
      },
    },
    required: true,
    doc: "Refuse the call, hold it for a person, or let it pass here.",
  },
];

export const CUSTOM_CONDITION_FIELDS: readonly Field[] = [
  { key: "field", type: { kind: "text" }, required: true, doc: "The path of a field." },
  {
    key: "operator",
    type: { kind: "text" },
    required: true,
    doc: "An operator; `gte`, `lte`, `neq` and the signs `>` `<` `>=` `<=` `==` `!=` are read as well.",
  },
  {
    key: "value",
    type: { kind: "any", shown: "any value" },
    required: true,
    doc: "What the field is compared with.",
  },
];
