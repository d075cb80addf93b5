/** Completions can name tools: those that the policy denies whatever the arguments are not offered there either. */
import { isJsonObject, type JsonValue } from "../base/mod.ts";
import type { Call } from "./call.ts";
import type { FilteredList } from "./tool_list.ts";
import type { Desk } from "./way.ts";

/** `body`, the result of a `completion/complete`, without listed tools that are hidden. `undefined`: no answer of the policy. */
export async function filterCompletions(
  desk: Desk,
  { direction }: Call,
  body: JsonValue,
): Promise<FilteredList | undefined> {
  const asIs: FilteredList = { body, hidden: [] };
  const completion = isJsonObject(body) ? body.completion : undefined;
  if (direction !== "to-upstream" || !desk.ports.policy.hidesTools || !isJsonObject(completion)) return asIs;
  const values = Array.isArray(completion.values) ? completion.values : [];
  // Only what the upstream listed as a tool: any other word is somebody's file or city.
  const names = values.filter((value) => typeof value === "string")
    .filter((value) => desk.session.listing("tools/call", value) === "listed");
  if (names.length === 0) return asIs;
  const hidden = await desk.judge.hiddenTools(names);
  if (hidden === undefined) return undefined;
  if (hidden.size === 0) return asIs;
  const kept = values.filter((value) => typeof value !== "string" || !hidden.has(value));
  const removed = values.length - kept.length;
  const total = typeof completion.total === "number"
    ? { total: Math.max(kept.length, completion.total - removed) }
    : {};
  return {
    body: { ...body as Record<string, JsonValue>, completion: { ...completion, values: kept, ...total } },
    hidden: [...hidden],
  };
}
