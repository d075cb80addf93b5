/** mcpfw: ordered rules, the first that ends the matter decides; limits, sequences and preconditions fall through. */
import type { JsonObject } from "../../base/mod.ts";
import { nearName } from "../../diagnostic/mod.ts";
import type { Effect } from "../../verdict/mod.ts";
import type { PolicyDraft, RuleDraft } from "./draft.ts";
import type { ImportContext } from "./context.ts";
import type { Keys } from "./keys.ts";
import { readDuration } from "./mcpfw_duration.ts";
import { readRate } from "./mcpfw_rate.ts";
import { readWhen } from "./mcpfw_when.ts";
import { globOfFnmatch, Ids, messageOf } from "./names.ts";
import type { TomlFields } from "./toml.ts";

const EVENT_KINDS = ["tool", "refused", "approval", "label"];
const DEFAULTS = ["allow", "deny", "ask"];

export function importMcpfw(keys: Keys, { name }: ImportContext): PolicyDraft {
  const own = keys.text("name");
  const fallback = readDefault(keys);
  readScan(keys);
  const ids = new Ids();
  const rules = keys.tables("rules").flatMap((rule, i) => readRule(rule, i, ids));
  keys.end();
  return {
    name: name(own),
    fields: [["default", fallback], ["hide_denied_tools", true]],
    comments: keys.has("default_action") ? [] : [
      "The file states no default, which means allow there. Take the line out where this file stands above another " +
      "one: the first layer that states a default is heard.",
    ],
    rules,
  };
}

function readDefault(keys: Keys): string {
  const written = keys.text("default_action");
  const spot = keys.spot("default_action");
  if (written === undefined) {
    keys.context.notes.add(
      "changed",
      spot,
      "no default_action means allow, as there; a layer below that states one is not heard",
    );
    return "allow";
  }
  if (DEFAULTS.includes(written)) return written;
  keys.context.notes.add(
    "stricter",
    spot,
    `${JSON.stringify(written)} is no default: what no rule decides is refused`,
  );
  return "deny";
}

function readScan(keys: Keys): void {
  const scan = keys.table("scan_responses");
  if (scan === undefined) return;
  const { notes } = keys.context;
  if (scan.boolean("enabled") !== false) {
    const message =
      "results are looked through for secrets and not for injected instructions by this version";
    notes.add("not-carried", keys.spot("scan_responses"), message);
  }
  if (scan.list("extra_patterns")?.length) {
    notes.add(
      "not-carried",
      scan.spot("extra_patterns"),
      "patterns of your own for results have no place in this version",
    );
  }
  scan.end();
}

type RuleReader = (
  rule: Keys,
  common: Common,
) => readonly (Partial<RuleDraft> & Pick<RuleDraft, "effect" | "fields">)[];

/** What every kind of rule has. */
interface Common {
  readonly tools: readonly string[] | undefined;
}

const READERS: Readonly<Record<string, RuleReader>> = {
  allow: (rule, common) => plainRule(rule, "allow", common),
  deny: (rule, common) => plainRule(rule, "deny", common),
  ask: (rule, common) => plainRule(rule, "ask", common),
  rate_limit: rateRule,
  budget: budgetRules,
  sequence: sequenceRule,
  requires: requiresRules,
};

function readRule(rule: Keys, i: number, ids: Ids): readonly RuleDraft[] {
  const name = rule.text("name") ?? `rule-${i + 1}`, action = rule.text("action");
  const message = messageOf(rule.text("message"));
  const spot = { at: rule.at, path: rule.path };
  if (action === undefined || !Object.hasOwn(READERS, action)) {
    const near = nearName(action ?? "", Object.keys(READERS));
    const words = `no action of mcpfw${
      near === undefined ? "" : `, which has "${near}"`
    }: the rule did nothing there`;
    rule.context.notes.add("not-carried", rule.spot("action"), words);
    return [];
  }
  const tools = readTools(rule);
  const read = tools?.length === 0 ? [] : READERS[action]?.(rule, { tools }) ?? [];
  if (tools?.length === 0) {
    rule.context.notes.add(
      "changed",
      rule.spot("tools"),
      "an empty list is about no tool: the rule is left out",
    );
    return [];
  }
  if (rule.has("when") && action !== "allow" && action !== "deny" && action !== "ask") {
    rule.node("when");
    rule.context.notes.add(
      "stricter",
      rule.spot("when"),
      `"when" is for allow, deny and ask: this rule holds whatever the arguments are`,
    );
  }
  rule.end();
  return read.map((draft) => ({
    ...draft,
    spot,
    id: ids.take(draft.id === undefined ? name : `${name}-${draft.id}`),
    fields: [...draft.fields, ["message", message]],
  }));
}

/** `["*"]` is every tool, and so is an absent list; an empty one is none. */
function readTools(rule: Keys): readonly string[] | undefined {
  const tools = rule.texts("tools");
  if (tools === undefined || tools.some(({ value }) => value === "*")) return undefined;
  return tools.map(({ value }) => globOfFnmatch(value));
}

