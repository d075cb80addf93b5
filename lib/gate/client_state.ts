import { ServerMemory } from "./server_memory.ts";
import { Turns } from "./turns.ts";

/**
 * What belongs to the client's session, whichever server a message goes to: the labels and the end of the session, the
 * number of its calls, and the order in which they are judged. Gates of one client share it, so that what was read at
 * one server counts where something is sent to another; and it outlives a server that is started anew. The labels are
 * those of the ledger: each is put on only once the entry that says so is durable.
 */
export class ClientState {
  readonly turns = new Turns();
  #isKilled = false;
  #calls = 0;
  #expected = 0;
  /** By label: `seq` of the entry that put it on last. */
  readonly #labelled = new Map<string, number>();
  #labels: readonly string[] = [];
  readonly #memories = new Map<string, ServerMemory>();

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

  /** What the server of that name said in all of its lives. */
  memoryOf(server: string): ServerMemory {
    const memory = this.#memories.get(server) ?? new ServerMemory();
    this.#memories.set(server, memory);
    return memory;
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
}
