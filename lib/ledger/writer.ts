import { type Clock, Fault, uuidv7 } from "../base/mod.ts";
import { type Needs, needsOf, needsOfMarks, NO_NEEDS } from "../meter/mod.ts";
import type {
  Answer,
  CallRecord,
  Opened,
  PinAnswer,
  PinDecision,
  PinObservation,
  Remask,
  WriteRequest,
  Written,
} from "../verdict/mod.ts";
import type { Chain } from "./chain.ts";
import type { Digester } from "./digest.ts";
import type { PayloadDigest } from "./entry.ts";
import { readAnswers } from "./answers.ts";
import { loadBook } from "./load_book.ts";
import type { FreshEntry, Mirror } from "./mirror.ts";
import { inParts, together } from "./pin_parts.ts";
import { type Keepsake, keepsake } from "./payloads.ts";
import type { PinBook } from "./pin_book.ts";
import type { Keys, LedgerStore, SessionLocks } from "./port.ts";
import type { Answered, Item, ItemRequest } from "./drafting.ts";
import { draftRequest } from "./requests.ts";
import type { Session } from "./session.ts";
import type { Tip } from "./tip.ts";

// Nobody waits for the outcome of a reply that was released as it came: it rides in the next commit, and waits no longer
// than this for one. A crash meanwhile leaves a call without outcome, which recovery names. Without this wait the outcome
// of each call would have a commit of its own, and the next call would stand behind it.
const PATIENCE_MS = 25;
// As many as fit one commit, or a few more: for these the meters are read.
const LOOK_AHEAD = 500;

/** What is written without being settled: everything but calls. */
export type Note = Exclude<WriteRequest, CallRecord>;

/** The ledger, open for one session. Everything is written in the order of asking. */
export interface Ledger {
  readonly opened: Opened;
  /**
   * Settles a call and resolves once its entry is durable; or nothing is written, because it has to be masked otherwise
   * with the numbers of now. Rejects with a Fault.
   */
  record(call: CallRecord): Promise<Written | Remask>;
  /** Writes one record and resolves once its entry is durable. Rejects with a Fault. */
  write(note: Note): Promise<Written>;
  /** Compares what was seen of a server's tools with what is pinned, and resolves once what changed is durable. */
  observe(seen: PinObservation): Promise<PinAnswer>;
  /** Writes what a person says about changed definitions. Rejects with Fault `usage` where these have changed again. */
  decidePins(decision: PinDecision): Promise<Written>;
  /** Which of these held calls have been answered by now, by whatever process; each answer's signature is checked. */
  answers(calls: readonly number[]): Promise<readonly Answer[]>;
  /** Writes what is still queued, ends the session with an entry, and lets go of the store. */
  close(reason: string): Promise<void>;
}

export interface WriterDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly locks: SessionLocks;
  readonly digester: Digester;
  readonly chain: Chain;
  readonly session: Session;
  /** Absent where tools are not pinned. */
  readonly pins: PinBook | undefined;
  /** Are the payloads of allowed calls kept beside the entries? */
  readonly full: boolean;
  /** Absent where the ledger is not mirrored. */
  readonly mirror: Mirror | undefined;
  readonly opened: Opened;
}

/** As much of the queue as one commit holds, put on its tip. */
interface Batch {
  readonly batch: readonly Answered[];
  readonly tip: Tip;
  readonly done: () => void;
  /** The request behind the batch has a payload that has to be in the store before its entry. */
  readonly stage?: Keepsake;
}

