import { type Id, idKey } from "../wire/mod.ts";
import type { Open } from "./desk.ts";

/** The requests of the client that have no answer yet, by scope and id: whichever server they went to. */
export class OpenRequests {
  readonly #open = new Map<string, Open>();
  #change: PromiseWithResolvers<void> | undefined;

  get(scope: string, id: Id): Open | undefined {
    return this.#open.get(keyOf(scope, id));
  }

  add(scope: string, id: Id, open: Open): void {
    this.#open.set(keyOf(scope, id), open);
  }

  remove(scope: string, id: Id): void {
    this.#open.delete(keyOf(scope, id));
    this.#change?.resolve();
    this.#change = undefined;
  }

  /** Resolves when somebody waits for no answer. */
  async idle(): Promise<void> {
    while ([...this.#open.values()].some(({ lasts }) => !lasts)) {
      await (this.#change ??= Promise.withResolvers<void>()).promise;
    }
  }

  lasting(): readonly Open[] {
    return [...this.#open.values()].filter(({ lasts }) => lasts);
  }
}

/** A scope has no slash. */
function keyOf(scope: string, id: Id): string {
  return `${scope}/${idKey(id)}`;
}
