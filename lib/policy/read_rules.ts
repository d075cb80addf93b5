/** Reads the rules of a policy file. */
import type { ReadContext } from "./read_context.ts";
import { type Fields, readFields, type TableNode, typeName } from "../diagnostic/mod.ts";
import { type Effect, reasonForRule } from "../verdict/mod.ts";
import { readCel } from "./cel/read_cel.ts";
import type { Condition } from "./condition.ts";
import type { LabelRule } from "./layer.ts";
import { readEvents, type ReadSequence, readSequence, refuseUnreachableStep } from "./read_history.ts";
import { checkedLabels, checkOn, readLabels } from "./read_labels.ts";
import { readLimit } from "./read_limits.ts";
import { readWhen } from "./read_when.ts";
import type { Rule, RuleGuard, RuleTest } from "./rule.ts";
import { RULE_FIELDS, THREAT_FIELDS } from "./schema.ts";
import { readMethods, readNames, type Selectors, TOOL_CALLS } from "./selectors.ts";

/** What the client is told where a rule has no message of its own. */
const MESSAGES: Readonly<Record<Effect, string>> = {
  allow: "this call is allowed",
  redact: "this call is allowed, with fields masked",
  deny: "this call is not allowed",
  ask: "a person has to approve this call",
};

/** The rules of a file, by what they are about. */
export interface ReadRules {
  /** In order. */
  readonly rules: readonly Rule[];
  /** Those with `on = "result"`. */
  readonly labelRules: readonly LabelRule[];
}

/** The rules, in order; one that cannot be read is said to the sink and left out. */
export function readRules(tables: readonly TableNode[], layer: string, context: ReadContext): ReadRules {
  const rules: Rule[] = [], labelRules: LabelRule[] = [];
  for (const table of tables) {
    const rule = readRule(table, layer, context);
    if (rule === undefined) continue;
    if ("labels" in rule) labelRules.push(rule);
    else rules.push(rule);
  }
  refuseTwins(tables, context);
  return { rules, labelRules };
}

function readRule(table: TableNode, layer: string, context: ReadContext): Rule | LabelRule | undefined {
  const { sink } = context;
  const errorsBefore = sink.errors;
  const fields = readFields(table, RULE_FIELDS, { sink, where: "a rule" });
  const id = fields.text("id"), effect = fields.text("effect") as Effect | undefined;
  const selectors = readSelectors(fields, context);
  const sequence = readSequence(fields, sink);
  if (sequence !== undefined) refuseUnreachableStep(fields, { selectors, sequence, sink });
  const tests = readTests(fields, { sequence, context });
  const guards = readGuards(fields, { rule: [layer, id ?? ""], sequence, context });
  const redactFields = readRedactFields(fields, context);
  checkOn(fields, sink);
  const labels = checkedLabels(fields.texts("add_labels") ?? [], sink);
  // A rule of which a part fell away is another rule: it is not warned about either.
  if (id === undefined || effect === undefined || sink.errors > errorsBefore) return undefined;
  const parts = { id, ref: `${layer}/${id}`, selectors, tests };
  if (fields.text("on") === "result") return { ...parts, labels };
  const message = fields.text("message") ?? MESSAGES[effect];
  return {
    ...parts,
    effect,
    reason: reasonForRule(id),
    message,
    guards,
    redactFields,
    at: fields.keyAt("id"),
  };
}

function readSelectors(fields: Fields, { sink }: ReadContext): Selectors {
  const set = (key: string) => {
    const nodes = fields.texts(key);
    return nodes === undefined ? undefined : readNames(nodes, sink);
  };
  const methods = fields.texts("methods");
  const tools = set("tools"), servers = set("servers"), agents = set("agents");
  const roles = fields.texts("roles")?.map((node) => readNames([node], sink));
  return {
    methods: methods === undefined ? TOOL_CALLS : readMethods(methods, sink),
    ...(tools === undefined ? {} : { tools }),
    ...(servers === undefined ? {} : { servers }),
    ...(agents === undefined ? {} : { agents }),
    ...(roles === undefined ? {} : { roles }),
  };
}

interface RuleParts {
  readonly sequence: ReadSequence | undefined;
  readonly context: ReadContext;
}

/** The conditions of a rule, cheapest first; without those that cannot be read, which the sink then says. */
function readTests(fields: Fields, { sequence, context }: RuleParts): readonly RuleTest[] {
  return [
    readThreat(fields, context),
    readLabels(fields, context.sink),
    sequence?.test,
    readWhenField(fields, context),
  ].filter((test) => test !== undefined);
}

