/** Reads what rules have to do with labels: conditions on those of the session, and rules that put some on. */
import { type DiagnosticSink, type Fields, readFields, type TextNode } from "../diagnostic/mod.ts";
import type { LabelUse, RuleTest } from "./rule.ts";
import { ID_REGEXP, ID_WANTED, LABEL_FIELDS } from "./schema.ts";

interface LabelLists {
  readonly any?: readonly string[];
  readonly all?: readonly string[];
  readonly none?: readonly string[];
}

/** The condition of a rule's `labels`; `undefined` where there is none, or one that the sink tells about. */
export function readLabels(fields: Fields, sink: DiagnosticSink): RuleTest | undefined {
  const table = fields.table("labels");
  if (table === undefined) return undefined;
  const errorsBefore = sink.errors;
  const read = readFields(table, LABEL_FIELDS, { sink, where: '"labels"' });
  if (table.fields.size === 0) {
    sink.error(table.at, '"labels" names no label', 'write labels = { any = ["untrusted"] }');
  }
  const lists = Object.fromEntries(
    LABEL_FIELDS.flatMap(({ key }) => {
      const nodes = read.texts(key);
      return nodes === undefined ? [] : [[key, checkedLabels(nodes, sink)]];
    }),
  ) as LabelLists;
  refuseContradictions(lists, table.at, sink);
  if (sink.errors > errorsBefore) return undefined;
  const uses = LABEL_FIELDS.flatMap(({ key }) => read.texts(key) ?? [])
    .map(({ value, at }): LabelUse => ({ label: value, at }));
  return labelTest(lists, uses);
}

/** Names of labels, each said to the sink where it is none. */
export function checkedLabels(nodes: readonly TextNode[], sink: DiagnosticSink): readonly string[] {
  for (const { at, value } of nodes) {
    if (!ID_REGEXP.test(value)) {
      sink.error(at, `${JSON.stringify(value)} is not a label`, `write ${ID_WANTED}`);
    }
  }
  return nodes.map(({ value }) => value);
}

function refuseContradictions({ any, all, none = [] }: LabelLists, at: number, sink: DiagnosticSink): void {
  const hint = "take it out of one of the two";
  const both = all?.find((label) => none.includes(label));
  if (both !== undefined) {
    sink.error(at, `no session can both have the label "${both}" and not have it`, hint);
  } else if (any?.every((label) => none.includes(label)) === true) {
    sink.error(at, '"labels" can never match: "none" has every label of "any"', hint);
  }
}

function labelTest({ any, all, none }: LabelLists, uses: readonly LabelUse[]): RuleTest {
  const words = Object.entries({ any, all, none })
    .flatMap(([key, labels]) => labels === undefined ? [] : [`${key} of ${labels.join(", ")}`]);
  const test: RuleTest["test"] = ({ request: { context: { labels } } }) => {
    const has = (label: string) => labels.includes(label);
    const holds = any?.some(has) !== false && all?.every(has) !== false && none?.some(has) !== true;
    return holds ? "yes" : "no";
  };
  return {
    test,
    explain(view) {
      const match = test(view);
      return { match, words: `labels ${words.join(" and ")}: ${match}` };
    },
    leaves: [],
    labels: uses,
  };
}

/** What says something about a call that is judged: a rule about results judges none. */
const CALL_KEYS = ["within", "over", "after", "not_after", "sequence", "threat", "redact_fields", "message"];

/** Says what a rule with `on = "result"` cannot have, and what one without it cannot. */
export function checkOn(fields: Fields, sink: DiagnosticSink): void {
  if (fields.text("on") !== "result") {
    if (!fields.has("add_labels")) return;
    const hint = 'add on = "result": a label is put on the session when the result of the call is released';
    sink.error(fields.keyAt("add_labels"), '"add_labels" has no effect in a rule about calls', hint);
    return;
  }
  for (const key of CALL_KEYS) {
    if (!fields.has(key)) continue;
    const hint = "it only puts labels on: write a rule of its own for calls";
    sink.error(fields.keyAt(key), `"${key}" has no effect in a rule with on = "result"`, hint);
  }
  const effect = fields.text("effect");
  if (effect !== undefined && effect !== "allow") {
    const hint =
      'write effect = "allow"; to stop what comes later, write a rule with labels = { any = ["…"] }';
    sink.error(fields.node("effect")?.at ?? fields.at, `a rule with on = "result" cannot ${effect}`, hint);
  }
  if (!fields.has("add_labels")) {
    sink.error(
      fields.keyAt("on"),
      'a rule with on = "result" says no label',
      'add add_labels = ["untrusted"]',
    );
  }
}
