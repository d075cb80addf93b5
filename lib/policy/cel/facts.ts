/** What an expression sees of a call. */
import { composed } from "../../base/mod.ts";
import type { CallView } from "../call_view.ts";
import { Meter } from "./meter.ts";
import { timestampFromMs } from "./time.ts";
import { type Table, Unevaluable, type Value } from "./value.ts";

/** The variables and their types. */
export const VARIABLE_TYPES = {
  args: "dyn",
  tool: "string",
  server: "string",
  method: "string",
  agent: "agent",
  session: "session",
  scan: "scan",
  now: "google.protobuf.Timestamp",
} as const;
export type VariableName = keyof typeof VARIABLE_TYPES;
export const VARIABLES = Object.keys(VARIABLE_TYPES) as readonly VariableName[];

export function isVariable(name: string): name is VariableName {
  return Object.hasOwn(VARIABLE_TYPES, name);
}

/** The fields of those variables that have a fixed shape; `finding` is an element of `scan.findings`. */
export const SHAPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  agent: { id: "string", roles: "list<string>", verified: "bool" },
  session: { id: "string", labels: "list<string>", calls: "int" },
  finding: { id: "string", at: "string", count: "int" },
  scan: { threat: "int", findings: "list<finding>" },
};

const UNREADABLE = new Unevaluable("the arguments cannot be read");
const UNSCANNED = new Unevaluable("the scan is incomplete");

/** The variables of one call, made when they are first asked for; and what its expressions have cost so far. */
export class Facts {
  readonly meter: Meter;
  readonly #view: CallView;
  readonly #known = new Map<VariableName, Value>();

  constructor(view: CallView) {
    this.#view = view;
    this.meter = new Meter(view.request.args.length);
  }

  variable(name: VariableName): Value {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const value = READERS[name](this.#view);
    this.#known.set(name, value);
    return value;
  }
}

// One budget for all rules that a call meets, for as long as the call is looked at.
const factsOfViews = new WeakMap<CallView, Facts>();

export function factsOf(view: CallView): Facts {
  const known = factsOfViews.get(view);
  if (known !== undefined) return known;
  const facts = new Facts(view);
  factsOfViews.set(view, facts);
  return facts;
}

const READERS: Readonly<Record<VariableName, (view: CallView) => Value>> = {
  args({ args }) {
    if (args === undefined) throw UNREADABLE;
    return args as Value;
  },
  tool: ({ request }) => composed(request.resource.name),
  server: ({ request }) => composed(request.resource.server),
  method: ({ request }) => request.action,
  agent: ({ request: { principal: { id, roles, verified } } }): Table => ({ id, roles, verified }),
  session: ({ request: { context } }): Table => ({
    id: context.session,
    labels: context.labels,
    calls: BigInt(context.calls),
  }),
  scan({ report, failsOpen }): Table {
    // A score that an incomplete scan gave may be too low, and findings may be missing.
    if (!report.complete && !failsOpen) throw UNSCANNED;
    return {
      threat: BigInt(report.threat.score),
      findings: report.findings.map(({ id, at, count }) => ({ id, at, count })),
    };
  },
  now: ({ request }) => timestampFromMs(request.context.nowMs),
};
