/** The forbidden flows of an envelope: what was read from one place must not go to another. */
import { compileGlob, type Glob } from "../base/mod.ts";
import { type DiagnosticSink, type Fields, readFields, type TableNode } from "../diagnostic/mod.ts";
import { type Guard, nameOf } from "../verdict/mod.ts";
import { GLOB_HINT } from "./operators.ts";
import type { PartMaker } from "./envelope_part.ts";
import { FLOW_FIELDS } from "./schema_envelope.ts";
import { scopeOf } from "./scope.ts";
import { watchesOf } from "./track.ts";
import type { Watch } from "./watch.ts";

const SEVERITY = 0.95;
const FROM_HINT = 'a flow begins at a tool, "read_*", or at a label on the session, "label:untrusted"';

export interface ReadFlows {
  readonly parts: readonly PartMaker[];
  readonly watches: readonly Watch[];
}

/** Flows that cannot be read are said to the sink and left out. */
export function readFlows(tables: readonly TableNode[], sink: DiagnosticSink): ReadFlows {
  const flows = tables.map((table) =>
    readFlow(readFields(table, FLOW_FIELDS, { sink, where: "a flow" }), sink)
  );
  refuseTwins(tables, sink);
  return {
    parts: flows.flatMap((flow) => flow === undefined ? [] : [flow.part]),
    watches: flows.flatMap((flow) => flow?.watches ?? []),
  };
}

interface Flow {
  readonly part: PartMaker;
  readonly watches: readonly Watch[];
}

function readFlow(fields: Fields, sink: DiagnosticSink): Flow | undefined {
  const from = fields.text("from"), to = readGlob(fields, "to", sink);
  const [, prefix = "tool", name = from ?? ""] = /^([a-z]+):(.*)$/s.exec(from ?? "") ?? [];
  if (from !== undefined && prefix !== "tool" && prefix !== "label") {
    sink.error(fields.node("from")?.at ?? fields.at, `nothing flows from ${JSON.stringify(from)}`, FROM_HINT);
    return undefined;
  }
  const origin = readGlob(fields, "from", sink, name);
  if (to === undefined || origin === undefined) return undefined;
  return prefix === "label" ? labelFlow(origin, to) : toolFlow({ name, glob: origin }, to);
}

function readGlob(
  fields: Fields,
  key: "from" | "to",
  sink: DiagnosticSink,
  text = fields.text(key),
): Glob | undefined {
  if (text === undefined) return undefined;
  const glob = compileGlob(text);
  if (glob.ok && text !== "") return glob.value;
  const at = fields.node(key)?.at ?? fields.at;
  if (glob.ok) sink.error(at, `"${key}" names nothing`, FROM_HINT);
  else sink.error(at, `${JSON.stringify(text)} is not a glob: ${glob.error.message}`, GLOB_HINT);
  return undefined;
}

/** A call of one tool that was forwarded, and now a call of the other. */
function toolFlow(from: { readonly name: string; readonly glob: Glob }, to: Glob): Flow {
  const track = nameOf("flow", from.name.normalize("NFC"));
  return {
    watches: watchesOf([{ name: track, whose: "session", steps: [{ kind: "tool", tool: from.glob }] }], []),
    part({ request }) {
      if (!to(request.resource.name)) return undefined;
      const guard: Guard = {
        kind: "event",
        holds: "after",
        scope: scopeOf("session", request),
        track,
        step: 0,
      };
      return { id: "forbidden_flows", severity: SEVERITY, guard };
    },
  };
}

/** Nothing ever marks this track, so that nothing on it was ever reached: what asks for that always holds. */
const NEVER = nameOf("never");

/**
 * A label that is on the session when the call is made. The policy sees labels itself: one that was there before this
 * policy was loaded counts, and one that a person cleared does not.
 */
function labelFlow(label: Glob, to: Glob): Flow {
  return {
    watches: [],
    part({ request }) {
      if (!to(request.resource.name) || !request.context.labels.some(label)) return undefined;
      const scope = scopeOf("session", request);
      const guard: Guard = { kind: "event", holds: "not_after", scope, track: NEVER, step: 0 };
      return { id: "forbidden_flows", severity: SEVERITY, guard };
    },
  };
}

/** A flow that counts twice would weigh more than it says. */
function refuseTwins(tables: readonly TableNode[], sink: DiagnosticSink): void {
  const seen = new Set<string>();
  for (const { at, fields } of tables) {
    const from = fields.get("from")?.value, to = fields.get("to")?.value;
    if (from?.kind !== "text" || to?.kind !== "text") continue;
    const flow = nameOf(from.value, to.value);
    if (seen.has(flow)) {
      const message = `a second flow from ${JSON.stringify(from.value)} to ${JSON.stringify(to.value)}`;
      sink.error(at, message, "take one of the two out");
    }
    seen.add(flow);
  }
}
