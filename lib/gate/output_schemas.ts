/** What a server promised about its tools' structured results, as the client read it: it will hold the results to it. */
import { encodeJson, isJsonObject, type JsonValue } from "../base/mod.ts";

const MAX_TOOLS = 10_000;
const MAX_UNITS = 4 * 1024 * 1024;

export class OutputSchemas {
  readonly #byTool = new Map<string, readonly string[]>();
  #units = 0;
  /** Some did not fit in: nothing is known of a tool that is not here. */
  #isFull = false;

  /** The schemas of a tool, each of which its results have to fit; `undefined`: there may be some that are not known. */
  of(tool: string): readonly string[] | undefined {
    return this.#byTool.get(keyOf(tool)) ?? (this.#isFull ? undefined : []);
  }

  /** Learns from a list of tools, as it is handed over. ATTACKER-CONTROLLED: it grows no further than the bounds above. */
  learn(tools: readonly JsonValue[]): void {
    const listed = new Map<string, string[]>();
    for (const tool of tools) {
      if (!isJsonObject(tool) || typeof tool.name !== "string") continue;
      // Of two tools of one name nobody knows which the client takes.
      const schemas = listed.get(tool.name) ?? [];
      listed.set(tool.name, schemas);
      if (tool.outputSchema !== undefined) schemas.push(encodeJson(tool.outputSchema));
    }
    for (const [name, schemas] of listed) this.#put(keyOf(name), schemas);
  }

  #put(key: string, schemas: readonly string[]): void {
    const units = unitsOf(schemas) - unitsOf(this.#byTool.get(key) ?? []);
    this.#byTool.delete(key);
    if (schemas.length === 0 && !this.#isFull) {
      this.#units += units;
      return;
    }
    if (this.#byTool.size >= MAX_TOOLS || this.#units + units > MAX_UNITS) {
      this.#isFull = true;
      return;
    }
    this.#units += units;
    this.#byTool.set(key, schemas);
  }
}

function unitsOf(schemas: readonly string[]): number {
  return schemas.reduce((sum, { length }) => sum + length, 0);
}

/** The engine hashes strings of digits by their value, so a peer could choose many that collide. A letter undoes it. */
function keyOf(name: string): string {
  return `k${name}`;
}
