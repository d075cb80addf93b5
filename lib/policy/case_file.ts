/** Reads files of cases: calls in order, with what must come of each (`policies/<name>.cases/*.toml`). */
import { encodeJson, err, ok, parseDuration, parseJson, type Result } from "../base/mod.ts";
import {
  type Diagnostic,
  DiagnosticSink,
  type DocNode,
  type Fields,
  nodeToJson,
  readFields,
  readToml,
  type TableNode,
  typeName,
} from "../diagnostic/mod.ts";
import { type AccessRequest, EMPTY_REPORT, type Outcome, type Report } from "../verdict/mod.ts";
import { CASE_FIELDS, CASE_FILE_FIELDS } from "./case_schema.ts";
import { isJudgedMethod } from "./methods.ts";

/** One call, and what must come of it. */
export interface PolicyCase {
  readonly name: string;
  /** 1-based, in the file. */
  readonly line: number;
  readonly request: AccessRequest;
  readonly report: Report;
  /** How often it comes, one after the other. */
  readonly times: number;
  /** What a person says if the call is held; absent: nothing. */
  readonly approve?: boolean;
  /** Labels that the person takes off the session. */
  readonly clears: readonly string[];
  readonly expect: Outcome;
  /** A `layer/id` that must have had a part, or the reason. */
  readonly rule?: string;
  /** Must the tool be in the list that the agent gets? */
  readonly listed?: boolean;
  /** The fields that must be masked, and no others. */
  readonly masked?: readonly string[];
  /** The labels that the result must put on the session, and no others. */
  readonly resultLabels?: readonly string[];
}

/** One file: its calls come in order, in one session unless they say otherwise, and later ones see what was before. */
export interface CaseFile {
  readonly file: string;
  /** Bundled names, or files beside the policy: the layers above it and below it in these cases. */
  readonly above: readonly string[];
  readonly below: readonly string[];
  readonly cases: readonly PolicyCase[];
}

/** The day on which cases happen where the file does not say: what they prove must not change with the calendar. */
const START_MS = 1_767_600_000_000; // Monday, 2026-01-05T08:00:00Z
const INSTANT_REGEXP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Reads a file of cases; the error holds all of its diagnostics. */
export function readCases(file: string, text: string): Result<CaseFile, readonly Diagnostic[]> {
  const sink = new DiagnosticSink(file, text);
  const table = readToml(text, sink);
  const fields = table === undefined
    ? undefined
    : readFields(table, CASE_FILE_FIELDS, { sink, where: "a file of cases" });
  const reader = new CaseReader(sink, { text, startMs: startOf(fields?.node("start"), sink) });
  const cases = fields?.tables("calls").map((one) => reader.read(one)).filter((one) => one !== undefined) ??
    [];
  if (fields?.has("calls") === true && fields.tables("calls").length === 0) {
    sink.error(fields.keyAt("calls"), '"calls" is empty, and shows nothing', "add a [[calls]] table");
  }
  if (fields === undefined || sink.hasErrors) return err(sink.found);
  return ok({ file, above: textsOf(fields, "above") ?? [], below: textsOf(fields, "below") ?? [], cases });
}

function startOf(node: DocNode | undefined, sink: DiagnosticSink): number {
  if (node === undefined) return START_MS;
  const text = node.kind === "text" ? node.value : "";
  const ms = INSTANT_REGEXP.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return ms;
  sink.error(
    node.at,
    `"start" is ${typeName(node)} that names no instant`,
    'write start = "2026-01-05T08:00:00Z"',
  );
  return START_MS;
}

/** Reads the calls of one file: a call without a time comes at the instant of the one before. */
class CaseReader {
  readonly #sink: DiagnosticSink;
  readonly #text: string;
  readonly #startMs: number;
  #passedMs = 0;

  constructor(sink: DiagnosticSink, { text, startMs }: { readonly text: string; readonly startMs: number }) {
    this.#sink = sink;
    this.#text = text;
    this.#startMs = startMs;
  }

