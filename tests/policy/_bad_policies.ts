/**
 * Policies as people write them who have never written one, or who come from another system. `⟦` stands where each mistake
 * is, and is taken out before the text is read; behind it, in the order of the file, what the answer must say.
 */
import type { DocumentFormat } from "../../lib/diagnostic/mod.ts";

export interface BadPolicy {
  readonly name: string;
  /** TOML without it. */
  readonly format?: DocumentFormat;
  /** With a `⟦` before each place that a diagnostic must name. */
  readonly text: string;
  /** For each `⟦`: words of the message, and words of the hint. */
  readonly says: readonly (readonly [message: string, hint: string])[];
}

/** The first lines of a policy that is about something else. */
const RULE = 'version = 1\n[[rules]]\nid = "r"\neffect = "deny"\n';

const FORM: readonly BadPolicy[] = [
  {
    name: "a word without quotes",
    text: "version = 1\ndefault = ⟦deny\n",
    says: [["not valid TOML: invalid value", 'key = "value"']],
  },
  {
    name: "no equals sign",
    text: 'version = 1\ndefault ⟦"deny"\n',
    says: [["not valid TOML", "="]],
  },
  {
    name: "a colon, as in YAML, in a TOML file",
    text: "version = 1\ndefault⟦: deny\n",
    says: [["not valid TOML", "="]],
  },
  {
    name: "an unquoted glob",
    text: `${RULE}tools = [⟦delete_*]\n`,
    says: [["not valid TOML", "quotes"]],
  },
  {
    name: "a string that does not end",
    text: 'version = 1\nname = "support⟦\n',
    says: [["a string that does not end", "close the string with the quote"]],
  },
  {
    name: "a list that does not end",
    text: `${RULE}tools = ["a", "b"\n⟦`,
    says: [["not valid TOML", "a list ends with ]"]],
  },
  {
    name: "a single-bracket table for rules, twice",
    text: 'version = 1\n[rules]\nid = "a"\neffect = "deny"\n[⟦rules]\nid = "b"\neffect = "deny"\n',
    says: [["not valid TOML", "[[name]]"]],
  },
  {
    name: "a single-bracket table for rules, once",
    text: 'version = 1\n⟦[rules]\nid = "a"\neffect = "deny"\n',
    says: [['"rules" is a table, and must be a list of tables', "[[rules]]"]],
  },
  {
    name: "the same key twice",
    text: 'version = 1\ndefault = "deny"\n⟦default = "allow"\n',
    says: [["not valid TOML", "only once"]],
  },
  {
    name: "the same key twice, in YAML",
    format: "yaml",
    text: "version: 1\ndefault: deny\n⟦default: allow\n",
    says: [["not valid YAML", "only once"]],
  },
  {
    name: "the same key twice, in JSON",
    format: "json",
    text: '{"version": 1, "default": "deny", ⟦"default": "allow"}',
    says: [["stands twice", "only once"]],
  },
  {
    name: "a comment in JSON",
    format: "json",
    text: '{\n  ⟦// all of it\n  "version": 1\n}',
    says: [["not valid JSON", ".jsonc"]],
  },
  {
    name: "a comma behind the last member in JSON",
    format: "json",
    text: '{"version": 1,⟦}',
    says: [["not valid JSON", ".jsonc"]],
  },
  {
    name: "single quotes in JSON",
    format: "json",
    text: "{⟦'version': 1}",
    says: [["not valid JSON", "JSON"]],
  },
  {
    name: "an unquoted glob in YAML, which is an alias there",
    format: "yaml",
    text: "version: 1\nrules:\n  - id: a\n    effect: deny\n    tools: [⟦*_delete]\n",
    says: [["alias", "quotes"]],
  },
  {
    name: "an exclamation mark in YAML, which is a tag there",
    format: "yaml",
    text: "version: 1\nrules:\n  - id: a\n    effect: deny\n    tools:\n      - ⟦!admin\n",
    says: [["tag", "quotes"]],
  },
  {
    name: "YAML indented with tabs",
    format: "yaml",
    text: "version: 1\nrules:\n⟦\t- id: a\n",
    says: [["tabs", "spaces"]],
  },
  {
    name: "yes for true in YAML",
    format: "yaml",
    text: "version: 1\nhide_denied_tools: ⟦yes\n",
    says: [["must be true or false", "true"]],
  },
  {
    name: "an empty file",
    text: "⟦",
    says: [['"version" is missing', "version = 1"]],
  },
  {
    name: "a list for a document",
    format: "yaml",
    text: "⟦- id: a\n  effect: deny\n",
    says: [["must be a map", "version: 1"]],
  },
];

