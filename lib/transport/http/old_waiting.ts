import { type Id, idKey, type Incoming } from "../../wire/mod.ts";
import type { Outgoing } from "./outgoing.ts";

/** A request whose answer comes on the stream. */
export class OldEntry {
  readonly key: string;
  /** Its answer was there, and is on its way. */
  isAnswered = false;
  readonly #onAnswered: (incoming: Incoming) => void;
  readonly #answered = Promise.withResolvers<void>();

  constructor(key: string, onAnswered: (incoming: Incoming) => void) {
    this.key = key;
    this.#onAnswered = onAnswered;
    this.#answered.promise.catch(() => {}); // whoever asked may have gone before it is asked for
  }

  /** Resolves once it was answered; rejects where it will not be. */
  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  settle(incoming: Incoming): void {
    this.#onAnswered(incoming);
    this.#answered.resolve();
  }

  fail(thrown: unknown): void {
    this.#answered.reject(thrown);
  }
}

/** The requests that wait for their answers on one stream. */
export class OldWaiting {
  readonly #entries = new Map<string, OldEntry>();
  #ended: { readonly thrown: unknown } | undefined;

  add({ id }: Outgoing, onAnswered: (incoming: Incoming) => void): OldEntry {
    const key = idKey(id as Id); // INVARIANT: the gate gives each request an id of its own
    const entry = new OldEntry(key, onAnswered);
    if (this.#ended === undefined) this.#entries.set(key, entry);
    else entry.fail(this.#ended.thrown);
    return entry;
  }

  remove(entry: OldEntry): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }

  /** Those that these messages answer; they wait no longer. ATTACKER-CONTROLLED. */
  take(messages: readonly Incoming[]): readonly OldEntry[] {
    return messages.flatMap((message) => {
      const key = answeredKey(message);
      const entry = key === undefined ? undefined : this.#entries.get(key);
      if (entry === undefined) return [];
      this.#entries.delete(entry.key);
      entry.isAnswered = true;
      return [entry];
    });
  }

  /** Nothing is answered any more. */
  end(thrown: unknown): void {
    this.#ended ??= { thrown };
    for (const entry of this.#entries.values()) entry.fail(thrown);
    this.#entries.clear();
  }
}

/** An answer that is broken is one all the same: no other will come. */
function answeredKey(incoming: Incoming): string | undefined {
  if (incoming.kind !== "reply" && !(incoming.kind === "malformed" && incoming.reply)) return undefined;
  return incoming.id === null ? undefined : idKey(incoming.id);
}
