/** tollbooth: ordered rules on a server, a tool and top-level arguments; per-pattern overrides of its scanner. */
import type { JsonObject } from "../../base/mod.ts";
import type { Effect } from "../../verdict/mod.ts";
import type { PolicyDraft, RuleDraft } from "./draft.ts";
import type { ImportContext } from "./context.ts";
import type { Keys } from "./keys.ts";
import { Ids, literalGlob } from "./names.ts";
import { readDlp } from "./tollbooth_dlp.ts";
import { readMatcher } from "./tollbooth_where.ts";

const ACTIONS: Readonly<Record<string, Effect>> = { allow: "allow", deny: "deny", "require-approval": "ask" };

export function importTollbooth(keys: Keys, context: ImportContext): PolicyDraft {
  readServers(keys);
  const policy = keys.table("policy");
  const fallback = (policy === undefined ? undefined : effectOf(policy, "default")) ?? "allow";
  const failureMode = policy === undefined ? undefined : readFailureMode(policy);
  const ids = new Ids();
  const rules = policy?.tables("rules").map((rule) => readRule(rule, ids)) ?? [];
  policy?.end();
  const config = readDlp(keys, context);
  readAudit(keys);
  readPlugins(keys);
  keys.end();
  return {
    name: context.name(undefined),
    fields: [["default", fallback], ["failure_mode", failureMode]],
    rules: rules.filter((rule) => rule !== undefined),
    config,
  };
}

function effectOf(keys: Keys, key: string): Effect | undefined {
  const written = keys.text(key);
  if (written === undefined) return undefined;
  if (Object.hasOwn(ACTIONS, written)) return ACTIONS[written];
  keys.wrongWord(key, Object.keys(ACTIONS));
  return undefined;
}

function readFailureMode(policy: Keys): string | undefined {
  const mode = policy.text("failure_mode");
  if (mode !== "open") return mode === "closed" ? mode : undefined;
  const message =
    "open is about a scan that is not complete; a policy or a ledger that fails refuses the call all the same";
  policy.context.notes.add("stricter", policy.spot("failure_mode"), message);
  return mode;
}

function readRule(rule: Keys, ids: Ids): RuleDraft | undefined {
  const name = rule.text("name"), effect = effectOf(rule, "action");
  const server = readName(rule, "server"), tool = readName(rule, "tool");
  const when = effect === undefined ? undefined : readWhere(rule, effect);
  const unknown = rule.end();
  if (effect === undefined) {
    if (!rule.has("action")) rule.missing("action", Object.keys(ACTIONS).join(", "));
    return undefined;
  }
  return {
    spot: { at: rule.at, path: rule.path },
    id: ids.take(name ?? "rule"),
    effect,
    fields: [["servers", server], ["tools", tool], ["when", when]],
    // What nobody knows may be a condition: without it, a rule that permits would permit more.
    ...(unknown === undefined || effect !== "allow"
      ? {}
      : { lost: `the key ${JSON.stringify(unknown)} is not known` }),
  };
}

/** The name there for what the client does by itself, without any server. */
const CLIENT = "claude";

/** An exact name, or a lone `*`. */
function readName(rule: Keys, key: string): readonly string[] | undefined {
  const name = rule.text(key);
  if (key === "server" && name === CLIENT) {
    const message =
      "the client's own tools do not come through here: this rule holds for none of their calls";
    rule.context.notes.add("not-carried", rule.spot(key), message);
  }
  return name === undefined || name === "*" ? undefined : [literalGlob(name)];
}

/** All fields must match. */
function readWhere(rule: Keys, effect: Effect): JsonObject | undefined {
  const where = rule.table("where");
  if (where === undefined) return undefined;
  const conditions = where.entries().map(([field]) => readMatcher(where, field, effect !== "allow"))
    .filter((condition) => condition !== undefined);
  const [only] = conditions;
  if (only === undefined) return undefined;
  return conditions.length === 1 ? only : { all: conditions };
}

/** Headers and variables of servers hold secrets: nothing of them is looked at but whether they are local. */
function readServers(keys: Keys): void {
  const servers = keys.table("servers");
  if (servers === undefined) return;
  for (const [name, value, spot] of servers.entries()) {
    if (value.kind !== "table") servers.wrong(value, name, "a table");
    else if (value.fields.has("command")) {
      const message = `start it in the client's configuration: countersign run --server ${
        JSON.stringify(name)
      } -- COMMAND`;
      keys.context.notes.add("changed", spot, message);
    } else {keys.context.notes.add(
        "not-carried",
        spot,
        "a server behind a URL cannot be reached by this version",
      );}
  }
}

function readAudit(keys: Keys): void {
  const { notes } = keys.context;
  const audit = keys.table("audit");
  if (keys.node("audit_log") !== undefined || audit !== undefined) {
    const spot = keys.spot(audit === undefined ? "audit_log" : "audit");
    notes.add("changed", spot, "the record is a ledger of its own: [ledger] path in countersign.toml");
  }
  audit?.node("log");
  if (audit?.text("record") === "full") {
    notes.add(
      "not-carried",
      audit.spot("record"),
      "entries hold no arguments and no results in this version",
    );
  }
  audit?.end();
}

/** Their settings may hold secrets, and are not looked at. */
function readPlugins(keys: Keys): void {
  for (const [i, plugin] of (keys.list("plugins") ?? []).entries()) {
    const spot = { at: plugin.at, path: `plugins[${i}]` };
    keys.context.notes.add(
      "not-carried",
      spot,
      "a plugin in Python cannot run here: write its check as a rule",
    );
  }
}
