import { type Id, idKey, type ProgressToken } from "../wire/mod.ts";
import type { Call } from "./call.ts";

// Progress may go on after a call has ended: a task outlives the reply that began it, and not every server stops at a
// cancellation. The oldest tokens are forgotten beyond this many.
const MAX_LASTING_TOKENS = 10_000;

/** The requests of one direction that have no reply yet, under both ids. */
export class InFlight {
  readonly #byOurId = new Map<number, Call>();
  readonly #byTheirId = new Map<string, Call>();
  readonly #lastingTokens = new Map<number, ProgressToken>();
  #nextId = 1;

  get size(): number {
    return this.#byOurId.size;
  }

  nextId(): number {
    return this.#nextId++;
  }

  add(call: Call): void {
    this.#byOurId.set(call.ourId, call);
    this.#byTheirId.set(idKey(call.theirId), call);
  }

  remove(call: Call): void {
    this.#keepToken(call);
    const key = idKey(call.theirId);
    this.#byOurId.delete(call.ourId);
    // The asker may use the id again as soon as it has its answer: only this call's own place is given up.
    if (this.#byTheirId.get(key) === call) this.#byTheirId.delete(key);
  }

  /** The call that the asker knows as `id`. */
  asked(id: Id): Call | undefined {
    return this.#byTheirId.get(idKey(id));
  }

  /** The call that the answerer knows as `id`: a number of ours, and nothing that merely looks like one. */
  answered(id: Id | null): Call | undefined {
    return typeof id === "number" ? this.#byOurId.get(id) : undefined;
  }

  all(): readonly Call[] {
    return [...this.#byOurId.values()];
  }

  /** The asker's progress token behind ours. */
  token(ours: ProgressToken): ProgressToken | undefined {
    if (typeof ours !== "number") return undefined;
    return this.#byOurId.get(ours)?.theirToken ?? this.#lastingTokens.get(ours);
  }

  #keepToken(call: Call): void {
    if (call.theirToken === undefined) return;
    this.#lastingTokens.set(call.ourId, call.theirToken);
    const [oldest] = this.#lastingTokens.keys();
    if (this.#lastingTokens.size > MAX_LASTING_TOKENS && oldest !== undefined) {
      this.#lastingTokens.delete(oldest);
    }
  }
}
