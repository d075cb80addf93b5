/** Reads `over` and `within`: limits on how often, how many and how much. */
import type { ReadContext } from "./read_context.ts";
import { decimalText, formatDuration } from "../base/mod.ts";
import {
  type DiagnosticSink,
  type DocNode,
  type Fields,
  readFields,
  suggestion,
  type TableNode,
  typeName,
} from "../diagnostic/mod.ts";
import { type Charge, type MeterWindow, nameOf } from "../verdict/mod.ts";
import { totalAt } from "./amount.ts";
import { type FieldPath, parseFieldPath } from "./field_path.ts";
import { readRate } from "./rate.ts";
import type { CallView } from "./call_view.ts";
import type { LimitFacts, RuleGuard } from "./rule.ts";
import { LIMIT_FIELDS } from "./schema.ts";
import { METER_OWNERS, type MeterOwner, ownerParts } from "./scope.ts";

export type LimitKey = "over" | "within";

/** A hundred years: a meter could not write the times of a longer one down. */
const MAX_WINDOW_MS = 36_500 * 86_400_000;

/** What is counted, and up to where. */
interface Measure {
  readonly kind: LimitFacts["kind"];
  readonly limit: string;
  readonly window: MeterWindow;
  /** As in "more than …". */
  readonly words: string;
  /** Absent: each call counts as one. */
  readonly amounts?: FieldPath;
}

/** The guard of a rule's `over` or `within`; `undefined` where there is none, or one that the sink tells about. */
export function readLimit(
  fields: Fields,
  holds: LimitKey,
  { rule, context }: { readonly rule: readonly [layer: string, id: string]; readonly context: ReadContext },
): RuleGuard | undefined {
  const table = fields.table(holds);
  if (table === undefined) return undefined;
  const { sink } = context;
  const limit = readFields(table, LIMIT_FIELDS, { sink, where: `"${holds}"` });
  const reading: Reading = { limit, table, sink };
  const measure = readMeasure(reading, holds);
  const owners = readOwners(reading);
  if (measure === undefined || owners === undefined) return undefined;
  if (measure.window.kind !== "none" && measure.window.ms > MAX_WINDOW_MS) {
    sink.error(table.at, `"${holds}" has a window that is longer than meters reach`, "write at most 36500d");
    return undefined;
  }
  const key = limit.text("key");
  const name = key === undefined ? ["rule", ...rule, holds] : ["key", key];
  const { kind, window } = measure;
  return {
    of: (view) => {
      const charge = chargeOf(measure, { name, owners }, view);
      return charge === undefined ? "unevaluable" : { kind: "limit", holds, charge };
    },
    words: `${holds === "over" ? "more than" : "at most"} ${measure.words} ${ownersInWords(owners)}`,
    limit: {
      holds,
      kind,
      window,
      owners,
      at: table.at,
      ...(key === undefined ? {} : { key }),
      ...(measure.amounts === undefined ? {} : { path: measure.amounts.text }),
    },
  };
}

/** A table, and those of its fields that have the right type. */
interface Reading {
  readonly limit: Fields;
  readonly table: TableNode;
  readonly sink: DiagnosticSink;
}

interface Meter {
  readonly name: readonly string[];
  readonly owners: readonly MeterOwner[];
}

/** `undefined` where the amount cannot be read. The arguments are ATTACKER-CONTROLLED. */
function chargeOf({ amounts, limit, window }: Measure, meter: Meter, view: CallView): Charge | undefined {
  const amount = amounts === undefined ? "1" : amountOf(amounts, view);
  if (amount === undefined) return undefined;
  return { meter: nameOf(...meter.name, ...ownerParts(meter.owners, view.request)), amount, limit, window };
}

function amountOf(path: FieldPath, { args }: CallView): string | undefined {
  return args === undefined ? undefined : totalAt(path, args);
}

const MEASURES = ["rate", "calls", "sum"] as const;

function readMeasure(reading: Reading, holds: LimitKey): Measure | undefined {
  const { limit, table, sink } = reading;
  const named = MEASURES.filter((key) => limit.has(key));
  const [measure] = named;
  if (measure === undefined || named.length > 1) {
    const said = named.length === 0 ? "says nothing to count" : `counts ${named.join(" and ")} at once`;
    const hint = 'write one of rate = "60/minute", calls = 20, or sum = "amount" with limit = 2000';
    // One that is there and wrong was complained about already.
    if (named.length > 1 || !MEASURES.some((key) => table.fields.has(key))) {
      sink.error(limit.at, `"${holds}" ${said}`, hint);
    }
    return undefined;
  }
  refuseMeaningless(reading, measure);
  if (measure === "rate") return readRateMeasure(reading);
  return measure === "calls" ? readCalls(limit) : readSum(reading);
}

