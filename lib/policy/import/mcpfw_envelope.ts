/** mcpfw's envelope: what a session should look like. What a file leaves out has a value there all the same. */
import { exactNumber, formatDuration, type JsonObject } from "../../base/mod.ts";
import type { PolicyDraft, RuleDraft } from "./draft.ts";
import type { ImportContext } from "./context.ts";
import type { Keys } from "./keys.ts";
import { readWorkflows } from "./mcpfw_workflows.ts";
import { globOfFnmatch, Ids } from "./names.ts";

/** Their values for what is left out. */
const STANDARD = { calls: 100, seconds: 600, perMinute: 30, identical: 3, similar: 10 };
const UNSEEN = [["max_tokens_consumed", "tokens"], ["max_cost_usd", "what a model costs"]] as const;
/** Nobody reaches more. */
const MAX_COUNT = 1_000_000;
const MAX_SECONDS = 1_000_000_000;
const THRESHOLDS = { warn: "0.3", pause: "0.6", kill: "0.8" };

export function importEnvelope(keys: Keys, { name }: ImportContext): PolicyDraft {
  const own = keys.text("name");
  keys.node("purpose");
  const bounds = keys.table("bounds"), drift = keys.table("drift");
  const spot = bounds === undefined ? { at: keys.at, path: "" } : keys.spot("bounds");
  const approvals = readAutonomy(bounds);
  const envelope: JsonObject = {
    ...readBounds(keys, bounds, drift),
    ...readWorkflows(keys),
    thresholds: readThresholds(keys),
  };
  readFlows(bounds);
  readUnknownThreshold(drift);
  bounds?.end();
  drift?.end();
  keys.end();
  return {
    name: name(own),
    fields: [],
    comments: [
      "A layer of its own: name it beside the policy. What the file left out is written with the value that it had there.",
    ],
    envelope: { spot, value: envelope },
    rules: approvals,
  };
}

function readBounds(keys: Keys, bounds: Keys | undefined, drift: Keys | undefined): JsonObject {
  const velocity = drift?.table("velocity"), repetition = drift?.table("repetition");
  const seconds = bounds?.count("max_duration_seconds") ?? STANDARD.seconds;
  const perMinute = least(STANDARD.perMinute, [bounds, velocity], "max_actions_per_minute");
  const identical = least(STANDARD.identical, [bounds, repetition], "max_identical_calls");
  const similar = least(STANDARD.similar, [bounds, repetition], "max_similar_calls");
  for (const [key, what] of UNSEEN) {
    if (bounds?.node(key) === undefined) continue;
    keys.context.notes.add(
      "not-carried",
      bounds.spot(key),
      `${what} cannot be seen here: only what crosses is counted`,
    );
  }
  velocity?.end();
  repetition?.end();
  return {
    max_calls: atLeastOne(bounds?.count("max_actions_per_session") ?? STANDARD.calls, keys),
    max_duration: formatDuration(Math.min(Math.max(1, seconds), MAX_SECONDS) * 1000),
    max_rate: `${atLeastOne(perMinute, keys)}/minute`,
    max_identical_calls: oneLess(identical, keys),
    max_similar_calls: oneLess(similar, keys),
  };
}

/** The least of what the tables say; their standard where none says anything. */
function least(standard: number, tables: readonly (Keys | undefined)[], key: string): number {
  const stated = tables.map((table) => table?.count(key)).filter((count) => count !== undefined);
  return stated.length === 0 ? standard : Math.min(...stated);
}

function atLeastOne(count: number, keys: Keys): number {
  if (count > 0) return Math.min(count, MAX_COUNT);
  keys.context.notes.once(
    "changed",
    { at: keys.at, path: "bounds" },
    "a bound of 0 is written as 1: to refuse everything take a rule",
  );
  return 1;
}

/** There the Nth call of a kind counted already, here N pass. */
function oneLess(count: number, keys: Keys): number {
  const spot = { at: keys.at, path: "bounds" };
  if (count <= 1) {
    keys.context.notes.once(
      "changed",
      spot,
      "a bound of 1 on equal calls lets one pass here; there not even one",
    );
    return 1;
  }
  const message =
    "max_identical_calls and max_similar_calls are one less than there, where the last of them counted as one too many";
  keys.context.notes.once("changed", spot, message);
  return Math.min(count - 1, MAX_COUNT);
}

function readThresholds(keys: Keys): JsonObject {
  const responses = keys.table("responses");
  const { notes } = keys.context;
  const spot = { at: responses?.at ?? keys.at, path: "responses" };
  const sources = (["warn", "pause", "kill"] as const).map((key) => {
    const response = responses?.table(key);
    const source = response?.number("threshold")?.source ?? THRESHOLDS[key];
    response?.end();
    return source;
  });
  responses?.end();
  const rises = sources.every((source, i) =>
    Number(source) > Number(sources[i - 1] ?? 0) && Number(source) <= 1
  );
  if (!rises) notes.add("not-carried", spot, "thresholds rise, within 0 to 1: the usual ones are written");
  notes.add(
    "changed",
    spot,
    "where a session was paused, and every call refused, a person is asked about each call",
  );
  const [warn = "", ask = "", kill = ""] = rises ? sources : Object.values(THRESHOLDS);
  return { warn: exactNumber(warn), ask: exactNumber(ask), kill: exactNumber(kill) };
}

/** Names of data that the agent itself put into its arguments; whoever wants to dodge them leaves them out. */
function readFlows(bounds: Keys | undefined): void {
  const flow = bounds?.table("data_flow");
  if (bounds === undefined || flow === undefined) return;
  if (flow.tables("forbidden_flows").length > 0) {
    const message =
      "sources and destinations were what the agent said about itself: write forbidden_flows with tools, or " +
      "rules with labels";
    bounds.context.notes.add("not-carried", flow.spot("forbidden_flows"), message);
  }
  flow.end();
}

function readUnknownThreshold(drift: Keys | undefined): void {
  const count = drift?.count("unknown_workflow_threshold");
  if (drift === undefined || count === undefined || count === 3) return;
  const message = "a session is compared with its workflows from its third call on";
  drift.context.notes.add("changed", drift.spot("unknown_workflow_threshold"), message);
}

/** Read there and never asked for: here a person is asked. */
function readAutonomy(bounds: Keys | undefined): readonly RuleDraft[] {
  const autonomy = bounds?.table("autonomy");
  if (autonomy === undefined) return [];
  const { notes } = autonomy.context;
  if (autonomy.node("max_chain_depth") !== undefined) {
    notes.add(
      "not-carried",
      autonomy.spot("max_chain_depth"),
      "how deep agents call one another cannot be seen here",
    );
  }
  const tools = autonomy.texts("requires_human_approval") ?? [];
  const spot = autonomy.spot("requires_human_approval");
  autonomy.end();
  if (tools.length === 0) return [];
  notes.add(
    "stricter",
    spot,
    "a person is asked about these tools; there the list was read and had no effect",
  );
  const id = new Ids().take("requires-human-approval");
  return [{ spot, id, effect: "ask", fields: [["tools", tools.map(({ value }) => globOfFnmatch(value))]] }];
}
