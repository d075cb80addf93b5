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
import { OutputSchemas } from "./output_schemas.ts";
import { SeenPins } from "./seen_pins.ts";

const MAX_TASKS = 10_000;
const MAX_LISTED = 100_000;

/** What began a task: what arrives through the task is that call's, and so are the labels that it puts. */
interface TaskOrigin {
  readonly tool: string;
  readonly labelling: Labelling;
}

/**
 * What the gate learned from this session's replies, and needs to judge what follows. The labels are those of the ledger:
 * each is put on only once the entry that says so is durable.
 */
export class Session {
  readonly pins = new SeenPins();
  readonly outputs = new OutputSchemas();
  #isKilled = false;
  #revision: string | undefined;
  #calls = 0;
  #expected = 0;
  /** By label: `seq` of the entry that put it on last. */
  readonly #labelled = new Map<string, number>();
  #labels: readonly string[] = [];
  readonly #listed = new Set<string>();
  readonly #skeletons = new Set<string>();
  readonly #tasks = new Map<string, TaskOrigin>();

  /** Is every further message of it refused? */
  get isKilled(): boolean {
    return this.#isKilled;
  }

  /** Ends the session; true the first time. A dry run goes on. */
  kill({ enforced }: { readonly enforced: boolean }): boolean {
    if (!enforced || this.#isKilled) return false;
    this.#isKilled = true;
    return true;
  }

  get batchesAllowed(): boolean {
    return this.#revision === VERSION_WITH_BATCHES;
  }

  /** Labels that are on the session now. */
  get labels(): readonly string[] {
    return this.#labels;
  }

  /** Tool calls that were forwarded so far, and those that may be: they are still being judged. */
  get calls(): number {
    return this.#calls + this.#expected;
  }

  /** A tool call is being judged until `judged` is done; it is counted if it is forwarded. */
  expectCall(judged: Promise<unknown>): void {
    this.#expected++;
    const done = () => void this.#expected--;
    judged.then(done, done);
  }

  countCall(): void {
    this.#calls++;
  }

  /** Entry `seq` put these labels on the session. */
  label(labels: readonly string[], seq: number): void {
    for (const label of labels) this.#labelled.set(label, Math.max(seq, this.#labelled.get(label) ?? 0));
    this.#labels = [...this.#labelled.keys()];
  }

  /** A person took these labels off by entry `seq`. What a later entry put on stays, for the person did not know of it. */
  clear(labels: readonly string[], seq = Infinity): void {
    for (const label of labels) {
      if ((this.#labelled.get(label) ?? 0) < seq) this.#labelled.delete(label);
    }
    this.#labels = [...this.#labelled.keys()];
  }

  /** Is this tool's name one that the upstream listed? */
  listing(method: string, name: string): Listing {
    if (method !== "tools/call" || this.#listed.size === 0) return "unknown";
    if (this.#listed.has(keyOf(name))) return "listed";
    return this.#skeletons.has(keyOf(nameSkeleton(name))) ? "lookalike" : "unlisted";
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
    return task === undefined ? undefined : this.#tasks.get(keyOf(task));
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
      if (!isJsonObject(tool) || typeof tool.name !== "string" || this.#listed.size >= MAX_LISTED) continue;
      this.#listed.add(keyOf(tool.name));
      this.#skeletons.add(keyOf(nameSkeleton(tool.name)));
    }
  }

  /** An upstream that gives one id to two tasks does not rid the first of its labels, or of its tool's name. */
  #learnTask(task: string, origin: TaskOrigin): void {
    const known = this.#tasks.get(keyOf(task)) ?? origin;
    const labelled = new Set(known.labelling.labels);
    const adds = origin.labelling.labels.some((label) => !labelled.has(label));
    const labelling = adds ? bothLabellings(known.labelling, origin.labelling) : known.labelling;
    this.#tasks.set(keyOf(task), { tool: known.tool, labelling });
    const [oldest] = this.#tasks.keys();
    if (this.#tasks.size > MAX_TASKS && oldest !== undefined) this.#tasks.delete(oldest);
  }
}

/** The engine hashes strings of digits by their value, so a peer could choose 100,000 that collide. A letter undoes it. */
function keyOf(text: string): string {
  return `k${text}`;
}
