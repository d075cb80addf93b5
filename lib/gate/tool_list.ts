/** The discovery filter: a list of tools without those that the policy denies whatever the arguments, or that drifted. */
import { isJsonObject, type JsonValue } from "../base/mod.ts";
import type { Call } from "./call.ts";
import type { Desk } from "./way.ts";

export interface FilteredList {
  readonly body: JsonValue;
  /** The tools that were taken out, by the names that the client would have read. */
  readonly hidden: readonly string[];
}

/** A list as it came, and as the scanner left it. */
export interface ToolList {
  readonly body: JsonValue;
  readonly original: JsonValue | undefined;
  /** Names of tools that are not to be shown whatever the policy says. */
  readonly refused: ReadonlySet<string>;
}

/**
 * `body`, the result of a `tools/list` (or a `server/discover` that lists tools) as it may be shown, without the tools that are hidden; the names are read from
 * `original`, where no scanner masked them. Everything else stays as it is, also elements that are no tools; but a modern
 * list that is not the same for everybody must not be cached for everybody (spec: wire, "Refusals"). `undefined`: the
 * policy gave no answer. ATTACKER-CONTROLLED.
 */
export async function filterTools(
  desk: Desk,
  call: Call,
  { body, original, refused }: ToolList,
): Promise<FilteredList | undefined> {
  const asIs: FilteredList = { body, hidden: [] };
  const { hidesTools } = desk.ports.policy;
  if (!listsTools(call) || !isJsonObject(body) || (!hidesTools && refused.size === 0)) return asIs;
  if (call.method !== "tools/list" && !Array.isArray(body.tools)) return asIs;
  const names = namesIn(original);
  const denied = hidesTools ? await hiddenNames(desk, names) : new Set<string>();
  if (denied === undefined) return undefined;
  const hidden = denied.union(refused);
  const tools = Array.isArray(body.tools) ? body.tools : [];
  // INVARIANT: a masked list has the shape of the original, so the same place is the same tool.
  const out = tools.filter((_, at) => hidden.has(names[at] ?? ""));
  const kept = tools.filter((_, at) => !hidden.has(names[at] ?? ""));
  return {
    body: scoped(out.length === 0 ? body : { ...body, tools: kept }, call),
    hidden: out.map((tool) => isJsonObject(tool) && typeof tool.name === "string" ? tool.name : ""),
  };
}

/** Is it a result that lists tools, or could? Those of an introduction are as good as listed for a careless client. */
export function listsTools({ method, direction }: Call): boolean {
  return direction === "to-upstream" &&
    (method === "tools/list" || method === "server/discover" || method === "initialize");
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

/** A list that is not the same for everybody; earlier revisions than 2026-07-28 have no caching fields. */
export function scoped(body: JsonValue, { era }: Call): JsonValue {
  return era === "legacy" || !isJsonObject(body) || body.cacheScope === "private"
    ? body
    : { ...body, cacheScope: "private" };
}
