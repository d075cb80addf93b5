/** Reads `after`, `not_after` and `sequence`: conditions on what happened before. */
import { compileGlob, formatDuration, type Glob } from "../base/mod.ts";
import {
  type DiagnosticSink,
  type Fields,
  readFields,
  suggestion,
  type TableNode,
  type TextNode,
  typeName,
} from "../diagnostic/mod.ts";
import { type Guard, nameOf } from "../verdict/mod.ts";
import { GLOB_HINT } from "./operators.ts";
import type { CallView } from "./call_view.ts";
import type { RuleGuard, RuleTest } from "./rule.ts";
import { EVENT_FIELDS, ID_REGEXP, ID_WANTED, SEQUENCE_FIELDS } from "./schema.ts";
import { type HistoryOf, scopeOf } from "./scope.ts";
import { isLiteral, type Selectors } from "./selectors.ts";
import { isToolCall, type Step, type Track } from "./track.ts";

type EventKey = "after" | "not_after";

const EVENT_KINDS = ["tool", "refused", "approval", "label"] as const;
const EVENT_HINT = 'write "tool:create_*", "refused:delete_*", "approval:*" or "label:untrusted"';

/** The guards of a rule's `after` and `not_after`; without one that cannot be read, which the sink then says. */
export function readEvents(fields: Fields, sink: DiagnosticSink): readonly RuleGuard[] {
  const after = readEvent(fields, "after", sink), notAfter = readEvent(fields, "not_after", sink);
  const asked = after?.track, ruledOut = notAfter?.track;
  if (
    asked !== undefined && asked.name === ruledOut?.name && asked.whose === ruledOut.whose &&
    (asked.withinMs ?? Infinity) <= (ruledOut.withinMs ?? Infinity)
  ) {
    const hint = 'let "not_after" look back less far than "after", or take one of them out';
    sink.error(fields.keyAt("not_after"), '"after" and "not_after" can never hold together', hint);
  }
  return [after, notAfter].filter((guard) => guard !== undefined);
}

function readEvent(fields: Fields, holds: EventKey, sink: DiagnosticSink): RuleGuard | undefined {
  const table = fields.table(holds);
  if (table === undefined) return undefined;
  const event = readFields(table, EVENT_FIELDS, { sink, where: `"${holds}"` });
  const node = event.node("event");
  const step = node?.kind === "text" ? readEventStep(node, sink) : undefined;
  const reach = readReach(event, table, sink);
  if (node?.kind !== "text" || step === undefined || reach === undefined) return undefined;
  const words = `${holds === "after" ? "after" : "not after"} ${node.value} ${reachInWords(reach)}`;
  return guardOn({ name: nameOf("event", node.value), steps: [step], ...reach }, holds, words);
}

/** What of a track does not depend on its steps. */
type Reach = Pick<Track, "whose" | "withinMs">;

function readReach(fields: Fields, table: TableNode, sink: DiagnosticSink): Reach | undefined {
  const withinMs = fields.durationMs("within");
  const whose = (fields.text("per") ?? "session") as HistoryOf;
  if (whose === "agent" && !table.fields.has("within")) {
    const hint = 'add within = "30d", or take per = "agent" out';
    sink.error(fields.keyAt("per"), 'the history of an agent has no end: "within" is missing', hint);
    return undefined;
  }
  return withinMs === undefined ? { whose } : { whose, withinMs };
}

function reachInWords({ whose, withinMs }: Reach): string {
  const where = whose === "session" ? "in this session" : "by this agent";
  return withinMs === undefined ? where : `within ${formatDuration(withinMs)} ${where}`;
}

/** The guard looks at the last step of the track. */
function guardOn(track: Track, holds: EventKey, words: string): RuleGuard {
  const within = track.withinMs === undefined ? {} : { withinMs: track.withinMs };
  const step = track.steps.length - 1;
  return {
    of: ({ request }): Guard => ({
      kind: "event",
      holds,
      scope: scopeOf(track.whose, request),
      track: track.name,
      step,
      ...within,
    }),
    words,
    track,
  };
}

