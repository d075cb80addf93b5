import { isJsonObject, type JsonObject, type JsonValue } from "../../base/mod.ts";
import { type Incoming, type ParamHeader, paramHeadersOf } from "../../wire/mod.ts";

const MAX_TOOLS = 10_000;

/** Which arguments of which tools the upstream wants in headers, as it last listed them. */
export class ParamHeaders {
  readonly #byTool = new Map<string, readonly ParamHeader[]>();

  of(tool: JsonValue | undefined): readonly ParamHeader[] {
    return typeof tool === "string" ? this.#byTool.get(keyOf(tool)) ?? [] : [];
  }

  /** Learns from a reply to `tools/list`. ATTACKER-CONTROLLED: nothing here grows without end. */
  learn(incoming: Incoming): void {
    for (const tool of toolsIn(incoming) ?? []) {
      if (!isJsonObject(tool) || typeof tool.name !== "string") continue;
      const headers = paramHeadersOf(tool.inputSchema) ?? [];
      if (headers.length === 0) this.#byTool.delete(keyOf(tool.name));
      else if (this.#byTool.size < MAX_TOOLS || this.#byTool.has(keyOf(tool.name))) {
        this.#byTool.set(keyOf(tool.name), headers);
      }
    }
  }
}

/**
 * The reply to `tools/list` without the tools that no client may offer over HTTP (2026-07-28, "x-mcp-header");
 * `undefined` where there are none of these. ATTACKER-CONTROLLED.
 */
export function withoutBrokenTools(incoming: Incoming): Incoming | undefined {
  const tools = toolsIn(incoming);
  if (tools === undefined || incoming.kind !== "reply" || !isJsonObject(incoming.result)) return undefined;
  const good = tools.filter((tool) => !isJsonObject(tool) || paramHeadersOf(tool.inputSchema) !== undefined);
  if (good.length === tools.length) return undefined;
  const result: JsonObject = { ...incoming.result, tools: good };
  return { ...incoming, result, value: { ...incoming.value, result } };
}

function toolsIn(incoming: Incoming): readonly JsonValue[] | undefined {
  const result = incoming.kind === "reply" ? incoming.result : undefined;
  return isJsonObject(result) && Array.isArray(result.tools) ? result.tools : undefined;
}

/** The engine hashes strings of digits by their value; a letter keeps chosen names from colliding. */
function keyOf(name: string): string {
  return `k${name}`;
}
