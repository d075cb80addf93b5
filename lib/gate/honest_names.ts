/**
 * Tools whose name the scanner had to change. `read_file` with an invisible letter in it would reach the client as
 * `read_file`: another tool's words under a name that is pinned and trusted. And nobody could call it by the name that
 * they read.
 */
import { isJsonObject, type JsonValue } from "../base/mod.ts";
import type { Call } from "./call.ts";
import { shown } from "./log.ts";
import { listsTools } from "./tool_list.ts";
import type { Desk } from "./way.ts";

/** A list as it came, and as the scanner left it: the same place is the same tool. */
export interface Listed {
  readonly original: JsonValue | undefined;
  readonly body: JsonValue;
}

export interface Honest extends Listed {
  /** Names of what was taken out of both, as the scanner left them. */
  readonly removed: readonly string[];
}

/** The list without tools that are not called what the client would read. ATTACKER-CONTROLLED. */
export function withHonestNames(desk: Desk, call: Call, { original, body }: Listed): Honest {
  const asIs: Honest = { original, body, removed: [] };
  if (!listsTools(call)) return asIs;
  const before = toolsIn(original), after = toolsIn(body);
  const altered = (at: number) => nameOf(before[at]) !== nameOf(after[at]);
  const removed = after.filter((_, at) => altered(at)).map(nameOf);
  if (removed.length === 0) return asIs;
  for (const name of removed) {
    if (desk.session.pins.tells(`altered ${name}`)) {
      desk.ports.log(`hidden: a tool that would be read as ${shown(name)} has another name than that`);
    }
  }
  return { original: without(original ?? null, altered), body: without(body, altered), removed };
}

function toolsIn(result: JsonValue | undefined): readonly JsonValue[] {
  return isJsonObject(result) && Array.isArray(result.tools) ? result.tools : [];
}

function nameOf(tool: JsonValue | undefined): string {
  return isJsonObject(tool) && typeof tool.name === "string" ? tool.name : "";
}

function without(result: JsonValue, out: (at: number) => boolean): JsonValue {
  if (!isJsonObject(result)) return result;
  return { ...result, tools: toolsIn(result).filter((_, at) => !out(at)) };
}
