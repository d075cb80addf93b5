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

const ID_REGEXP = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const ID_WANTED = "1 to 64 letters, digits, dots, dashes or underscores";
const LINE_REGEXP = /^[^\p{Cc}\u2028\u2029]{1,400}$/u;
const LINE_WANTED = "one line of at most 400 characters";

const LATER = "take it out: a later version has it";

export const DOCUMENT_FIELDS: readonly Field[] = [
  { key: "version", type: { kind: "version", now: 1 }, required: true, doc: "The version of this language." },
  {
    key: "name",
    type: { kind: "text", pattern: ID_REGEXP, wanted: ID_WANTED },
    doc: "The layer's name in decisions and entries; without it the file's name.",
  },
  {
    key: "default",
    type: { kind: "word", what: "default", words: ["allow", "deny", "ask"], synonyms: EFFECT_SYNONYMS },
    doc:
      "What happens to a call that no rule decides. The first layer that states one is heard; where none does: deny.",
  },
  {
    key: "failure_mode",
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
    type: { kind: "tables" },
    doc: "The rules, in order: the first that matches decides for this layer.",
  },
  {
    key: "guardrails",
    type: { kind: "table" },
    doc: "The short form: a layer of its own, just above this file's rules.",
  },
  { key: "envelope", type: { kind: "unsupported", instead: LATER }, doc: "The expected shape of a session." },
];

export const RULE_FIELDS: readonly Field[] = [
  {
    key: "id",
    type: { kind: "text", pattern: ID_REGEXP, wanted: ID_WANTED },
    required: true,
    doc: "The rule's name in decisions and entries; each once in a file.",
  },
  {
    key: "effect",
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
    type: { kind: "texts" },
    doc: "Roles that the agent must have, all of them, from a verified token; globs.",
  },
  {
    key: "when",
    type: { kind: "any", shown: "condition" },
    doc: "What the arguments must be: every field of the table must match.",
  },
  {
    key: "threat",
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
    type: { kind: "text", pattern: LINE_REGEXP, wanted: LINE_WANTED },
    doc: "What the agent is told. Say what to do instead, not what was looked at.",
  },
  ...["within", "over", "after", "not_after", "sequence", "labels", "add_labels"].map((key): Field => ({
    key,
    type: {
      kind: "unsupported",
      instead: key === "over" || key === "within"
        ? "limits per tool and minute are in [guardrails]: rate_limit_per_minute = 30"
        : LATER,
    },
    doc: "",
  })),
  {
    key: "on",
    type: { kind: "unsupported", instead: "take it out: this version judges calls, not results" },
    doc: "",
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
