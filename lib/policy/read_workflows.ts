import { compileGlob, type Glob } from "../base/mod.ts";
import {
  type DiagnosticSink,
  type Fields,
  readFields,
  type TableNode,
  type TextNode,
} from "../diagnostic/mod.ts";
import { type EnvelopeWorkflow, nameOf } from "../verdict/mod.ts";
import { GLOB_HINT } from "./operators.ts";
import { WORKFLOW_FIELDS } from "./schema_envelope.ts";
import { scopeOf } from "./scope.ts";
import { isToolCall } from "./track.ts";
import type { Watch } from "./watch.ts";

/** What sessions are for: tools in an order, with others in between. */
export interface Workflow {
  /** As it looks at a call of the tool. */
  of(tool: string): EnvelopeWorkflow;
  readonly watch: Watch;
}

const MAX_STEPS = 100;

/** The `workflows` of an envelope; one that cannot be read is said to the sink and left out. */
export function readWorkflows(tables: readonly TableNode[], sink: DiagnosticSink): readonly Workflow[] {
  const seen = new Set<string>();
  return tables.map((table) => {
    const fields = readFields(table, WORKFLOW_FIELDS, { sink, where: "a workflow" });
    const name = fields.text("name");
    if (name !== undefined && seen.has(name)) {
      const message = `a second workflow with the name ${JSON.stringify(name)}`;
      sink.error(fields.node("name")?.at ?? fields.at, message, "give each workflow a name of its own");
    }
    if (name !== undefined) seen.add(name);
    return readWorkflow(fields, sink);
  }).filter((workflow) => workflow !== undefined);
}

function readWorkflow(fields: Fields, sink: DiagnosticSink): Workflow | undefined {
  const nodes = fields.texts("steps") ?? [];
  const steps = nodes.map((node) => readStep(node, sink)).filter((glob) => glob !== undefined);
  if (steps.length === 0 || steps.length < nodes.length || !hasSaneLength(fields, nodes.length, sink)) {
    return undefined;
  }
  // The name says which steps there are: after a change of the policy nobody is halfway through others.
  const track = nameOf("workflow", ...nodes.map(({ value }) => value.normalize("NFC")));
  const matching = (tool: string) => steps.flatMap((glob, i) => glob(tool) ? [i] : []);
  const maxSteps = fields.integer("max_steps") ?? Number.MAX_SAFE_INTEGER;
  return {
    of: (tool) => ({ track, length: steps.length, maxSteps, matching: matching(tool) }),
    watch: {
      key: track,
      isAbout: (request) => isToolCall(request) && matching(request.resource.name).length > 0,
      addMarks: ({ forwarded }, { request }) =>
        void forwarded.push({
          kind: "walk",
          scope: scopeOf("session", request),
          track,
          steps: matching(request.resource.name),
        }),
    },
  };
}

function readStep({ at, value }: TextNode, sink: DiagnosticSink): Glob | undefined {
  const glob = compileGlob(value);
  if (glob.ok) return glob.value;
  sink.error(at, `${JSON.stringify(value)} is not a glob: ${glob.error.message}`, GLOB_HINT);
  return undefined;
}

function hasSaneLength(fields: Fields, steps: number, sink: DiagnosticSink): boolean {
  const maxSteps = fields.integer("max_steps");
  if (steps > MAX_STEPS) {
    sink.error(fields.keyAt("steps"), `a workflow of ${steps} steps`, `write at most ${MAX_STEPS} of them`);
    return false;
  }
  if (maxSteps === undefined || maxSteps >= steps) return true;
  const message = `"max_steps" is ${maxSteps}, and the workflow has ${steps} steps`;
  sink.error(fields.node("max_steps")?.at ?? fields.at, message, `write ${steps} or more, or take it out`);
  return false;
}