/** What is left to the ledger; as above. */
function readGuards(
  fields: Fields,
  { rule, sequence, context }: RuleParts & { readonly rule: readonly [layer: string, id: string] },
): readonly RuleGuard[] {
  const events = readEvents(fields, context.sink);
  return [
    readLimit(fields, "over", { rule, context }),
    readLimit(fields, "within", { rule, context }),
    ...events,
    sequence?.guard,
  ].filter((guard) => guard !== undefined);
}

function readThreat(fields: Fields, { sink }: ReadContext): RuleTest | undefined {
  const table = fields.table("threat");
  if (table === undefined) return undefined;
  const min = readFields(table, THREAT_FIELDS, { sink, where: "threat" }).integer("min");
  return min === undefined ? undefined : threatTest(min);
}

/** A score that an incomplete scan gave may be too low: below the limit it says nothing. */
function threatTest(min: number): RuleTest {
  const test: RuleTest["test"] = ({ report, failsOpen }) =>
    report.threat.score >= min ? "yes" : report.complete || failsOpen ? "no" : "unevaluable";
  return {
    test,
    explain(view) {
      const match = test(view);
      const why = match === "unevaluable" ? " (the scan is incomplete)" : "";
      return { match, words: `threat score at least ${min}: ${match}${why}` };
    },
    leaves: [],
  };
}

function readWhenField(fields: Fields, context: ReadContext): RuleTest | undefined {
  const node = fields.node("when");
  if (node === undefined) return undefined;
  if (node.kind === "text") return readCel(node, context);
  if (node.kind === "table") {
    const condition = readWhen(node, context);
    return condition === undefined ? undefined : argumentsTest(condition);
  }
  const hint = node.kind === "list"
    ? "write when = { all = […] } where every one must match, or when = { any = […] } where one must"
    : "write a table, when = { amount = { lt = 500 } }, or a CEL expression in quotes";
  context.sink.error(node.at, `"when" is ${typeName(node)}, and must be a table of conditions`, hint);
  return undefined;
}

/** A condition on the arguments of the call. */
export function argumentsTest(condition: Condition): RuleTest {
  return {
    test: ({ args }) => args === undefined ? "unevaluable" : condition.test(args),
    explain: ({ args }) =>
      args === undefined
        ? { match: "unevaluable", words: "the arguments cannot be read" }
        : condition.explain(args),
    leaves: condition.leaves,
  };
}

function readRedactFields(fields: Fields, { sink }: ReadContext): readonly string[] {
  const nodes = fields.texts("redact_fields") ?? [];
  const effect = fields.text("effect");
  if (effect === "redact" && !fields.has("redact_fields")) {
    sink.error(
      fields.keyAt("effect"),
      '"redact_fields" is missing in a rule with effect redact',
      'add redact_fields = ["…"]',
    );
  }
  if (effect !== undefined && effect !== "redact" && nodes.length > 0) {
    const hint = 'write effect = "redact", which lets the call pass with the fields masked';
    sink.error(
      fields.keyAt("redact_fields"),
      `"redact_fields" has no effect in a rule with effect ${effect}`,
      hint,
    );
  }
  return checkedFieldNames(nodes, sink);
}

/** Names of fields to mask: a name, or names with dots between them; nothing else. */
export function checkedFieldNames(
  nodes: readonly { readonly at: number; readonly value: string }[],
  sink: ReadContext["sink"],
): readonly string[] {
  for (const { at, value } of nodes) {
    if (!/[*"?]|^\.|\.$|\.\./.test(value)) continue;
    const hint = "write a name, or names with dots between them: it is found at any depth, in lists as well";
    sink.error(at, `${JSON.stringify(value)} names no field to mask`, hint);
  }
  return nodes.map(({ value }) => value);
}

function refuseTwins(tables: readonly TableNode[], { sink }: ReadContext): void {
  const seen = new Set<string>();
  for (const { fields } of tables) {
    const id = fields.get("id")?.value;
    if (id?.kind !== "text") continue;
    if (seen.has(id.value)) {
      sink.error(
        id.at,
        `a second rule with the id ${JSON.stringify(id.value)}`,
        "give each rule an id of its own",
      );
    }
    seen.add(id.value);
  }
}
