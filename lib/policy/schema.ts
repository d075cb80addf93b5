/** What may stand in a policy file, as data: checks files, and makes the reference in policies/README.md. */
import type { Field } from "../diagnostic/mod.ts";

export const EFFECTS = ["allow", "deny", "ask", "redact"] as const;

/** What other systems call our effects. */
const EFFECT_SYNONYMS: Readonly<Record<string, string>> = {
  block: "deny",
  forbid: "deny",
  reject: "deny",
  refuse: "deny",
  permit: "allow",
  require_approval: "ask",
  "require-approval": "ask",
  human_review: "ask",
  approve: "ask",
  hold: "ask",
  mask: "redact",
};

/** Names of rules, layers, keys and labels. */
export const ID_REGEXP = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
export const ID_WANTED = "1 to 64 letters, digits, dots, dashes or underscores";
const LINE_REGEXP = /^[^\p{Cc}\u2028\u2029]{1,400}$/u;
const LINE_WANTED = "one line of at most 400 characters";

/** What meters can count to. */
const MAX_COUNT = 1_000_000_000;

/** Whose history is looked at. */
const PER_FIELD: Field = {
  key: "per",
  type: { kind: "word", what: 'word for "per"', words: ["session", "agent"] },
  standard: '"session"',
  doc: "Whose history. That of an agent goes on from session to session, and needs `within`.",
};

/** Keys of the configuration, which is another file. */
export const ELSEWHERE = {
  keys: ["agent", "policy", "ledger", "identity", "scan", "limits", "refusal", "server"],
  hint: "that belongs into the configuration, countersign.toml",
};

export const DOCUMENT_FIELDS: readonly Field[] = [
  { key: "version", type: { kind: "version", now: 1 }, required: true, doc: "The version of this language." },
  {
    key: "name",
    type: { kind: "text", pattern: ID_REGEXP, wanted: ID_WANTED },
    doc: "The layer's name in decisions and entries; without it the file's name.",
  },
  {
    key: "default",
    others: ["default_action", "default_effect", "default_decision"],
    type: { kind: "word", what: "default", words: ["allow", "deny", "ask"], synonyms: EFFECT_SYNONYMS },
    doc:
      "What happens to a call that no rule decides. The first layer that states one is heard; where none does: deny.",
  },
  {
    key: "failure_mode",
    others: ["fail_mode"],
    type: { kind: "word", what: "failure mode", words: ["closed", "open"] },
    standard: '"closed"',
    doc:
      "What happens to a call whose arguments could not be scanned in full. `open` forwards it, and every use is recorded. " +
      "The highest policy file says; a lower one can only close.",
  },
  {
    key: "unknown_methods",
    type: { kind: "word", what: "word for unknown_methods", words: ["allow", "deny"] },
    standard: '"allow"',
    doc:
      "What happens to methods that MCP does not have. A rule that names such traffic in `methods` comes first.",
  },
  {
    key: "hide_denied_tools",
    type: { kind: "boolean" },
    standard: "false",
    doc: "Takes tools that are denied whatever the arguments out of `tools/list`.",
  },
  {
    key: "rules",
    example: "[[rules]] in TOML, with two brackets",
    type: { kind: "tables" },
    doc: "The rules, in order: the first that matches decides for this layer.",
  },
  {
    key: "guardrails",
    type: { kind: "table" },
    doc: "The short form: a layer of its own, just above this file's rules.",
  },
  { key: "envelope", type: { kind: "table" }, doc: "The expected shape of a session." },
];