const WORDS: readonly BadPolicy[] = [
  {
    name: "no version",
    text: '⟦default = "deny"\n',
    says: [['"version" is missing', "version = 1"]],
  },
  {
    name: "a version in quotes, and one of the future",
    text: 'version = ⟦"1"\n',
    says: [['"version" is a string', "without quotes"]],
  },
  { name: "a version of the future", text: "version = ⟦2\n", says: [["version 2", "later"]] },
  {
    name: "block, for deny",
    text: 'version = 1\n[[rules]]\nid = "r"\neffect = ⟦"block"\n',
    says: [['unknown effect "block"', '"deny"']],
  },
  {
    name: "require_approval, for ask",
    text: 'version = 1\n[[rules]]\nid = "r"\neffect = ⟦"require-approval"\n',
    says: [['unknown effect "require-approval"', '"ask"']],
  },
  {
    name: "an effect in capitals",
    text: 'version = 1\n[[rules]]\nid = "r"\neffect = ⟦"Deny"\n',
    says: [['unknown effect "Deny"', '"deny"']],
  },
  {
    name: "action, for effect",
    text: 'version = 1\n⟦[[rules]]\nid = "r"\n⟦action = "deny"\n',
    says: [['"effect" is missing', "effect ="], ['unknown key "action"', '"effect"']],
  },
  {
    name: "name, for id",
    text: 'version = 1\n⟦[[rules]]\n⟦name = "r"\neffect = "deny"\n',
    says: [['"id" is missing', "id ="], ['unknown key "name"', '"id"']],
  },
  {
    name: "tool, for tools",
    text: `${RULE}⟦tool = "delete_*"\n`,
    says: [['unknown key "tool"', '"tools"']],
  },
  {
    name: "a string for a list",
    text: `${RULE}tools = ⟦"delete_*"\n`,
    says: [['"tools" is a string', 'tools = ["…"]']],
  },
  {
    name: "default_action, for default",
    text: 'version = 1\n⟦default_action = "deny"\n',
    says: [['unknown key "default_action"', '"default"']],
  },
  {
    name: "default_effect, for default",
    text: 'version = 1\n⟦default_effect = "deny"\n',
    says: [['unknown key "default_effect"', '"default"']],
  },
  {
    name: "redact, for a default",
    text: 'version = 1\ndefault = ⟦"redact"\n',
    says: [['unknown default "redact"', "allow, deny, ask"]],
  },
  {
    name: "a key of the configuration in a policy",
    text: 'version = 1\n[⟦ledger]\nfolder = "x"\n',
    says: [['unknown key "ledger"', "countersign.toml"]],
  },
  {
    name: "rules for rules within guardrails",
    text: "version = 1\n[guardrails]\n⟦rules = []\n",
    says: [['unknown key "rules" in [guardrails]', "custom_rules"]],
  },
  {
    name: "an id with a space, and one that is there already",
    text:
      'version = 1\n[[rules]]\nid = ⟦"no deletes"\neffect = "deny"\n[[rules]]\nid = "b"\neffect = "deny"\ntools = ["a"]\n[[rules]]\nid = ⟦"b"\neffect = "deny"\n',
    says: [['"id" is "no deletes"', "letters"], ['a second rule with the id "b"', "of its own"]],
  },
  {
    name: "reason, for message",
    text: `${RULE}⟦reason = "no"\n`,
    says: [['unknown key "reason"', '"message"']],
  },
  {
    name: "a message of two lines",
    text: `${RULE}message = ⟦"one\\ntwo"\n`,
    says: [['"message"', "one line"]],
  },
  {
    name: "require_roles, for roles; budget, for within; min_threat_score, for threat",
    text:
      `${RULE}⟦require_roles = ["a"]\n⟦budget = { key = "k", field = "amount", limit = 5 }\n⟦min_threat_score = 4\n`,
    says: [['unknown key "require_roles"', '"roles"'], ['unknown key "budget"', '"within"'], [
      'unknown key "min_threat_score"',
      '"threat"',
    ]],
  },
  {
    name: "rate, max_calls, requires_event and cooldown on a rule",
    text: `${RULE}⟦rate = "5/minute"\n⟦max_calls = 5\n⟦requires_event = "approval:x"\n⟦cooldown = "5m"\n`,
    says: [
      ['unknown key "rate"', '"over"'],
      ['unknown key "max_calls"', '"over"'],
      ['unknown key "requires_event"', '"not_after"'],
      ['unknown key "cooldown"', '"after"'],
    ],
  },
  {
    name: "a method of another spelling",
    text: `${RULE}methods = [⟦"tool/call"]\n`,
    says: [['unknown method "tool/call"', '"tools/call"']],
  },
  {
    name: "a list of nothing",
    text: `${RULE}tools = ⟦[]\n`,
    says: [["empty list", "leave"]],
  },
  {
    name: "a glob that does not end",
    text: `${RULE}tools = [⟦"delete_{a,b"]\n`,
    says: [["is not a glob: a { that is never closed", "{a,b}"]],
  },
  {
    name: "an effect that belongs to redact",
    text: `${RULE}⟦redact_fields = ["bcc"]\n`,
    says: [['"redact_fields" has no effect', '"redact"']],
  },
  {
    name: "redact without fields",
    text: 'version = 1\n[[rules]]\nid = "r"\n⟦effect = "redact"\n',
    says: [['"redact_fields" is missing', "redact_fields ="]],
  },
  {
    name: "a number for a switch",
    text: "version = 1\nhide_denied_tools = ⟦1\n",
    says: [["must be true or false", "true"]],
  },
  {
    name: "fail_mode, for failure_mode",
    text: 'version = 1\n⟦fail_mode = "closed"\n',
    says: [['unknown key "fail_mode"', '"failure_mode"']],
  },
];

