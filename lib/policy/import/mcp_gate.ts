/** mcp-gate: ordered rules, the first match decides; conditions on arguments, session budgets, a threat score. */
import { exactNumber, type JsonObject, type JsonValue } from "../../base/mod.ts";
import type { Effect } from "../../verdict/mod.ts";
import type { PolicyDraft, RuleDraft } from "./draft.ts";
import type { ImportContext } from "./context.ts";
import type { Keys } from "./keys.ts";
import { readTree } from "./mcp_gate_when.ts";
import { globOfFnmatch, Ids, literalGlob, messageOf, pathOfDotted } from "./names.ts";
import type { TomlFields } from "./toml.ts";

const EFFECTS: Readonly<Record<string, Effect>> = {
  allow: "allow",
  deny: "deny",
  require_approval: "ask",
  redact: "redact",
};
const MAX_THREAT = 1000;
const FIELD_REGEXP = /^[^*"?.]+(?:\.[^*"?.]+)*$/;

export function importMcpGate(keys: Keys, { name }: ImportContext): PolicyDraft {
  const { notes } = keys.context;
  const own = keys.text("name");
  if (keys.node("version") !== undefined) {
    notes.add(
      "changed",
      keys.spot("version"),
      "a policy has no version of its own here: its digest names it",
    );
  }
  const fallback = readDefault(keys);
  const ids = { rules: new Ids(), meters: new Ids() };
  const rules = keys.tables("rules").map((rule) => readRule(rule, ids));
  keys.end();
  return {
    name: name(own),
    fields: [["default", fallback]],
    rules: rules.filter((rule) => rule !== undefined),
  };
}

function readDefault(keys: Keys): string {
  const written = keys.text("default_effect");
  const effect = effectOf(keys, "default_effect");
  if (written === undefined) {
    keys.context.notes.add(
      "stricter",
      keys.spot("default_effect"),
      "no default_effect: what no rule decides is refused",
    );
  } else if (effect === "redact") {
    keys.context.notes.add(
      "stricter",
      keys.spot("default_effect"),
      "a default cannot mask: a person is asked",
    );
  }
  return effect === "redact" ? "ask" : effect ?? "deny";
}

function effectOf(keys: Keys, key: string): Effect | undefined {
  const written = keys.text(key);
  if (written === undefined) return undefined;
  if (Object.hasOwn(EFFECTS, written)) return EFFECTS[written];
  keys.wrongWord(key, Object.keys(EFFECTS));
  return undefined;
}

function readRule(rule: Keys, ids: { readonly rules: Ids; readonly meters: Ids }): RuleDraft | undefined {
  const effect = effectOf(rule, "effect");
  if (effect === undefined) {
    if (!rule.has("effect")) rule.missing("effect", Object.keys(EFFECTS).join(", "));
    return undefined;
  }
  const when = rule.table("when");
  const tree = when === undefined ? undefined : readTree(when);
  const masks = readMasks(rule, effect);
  const id = ids.rules.take(rule.text("id") ?? "rule");
  const fields: TomlFields = [
    ["tools", readGlobs(rule, "tools", globOfFnmatch)],
    ["agents", readAgents(rule)],
    ["roles", readRoles(rule, effect)],
    ["threat", readThreat(rule)],
    ["when", tree?.ok === true ? tree.value : undefined],
    ["within", readBudget(rule, ids.meters)],
    ["redact_fields", masks.fields],
    ["message", messageOf(rule.text("reason"))],
  ];
  const unknown = unknownKey(rule, effect);
  const lost = tree?.ok === false ? tree.error : masks.lost ?? emptySelector(rule, effect) ?? unknown;
  const spot = { at: rule.at, path: rule.path };
  return { spot, id, effect: masks.effect, fields, ...(lost === undefined ? {} : { lost }) };
}

