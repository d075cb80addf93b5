/** Cases of a policy: calls with the outcome and the deciding rule that are expected (`policies/<name>.cases/`). */
import { encodeJson, err, ok, parseJson, type Result } from "../base/mod.ts";
import {
  type Diagnostic,
  DiagnosticSink,
  type DocNode,
  type Field,
  type Fields,
  nodeToJson,
  readFields,
  readToml,
  type TableNode,
} from "../diagnostic/mod.ts";
import {
  type AccessRequest,
  EMPTY_REPORT,
  type Outcome,
  type Report,
  UNKNOWN_USAGE,
} from "../verdict/mod.ts";
import { isKnownMethod } from "./methods.ts";
import type { Policy } from "./policy.ts";
import { EFFECTS } from "./schema.ts";

/** One call, and what must come of it. */
export interface PolicyCase {
  readonly name: string;
  readonly request: AccessRequest;
  readonly report: Report;
  readonly expect: Outcome;
  /** A `layer/id` that must have had a part, or the reason; absent: not looked at. */
  readonly rule?: string;
}

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  /** What came instead, in words. */
  readonly got: string;
}

const FILE_FIELDS: readonly Field[] = [
  { key: "version", type: { kind: "version", now: 1 }, required: true, doc: "" },
  { key: "calls", type: { kind: "tables" }, required: true, doc: "" },
];

export const CASE_FIELDS: readonly Field[] = [
  { key: "name", type: { kind: "text" }, required: true, doc: "What the case shows." },
  { key: "tool", type: { kind: "text" }, standard: '""', doc: "The tool's name, the prompt's, or the URI." },
  { key: "args", type: { kind: "any", shown: "table, or JSON text" }, doc: "The arguments." },
  { key: "server", type: { kind: "text" }, standard: '"server"', doc: "The server's name." },
  { key: "method", type: { kind: "text" }, standard: '"tools/call"', doc: "The MCP method." },
  { key: "agent", type: { kind: "text" }, standard: '"agent"', doc: "The agent's id." },
  { key: "roles", type: { kind: "texts" }, doc: "Roles of a verified token." },
  { key: "threat", type: { kind: "integer", min: 0, max: 1000 }, standard: "0", doc: "The threat score." },
  { key: "findings", type: { kind: "texts" }, doc: "Ids of detectors that found something that blocks." },
  {
    key: "scan_complete",
    type: { kind: "boolean" },
    standard: "true",
    doc: "Did the scanner see everything?",
  },
  {
    key: "listing",
    type: { kind: "word", what: "listing", words: ["listed", "unlisted", "lookalike", "unknown"] },
    standard: '"unknown"',
    doc: "Is the tool's name one that the upstream listed?",
  },
  {
    key: "expect",
    type: { kind: "word", what: "outcome", words: EFFECTS },
    required: true,
    doc: "The outcome.",
  },
  { key: "rule", type: { kind: "text" }, doc: "The rule that must decide, as `layer/id`, or the reason." },
];

/** Reads a file of cases; the error holds all of its diagnostics. */
export function readCases(file: string, text: string): Result<readonly PolicyCase[], readonly Diagnostic[]> {
  const sink = new DiagnosticSink(file, text);
  const table = readToml(text, sink);
  const fields = table === undefined
    ? undefined
    : readFields(table, FILE_FIELDS, { sink, where: "a file of cases" });
  const cases =
    fields?.tables("calls").map((one) => readCase(one, sink)).filter((one) => one !== undefined) ?? [];
  return sink.hasErrors ? err(sink.found) : ok(cases);
}

function readCase(table: TableNode, sink: DiagnosticSink): PolicyCase | undefined {
  const fields = readFields(table, CASE_FIELDS, { sink, where: "a case" });
  const name = fields.text("name"), expect = fields.text("expect") as Outcome | undefined;
  const args = argsOf(fields.node("args"), sink);
  if (name === undefined || expect === undefined || args === undefined) return undefined;
  const rule = fields.text("rule");
  return {
    name,
    request: requestOf(fields, args),
    report: reportOf(fields),
    expect,
    ...(rule === undefined ? {} : { rule }),
  };
}

function argsOf(node: DocNode | undefined, sink: DiagnosticSink): string | undefined {
  if (node === undefined) return "{}";
  if (node.kind === "table") return encodeJson(nodeToJson(node));
  if (node.kind === "text" && parseJson(node.value).ok) return node.value;
  sink.error(node.at, '"args" must be a table or JSON text', 'write args = { path = "notes.txt" }');
  return undefined;
}

function requestOf(fields: Fields, args: string): AccessRequest {
  const roles = (fields.texts("roles") ?? []).map(({ value }) => value);
  const action = fields.text("method") ?? "tools/call";
  return {
    principal: { id: fields.text("agent") ?? "agent", verified: roles.length > 0, roles },
    action,
    resource: { server: fields.text("server") ?? "server", name: fields.text("tool") ?? "" },
    direction: "to-upstream",
    judged: isKnownMethod(action),
    args,
    context: {
      session: "case",
      listing: (fields.text("listing") ?? "unknown") as AccessRequest["context"]["listing"],
      labels: [],
      calls: 0,
      nowMs: 0,
    },
  };
}

function reportOf(fields: Fields): Report {
  const findings = (fields.texts("findings") ?? []).map(({ value }) => ({
    id: value,
    at: "",
    count: 1,
    action: "block" as const,
  }));
  const score = fields.integer("threat") ?? 0;
  return {
    ...EMPTY_REPORT,
    complete: fields.boolean("scan_complete") ?? true,
    findings,
    threat: { score, parts: [] },
  };
}

/** Puts every case to the policy. */
export function runCases(policy: Policy, cases: readonly PolicyCase[]): readonly CaseResult[] {
  return cases.map(({ name, request, report, expect, rule }) => {
    const { outcome, rules, reason } = policy.decide(request, report);
    const decided = rule === undefined || rules.includes(rule) || reason === rule;
    return {
      name,
      passed: outcome === expect && decided,
      got: `${outcome} by ${[...rules, reason].join(", ")}`,
    };
  });
}

/** The arms of rules that no case reaches: `layer/id: never matches`, `layer/id: always matches`. */
export function uncoveredArms(policy: Policy, cases: readonly PolicyCase[]): readonly string[] {
  const lines = cases.flatMap(({ request, report }) => policy.explain(request, report, UNKNOWN_USAGE).trace);
  return policy.layers.flatMap(({ rules }) => rules).flatMap(({ ref }) => {
    const own = lines.filter((line) => line.rule === ref);
    return [
      ...(own.some(({ decides }) => decides) ? [] : [`${ref}: never decides`]),
      ...(own.some(({ match }) => match === "no") ? [] : [`${ref}: never leaves a call alone`]),
    ];
  });
}
