/** The discovery filter: a list of tools without those that the policy denies whatever the arguments. */
import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from "../base/mod.ts";
import type { Call } from "./call.ts";
import type { Desk } from "./way.ts";

export interface FilteredList {
  readonly body: JsonValue;
  /** How many tools were taken out. */
  readonly hidden: number;
}

/**
 * `body`, the result of a `tools/list` as it may be shown, without the tools that are hidden; the names are read from
 * `original`, where no scanner masked them. Everything else stays as it is, also elements that are no tools; but a modern
 * list that is not the same for everybody must not be cached for everybody (spec: wire, "Refusals"). `undefined`: the
 * policy gave no answer. ATTACKER-CONTROLLED.
 */
export async function filterTools(
  desk: Desk,
  call: Call,
  { body, original }: { readonly body: JsonValue; readonly original: JsonValue | undefined },
): Promise<FilteredList | undefined> {
  const asIs: FilteredList = { body, hidden: 0 };
  if (!filters(desk, call) || !isJsonObject(body)) return asIs;
  const names = namesIn(original);
  const hidden = await hiddenNames(desk, names);
  if (hidden === undefined) return undefined;
  const kept = keptTools(body.tools, names, hidden);
  const count = (Array.isArray(body.tools) ? body.tools.length : 0) - kept.length;
  return { body: scoped(count === 0 ? body : { ...body, tools: kept }, call), hidden: count };
}

function filters(desk: Desk, { method, direction }: Call): boolean {
  return method === "tools/list" && direction === "to-upstream" && desk.ports.policy.hidesTools;
}

async function hiddenNames(
  desk: Desk,
  names: readonly (string | undefined)[],
): Promise<ReadonlySet<string> | undefined> {
  const known = names.filter((name) => name !== undefined);
  return known.length === 0 ? new Set() : await desk.judge.hiddenTools(known);
}

/** By place in the list; `undefined` for an element that has no name. */
function namesIn(result: JsonValue | undefined): readonly (string | undefined)[] {
  if (!isJsonObject(result) || !Array.isArray(result.tools)) return [];
  return result.tools.map((tool) =>
    isJsonObject(tool) && typeof tool.name === "string" ? tool.name : undefined
  );
}

function keptTools(
  tools: JsonValue | undefined,
  names: readonly (string | undefined)[],
  hidden: ReadonlySet<string>,
): JsonArray {
  if (!Array.isArray(tools)) return [];
  // INVARIANT: a masked list has the shape of the original, so the same place is the same tool.
  return tools.filter((_, at) => !hidden.has(names[at] ?? ""));
}

function scoped(body: JsonObject, { era }: Call): JsonObject {
  return era === "legacy" || body.cacheScope === "private" ? body : { ...body, cacheScope: "private" };
}