const CONDITIONS: readonly BadPolicy[] = [
  {
    name: "an operator as a sign",
    text: `${RULE}when = { amount = { ⟦">" = 500 } }\n`,
    says: [['unknown operator ">"', '"gt"']],
  },
  {
    name: "gte, for ge",
    text: `${RULE}when = { amount = { ⟦gte = 500 } }\n`,
    says: [['unknown operator "gte"', '"ge"']],
  },
  {
    name: "a misspelt operator",
    text: `${RULE}when = { url = { ⟦startwith = "http:" } }\n`,
    says: [['unknown operator "startwith"', '"startswith"']],
  },
  {
    name: "or, for any",
    text: `${RULE}[[rules.when.⟦or]]\na = 1\n[[rules.when.or]]\nb = 2\n`,
    says: [['"or" is compared with a list of tables', "any = […]"]],
  },
  {
    name: "a pattern with a look-ahead",
    text: `${RULE}when = { a = { regex = ⟦"^(?!safe)" } }\n`,
    says: [["is not a pattern", "RE2"]],
  },
  {
    name: "a pattern that does not close",
    text: `${RULE}when = { a = { regex = ⟦"(abc" } }\n`,
    says: [["is not a pattern", "RE2"]],
  },
  {
    name: "one value where a list stands",
    text: `${RULE}when = { b = { in = ⟦"x" } }\n`,
    says: [['"in" is a string', 'in = ["…"]']],
  },
  {
    name: "a word that has no order",
    text: `${RULE}when = { amount = { gt = ⟦"high" } }\n`,
    says: [["neither a number nor a date", "such as 500"]],
  },
  {
    name: "a date that there is not",
    text: `${RULE}when = { due = { lt = ⟦"2026-02-30" } }\n`,
    says: [["neither a number nor a date", "2026-01-31"]],
  },
  {
    name: "no number to compare with",
    text: `${RULE}when = { amount = { gt = ⟦true } }\n`,
    says: [['"gt" is', "number"]],
  },
  {
    name: "what can never match",
    text: `${RULE}when = { ⟦amount = { gt = 10, lt = 5 } }\n`,
    says: [["can never match", "take one"]],
  },
  {
    name: "no condition in a condition",
    text: `${RULE}when = ⟦{}\n`,
    says: [["an empty condition", "name a field"]],
  },
  {
    name: "a path with an empty name",
    text: `${RULE}when = { ⟦"payment..total" = 5 }\n`,
    says: [["is not a path", "payment.total"]],
  },
  {
    name: "folders that are no list, and a relation that there is not",
    text:
      `${RULE}when = { a = { path = { inside = ⟦"/srv/app" } }, b = { path = { ⟦within = ["/srv"] } } }\n`,
    says: [["inside", "["], ["within", "inside"]],
  },
  {
    name: "CEL with one equals sign",
    text: `${RULE}when = '''args.region ⟦= "eu"'''\n`,
    says: [["nexpected character", "=="]],
  },
  {
    name: "CEL with and",
    text: `${RULE}when = 'args.a == 1 ⟦and args.b == 2'\n`,
    says: [["nexpected character", "&&"]],
  },
  {
    name: "CEL with a variable that there is not",
    text: `${RULE}when = '⟦arguments.region == "eu"'\n`,
    says: [["arguments", "args"]],
  },
  {
    name: "CEL that is no condition",
    text: `${RULE}when = '⟦args.amount + 1'\n`,
    says: [["must be true or false", "compare it"]],
  },
  {
    name: "a list of conditions without all or any",
    text: `${RULE}when = ⟦[{ a = 1 }, { b = 2 }]\n`,
    says: [["when", "all = ["]],
  },
];

