/** One session's view of a ledger that several may share. */
import { Fault } from "../base/mod.ts";
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
import type { Attestor } from "./attestor.ts";
import { readAnswers } from "./answers.ts";
import type { ItemRequest, Member } from "./drafting.ts";
import { inParts, together } from "./pin_parts.ts";
import type { Keys, LedgerStore } from "./port.ts";
import { readTrustedRecord } from "./record.ts";
import type { Writer } from "./writer.ts";

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
  /**
   * The attestation, for `audience`, of a held call that a person let pass and whose answer was read. Rejects with Fault
   * `ledger` for any other call.
   */
  attest(call: number, audience: string): Promise<string>;
  /** Writes what of it is still queued and ends the session with an entry. */
  close(reason: string): Promise<void>;
}

export interface SessionLedgerDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  readonly writer: Writer;
  readonly attestor: Attestor;
  readonly member: Member;
  readonly opened: Opened;
  /** Ends the session; nothing of it is queued any more. */
  readonly end: (reason: string) => Promise<void>;
}

export class SessionLedger implements Ledger {
  readonly opened: Opened;
  readonly #deps: SessionLedgerDeps;
  /** What was asked last: once it has its answer, all that was asked before has. */
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(deps: SessionLedgerDeps) {
    this.#deps = deps;
    this.opened = deps.opened;
  }

  record(call: CallRecord): Promise<Written | Remask> {
    // INVARIANT: only an observation is answered with a PinAnswer.
    return this.#put(call) as Promise<Written | Remask>;
  }

  write(note: Note): Promise<Written> {
    // INVARIANT: only a call is answered with a Remask. No `await` here: each would be a turn in which the pump may end.
    return this.#put(note) as Promise<Written>;
  }

  async observe(seen: PinObservation): Promise<PinAnswer> {
    const answers: PinAnswer[] = [];
    for (const part of inParts(seen)) {
      // What the first part makes known the others belong to.
      const continues = part.continues || answers[0]?.first === true;
      answers.push(await this.#put({ ...part, continues }) as PinAnswer);
    }
    return together(answers);
  }

  decidePins(decision: PinDecision): Promise<Written> {
    return this.#put(decision) as Promise<Written>;
  }

  async answers(calls: readonly number[]): Promise<readonly Answer[]> {
    const { store, keys, member: { session } } = this.#deps;
    const answers = await readAnswers({ store, keys, session: session.id, work: session.work }, calls);
    for (const answer of answers) await this.#keepHeld(answer);
    return answers;
  }

  async attest(call: number, audience: string): Promise<string> {
    const { store, keys, attestor, member: { session } } = this.#deps;
    // Owed: its approval was found to be an entry of ours. The call's own entry is looked at again: rows are anybody's.
    const cell = session.work.get(call) === "owed" ? await store.read("entry", call) : undefined;
    const stored = cell === undefined ? undefined : readTrustedRecord(cell.value, keys.publicKey);
    const { seq, kind, verdict, session: id } = stored?.entry ?? {};
    if (stored === undefined || seq !== call || kind !== "call" || verdict !== "hold" || id !== session.id) {
      throw new Fault("ledger", `Cannot attest entry ${call}: it is no held call that was let pass`);
    }
    return attestor.attest(stored.entry, { seq: call, hash: stored.hash }, audience);
  }

  close(reason: string): Promise<void> {
    return this.#closing ??= this.#close(reason);
  }

  async #close(reason: string): Promise<void> {
    this.#deps.writer.hurry();
    await this.#last.catch(() => {}); // whoever asked is told
    await this.#deps.end(reason);
  }

  #put(request: ItemRequest): ReturnType<Writer["put"]> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    const answer = this.#deps.writer.put(this.#deps.member, request);
    this.#last = answer;
    return answer;
  }

  /**
   * Keeps the payload of a call that a person lets pass, before anybody hears of it: whoever answered has the call's entry
   * alone. A crash before this leaves an approved call without payload, which never left.
   */
  async #keepHeld({ call, decision }: Answer): Promise<void> {
    const { store, member: { held } } = this.#deps;
    if (decision === "allow") await held.get(call)?.stage(store);
    held.delete(call);
  }
}

function closed(): Fault {
  return new Fault("ledger", "Cannot write to the ledger: its session is closed");
}