export const RULE_FIELDS: readonly Field[] = [
  {
    key: "id",
    others: ["name"],
    type: { kind: "text", pattern: ID_REGEXP, wanted: ID_WANTED },
    required: true,
    doc: "The rule's name in decisions and entries; each once in a file.",
  },
  {
    key: "effect",
    others: ["action", "decision"],
    type: { kind: "word", what: "effect", words: EFFECTS, synonyms: EFFECT_SYNONYMS },
    required: true,
    doc:
      "What the rule says: let it pass, refuse it, hold it for a person, or let it pass with fields masked.",
  },
  {
    key: "tools",
    type: { kind: "texts" },
    doc: "Globs on the name of the tool, or of the prompt, or on the URI.",
  },
  { key: "servers", type: { kind: "texts" }, doc: "Globs on the server's name." },
  {
    key: "methods",
    type: { kind: "texts" },
    standard: '["tools/call"]',
    doc:
      "Globs on the MCP method. A method that no rule names and that carries no work (`ping`, lists) is forwarded.",
  },
  { key: "agents", type: { kind: "texts" }, doc: "Globs on the agent's id." },
  {
    key: "roles",
    others: ["require_roles", "required_roles"],
    type: { kind: "texts" },
    doc: "Roles that the agent must have, all of them, from a verified token; globs.",
  },
  {
    key: "when",
    others: ["condition", "conditions"],
    type: { kind: "any", shown: "table of conditions, or CEL in a string" },
    doc: "What the arguments must be: every field of the table must match, or the expression must be true.",
  },
  {
    key: "threat",
    example: "threat = { min = 4 }",
    others: ["min_threat_score"],
    type: { kind: "table" },
    doc: "`{ min = N }`: the threat score that the scanner gives must be N or more.",
  },
  {
    key: "redact_fields",
    type: { kind: "texts" },
    doc: "With `redact`: names or dotted paths of fields, masked at any depth before the call leaves.",
  },
  {
    key: "message",
    others: ["reason"],
    type: { kind: "text", pattern: LINE_REGEXP, wanted: LINE_WANTED },
    doc: "What the agent is told. Say what to do instead, not what was looked at.",
  },
  {
    key: "labels",
    example: 'labels = { any = ["untrusted"] }',
    type: { kind: "table" },
    doc:
      "`{ any = […] }`, `{ all = […] }`, `{ none = […] }`: labels that the session must have, or not have.",
  },
  {
    key: "within",
    example: 'within = { sum = "amount", limit = 2000 }',
    others: ["budget"],
    type: { kind: "table" },
    doc: "Matches while the call still fits a limit.",
  },
  {
    key: "over",
    example: 'over = { rate = "60/minute" }',
    others: ["rate", "max_calls", "max_per_tool"],
    type: { kind: "table" },
    doc: "Matches when the call would exceed a limit.",
  },
  {
    key: "after",
    example: 'after = { event = "tool:create_*", within = "5m" }',
    others: ["cooldown"],
    type: { kind: "table" },
    doc: "Matches if something happened before, and not longer ago than `within`.",
  },
  {
    key: "not_after",
    example: 'not_after = { event = "approval:*", within = "30m" }',
    others: ["requires_event"],
    type: { kind: "table" },
    doc: "Matches if it did not.",
  },
  {
    key: "sequence",
    others: ["pattern"],
    type: { kind: "any", shown: "list of steps, or table" },
    doc:
      'Matches the last of several calls: steps `"tool_glob"` or `"tool_glob:argument_glob"`, the call at hand last; others ' +
      "may come between.",
  },
  {
    key: "on",
    type: { kind: "word", what: 'word for "on"', words: ["call", "result"] },
    standard: '"call"',
    doc:
      "`result`: the rule decides nothing, it puts `add_labels` on the session when the result is released.",
  },
  {
    key: "add_labels",
    type: { kind: "texts" },
    doc: 'With `on = "result"`: the labels. All rules that match add theirs.',
  },
];

export const THREAT_FIELDS: readonly Field[] = [
  {
    key: "min",
    type: { kind: "integer", min: 1, max: 1000 },
    required: true,
    doc: "The least score that matches.",
  },
];

/** `over` and `within`. */
export const LIMIT_FIELDS: readonly Field[] = [
  {
    key: "rate",
    type: { kind: "text" },
    doc:
      'At most N calls in any window of that length: `"60/minute"` (second, minute, hour, day) or `"5/90s"`.',
  },
  {
    key: "calls",
    type: { kind: "integer", min: 1, max: MAX_COUNT },
    doc: "At most N calls.",
  },
  {
    key: "sum",
    type: { kind: "text" },
    doc:
      "The path of an amount, the total of which is at most `limit`; exact. Several amounts (`items.*.price`, lists) add up. " +
      "One that is absent, negative or no number: unevaluable.",
  },
  { key: "limit", type: { kind: "amount" }, doc: "The largest total of `sum`." },
  {
    key: "per",
    type: { kind: "any", shown: '"session", "agent", "server", "tool" or "ledger"; or a list' },
    standard: '"session"',
    doc:
      "Who has a meter of its own. `tool` is a tool of one server; `ledger` is one meter for all that record in this ledger.",
  },
  {
    key: "key",
    type: { kind: "text", pattern: ID_REGEXP, wanted: ID_WANTED },
    doc: "The meter's name: rules with the same key share it, in every policy on the ledger.",
  },
  {
    key: "window",
    type: { kind: "duration" },
    doc: "With `calls` or `sum`: the count begins anew so long after its first call. Without: never.",
  },
];

/** `after` and `not_after`. */
export const EVENT_FIELDS: readonly Field[] = [
  {
    key: "event",
    type: { kind: "text" },
    required: true,
    doc:
      "`tool:<glob>` a call was forwarded, `refused:<glob>` one was refused, `approval:<glob>` a person approved a call of " +
      "such a tool or one that such a rule held, `label:<name>` a label was put on the session.",
  },
  {
    key: "within",
    type: { kind: "duration" },
    doc: "How far to look back. Without: to the session's start.",
  },
  PER_FIELD,
];

/** `sequence` as a table. */
export const SEQUENCE_FIELDS: readonly Field[] = [
  { key: "steps", type: { kind: "texts" }, required: true, doc: "The steps, two or more, as in the list." },
  { key: "within", type: { kind: "duration" }, doc: "The first step is not longer ago than this." },
  PER_FIELD,
];

export const LABEL_FIELDS: readonly Field[] = [
  { key: "any", type: { kind: "texts" }, doc: "The session has one of these." },
  { key: "all", type: { kind: "texts" }, doc: "The session has each of these." },
  { key: "none", type: { kind: "texts" }, doc: "The session has none of these." },
];
