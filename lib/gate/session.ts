import { isJsonObject, type JsonObject, type JsonValue, nameSkeleton } from "../base/mod.ts";
import {
  createdTaskIdOf,
  negotiatedVersionOf,
  type Subject,
  taskIdOf,
  VERSION_WITH_BATCHES,
} from "../wire/mod.ts";
import type { Listing } from "../verdict/mod.ts";
import type { Call } from "./call.ts";

const MAX_TASKS = 10_000;
const MAX_LISTED = 100_000;

/** What the gate learned from this session's replies, and needs to judge what follows. */
export class Session {
  #revision: string | undefined;
  readonly #listed = new Set<string>();
  readonly #skeletons = new Set<string>();
  /** Which tool began a task: what arrives through the task is that tool's. */
  readonly #tasks = new Map<string, string>();

  get batchesAllowed(): boolean {
    return this.#revision === VERSION_WITH_BATCHES;
  }

  /** Is this tool's name one that the upstream listed? */
  listing(method: string, name: string): Listing {
    if (method !== "tools/call" || this.#listed.size === 0) return "unknown";
    if (this.#listed.has(keyOf(name))) return "listed";
    return this.#skeletons.has(keyOf(nameSkeleton(name))) ? "lookalike" : "unlisted";
  }

  /** Gives requests about a task the name of the tool that began it. */
  attribute(subject: Subject, params: JsonObject | undefined): Subject {
    const task = taskIdOf(params);
    const tool = task === undefined || subject.name !== "" ? undefined : this.#tasks.get(keyOf(task));
    return tool === undefined ? subject : { ...subject, name: tool };
  }

  /** Learns from the upstream's result of `call`. ATTACKER-CONTROLLED: nothing here grows without end. */
  learn(call: Call, result: JsonValue | undefined): void {
    if (!isJsonObject(result)) return;
    if (call.method === "initialize") this.#revision = negotiatedVersionOf(result);
    if (call.method === "tools/list") this.#learnTools(result.tools);
    const task = createdTaskIdOf(result);
    if (task !== undefined) this.#learnTask(task, call.subject.name);
  }

  #learnTools(tools: JsonValue | undefined): void {
    if (!Array.isArray(tools)) return;
    for (const tool of tools) {
      if (!isJsonObject(tool) || typeof tool.name !== "string" || this.#listed.size >= MAX_LISTED) continue;
      this.#listed.add(keyOf(tool.name));
      this.#skeletons.add(keyOf(nameSkeleton(tool.name)));
    }
  }

  #learnTask(task: string, tool: string): void {
    this.#tasks.set(keyOf(task), tool);
    const [oldest] = this.#tasks.keys();
    if (this.#tasks.size > MAX_TASKS && oldest !== undefined) this.#tasks.delete(oldest);
  }
}

/** The engine hashes strings of digits by their value, so a peer could choose 100,000 that collide. A letter undoes it. */
function keyOf(text: string): string {
  return `k${text}`;
}