function readEventStep(node: TextNode, sink: DiagnosticSink): Step | undefined {
  const { at, value } = node;
  const colon = value.indexOf(":");
  const kind = EVENT_KINDS.find((known) => known === value.slice(0, Math.max(0, colon)));
  if (kind === undefined) {
    const message = colon < 0
      ? `${JSON.stringify(value)} does not say what kind of event it is`
      : `unknown kind of event ${JSON.stringify(value.slice(0, colon))}`;
    const hint = colon < 0
      ? `write "tool:${value}" for a call of such a tool`
      : suggestion(value.slice(0, colon), EVENT_KINDS);
    sink.error(
      at,
      message,
      `${hint}; an event is one of: ${EVENT_KINDS.map((known) => `${known}:…`).join(", ")}`,
    );
    return undefined;
  }
  const rest = value.slice(colon + 1);
  if (kind === "label") return readLabelStep(rest, at, sink);
  const [name, argument] = splitStep(rest);
  if (argument !== undefined) {
    const hint = 'an event has no glob on arguments: write sequence = ["read_file:*.env*", "…"]';
    sink.error(at, `${JSON.stringify(value)} has a second ":"`, hint);
    return undefined;
  }
  const glob = readGlob(name, at, sink);
  if (glob === undefined) return undefined;
  return kind === "approval" ? { kind, glob } : { kind, tool: glob };
}

function readLabelStep(label: string, at: number, sink: DiagnosticSink): Step | undefined {
  if (ID_REGEXP.test(label)) return { kind: "label", label };
  sink.error(at, `${JSON.stringify(label)} is not a label`, `write ${ID_WANTED}`);
  return undefined;
}

function readGlob(pattern: string, at: number, sink: DiagnosticSink): Glob | undefined {
  const glob = pattern === "" ? undefined : compileGlob(pattern);
  if (glob?.ok) return glob.value;
  if (glob === undefined) sink.error(at, "a glob is empty, which no name can match", EVENT_HINT);
  else sink.error(at, `${JSON.stringify(pattern)} is not a glob: ${glob.error.message}`, GLOB_HINT);
  return undefined;
}

/** A sequence: the last step is asked of the call at hand, the others of what went before. */
export interface ReadSequence {
  readonly test: RuleTest;
  readonly guard: RuleGuard;
  /** The glob on the tool of the call at hand. */
  readonly lastTool: Glob;
}

/** The conditions of a rule's `sequence`; `undefined` where there is none, or one that the sink tells about. */
export function readSequence(fields: Fields, sink: DiagnosticSink): ReadSequence | undefined {
  const node = fields.node("sequence");
  if (node === undefined) return undefined;
  const source = stepsOf(node, sink);
  if (source === undefined) return undefined;
  const { texts, reach, at } = source;
  if (texts.length < 2) {
    sink.error(
      at,
      '"sequence" has one step, and needs two or more',
      "the last step is the call at hand: write one before it",
    );
    return undefined;
  }
  const steps = texts.map((text) => readStep(text, sink)).filter((step) => step !== undefined);
  const last = steps.at(-1);
  if (last === undefined || steps.length < texts.length) return undefined;
  const earlier = texts.slice(0, -1).map(({ value }) => value);
  const track = { name: nameOf("sequence", ...earlier), steps: steps.slice(0, -1), ...reach };
  return {
    test: lastStepTest(last, texts.at(-1)?.value ?? ""),
    guard: guardOn(track, "after", `after ${earlier.join(", then ")} ${reachInWords(reach)}`),
    lastTool: last.tool,
  };
}

