import { type Clock, Fault, uuidv7 } from "../base/mod.ts";
import type { FolderOpened, OpenRequest, PinSettings } from "../verdict/mod.ts";
import { Attestor } from "./attestor.ts";
import { Chain } from "./chain.ts";
import { checkNewest } from "./check_newest.ts";
import { type Digester, makeDigester } from "./digest.ts";
import type { Member } from "./drafting.ts";
import { endHolds } from "./holds.ts";
import { type Ledger, SessionLedger } from "./ledger.ts";
import { originInUse } from "./log_origin.ts";
import { Mirror, type MirrorPlace } from "./mirror.ts";
import { PinBook } from "./pin_book.ts";
import { PinBooks } from "./pin_books.ts";
import type { Keys, LedgerStore, SessionLocks } from "./port.ts";
import { recoverDeadSessions } from "./recover.ts";
import { resumeSessions } from "./resume.ts";
import { Session } from "./session.ts";
import { deleteSessionRows } from "./session_rows.ts";
import { Writer } from "./writer.ts";

/** What a ledger is made of; the store takes these from a folder, tests from memory. */
export interface LedgerDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  readonly locks: SessionLocks;
  readonly clock: Clock;
  /** Absent where the ledger is not mirrored. */
  readonly mirror?: MirrorPlace;
}

export interface SharedOptions {
  /** First line of checkpoints. */
  readonly origin?: string | undefined;
  /** Ids of sessions that are gone on with: these did not die. */
  readonly own: readonly string[];
}

/** What {@link SharedLedger.open} has made. */
interface SharedParts {
  readonly chain: Chain;
  readonly books: Map<string, PinBook>;
  /** What the ledger calls itself. */
  readonly origin: string;
}

/** A ledger that is open for any number of sessions of this process: one chain, one queue, one commit for what they ask. */
export class SharedLedger {
  readonly #deps: LedgerDeps;
  readonly #chain: Chain;
  readonly #digester: Digester;
  readonly #attestor: Attestor;
  readonly #writer: Writer;
  #mirror: Mirror | undefined;
  /** By what is pinned, and how: sessions in front of one server have one. */
  readonly #books: Map<string, PinBook>;
  /** Sessions of ours that have not ended. */
  readonly #open = new Set<string>();
  readonly #sweeping = new Set<string>();
  #sweep: Promise<void> | undefined;
  /** Dead sessions that were noted and that nobody was told of. */
  #recovered = 0;
  /** A session of ours could not be begun or ended, and may be left behind. */
  #strays = false;

  /** Use {@link SharedLedger.open}: it looks at what is there first. */
  constructor(deps: LedgerDeps, { chain, books, origin }: SharedParts) {
    this.#deps = deps;
    this.#chain = chain;
    this.#books = books;
    const digester = this.#digester = makeDigester(deps.keys.blinding);
    const attestor = this.#attestor = new Attestor(deps, origin);
    this.#writer = new Writer({ ...deps, chain, digester, attestor, mirror: () => this.#mirror });
  }

  /** Checks that the head is ours, and notes sessions that died. Throws Fault `ledger` or `key`. */
  static async open(deps: LedgerDeps, { origin: configured, own }: SharedOptions): Promise<SharedLedger> {
    const { store, keys, clock } = deps;
    const origin = configured ?? await originInUse(store, keys.publicKey) ?? `countersign/${keys.id}`;
    const books = new Map<string, PinBook>();
    const onForget = () => books.forEach((book) => book.forget());
    const chain = new Chain({ store, keys, clock, origin, onForget });
    await checkNewest(store, chain);
    const shared = new SharedLedger(deps, { chain, books, origin });
    await shared.#recover(own);
    return shared;
  }

