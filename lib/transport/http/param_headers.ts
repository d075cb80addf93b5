import { isJsonObject, type JsonValue } from "../../base/mod.ts";
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
    const tools = incoming.kind === "reply" && isJsonObject(incoming.result)
      ? incoming.result.tools
      : undefined;
    if (!Array.isArray(tools)) return;
    for (const tool of tools) {
      if (!isJsonObject(tool) || typeof tool.name !== "string") continue;
      const headers = paramHeadersOf(tool.inputSchema) ?? [];
      if (headers.length === 0) this.#byTool.delete(keyOf(tool.name));
      else if (this.#byTool.size < MAX_TOOLS) this.#byTool.set(keyOf(tool.name), headers);
    }
  }
}

/** The engine hashes strings of digits by their value; a letter keeps chosen names from colliding. */
function keyOf(name: string): string {
  return `k${name}`;
}
