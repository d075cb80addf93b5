import { isJsonObject, type JsonObject, type JsonValue, nameSkeleton } from "../base/mod.ts";
import {
  createdTaskIdOf,
  negotiatedVersionOf,
  type Subject,
  taskIdOf,
  VERSION_WITH_BATCHES,
} from "../wire/mod.ts";
import type { Listing } from "../verdict/mod.ts";
import { bothLabellings, type Call, type Labelling, NO_LABELLING } from "./call.ts";
import type { ClientState } from "./client_state.ts";
import { OutputSchemas } from "./output_schemas.ts";
import { ownText } from "./own_text.ts";
import { SeenPins } from "./seen_pins.ts";
import type { ServerMemory, TaskOrigin } from "./server_memory.ts";

const MAX_TASKS = 10_000;
const MAX_LISTED = 100_000;

/**
 * What the gate learned from its server's replies, and needs to judge what follows. What holds for all servers of the
 * client is its `client` state, and so is what outlives this gate.
 */
export class Session {
  readonly client: ClientState;
  readonly pins = new SeenPins();
  readonly outputs = new OutputSchemas();
  #revision: string | undefined;
  readonly #memory: ServerMemory;

  /** `server`: its name, as in the configuration. */
  constructor(client: ClientState, server: string) {
    this.client = client;
    this.#memory = client.memoryOf(server);
  }

  get batchesAllowed(): boolean {
    return this.#revision === VERSION_WITH_BATCHES;
  }

  /** Is this tool's name one that the upstream listed? */
  listing(method: string, name: string): Listing {
    if (method !== "tools/call" || this.#memory.listed.size === 0) return "unknown";
    if (this.#memory.listed.has(keyOf(name))) return "listed";
    return this.#memory.skeletons.has(keyOf(nameSkeleton(name))) ? "lookalike" : "unlisted";
  }

  /** Gives requests about a task the name of the tool that began it. */
  attribute(subject: Subject, params: JsonObject | undefined): Subject {
    const origin = subject.name === "" ? this.#origin(params) : undefined;
    return origin === undefined ? subject : { ...subject, name: origin.tool };
  }

  /** What a result of the task puts on the session that params are about: as the call that began the task. */
  labellingOf(params: JsonObject | undefined): Labelling {
    return this.#origin(params)?.labelling ?? NO_LABELLING;
  }

  #origin(params: JsonObject | undefined): TaskOrigin | undefined {
    const task = taskIdOf(params);
    return task === undefined ? undefined : this.#memory.tasks.get(keyOf(task));
  }

  /** Learns from the upstream's result of `call`. ATTACKER-CONTROLLED: nothing here grows without end. */
  learn(call: Call, result: JsonValue | undefined): void {
    if (!isJsonObject(result)) return;
    if (call.method === "initialize") this.#revision = negotiatedVersionOf(result);
    if (call.method === "tools/list") this.#learnTools(result.tools);
    const task = createdTaskIdOf(result);
    if (task !== undefined) this.#learnTask(task, { tool: call.subject.name, labelling: call.labelling });
  }

  #learnTools(tools: JsonValue | undefined): void {
    if (!Array.isArray(tools)) return;
    this.outputs.learn(tools);
    for (const tool of tools) {
      if (!isJsonObject(tool) || typeof tool.name !== "string" || this.#memory.listed.size >= MAX_LISTED) {
        continue;
      }
      this.#memory.listed.add(keyOf(tool.name));
      this.#memory.skeletons.add(keyOf(nameSkeleton(tool.name)));
    }
  }

  /** An upstream that gives one id to two tasks does not rid the first of its labels, or of its tool's name. */
  #learnTask(task: string, origin: TaskOrigin): void {
    const known = this.#memory.tasks.get(keyOf(task)) ?? origin;
    const labelled = new Set(known.labelling.labels);
    const adds = origin.labelling.labels.some((label) => !labelled.has(label));
    const labelling = adds ? bothLabellings(known.labelling, origin.labelling) : known.labelling;
    this.#memory.tasks.set(keyOf(task), { tool: ownText(known.tool), labelling });
    const [oldest] = this.#memory.tasks.keys();
    if (this.#memory.tasks.size > MAX_TASKS && oldest !== undefined) this.#memory.tasks.delete(oldest);
  }
}

/** The engine hashes strings of digits by their value, so a peer could choose 100,000 that collide. A letter undoes it. */
function keyOf(text: string): string {
  return `k${text}`;
}
