/**
 * estoppl: lists of tools, an amount, custom rules, a rate; the order in which they are asked is that of our
 * `[guardrails]`. What is known of its behaviour: block list, allow list, human review, amount, custom rules, rate.
 */
import { exactNumber, type JsonValue } from "../../base/mod.ts";
import type { NumberNode } from "../../diagnostic/mod.ts";
import type { ConfigTable, CustomRuleDraft, GuardrailsDraft, PolicyDraft } from "./draft.ts";
import { namesOnce, readCustomRules } from "./estoppl_custom.ts";
import { allowGlob, blockGlob } from "./estoppl_tools.ts";
import type { ImportContext } from "./context.ts";
import type { Keys } from "./keys.ts";
import { literalGlob, pathOfDotted } from "./names.ts";
import type { TomlFields } from "./toml.ts";

const AMOUNT = "max_amount_usd";
const MAX_RATE = 1_000_000;
const FIELD_NAME_REGEXP = /^[^*"?.]+$/;
const AGENT_ID_REGEXP = /^[A-Za-z0-9][A-Za-z0-9_.@:/+-]{0,127}$/;

export function importEstoppl(keys: Keys, { name }: ImportContext): PolicyDraft {
  const config = readAgent(keys);
  readLedger(keys);
  if (keys.node("version") !== undefined) {
    keys.context.notes.add(
      "changed",
      keys.spot("version"),
      "a policy has no number here: its digest names it",
    );
  }
  const rules = keys.table("rules");
  keys.end();
  return {
    name: name(undefined),
    fields: [["default", "allow"]],
    comments: ["What no list and no rule is about passes, as it did there."],
    ...(rules === undefined ? {} : { guardrails: readRules(rules) }),
    config,
  };
}

function readAgent(keys: Keys): readonly ConfigTable[] {
  const agent = keys.table("agent");
  if (agent === undefined) return [];
  const { notes } = agent.context;
  const id = agent.text("id"), by = agent.text("authorized_by");
  if (agent.node("version") !== undefined) {
    notes.add("changed", agent.spot("version"), "entries hold no version of the agent; it decides nothing");
  }
  agent.end();
  const goodId = id !== undefined && AGENT_ID_REGEXP.test(id) ? id : undefined;
  if (id !== undefined && goodId === undefined) {
    notes.add(
      "not-carried",
      agent.spot("id"),
      "an id has letters, digits and _ . @ : / + - only: choose another",
    );
  }
  return [["agent", [["id", goodId], ["authorized_by", by?.trim() === "" ? undefined : by]]]];
}

/** A ledger of our own stands in the place of theirs. The key for their cloud is a secret and is not looked at. */
function readLedger(keys: Keys): void {
  const ledger = keys.table("ledger");
  if (ledger === undefined) return;
  if (ledger.node("db_path") !== undefined) {
    ledger.context.notes.add(
      "changed",
      ledger.spot("db_path"),
      "the record is a ledger of its own: [ledger] path in countersign.toml",
    );
  }
  for (const key of ["cloud_endpoint", "cloud_api_key", "org_id"]) {
    if (ledger.node(key) === undefined) continue;
    const message =
      "no cloud is asked: policies come from files, and a person answers by countersign approve";
    ledger.context.notes.add("not-carried", ledger.spot(key), message);
  }
  ledger.end();
}

function readRules(rules: Keys): GuardrailsDraft {
  const amountField = readAmountField(rules);
  const lists = readLists(rules, amountField);
  const agents = readAgents(rules, { amountField, above: lists.above, customRules: lists.customRules });
  const limits = [lists.fields, ...agents.map(({ fields }) => fields)];
  const limited = limits.some((fields) =>
    fields.some(([key, value]) => key === AMOUNT && value !== undefined)
  );
  readFailMode(rules);
  const fields: TomlFields = [
    ...lists.fields,
    // Without an amount anywhere the key says nothing, and `check` would warn about it.
    ["amount_field", limited ? amountField : undefined],
    ["rate_limit_per_minute", readRate(rules)],
    ["rate_limit_tools", readToolRates(rules)],
    ["redact_fields", readRedactFields(rules)],
  ];
  rules.end();
  return { fields, customRules: namesOnce([...lists.above, ...lists.customRules ?? []]), agents };
}

function readAmountField(rules: Keys): string | undefined {
  const field = rules.text("amount_field");
  return field === undefined || field === "" ? undefined : pathOfDotted(field);
}

interface Lists {
  readonly fields: TomlFields;
  /** The rule that the threshold for human review makes; it comes before all custom rules. */
  readonly above: readonly CustomRuleDraft[];
  /** Absent where the table has none. */
  readonly customRules: readonly CustomRuleDraft[] | undefined;
}

/** The keys that stand in `[rules]` and in the table of an agent alike. */
function readLists(keys: Keys, amountField: string | undefined): Lists {
  const blocked = keys.texts("block_tools"), allowed = keys.texts("allow_tools");
  const reviewed = keys.texts("human_review_tools");
  const amount = readAmount(keys, AMOUNT);
  if (amount !== undefined) {
    const message = "amounts in strings and in lists count, and one that cannot be read refuses the call; " +
      "there only a plain number was compared";
    keys.context.notes.once("stricter", keys.spot(AMOUNT), message);
  }
  return {
    fields: [
      ["block_tools", blocked?.map((node) => blockGlob(node, keys, "block_tools"))],
      ["allow_tools", allowed?.map((node) => allowGlob(node, keys, "allow_tools"))],
      ["human_review_tools", reviewed?.map((node) => blockGlob(node, keys, "human_review_tools"))],
      [AMOUNT, amount === undefined ? undefined : exactNumber(amount.source)],
    ],
    above: readReviewAbove(keys, amountField),
    customRules: keys.has("custom_rules") ? readCustomRules(keys) : undefined,
  };
}

function readAmount(keys: Keys, key: string): NumberNode | undefined {
  const amount = keys.number(key);
  if (amount?.source.startsWith("-") !== true) return amount;
  keys.wrong(amount, key, "an amount of zero or more");
  return undefined;
}

function readReviewAbove(keys: Keys, amountField = "amount"): readonly CustomRuleDraft[] {
  const key = "human_review_above_usd";
  const amount = readAmount(keys, key);
  if (amount === undefined) return [];
  const spot = keys.spot(key);
  const message =
    "calls of every tool wait for a person above this amount, and those of human_review_tools at any " +
    "amount; what is over max_amount_usd is refused at once";
  keys.context.notes.once("stricter", spot, message);
  const condition = { field: amountField, operator: "gt", value: exactNumber(amount.source) };
  return [{ spot, name: key, fields: [["condition", condition], ["action", "human_review"]] }];
}

/** Zero switches the limit off there. */
function readRate(rules: Keys): number | undefined {
  const rate = rules.count("rate_limit_per_minute");
  if (rate === undefined || rate === 0) return undefined;
  rateNotes(rules, "rate_limit_per_minute");
  return Math.min(rate, MAX_RATE);
}

function rateNotes(rules: Keys, key: string): void {
  const { notes } = rules.context;
  const stricter =
    "the limit holds over all processes on the ledger and survives a restart; there each process counted alone";
  notes.once("stricter", rules.spot(key), stricter);
  const changed =
    "forwarded calls are counted; there each attempt was, so that trying on made the block last";
  notes.once("changed", rules.spot(key), changed);
}

function readToolRates(rules: Keys): JsonValue | undefined {
  const table = rules.table("rate_limit_tools");
  if (table === undefined) return undefined;
  const limits = table.entries().flatMap(([tool, , spot]): readonly (readonly [string, JsonValue])[] => {
    const rate = table.count(tool);
    if (rate === undefined || tool === "") return [];
    if (rate === 0) {
      const message = `no limit for this tool there; here it may be called ${MAX_RATE} times a minute`;
      table.context.notes.add("stricter", spot, message);
    }
    return [[literalGlob(tool), rate === 0 ? MAX_RATE : Math.min(rate, MAX_RATE)]];
  });
  if (limits.length === 0) return undefined;
  rateNotes(rules, "rate_limit_tools");
  return Object.fromEntries(limits);
}

function readRedactFields(rules: Keys): JsonValue | undefined {
  const names = rules.texts("redact_fields");
  if (names === undefined) return undefined;
  const { notes } = rules.context;
  const good = names.filter(({ at, value }) => {
    const sound = FIELD_NAME_REGEXP.test(value);
    const message = `${
      JSON.stringify(value)
    } has a character that a path gives a meaning to: it is not masked`;
    if (!sound) notes.add("not-carried", { at, path: rules.spot("redact_fields").path }, message);
    return sound;
  });
  if (good.length === 0) return undefined;
  const message =
    "these fields are masked before a call is sent on, and in lists as well; there only the stored copy " +
    "was masked: take out what a tool needs, arguments are not stored here";
  notes.add("stricter", rules.spot("redact_fields"), message);
  return good.map(({ value }) => value);
}

/** Theirs is about one case alone: a call that needs a person, and no cloud to ask one. */
function readFailMode(rules: Keys): void {
  const mode = rules.text("fail_mode");
  if (mode !== "open") return;
  const message =
    "a call that needs a person always waits for one; there it passed where nobody could be asked";
  rules.context.notes.add("stricter", rules.spot("fail_mode"), message);
}

interface OrgWide {
  readonly amountField: string | undefined;
  readonly above: readonly CustomRuleDraft[];
  readonly customRules: readonly CustomRuleDraft[] | undefined;
}

function readAgents(rules: Keys, org: OrgWide): GuardrailsDraft["agents"] {
  const agents = rules.table("agent_rules");
  if (agents === undefined) return [];
  const seen = new Set<string>();
  return agents.entries().flatMap(([name, , spot]) => {
    const keys = agents.table(name);
    if (keys === undefined) return [];
    if (literalGlob(name) !== name || name === "" || seen.has(name.normalize("NFC"))) {
      agents.context.notes.add("not-carried", spot, `${JSON.stringify(name)} is no id of one agent here`);
      return [];
    }
    seen.add(name.normalize("NFC"));
    agents.context.notes.once(
      "changed",
      spot,
      "the rules of an agent are in force, and replace those for all where they say anything, so that they may let " +
        "more pass; there they were read and not applied",
    );
    const lists = readLists(keys, org.amountField);
    keys.end();
    const own = lists.customRules !== undefined || lists.above.length > 0;
    const above = lists.above.length > 0 ? lists.above : org.above;
    const customRules = own ? namesOnce([...above, ...lists.customRules ?? org.customRules ?? []]) : [];
    return [{ spot, name, fields: withoutEmpty(lists.fields), customRules }];
  });
}

/** An empty list falls back to the one for all, as an absent one does: else it would lift a restriction. */
function withoutEmpty(fields: TomlFields): TomlFields {
  return fields.filter(([, value]) => !(Array.isArray(value) && value.length === 0));
}