/** A rule whose selectors leave out every call that its last step is about can never match. */
export function refuseUnreachableStep(
  fields: Fields,
  { selectors: { methods, tools }, sequence: { lastTool }, sink }: {
    readonly selectors: Selectors;
    readonly sequence: ReadSequence;
    readonly sink: DiagnosticSink;
  },
): void {
  const at = fields.keyAt("sequence");
  if (!methods.has("tools/call")) {
    const hint = 'take "methods" out: the last step of a sequence is a call of a tool';
    sink.error(at, '"sequence" can never match: the rule is not about tools/call', hint);
  }
  if (tools?.patterns.every((name) => isLiteral(name) && !lastTool(name)) === true) {
    const hint = 'take "tools" out: the last step says which tools the rule is about';
    sink.error(at, '"sequence" can never match: its last step is no tool of "tools"', hint);
  }
}

interface StepSource {
  readonly texts: readonly TextNode[];
  readonly reach: Reach;
  readonly at: number;
}

const SEQUENCE_HINT = 'write sequence = ["read_file:*.env*", "send_*"], or { steps = […], within = "10m" }';

function stepsOf(
  node: NonNullable<ReturnType<Fields["node"]>>,
  sink: DiagnosticSink,
): StepSource | undefined {
  if (node.kind === "table") {
    const fields = readFields(node, SEQUENCE_FIELDS, { sink, where: '"sequence"' });
    const texts = fields.texts("steps"), reach = readReach(fields, node, sink);
    return texts === undefined || reach === undefined
      ? undefined
      : { texts, reach, at: fields.keyAt("steps") };
  }
  if (node.kind !== "list") {
    sink.error(node.at, `"sequence" is ${typeName(node)}, and must be a list of steps`, SEQUENCE_HINT);
    return undefined;
  }
  if (node.items.length === 0) {
    sink.error(node.at, '"sequence" is an empty list, which nothing can match', SEQUENCE_HINT);
    return undefined;
  }
  const odd = node.items.filter((item) => item.kind !== "text");
  for (const item of odd) {
    sink.error(item.at, `"sequence" holds ${typeName(item)}, and takes strings only`, SEQUENCE_HINT);
  }
  const texts = node.items.filter((item) => item.kind === "text");
  return odd.length > 0 ? undefined : { texts, reach: { whose: "session" }, at: node.at };
}

type ToolStep = Extract<Step, { readonly kind: "tool" | "refused" }>;

function readStep({ at, value }: TextNode, sink: DiagnosticSink): ToolStep | undefined {
  const [name, argument] = splitStep(value);
  if (argument !== undefined && EVENT_KINDS.some((kind) => kind === name)) {
    const hint = name === "tool"
      ? `write "${argument}"; for a tool that is called "tool", "[t]ool:${argument}"`
      : `a step is a call that was forwarded; write after = { event = "${name}:…" } beside the sequence`;
    sink.error(
      at,
      `${JSON.stringify(value)} looks like an event, and a step is "tool_glob:argument_glob"`,
      hint,
    );
    return undefined;
  }
  const tool = readGlob(name, at, sink);
  const arg = argument === undefined ? undefined : readGlob(argument, at, sink);
  if (tool === undefined || (argument !== undefined && arg === undefined)) return undefined;
  return arg === undefined ? { kind: "tool", tool } : { kind: "tool", tool, arg };
}

/** A step's text in two: the glob on the tool, and behind the first `:` outside of brackets the one on the arguments. */
export function splitStep(text: string): readonly [tool: string, argument?: string] {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "\\") i++;
    else if (char === "[" || char === "{") depth++;
    else if ((char === "]" || char === "}") && depth > 0) depth--;
    else if (char === ":" && depth === 0) return [text.slice(0, i), text.slice(i + 1)];
  }
  return [text];
}

/** Arguments that cannot be read may hold anything. */
function lastStepTest({ tool, arg }: ToolStep, text: string): RuleTest {
  const test = (view: CallView) => {
    if (!isToolCall(view.request) || !tool(view.request.resource.name)) return "no";
    if (arg === undefined) return "yes";
    const { strings } = view; // parsed here, and not before
    if (strings === undefined) return "unevaluable";
    return strings.some(arg) ? "yes" : "no";
  };
  return {
    test,
    explain(view) {
      const match = test(view);
      return { match, words: `this call is ${text}: ${match}` };
    },
    leaves: [],
  };
}