const STATE: readonly BadPolicy[] = [
  {
    name: "a rate in words",
    text: `${RULE}over = { rate = ⟦"5 per minute" }\n`,
    says: [["is not a rate", "60/minute"]],
  },
  {
    name: "a rate with a short unit",
    text: `${RULE}over = { rate = ⟦"5/min" }\n`,
    says: [["is not a rate", '"minute"']],
  },
  {
    name: "a limit on nothing, and a limit as a number",
    text: `${RULE}over = ⟦{ per = "agent" }\nwithin = ⟦5\n`,
    says: [["says nothing to count", "calls ="], ['"within" is a number', "{"]],
  },
  {
    name: "a sum without a limit",
    text: `${RULE}over = { ⟦sum = "amount" }\n`,
    says: [['"limit" is missing', "limit ="]],
  },
  {
    name: "per user",
    text: `${RULE}over = { calls = 5, per = ⟦"user" }\n`,
    says: [['"user"', '"agent"']],
  },
  {
    name: "durations as people write them",
    text:
      `${RULE}after = { event = "tool:a", within = ⟦"5 minutes" }\nnot_after = { event = "approval:*", within = ⟦30 }\n`,
    says: [["is not a duration", "30m"], ['"within" is a number', '"30']],
  },
  {
    name: "an event without its kind, and one of no kind",
    text: `${RULE}after = { event = ⟦"create_*" }\nnot_after = { event = ⟦"approved:x" }\n`,
    says: [["create_*", "tool:"], ["approved", "approval:"]],
  },
  {
    name: "a string where events go",
    text: `${RULE}after = ⟦"tool:create_*"\n`,
    says: [['"after" is a string', "event ="]],
  },
  {
    name: "a sequence of one step",
    text: `${RULE}sequence = ⟦["read_file"]\n`,
    says: [["needs two or more", "write one before it"]],
  },
  {
    name: "labels as a list",
    text: `${RULE}labels = ⟦["untrusted"]\n`,
    says: [['"labels" is a list', "any ="]],
  },
  {
    name: "labels to put on with a call",
    text: 'version = 1\n[[rules]]\nid = "r"\neffect = "allow"\n⟦add_labels = ["untrusted"]\n',
    says: [["add_labels", 'on = "result"']],
  },
];

