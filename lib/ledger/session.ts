import type { PolicyText, Principal } from "../verdict/mod.ts";
import type { Chain } from "./chain.ts";
import { agentFields } from "./compose.ts";
import type { Digester } from "./digest.ts";
import type { EntryAgent } from "./entry.ts";
import { endHolds } from "./holds.ts";
import { leftBehind, type OpenWork, readOpenWork } from "./open_work.ts";
import { newPolicyTexts } from "./policy_texts.ts";
import type { LedgerStore, SessionLocks } from "./port.ts";
import { readSessionRow, sealRow } from "./rows.ts";
import { deleteSessionRows } from "./session_rows.ts";
import type { Tip } from "./tip.ts";

// How far the low watermark of a session's row may lag: so many entries more are read after a crash.
const WATERMARK_EVERY = 256;
const TAKEN_FOR_DEAD = "taken for dead, goes on";

export interface SessionDeps {
  readonly store: LedgerStore;
  readonly locks: SessionLocks;
  readonly digester: Digester;
}

/** What a session says about itself when it opens. */
export interface SessionStart {
  readonly id: string;
  readonly principal: Principal;
  readonly server: string;
  readonly policy: string;
  readonly policyTexts?: readonly PolicyText[];
  readonly enforced: boolean;
}

/** Our own session: its row in the store, and which of its calls wait for something. */
export class Session {
  readonly id: string;
  readonly agent: EntryAgent;
  readonly server: string;
  /** Calls that wait, by `seq`. The writer keeps it; a crash loses it, and `low` says from where to read it again. */
  work: OpenWork = new Map();
  readonly #deps: SessionDeps;
  readonly #start: SessionStart;
  #row: { readonly version: string; readonly low: number } | undefined;
  /** Digest of the policy in force. */
  #policy: string;
  #floor = Infinity;
  /** Since a commit of which nobody knows whether it is there, what waits has to be read again. */
  #doubted = false;

  constructor(start: SessionStart, deps: SessionDeps) {
    const naming = { id: start.id, digester: deps.digester };
    this.id = start.id;
    this.#start = start;
    this.#policy = start.policy;
    this.#deps = deps;
    this.agent = agentFields(start.principal, naming);
    this.server = deps.digester.name(start.id, start.server);
  }

