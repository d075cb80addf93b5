/** What the ledger worker answers with: one open ledger, and the sessions in it by their ids. */
import { Fault } from "../base/mod.ts";
import type { Ledger, SharedLedger } from "../ledger/mod.ts";
import type { FolderOpened, LedgerPlace, Opened, OpenRequest } from "../verdict/mod.ts";
import { shareLedgerFolder } from "./ledger_folder.ts";

/** Where the ledger is, and the sessions of a worker that died: none of these has. */
export interface LedgerStart {
  readonly place: LedgerPlace;
  readonly sessions: readonly OpenRequest[];
}

export class LedgerSessions {
  readonly #ledgers = new Map<string, Ledger>();
  #shared: Promise<SharedLedger> | undefined;
  #isOpen = false;

  /** Opens the ledger. Rejects as `openLedgerFolder`. */
  async start(start: LedgerStart): Promise<FolderOpened> {
    this.#shared = this.#start(start);
    return (await this.#shared).tell();
  }

  /** Begins a session. What is asked while the ledger is being opened waits. */
  async open(request: OpenRequest): Promise<Opened> {
    const ledger = await (await this.#whole()).begin(request);
    this.#ledgers.set(ledger.opened.session, ledger);
    return ledger.opened;
  }

  /** Does `work` in a session; at once where the ledger is open, so that requests keep their order. */
  in<T>(session: string, work: (ledger: Ledger) => T): T | Promise<Awaited<T>> {
    if (this.#isOpen) return work(this.#of(session));
    return this.#whole().then(() => work(this.#of(session))) as Promise<Awaited<T>>;
  }

  close(session: string, reason: string): Promise<void> {
    return Promise.resolve(this.in(session, async (ledger) => {
      this.#ledgers.delete(session);
      await ledger.close(reason);
    }));
  }

  /** Lets go of the store. Sessions that are open are noted by whoever opens the ledger next. */
  async end(): Promise<void> {
    await (await this.#whole()).close();
  }

  async #start({ place, sessions }: LedgerStart): Promise<SharedLedger> {
    const { shared, ledgers } = await shareLedgerFolder(place, sessions);
    // One that was given up for dead and begun anew is still found by the id that main knows.
    ledgers.forEach((ledger, at) => this.#ledgers.set(sessions[at]?.resume ?? ledger.opened.session, ledger));
    this.#isOpen = true;
    return shared;
  }

  async #whole(): Promise<SharedLedger> {
    if (this.#shared === undefined) throw notOpen();
    return await this.#shared;
  }

  #of(session: string): Ledger {
    const ledger = this.#ledgers.get(session);
    if (ledger === undefined) throw notOpen();
    return ledger;
  }
}

function notOpen(): Fault {
  return new Fault("ledger", "Cannot write to the ledger: it is not open");
}
