import type { PolicyText, Principal } from "../verdict/mod.ts";
import { agentFields } from "./compose.ts";
import type { Digester } from "./digest.ts";
import type { EntryAgent } from "./entry.ts";
import { followAgain, leftBehind, type OpenWork, readOpenWork } from "./open_work.ts";
import { newPolicyTexts } from "./policy_texts.ts";
import type { Cell, LedgerStore, SessionLocks } from "./port.ts";
import { readSessionRow, sealRow } from "./rows.ts";
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

/** What a session does once the commit that it took part in is durable. `version`: of the rows of that commit. */
export type AfterCommit = (version: string) => void;

/** One of our own sessions: its row in the store, and which of its calls wait for something. */
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
  /** It was ended in our name once: what it has left is told by its entries alone. */
  #wasDead = false;

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
  async begin(tip: Tip): Promise<AfterCommit> {
    const { policy: digest, policyTexts: texts } = this.#start;
    const changes = await newPolicyTexts(this.#deps.store, { digest, texts });
    // Of sessions that begin in one commit the first brings the texts.
    const [first] = changes;
    if (first !== undefined && !tip.hasChange(first)) { for (const change of changes) tip.change(change); }
    return this.#kept(this.#addOpening(tip));
  }

  /**
   * Goes on with a session whose worker was restarted, as its row and its `work` were read on this tip. The row is written
   * again, as it is: a commit that the dead worker had on its way either is there before, and was read, or finds another
   * version and does not happen.
   */
  resume(tip: Tip, cell: Cell, work: OpenWork): AfterCommit {
    tip.check({ table: "session", key: this.id, version: cell.version });
    tip.change({ table: "session", key: this.id, value: cell.value });
    const { low } = readSessionRow(cell.value);
    return (version) => {
      this.work = work;
      this.#row = { version, low };
    };
  }

  /** The session's part in a commit: its row must be as we left it, and moves its watermark along now and then. */
  async take(tip: Tip): Promise<AfterCommit> {
    if (tip.again && await this.#wasGivenUp()) return this.#takeAgain(tip);
    if (this.#doubted) await this.#readWorkAgain(tip.next);
    const row = this.#row;
    tip.check({ table: "session", key: this.id, version: row?.version });
    const low = Math.min(this.#low(tip.next), this.#floor);
    if (row !== undefined && low - row.low < WATERMARK_EVERY) return () => {};
    return this.#kept(this.#change(tip, low));
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

  /** Ends the session with an entry that names the calls that still wait for their outcome. Its holds are refused before. */
  async end(tip: Tip, reason: string): Promise<void> {
    // Whoever took us for dead closed the session in our name: it opens again, or it would end twice.
    const givenUp = await this.#wasGivenUp();
    const work = await this.#workAtEnd(tip.next, givenUp);
    if (givenUp) this.#addOpening(tip, TAKEN_FOR_DEAD);
    tip.check({ table: "session", key: this.id, version: givenUp ? undefined : this.#row?.version });
    tip.add({
      kind: "session-close",
      session: this.id,
      agent: this.agent,
      server: this.server,
      reason: this.#deps.digester.name(this.id, reason),
      ...leftBehind(work),
    });
    tip.change({ table: "session", key: this.id });
    tip.checkpoint();
  }

  /**
   * What waits, without a look at the store where we know it: between the entries of one session there may be a million of
   * others. Holds may have been answered elsewhere.
   */
  async #workAtEnd(until: number, givenUp: boolean): Promise<OpenWork> {
    const known = !givenUp && !this.#doubted && !this.#wasDead && ![...this.work.values()].includes("held");
    return known
      ? this.work
      : await readOpenWork(this.#deps.store, this.id, { from: this.#row?.low ?? 0, until });
  }

  /** An outcome that was written after all is waited for no more, and must not be written twice. */
  async #readWorkAgain(until: number): Promise<void> {
    this.work = await followAgain(this.#deps.store, this.id, { work: this.work, from: this.#floor, until });
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
  async #takeAgain(tip: Tip): Promise<AfterCommit> {
    await this.#deps.locks.hold(this.id);
    this.#wasDead = true;
    tip.check({ table: "session", key: this.id, version: undefined });
    return this.#kept(this.#addOpening(tip, TAKEN_FOR_DEAD));
  }

  /** The watermark that its row gets. */
  #addOpening(tip: Tip, detail?: string): number {
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
    return this.#change(tip, tip.next);
  }

  #change(tip: Tip, low: number): number {
    const row = { agent: this.agent, server: this.server, low };
    tip.change({ table: "session", key: this.id, value: sealRow(row) });
    return low;
  }

  /** The commit wrote our row: the next one must find its version. */
  #kept(low: number): AfterCommit {
    return (version) => void (this.#row = { version, low });
  }

  #low(next: number): number {
    for (const call of this.work.keys()) return call; // INVARIANT: in the order of seq
    return next;
  }
}