/** Group commit: everything that is queued while one commit runs goes into the next. */
export class Writer implements Ledger {
  readonly opened: Opened;
  readonly #deps: WriterDeps;
  readonly #queue: Item[] = [];
  readonly #held = new Map<number, Keepsake>();
  #pumping: Promise<void> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #closing: Promise<void> | undefined;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
    this.opened = deps.opened;
  }

  record(call: CallRecord): Promise<Written | Remask> {
    // INVARIANT: only an observation is answered with a PinAnswer.
    return this.#enqueue(call) as Promise<Written | Remask>;
  }

  write(note: Note): Promise<Written> {
    // INVARIANT: only a call is answered with a Remask. No `await` here: each would be a turn in which the pump may end.
    return this.#enqueue(note) as Promise<Written>;
  }

  async observe(seen: PinObservation): Promise<PinAnswer> {
    const answers: PinAnswer[] = [];
    for (const part of inParts(seen)) {
      // What the first part makes known the others belong to.
      const continues = part.continues || answers[0]?.first === true;
      answers.push(await this.#enqueue({ ...part, continues }) as PinAnswer);
    }
    return together(answers);
  }

  decidePins(decision: PinDecision): Promise<Written> {
    return this.#enqueue(decision) as Promise<Written>;
  }

  #enqueue(request: ItemRequest): Promise<Written | Remask | PinAnswer> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const id = uuidv7(this.#deps.clock.nowMicros() / 1000);
      const payload = this.#digest(request, id), kept = this.#keep(request, id);
      this.#queue.push({ request, id, payload, kept, resolve, reject });
      if (isPatient(request)) this.#later ??= setTimeout(() => this.#start(), PATIENCE_MS);
      else this.#start();
    });
  }

  async answers(calls: readonly number[]): Promise<readonly Answer[]> {
    const { store, keys, session } = this.#deps;
    const answers = await readAnswers({ store, keys, session: session.id, work: session.work }, calls);
    for (const answer of answers) await this.#keepHeld(answer);
    return answers;
  }

  /**
   * Keeps the payload of a call that a person lets pass, before anybody hears of it: whoever answered has the call's entry
   * alone. A crash before this leaves an approved call without payload, which never left.
   */
  async #keepHeld({ call, decision }: Answer): Promise<void> {
    if (decision === "allow") await this.#held.get(call)?.stage(this.#deps.store);
    this.#held.delete(call);
  }

  close(reason: string): Promise<void> {
    return this.#closing ??= this.#close(reason);
  }

  #digest(request: ItemRequest, id: string): PayloadDigest | undefined {
    if (request.type === "call") return this.#deps.digester.payload(id, request.input);
    if (request.type !== "outcome" || request.output === undefined) return undefined;
    return this.#deps.digester.payload(id, request.output);
  }

  #keep(request: ItemRequest, id: string): Keepsake | undefined {
    if (!this.#deps.full) return undefined;
    if (request.type === "call") return keepsake(id, "in", request.input);
    if (request.type !== "outcome" || request.output === undefined) return undefined;
    return keepsake(id, "out", request.output);
  }

  #start(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#pumping ??= this.#pump();
  }

  async #pump(): Promise<void> {
    await null; // what else arrives in this very turn shares the commit
    while (this.#queue.length > 0) await this.#writeBatch();
    this.#pumping = undefined;
  }

  async #writeBatch(): Promise<void> {
    const { chain, session, full, mirror } = this.#deps;
    try {
      const { batch, tip, done, stage } = await chain.append((tip) => this.#draft(tip));
      done();
      this.#queue.splice(0, batch.length);
      for (const drafted of batch) settle(drafted);
      mirror?.push(entriesOf(tip));
      if (full) { for (const drafted of batch) await this.#takeBack(drafted); }
      if (stage !== undefined) await this.#stage(stage);
    } catch (fault) {
      session.doubt(chain.highest + 1);
      // Whoever waits here would wait for the same fault, and past its own deadline.
      for (const item of this.#queue.splice(0)) item.reject(fault);
    }
  }

  /** Writes the payload of the request at the front of the queue; where that cannot be, it is not recorded, and refused. */
  async #stage(kept: Keepsake): Promise<void> {
    try {
      await kept.stage(this.#deps.store);
    } catch (fault) {
      this.#queue.shift()?.reject(fault);
    }
  }

  /** What was staged for a call that was refused in the end, because limits or pins changed in between, goes away. */
  async #takeBack(drafted: Answered): Promise<void> {
    const { kept } = drafted.item;
    if (kept?.isStaged !== true || "written" in drafted && drafted.keeps === true) return;
    try {
      await kept.unstage(this.#deps.store);
    } catch {
      // The store is busy or fails, and the next commit says so; pruning takes the rows once they are old.
    }
  }

  /** As many requests from the front of the queue as one commit holds. */
  async #draft(tip: Tip): Promise<Batch> {
    const { chain, session, store, digester, pins } = this.#deps;
    // Looked at once: what joins the queue while the meters are read has meters that were not read.
    const items = this.#queue.slice(0, LOOK_AHEAD);
    await loadBook(tip.book, store, items.map(({ request }) => needsOfRequest(request)));
    await pins?.load(store);
    const done = await session.take(tip, chain);
    const batch: Answered[] = [];
    const version = () => chain.version;
    const deps = { tip, session, store, digester, pins, version, ended: new Set<number>(), held: this.#held };
    for (const item of items) {
      if (!hasRoom(tip, item, batch.length)) break;
      const drafted = await draftRequest(item, deps);
      if ("stage" in drafted) return { batch, tip, done, stage: drafted.stage };
      batch.push(drafted);
    }
    return { batch, tip, done };
  }

  async #close(reason: string): Promise<void> {
    const { chain, session, store, locks, mirror } = this.#deps;
    this.#start();
    await this.#pumping;
    try {
      await session.close(chain, reason);
    } finally {
      await locks.release(session.id);
      await mirror?.close();
      store.close();
    }
  }
}

/** Labels are on the session before the result that brings them is released: that one is waited for. */
function isPatient(request: ItemRequest): boolean {
  return request.type === "outcome" && request.verdict === "release" &&
    (request.labels ?? []).length + (request.marks ?? []).length === 0;
}

/** Is there room for one more? The first of a commit is taken at any rate, and refused where it is too large. */
function hasRoom(tip: Tip, { request }: Item, before: number): boolean {
  return tip.hasRoom && (before === 0 || tip.holds(needsOfRequest(request)));
}

function entriesOf({ changes }: Tip): readonly FreshEntry[] {
  return changes.flatMap(({ table, key, value }) =>
    table === "entry" && typeof key === "number" && value !== undefined ? [{ seq: key, value }] : []
  );
}

function settle(drafted: Answered): void {
  if ("fault" in drafted) return drafted.item.reject(drafted.fault);
  drafted.apply();
  drafted.item.resolve(drafted.written);
}

function needsOfRequest(request: ItemRequest): Needs {
  if (request.type === "call" && request.decision !== undefined) return needsOf(request.decision);
  return request.type === "outcome" ? needsOfMarks(request.marks ?? []) : NO_NEEDS;
}

function closed(): Fault {
  return new Fault("ledger", "Cannot write to the ledger: its session is closed");
}
