import { type ClientPlace, type Id, idKey, type NoticeMessage, type RequestMessage } from "../wire/mod.ts";

/** A request of the client that has no answer yet. */
export interface Open {
  readonly message: RequestMessage;
  /** Its `reply` closes the request: it is called once. */
  readonly place: ClientPlace;
  /** What is done when the client cancels it; absent: it is answered with nothing. */
  onCancel?: ((notice: NoticeMessage) => void) | undefined;
  /** Told of the answer of the server that it is for, before the client has it. */
  onAnswer?: (line: string) => void;
  /** It has been cancelled while it was being looked up: nothing of it leaves any more. */
  isCancelled: boolean;
  /** Does it last until somebody ends it? Nobody waits for its answer. */
  lasts: boolean;
}

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