const SHORT_FORM: readonly BadPolicy[] = [
  {
    name: "when inside of guardrails",
    text: 'version = 1\n[guardrails]\nblock_tools = ["a"]\n⟦when = { amount = { gt = 5 } }\n',
    says: [['unknown key "when" in [guardrails]', "[[guardrails.custom_rules]]"]],
  },
  {
    name: "an amount in quotes",
    text: 'version = 1\n[guardrails]\nmax_amount_usd = ⟦"50,000"\n',
    says: [['"max_amount_usd" is a string', "without quotes"]],
  },
  {
    name: "max_amount, for max_amount_usd",
    text: "version = 1\n[guardrails]\n⟦max_amount = 5\n",
    says: [['unknown key "max_amount"', '"max_amount_usd"']],
  },
  {
    name: "rate limits as a list, of nothing, and in words",
    text:
      'version = 1\n[guardrails]\nrate_limit_per_minute = ⟦"30"\nrate_limit_tools = { search = ⟦0, read = ⟦"5/minute" }\n',
    says: [['"rate_limit_per_minute" is a string', "without quotes"], ["from 1", "block_tools"], [
      "whole number",
      "minute",
    ]],
  },
  {
    name: "a custom rule without its condition, with another action and with when",
    text:
      'version = 1\n⟦[[guardrails.custom_rules]]\nname = "x"\n⟦when = { amount = { gt = 5 } }\naction = ⟦"refuse"\n',
    says: [['"condition" is missing', "condition ="], ['unknown key "when"', '"condition"'], [
      'unknown action "refuse"',
      '"block"',
    ]],
  },
  {
    name: "a custom rule with an operator and a path that there are not",
    text:
      'version = 1\n[[guardrails.custom_rules]]\nname = "x"\naction = "block"\ncondition = { field = ⟦"a..b", operator = ⟦"greater_than", value = 5 }\n',
    says: [["is not a path", "payment.total"], ['unknown operator "greater_than"', '"gt"']],
  },
  {
    name: "a custom rule as one table",
    text: 'version = 1\n⟦[guardrails.custom_rules]\nname = "x"\n',
    says: [['"custom_rules" is a table', "[[guardrails.custom_rules]]"]],
  },
  {
    name: "agent_rules, for agents",
    text: 'version = 1\n[guardrails.⟦agent_rules.bot]\nblock_tools = ["a"]\n',
    says: [['unknown key "agent_rules"', '"agents"']],
  },
  {
    name: "agents by a glob, and keys without an agent",
    text: 'version = 1\n[guardrails.agents]\n⟦"bot-*" = { block_tools = ["a"] }\n⟦block_tools = ["b"]\n',
    says: [["a glob", "agents = ["], ['"block_tools"', "[guardrails.agents.<id>]"]],
  },
  {
    name: "an agent's id with a dot",
    text: 'version = 1\n[guardrails.agents.team.⟦bot]\nblock_tools = ["a"]\n',
    says: [['unknown table "bot"', '"team.bot"']],
  },
  {
    name: "an envelope from another system",
    text:
      "version = 1\n[envelope.⟦bounds]\nmax_actions_per_session = 100\n[envelope]\n⟦max_actions_per_minute = 30\n",
    says: [
      ['unknown key "bounds"', "countersign policy import"],
      ['unknown key "max_actions_per_minute"', '"max_rate"'],
    ],
  },
  {
    name: "thresholds of another system, and in percent",
    text: "version = 1\n[envelope]\nmax_calls = 5\nthresholds = { warn = ⟦30, ⟦pause = 0.6 }\n",
    says: [['"warn" is 30', "at most 1"], ['unknown key "pause"', '"ask"']],
  },
  {
    name: "a flow to several tools, and a workflow without steps",
    text:
      'version = 1\n[envelope]\nforbidden_flows = [{ from = "a", to = ⟦["b", "c"] }]\nworkflows = [⟦{ name = "w" }]\n',
    says: [['"to" is a list', "{send_*,post_*}"], ['"steps" is missing', 'steps = ["read_*"']],
  },
];

export const BAD_POLICIES: readonly BadPolicy[] = [
  ...FORM,
  ...WORDS,
  ...CONDITIONS,
  ...STATE,
  ...SHORT_FORM,
];
