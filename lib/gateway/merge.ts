/** What several servers say about themselves, as one. ATTACKER-CONTROLLED, all of it. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import type { Server } from "./server.ts";

/** What one server said in its greeting. */
export interface Said {
  readonly server: Server;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

const LISTED = ["tools", "prompts", "resources"];
// What a model reads at the start of every session: a server's share of it.
const MAX_INSTRUCTIONS = 8_192;

/**
 * Everything that one of them can. The lists change whenever a server goes or comes, whatever they themselves say.
 * `isPartial`: a server is missing, and may bring what no other has.
 */
export function mergedCapabilities(said: readonly Said[], isPartial: boolean): JsonObject {
  const merged: Record<string, JsonValue> = {};
  for (const { capabilities } of said) {
    for (const [name, value] of Object.entries(capabilities)) {
      define(merged, name, Object.hasOwn(merged, name) ? united(merged[name], value) : value);
    }
  }
  for (const name of LISTED) {
    const own = merged[name];
    if (isJsonObject(own)) merged[name] = { ...own, listChanged: true };
    else if (isPartial) merged[name] = { listChanged: true };
  }
  return merged;
}

/** Objects by their members, at any depth (frames are not deep); of two others, the one that says yes. */
function united(one: JsonValue | undefined, other: JsonValue): JsonValue {
  if (!isJsonObject(one) || !isJsonObject(other)) {
    return one === true || one === undefined ? one ?? other : other;
  }
  const merged: Record<string, JsonValue> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    define(merged, name, Object.hasOwn(merged, name) ? united(merged[name], value) : value);
  }
  return merged;
}

/** Also a member that is called `__proto__` is one. */
function define(object: Record<string, JsonValue>, name: string, value: JsonValue): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Each server's own, under its name, and quoted: so that none can speak in the name of another. */
export function mergedInstructions(said: readonly Said[]): string | undefined {
  const parts = said.flatMap(({ server, instructions }) => {
    if (instructions === undefined || instructions.trim() === "") return [];
    const cut = instructions.length > MAX_INSTRUCTIONS;
    const text = instructions.slice(0, MAX_INSTRUCTIONS).toWellFormed();
    const quoted = text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/).map((line) => `> ${line}`).join("\n");
    return [`# ${server.name}\n\n${quoted}${cut ? "\n> […]" : ""}`];
  });
  if (parts.length === 0) return undefined;
  const first = "The names of tools and prompts begin with the name of their server.";
  return [first, ...parts].join("\n\n");
}

/** The oldest of revisions: these are dates. */
export function lowest(versions: readonly string[]): string | undefined {
  return versions.toSorted()[0];
}