function refuseMeaningless({ limit, sink }: Reading, measure: typeof MEASURES[number]): void {
  if (measure !== "sum" && limit.has("limit")) {
    const hint = measure === "rate"
      ? "the number in the rate is the limit"
      : "the number of calls is the limit";
    sink.error(limit.keyAt("limit"), `"limit" has no meaning with "${measure}"`, `take it out: ${hint}`);
  }
  if (measure === "rate" && limit.has("window")) {
    const hint =
      'take it out: the length is in the rate, as in "5/90s"; or count with calls = 5, window = "90s"';
    sink.error(limit.keyAt("window"), '"window" has no meaning with "rate"', hint);
  }
}

function readRateMeasure({ limit, sink }: Reading): Measure | undefined {
  const node = limit.node("rate");
  const rate = node?.kind === "text" ? readRate(node, sink) : undefined;
  if (rate === undefined) return undefined;
  return { kind: "rate", limit: rate.limit, window: { kind: "sliding", ms: rate.ms }, words: rate.words };
}

function readCalls(limit: Fields): Measure {
  const count = limit.integer("calls") ?? 0;
  return { kind: "calls", limit: String(count), ...windowOf(limit, `${count} calls`) };
}

function readSum(reading: Reading): Measure | undefined {
  const { limit, sink } = reading;
  const text = limit.text("sum") ?? "";
  const path = parseFieldPath(text);
  if (!path.ok) {
    sink.error(
      limit.node("sum")?.at ?? limit.at,
      `${JSON.stringify(text)} ${path.error}`,
      "write a path, such as payment.total",
    );
  }
  const most = readMost(reading);
  if (!path.ok || most === undefined) return undefined;
  return { kind: "sum", limit: most, amounts: path.value, ...windowOf(limit, `${most} in total of ${text}`) };
}

function readMost({ limit, table, sink }: Reading): string | undefined {
  const most = limit.decimal("limit");
  if (most === undefined) {
    if (!table.fields.has("limit")) {
      sink.error(limit.keyAt("sum"), '"limit" is missing beside "sum"', "add limit = 2000");
    }
    return undefined;
  }
  const text = decimalText(most);
  if (text !== undefined && most.digits !== "") return text;
  const at = limit.node("limit")?.at ?? limit.at;
  if (text === undefined) {
    sink.error(at, '"limit" is a number of absurd size', "write one of at most 40 digits");
  } else {sink.error(
      at,
      '"limit" is zero, under which no amount fits',
      'write more, or a rule with effect = "deny"',
    );}
  return undefined;
}

function windowOf(limit: Fields, words: string): Pick<Measure, "window" | "words"> {
  const ms = limit.durationMs("window");
  if (ms === undefined) return { window: { kind: "none" }, words };
  return { window: { kind: "fixed", ms }, words: `${words} in ${formatDuration(ms)}` };
}

const OWNERS_HINT = `use one of: ${METER_OWNERS.join(", ")}; or a list of them`;

/** In a fixed order: `["tool", "agent"]` is the meter that `["agent", "tool"]` is. */
function readOwners({ limit, sink }: Reading): readonly MeterOwner[] | undefined {
  const node = limit.node("per");
  if (node === undefined) return ["session"];
  const items = node.kind === "list" ? node.items : [node];
  if (items.length === 0) sink.error(node.at, '"per" is an empty list', OWNERS_HINT);
  const read = items.map((item) => readOwner(item, sink));
  const twin = items.find((_, i) => read[i] !== undefined && read.indexOf(read[i]) < i);
  if (twin !== undefined) sink.error(twin.at, '"per" names the same twice', "name each once");
  const isAlone = !read.includes("ledger") || read.length === 1;
  if (!isAlone) {
    sink.error(
      node.at,
      '"ledger" is one meter for all, and stands alone',
      'write per = "ledger", or take it out',
    );
  }
  const isRead = items.length > 0 && twin === undefined && isAlone && !read.includes(undefined);
  return isRead ? METER_OWNERS.filter((owner) => read.includes(owner)) : undefined;
}

function readOwner(node: DocNode, sink: DiagnosticSink): MeterOwner | undefined {
  if (node.kind !== "text") {
    sink.error(node.at, `"per" holds ${typeName(node)}, and takes words only`, OWNERS_HINT);
    return undefined;
  }
  const owner = METER_OWNERS.find((known) => known === node.value);
  if (owner === undefined) {
    const message = `unknown word for "per" ${JSON.stringify(node.value)}`;
    sink.error(
      node.at,
      message,
      suggestion(node.value, METER_OWNERS, { user: "agent", global: "ledger", all: "ledger" }),
    );
  }
  return owner;
}

function ownersInWords(owners: readonly MeterOwner[]): string {
  return owners[0] === "ledger" ? "in this ledger" : `per ${owners.join(" and ")}`;
}