  /** What was found; whoever asks has been told of the sessions that died. */
  tell(): FolderOpened {
    const recovered = this.#recovered;
    this.#recovered = 0;
    return { entries: this.#chain.highest + 1, recovered };
  }

  /** Begins a session with an entry. Throws Fault `ledger` or `key`. `request.folder` and `resume` are not looked at. */
  async begin(request: OpenRequest): Promise<Ledger> {
    if (this.#strays) await this.#recover([]);
    const id = uuidv7(this.#deps.clock.nowMicros() / 1000);
    if (!await this.#deps.locks.hold(id)) throw lockTaken();
    const member = this.#memberOf(request, id);
    try {
      this.#open.add(id);
      await this.#writer.put(member, { type: "begin" });
    } catch (thrown) {
      this.#strays = true; // its entry may be there after all
      await this.#letGo(id); // nobody would ever, while this process lives
      throw thrown;
    }
    return await this.#ledgerOf(member);
  }

  /**
   * Begins a session for each request, or goes on with the one that its `resume` names; where that was given up for dead
   * meanwhile, with a new one, which has another id.
   */
  async beginAll(requests: readonly OpenRequest[]): Promise<readonly Ledger[]> {
    const members = new Map<OpenRequest, Member>();
    for (const request of requests) {
      const id = request.resume;
      if (id === undefined || !await this.#deps.locks.hold(id)) continue;
      this.#open.add(id);
      members.set(request, this.#memberOf(request, id));
    }
    const sessions = [...members.values()].map(({ session }) => session);
    const lost = await resumeSessions({ chain: this.#chain, store: this.#deps.store }, sessions);
    for (const { id } of lost) await this.#letGo(id);
    return await Promise.all(requests.map((request) => {
      const member = members.get(request);
      return member === undefined || lost.has(member.session) ? this.begin(request) : this.#ledgerOf(member);
    }));
  }

  /** Lets go of the store. Sessions that have not ended are noted by whoever opens the ledger next. */
  async close(): Promise<void> {
    for (const id of [...this.#open]) await this.#letGo(id);
    await this.#mirror?.close();
    this.#deps.store.close();
  }

  async #recover(own: readonly string[]): Promise<void> {
    const { store, locks } = this.#deps;
    this.#strays = false;
    const ours = new Set([...own, ...this.#open]);
    this.#recovered += await recoverDeadSessions({ chain: this.#chain, store, locks }, ours);
  }

  #memberOf(request: OpenRequest, id: string): Member {
    const { principal, server, policy, policyTexts, enforced } = request;
    const start = { id, principal, server, policy, enforced, ...policyTexts && { policyTexts } };
    return {
      session: new Session(start, { ...this.#deps, digester: this.#digester }),
      pins: this.#booksOf(request),
      full: request.record === "full",
      held: new Map(),
    };
  }

  #booksOf({ pins, serverPins }: OpenRequest): PinBooks | undefined {
    if (serverPins === undefined) return pins && new PinBooks(this.#bookOf(pins));
    return new PinBooks(undefined, new Map(serverPins.map((each) => [each.server, this.#bookOf(each)])));
  }

  #bookOf(settings: PinSettings): PinBook {
    const key = JSON.stringify([settings.identity, settings.newTools]);
    const book = this.#books.get(key) ?? new PinBook(settings, this.#digester);
    this.#books.set(key, book);
    return book;
  }

  async #ledgerOf(member: Member): Promise<Ledger> {
    const { store, keys } = this.#deps;
    const { session, pins } = member;
    const { entries, recovered } = this.tell();
    this.#mirror ??= this.#deps.mirror &&
      new Mirror({ ...this.#deps.mirror, store, clock: this.#deps.clock });
    // In a turn of the chain: no draft is changing the book meanwhile.
    if (pins !== undefined) await this.#chain.append(() => pins.loadAgain(store));
    const opened = {
      session: session.id,
      key: keys.id,
      entries,
      recovered,
      ...pins?.isKnown !== undefined && { pinned: pins.isKnown },
      ...pins && { pinnedServers: pins.known },
    };
    const end = (reason: string) => this.#end(member, reason);
    const writer = this.#writer, attestor = this.#attestor;
    return new SessionLedger({ store, keys, writer, attestor, member, opened, end });
  }

  async #end(member: Member, reason: string): Promise<void> {
    const { id } = member.session;
    try {
      await this.#sweepAfter(id);
      await this.#writer.put(member, { type: "end", reason });
    } catch (thrown) {
      this.#strays = true;
      throw thrown;
    } finally {
      await this.#letGo(id);
    }
  }

  async #letGo(id: string): Promise<void> {
    this.#open.delete(id);
    await this.#deps.locks.release(id);
  }

  /** Refuses what a session still holds and deletes its rows. Sessions that end together share the looking. */
  #sweepAfter(session: string): Promise<void> {
    this.#sweeping.add(session);
    return this.#sweep ??= this.#sweepAll();
  }

  async #sweepAll(): Promise<void> {
    await null; // what else ends in this very turn
    const sessions = new Set(this.#sweeping);
    this.#sweeping.clear();
    this.#sweep = undefined;
    await endHolds(this.#chain, this.#deps.store, sessions);
    await deleteSessionRows(this.#chain, this.#deps.store, sessions);
  }
}

function lockTaken(): Fault {
  return new Fault("ledger", "Cannot begin a session: its lock file is in somebody else's hands", {
    hint: "countersign doctor",
  });
}
