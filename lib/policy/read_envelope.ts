/**
 * Reads `[envelope]`, the expected shape of a session: limits, workflows, forbidden flows. What it makes is looked at by
 * the ledger with every call; here is only what each call would count as.
 */
import type { ReadContext } from "./read_context.ts";
import { type Fields, readFields, type TableNode } from "../diagnostic/mod.ts";
import { readEnvelopeLimits } from "./envelope_limits.ts";
import type { EnvelopeMaker } from "./layer.ts";
import { readFlows } from "./read_flows.ts";
import { readThresholds } from "./read_thresholds.ts";
import { readWorkflows } from "./read_workflows.ts";
import { ENVELOPE_FIELDS } from "./schema_envelope.ts";
import { scopeOf } from "./scope.ts";
import { isToolCall } from "./track.ts";
import type { Watch } from "./watch.ts";

/** What `[envelope]` makes of a layer. */
export interface ReadEnvelope {
  readonly envelope: EnvelopeMaker;
  readonly watches: readonly Watch[];
}

/** Tables of an envelope that another system reads. */
const ELSEWHERE = {
  keys: ["bounds", "drift", "responses"],
  hint: "an envelope of another system is read by: countersign policy import FILE",
};

/** A session of fewer calls need not look like a workflow yet. */
const WORKFLOWS_AFTER = 3;

/** `undefined` where the table cannot be read, which the sink then says. */
export function readEnvelope(
  table: TableNode,
  layer: string,
  context: ReadContext,
): ReadEnvelope | undefined {
  const { sink } = context;
  const errorsBefore = sink.errors;
  const fields = readFields(table, ENVELOPE_FIELDS, { sink, where: "[envelope]", elsewhere: ELSEWHERE });
  const thresholds = readThresholds(fields, sink);
  const flows = readFlows(fields.tables("forbidden_flows"), sink);
  const workflows = readWorkflows(fields.tables("workflows"), sink);
  const parts = [...readEnvelopeLimits(fields, layer, sink), ...flows.parts];
  if (parts.length + workflows.length === 0 && sink.errors === errorsBefore) {
    sink.error(table.at, "an envelope that watches nothing", `write one of: ${watching(fields)}`);
  }
  if (thresholds === undefined || sink.errors > errorsBefore) return undefined;
  return {
    watches: [CALL_WATCH, ...flows.watches, ...workflows.map(({ watch }) => watch)],
    envelope(view) {
      const { request } = view;
      const base = { ref: `${layer}/envelope`, scope: scopeOf("session", request), thresholds };
      const isCall = isToolCall(request);
      return {
        ...base,
        workflowsAfter: WORKFLOWS_AFTER,
        parts: isCall ? parts.map((part) => part(view)).filter((part) => part !== undefined) : [],
        workflows: isCall ? workflows.map(({ of }) => of(request.resource.name)) : [],
      };
    },
  };
}

function watching(fields: Fields): string {
  return ENVELOPE_FIELDS.map(({ key }) => key).filter((key) => key !== "thresholds" && !fields.has(key)).join(
    ", ",
  );
}

/** Counts the calls of a session, and remembers when the first was. */
const CALL_WATCH: Watch = {
  key: "call of the session",
  isAbout: isToolCall,
  addMarks: ({ forwarded }, { request }) =>
    void forwarded.push({ kind: "call", scope: scopeOf("session", request) }),
};
