import type { JsonObject, JsonValue } from "../../base/mod.ts";
import type { Keys } from "./keys.ts";
import { literalGlob } from "./names.ts";

const MAX_STEPS = 100;
const MAX_MOST = 1_000_000;

/** The workflows of an envelope. In their steps only `*` is wild. */
export function readWorkflows(keys: Keys): JsonObject {
  const taken = new Set<string>();
  const workflows = keys.tables("workflows").flatMap((workflow, i): readonly JsonValue[] => {
    const name = nameOnce(workflow.text("name") ?? "", i, taken);
    const steps = workflow.texts("steps") ?? [];
    const most = readMost(workflow, steps.length);
    workflow.end();
    const spot = { at: workflow.at, path: workflow.path };
    if (steps.length === 0) keys.context.notes.add("changed", spot, "a workflow without steps is left out");
    if (steps.length > MAX_STEPS) keys.context.notes.add("not-carried", spot, `more than ${MAX_STEPS} steps`);
    if (steps.length === 0 || steps.length > MAX_STEPS) return [];
    const globs = steps.map(({ value }) => value.split("*").map(literalGlob).join("*"));
    return [{ name, steps: globs, ...(most === undefined ? {} : { max_steps: most }) }];
  });
  return workflows.length === 0 ? {} : { workflows };
}

function nameOnce(written: string, i: number, taken: Set<string>): string {
  const base = written === "" ? `workflow ${i + 1}` : written;
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base} (${n})`;
  taken.add(name);
  return name;
}

function readMost(workflow: Keys, steps: number): number | undefined {
  const most = workflow.count("max_steps");
  if (most === undefined || most >= steps) return most === undefined ? undefined : Math.min(most, MAX_MOST);
  const message = `a workflow may take as many calls as it has steps: ${steps} is written`;
  workflow.context.notes.add("changed", workflow.spot("max_steps"), message);
  return steps;
}