/** What nobody knows may be a condition: without it, a rule that permits would permit more. */
function unknownKey(rule: Keys, effect: Effect): string | undefined {
  const unknown = rule.end();
  if (unknown === undefined || effect === "deny" || effect === "ask") return undefined;
  return `the key ${JSON.stringify(unknown)} is not known`;
}

/** Whether an empty list means all or nothing is not known: a rule that permits is left out. */
function emptySelector(rule: Keys, effect: Effect): string | undefined {
  if (effect === "deny" || effect === "ask") return undefined;
  const empty = ["tools", "agents"].find((key) => rule.list(key)?.length === 0);
  return empty === undefined ? undefined : `"${empty}" is an empty list`;
}

function readGlobs(rule: Keys, key: string, glob: (text: string) => string): readonly string[] | undefined {
  const nodes = rule.texts(key);
  return nodes === undefined || nodes.length === 0 ? undefined : nodes.map(({ value }) => glob(value));
}

function readAgents(rule: Keys): readonly string[] | undefined {
  const agents = readGlobs(rule, "agents", globOfFnmatch);
  if (agents !== undefined) {
    const message =
      "without a token the agent's id is the one in countersign.toml; [identity] required = true wants tokens";
    rule.context.notes.once("changed", rule.spot("agents"), message);
  }
  return agents;
}

function readRoles(rule: Keys, effect: Effect): readonly string[] | undefined {
  const roles = readGlobs(rule, "require_roles", literalGlob);
  if (roles === undefined || (effect !== "deny" && effect !== "ask")) return roles;
  const message =
    "an agent without these roles is not held by this rule, as there: see that the default holds it";
  rule.context.notes.once("changed", rule.spot("require_roles"), message);
  return roles;
}

function readThreat(rule: Keys): JsonObject | undefined {
  const score = rule.number("min_threat_score");
  if (score === undefined) return undefined;
  const min = Math.floor(Number(score.source));
  const message =
    "the score is that of our own threat scanner: its weights are other ones, and it looks into encodings, too";
  rule.context.notes.once("changed", rule.spot("min_threat_score"), message);
  return min < 1 ? undefined : { min: Math.min(min, MAX_THREAT) };
}

/** The budget of a rule: the rule matches while the sum still fits. */
function readBudget(rule: Keys, meters: Ids): JsonObject | undefined {
  const budget = rule.table("budget");
  if (budget === undefined) return undefined;
  const key = budget.text("key"), field = budget.text("field"), limit = budget.number("limit");
  if (!budget.has("limit")) budget.missing("limit", "a number");
  budget.end();
  if (limit === undefined) return undefined;
  const message = "a negative or unreadable amount does not fit a budget, and the sum is kept over restarts";
  rule.context.notes.once("stricter", rule.spot("budget"), message);
  const counted: JsonObject = field === undefined
    ? { calls: exactNumber(limit.source) }
    : { sum: pathOfDotted(field), limit: exactNumber(limit.source) };
  return { ...counted, per: "session", ...(key === undefined || key === "" ? {} : { key: meters.of(key) }) };
}

interface Masks {
  readonly effect: Effect;
  readonly fields: JsonValue | undefined;
  readonly lost?: string;
}

function readMasks(rule: Keys, effect: Effect): Masks {
  const names = rule.texts("redact_fields") ?? [];
  const spot = rule.spot("redact_fields");
  if (effect !== "redact") {
    if (names.length > 0) {
      rule.context.notes.add("not-carried", spot, "fields are masked by rules with effect redact only");
    }
    return { effect, fields: undefined };
  }
  if (names.length === 0) {
    rule.context.notes.add("changed", spot, "it masks nothing, so it is an allow rule here");
    return { effect: "allow", fields: undefined };
  }
  const odd = names.find(({ value }) => !FIELD_REGEXP.test(value));
  const fields = names.map(({ value }) => value);
  return odd === undefined
    ? { effect, fields }
    : { effect, fields, lost: `${JSON.stringify(odd.value)} names no field that can be masked` };
}