  read(table: TableNode): PolicyCase | undefined {
    const sink = this.#sink;
    const fields = readFields(table, CASE_FIELDS, { sink, where: "a case" });
    const name = fields.text("name"), expect = fields.text("expect") as Outcome | undefined;
    const args = argsOf(fields.node("args"), sink);
    this.#passedMs = this.#timeOf(fields);
    if (name === undefined || expect === undefined || args === undefined) return undefined;
    return {
      name,
      line: this.#text.slice(0, table.at).split("\n").length,
      request: requestOf(fields, args, this.#startMs + this.#passedMs),
      report: reportOf(fields),
      times: fields.integer("times") ?? 1,
      clears: textsOf(fields, "clears") ?? [],
      expect,
      ...expectations(fields),
    };
  }

  #timeOf(fields: Fields): number {
    const node = fields.node("at");
    if (node?.kind !== "text") return this.#passedMs;
    const duration = parseDuration(node.value.slice(1));
    if (!node.value.startsWith("+") || !(duration.ok || /^\+0(?:ms|[smhd])$/.test(node.value))) {
      this.#sink.error(
        node.at,
        `${JSON.stringify(node.value)} is no time since the first call`,
        'write at = "+5m"',
      );
      return this.#passedMs;
    }
    const passed = duration.ok ? duration.value : 0;
    if (passed >= this.#passedMs) return passed;
    const hint = "put the calls in the order of time: each at counts from the first call";
    this.#sink.error(node.at, `${JSON.stringify(node.value)} is before the call above it`, hint);
    return this.#passedMs;
  }
}

function expectations(
  fields: Fields,
): Pick<PolicyCase, "approve" | "rule" | "listed" | "masked" | "resultLabels"> {
  const rule = fields.text("rule"), approve = fields.boolean("approve"), listed = fields.boolean("listed");
  const masked = textsOf(fields, "masked"), resultLabels = textsOf(fields, "result_labels");
  return {
    ...(approve === undefined ? {} : { approve }),
    ...(rule === undefined ? {} : { rule }),
    ...(listed === undefined ? {} : { listed }),
    ...(masked === undefined ? {} : { masked }),
    ...(resultLabels === undefined ? {} : { resultLabels }),
  };
}

function textsOf(fields: Fields, key: string): readonly string[] | undefined {
  return fields.texts(key)?.map(({ value }) => value);
}

function argsOf(node: DocNode | undefined, sink: DiagnosticSink): string | undefined {
  if (node === undefined) return "{}";
  if (node.kind === "table") return encodeJson(nodeToJson(node));
  if (node.kind === "text" && parseJson(node.value).ok) return node.value;
  sink.error(node.at, '"args" must be a table or JSON text', 'write args = { path = "notes.txt" }');
  return undefined;
}

function requestOf(fields: Fields, args: string, nowMs: number): AccessRequest {
  const roles = textsOf(fields, "roles") ?? [];
  const action = fields.text("method") ?? "tools/call";
  return {
    principal: {
      id: fields.text("agent") ?? "agent",
      verified: fields.boolean("verified") ?? roles.length > 0,
      roles,
    },
    action,
    resource: { server: fields.text("server") ?? "server", name: fields.text("tool") ?? "" },
    direction: "to-upstream",
    judged: isJudgedMethod(action),
    args,
    context: {
      session: fields.text("session") ?? "case",
      listing: (fields.text("listing") ?? "unknown") as AccessRequest["context"]["listing"],
      labels: textsOf(fields, "labels") ?? [],
      calls: 0,
      nowMs,
    },
  };
}

function reportOf(fields: Fields): Report {
  const findings = (textsOf(fields, "findings") ?? []).map((id) => ({
    id,
    at: "",
    count: 1,
    action: "block" as const,
  }));
  return {
    ...EMPTY_REPORT,
    complete: fields.boolean("scan_complete") ?? true,
    findings,
    threat: { score: fields.integer("threat") ?? 0, parts: [] },
  };
}
