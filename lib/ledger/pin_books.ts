import type { PinBook } from "./pin_book.ts";
import type { LedgerStore } from "./port.ts";

/** The pins of a session's servers. Most sessions have one; those of a gateway have one for each of its servers. */
export class PinBooks {
  readonly #own: PinBook | undefined;
  readonly #byServer: ReadonlyMap<string, PinBook>;

  /** `own`: of a session with one server, whatever it is called. */
  constructor(own: PinBook | undefined, byServer: ReadonlyMap<string, PinBook> = new Map()) {
    this.#own = own;
    this.#byServer = byServer;
  }

  /** `undefined` where the tools of that server are not pinned. */
  of(server: string | undefined): PinBook | undefined {
    return this.#own ?? (server === undefined ? undefined : this.#byServer.get(server));
  }

  /** Is the one server of the session known? `undefined` where it has several. */
  get isKnown(): boolean | undefined {
    return this.#own?.isKnown;
  }

  /** Those of the named servers that have been seen before. */
  get known(): readonly string[] {
    return [...this.#byServer].flatMap(([server, book]) => book.isKnown ? [server] : []);
  }

  /** As {@link PinBook.load}. */
  async load(store: LedgerStore): Promise<void> {
    for (const book of this.#all()) await book.load(store);
  }

  /** As {@link PinBook.loadAgain}. */
  async loadAgain(store: LedgerStore): Promise<void> {
    for (const book of this.#all()) await book.loadAgain(store);
  }

  #all(): readonly PinBook[] {
    return this.#own === undefined ? [...this.#byServer.values()] : [this.#own];
  }
}