  /** Opens the session with an entry, in one commit with its row. The lock is ours already. */
  async open(chain: Chain): Promise<void> {
    const { policy: digest, policyTexts: texts } = this.#start;
    const changes = await newPolicyTexts(this.#deps.store, { digest, texts });
    const low = await chain.append((tip) => {
      for (const change of changes) tip.change(change);
      this.#addOpening(tip);
      return Promise.resolve(tip.next);
    });
    this.#row = { version: chain.version, low };
  }

  /**
   * Goes on with a session whose worker was restarted. False: it was given up for dead meanwhile. The row is written
   * again, as it is: a commit that the dead worker had on its way either is there before, and is read here, or finds
   * another version and does not happen.
   */
  async resume(chain: Chain): Promise<boolean> {
    const row = await chain.append(async (tip) => {
      const cell = await this.#deps.store.read("session", this.id);
      if (cell === undefined) return undefined;
      const { low } = readSessionRow(cell.value);
      this.work = await readOpenWork(this.#deps.store, this.id, { from: low, until: tip.next });
      tip.check({ table: "session", key: this.id, version: cell.version });
      tip.change({ table: "session", key: this.id, value: cell.value });
      return { low };
    });
    if (row === undefined) return false;
    this.#row = { version: chain.version, low: row.low };
    return true;
  }

  /**
   * The session's part in a commit: its row must be as we left it, and moves its watermark along now and then. Answers
   * with what to do once the commit is durable.
   */
  async take(tip: Tip, chain: Chain): Promise<() => void> {
    if (tip.again && await this.#wasGivenUp()) return this.#takeAgain(tip, chain);
    if (this.#doubted) await this.#readWorkAgain(tip.next);
    const row = this.#row;
    tip.check({ table: "session", key: this.id, version: row?.version });
    const low = Math.min(this.#low(tip.next), this.#floor);
    if (row === undefined || low - row.low >= WATERMARK_EVERY) this.#change(tip, low);
    return () => this.#written(tip, chain);
  }

  /** Another policy is in force, and an entry that is durable says so. */
  changePolicy(digest: string): void {
    this.#policy = digest;
  }

  /** A commit failed and nobody knows whether it is there: entries from `seq` on may be ours without our knowing. */
  doubt(seq: number): void {
    this.#floor = Math.min(this.#floor, seq);
    this.#doubted = true;
  }

  /** Ends the session: its holds are refused, then an entry names the calls that still wait for their outcome. */
  async close(chain: Chain, reason: string): Promise<void> {
    const { store, digester } = this.#deps;
    await endHolds(chain, store, this.id);
    await deleteSessionRows(chain, store, this.id);
    await chain.append(async (tip) => {
      // Whoever took us for dead closed the session in our name: it opens again, or it would end twice.
      const givenUp = await this.#wasGivenUp();
      if (givenUp) this.#addOpening(tip, TAKEN_FOR_DEAD);
      tip.check({ table: "session", key: this.id, version: givenUp ? undefined : this.#row?.version });
      const work = await readOpenWork(store, this.id, { from: this.#row?.low ?? 0, until: tip.next });
      tip.add({
        kind: "session-close",
        session: this.id,
        agent: this.agent,
        server: this.server,
        reason: digester.name(this.id, reason),
        ...leftBehind(work),
      });
      tip.change({ table: "session", key: this.id });
      tip.checkpoint();
    });
  }

  /** An outcome that was written after all is waited for no more, and must not be written twice. */
  async #readWorkAgain(until: number): Promise<void> {
    const from = Math.min(this.#row?.low ?? 0, this.#floor);
    this.work = await readOpenWork(this.#deps.store, this.id, { from, until });
    this.#doubted = false;
  }

  /** Reads our row again; a commit that nobody could tell about may have moved its version. True: it is gone. */
  async #wasGivenUp(): Promise<boolean> {
    if (this.#row === undefined) return false;
    const cell = await this.#deps.store.read("session", this.id);
    if (cell !== undefined) this.#row = { version: cell.version, low: readSessionRow(cell.value).low };
    return cell === undefined;
  }

  /** Somebody took us for dead (a removed lock file): the session opens again, so that nothing hangs in the air. */
  async #takeAgain(tip: Tip, chain: Chain): Promise<() => void> {
    await this.#deps.locks.hold(this.id);
    tip.check({ table: "session", key: this.id, version: undefined });
    this.#addOpening(tip, TAKEN_FOR_DEAD);
    return () => this.#written(tip, chain);
  }

  #addOpening(tip: Tip, detail?: string): void {
    const { enforced } = this.#start;
    tip.add({
      kind: "session-open",
      session: this.id,
      agent: this.agent,
      server: this.server,
      policy: this.#deps.digester.name(this.id, this.#policy),
      enforced,
      ...(detail === undefined ? {} : { detail }),
    });
    this.#change(tip, tip.next);
  }

  #change(tip: Tip, low: number): void {
    const row = { agent: this.agent, server: this.server, low };
    tip.change({ table: "session", key: this.id, value: sealRow(row) });
  }

  /** The commit is durable. If it wrote our row, the next one must find that version. */
  #written(tip: Tip, chain: Chain): void {
    const last = tip.changes.findLast(({ table, key }) => table === "session" && key === this.id);
    if (last?.value !== undefined) {
      this.#row = { version: chain.version, low: readSessionRow(last.value).low };
    }
  }

  #low(next: number): number {
    for (const call of this.work.keys()) return call; // INVARIANT: in the order of seq
    return next;
  }
}