function plainRule(rule: Keys, effect: Effect, { tools }: Common): ReturnType<RuleReader> {
  const when = rule.table("when");
  const condition = when === undefined ? undefined : readWhen(when, effect !== "allow");
  const isEmpty = when !== undefined && condition === undefined;
  if (isEmpty) {
    const then = effect === "allow" ? "the rule is left out" : "the rule holds whatever the arguments are";
    rule.context.notes.add("stricter", rule.spot("when"), `it asks for nothing: ${then}`);
  }
  if (isEmpty && effect === "allow") return [];
  return [{ effect, fields: [["tools", tools], ["when", condition]] }];
}

function rateRule(rule: Keys, { tools }: Common): ReturnType<RuleReader> {
  const rate = readRate(rule);
  if (rate === undefined) return [];
  const { notes } = rule.context;
  notes.once(
    "stricter",
    rule.spot("rate"),
    "all sessions and processes of a server share the limit, and it survives a restart",
  );
  const over: TomlFields = rate === "none" ? [] : [["over", { rate, per: "server" }]];
  return [{ effect: "deny", fields: [["tools", tools], ...over] }];
}

function budgetRules(rule: Keys, { tools }: Common): ReturnType<RuleReader> {
  const most = rule.count("max_calls"), perTool = rule.count("max_per_tool");
  const { notes } = rule.context;
  const spot = { at: rule.at, path: rule.path };
  if (most === undefined && perTool === undefined) {
    notes.add("changed", spot, "a budget without max_calls and max_per_tool does nothing: it is left out");
    return [];
  }
  const words =
    "calls that came as far as this rule and were forwarded are counted; there every call of the session was, " +
    "the refused ones as well";
  notes.once("changed", spot, words);
  return [
    ...most === undefined ? [] : [limitOf(most, "session", tools)],
    ...perTool === undefined ? [] : [{ ...limitOf(perTool, ["session", "tool"], tools), id: "per-tool" }],
  ];
}

/** A budget of nothing refuses every call. */
function limitOf(
  calls: number,
  per: string | readonly string[],
  tools: Common["tools"],
): ReturnType<RuleReader>[number] {
  const over: TomlFields = calls === 0 ? [] : [["over", { calls, per }]];
  return { effect: "deny", fields: [["tools", tools], ...over] };
}

function sequenceRule(rule: Keys, { tools }: Common): ReturnType<RuleReader> {
  const steps = rule.texts("pattern");
  const spot = rule.spot("pattern");
  const { notes } = rule.context;
  if (tools !== undefined) {
    notes.add("stricter", rule.spot("tools"), "the steps alone say which tools a sequence is about");
  }
  if (steps === undefined || steps.length < 2) {
    notes.add("changed", spot, "a sequence of fewer than two steps does nothing: it is left out");
    return [];
  }
  const message =
    "the glob of a step is compared with every text in the arguments; there with the first argument alone";
  notes.once("stricter", spot, message);
  const fewer =
    "a call is a step once it was forwarded, and the glob of a step is for texts; there refused calls were steps as " +
    "well, and a number was compared in the way that Python prints it";
  notes.once("changed", spot, fewer);
  return [{ effect: "deny", fields: [["sequence", steps.map(({ value }) => stepOf(value))]] }];
}

function stepOf(step: string): string {
  const colon = step.indexOf(":");
  if (colon < 0) return globOfFnmatch(step);
  const tool = step.slice(0, colon);
  // A tool that is called as a kind of event is would be taken for one.
  const glob = EVENT_KINDS.includes(tool) ? `[${tool.charAt(0)}]${tool.slice(1)}` : globOfFnmatch(tool);
  return `${glob}:${globOfFnmatch(step.slice(colon + 1))}`;
}

function requiresRules(rule: Keys, { tools }: Common): ReturnType<RuleReader> {
  const written = rule.text("requires_event");
  const within = readDuration(rule, "within"), cooldown = readDuration(rule, "cooldown");
  const { notes } = rule.context;
  const spot = { at: rule.at, path: rule.path };
  if (written === undefined || written === "" || (within === undefined && cooldown === undefined)) {
    const kind = rule.has("within") || rule.has("cooldown") ? "not-carried" : "changed";
    notes.add(
      kind,
      spot,
      "without requires_event and a time that can be read this rule does nothing there: it is left out",
    );
    return [];
  }
  const event = eventOf(written, rule);
  const rules: { id?: string; effect: Effect; fields: TomlFields }[] = [];
  const add = (id: string, key: string, condition: JsonObject) =>
    rules.push({
      ...(within !== undefined && cooldown !== undefined ? { id } : {}),
      effect: "deny",
      fields: [["tools", tools], [key, condition]],
    });
  if (within !== undefined) add("within", "not_after", { event, within });
  if (cooldown !== undefined) add("cooldown", "after", { event, within: cooldown });
  notes.once(
    "changed",
    rule.spot("requires_event"),
    "a call is an event once it was forwarded; there also when it was refused",
  );
  return rules;
}

/** Any tool of that name made the event there, so that an agent could give itself the approval. */
function eventOf(written: string, rule: Keys): string {
  if (!/^human[_-]?approv(?:al|ed)$/i.test(written)) return `tool:${globOfFnmatch(written)}`;
  const message = `${
    JSON.stringify(written)
  } is an approval that a person gave; there a tool of that name made the event`;
  rule.context.notes.add("stricter", rule.spot("requires_event"), message);
  return "approval:*";
}
