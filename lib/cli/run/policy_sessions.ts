/** The sessions of a run, and the policy that each of them was told of. */
import type { PolicyRecord, Principal, Written } from "../../verdict/mod.ts";
import type { LedgerSession } from "./ledger_worker.ts";
import type { PolicyWorker } from "./policy_worker.ts";
import type { SessionPolicy, Workers } from "./workers.ts";

/** Every entry of a session stands behind one that names the policy it was judged by. */
export class PolicySessions {
  readonly policy: PolicyWorker;
  readonly #workers: Workers;
  /** Which policy each has an entry of, by digest. */
  readonly #told = new Map<LedgerSession, string>();
  /** The first policy, and then the newest that all sessions were told of. */
  #current: PolicyRecord;
  readonly ledger: { write(record: PolicyRecord): Promise<Written | undefined> } = {
    write: (record) => this.#tellAll(record),
  };

  constructor(workers: Workers, texts: NonNullable<SessionPolicy["policyTexts"]>) {
    const { digest, name } = workers.policy.inForce;
    this.#workers = workers;
    this.policy = workers.policy;
    this.#current = { type: "policy", digest, name, texts };
  }

  /** Begins a session under the policy in force. Rejects with a Fault. */
  async open(principal: Principal): Promise<LedgerSession> {
    const { digest: policy, texts: policyTexts } = this.#current;
    const opened = await this.#workers.open(principal, { policy, ...policyTexts && { policyTexts } });
    this.#told.set(opened, policy);
    // Another policy may have come in force while it began.
    if (this.#current.digest !== policy) await this.#tell(opened, this.#current);
    return { ...opened, close: (reason) => this.#close(opened, reason) };
  }

  policyChanged(digest: string): void {
    for (const session of this.#told.keys()) session.policyChanged(digest);
  }

  async #close(session: LedgerSession, reason: string): Promise<void> {
    this.#told.delete(session);
    await session.close(reason);
  }

  async #tellAll(record: PolicyRecord): Promise<Written | undefined> {
    try {
      return await this.#tellThose(record);
    } catch (thrown) {
      // The policy before stays in force: those that were told of another one are told so.
      const told = [...this.#told].flatMap(([session, digest]) => digest === record.digest ? [session] : []);
      await Promise.allSettled(told.map((session) => this.#tell(session, this.#current)));
      throw thrown;
    }
  }

  async #tellThose(record: PolicyRecord): Promise<Written | undefined> {
    let newest: Written | undefined;
    // Sessions that began while others were told are told as well, until there is none left.
    for (;;) {
      const left = [...this.#told].flatMap(([session, told]) => told === record.digest ? [] : [session]);
      if (left.length === 0) break;
      const written = await Promise.allSettled(left.map((session) => this.#tell(session, record)));
      for (const one of written) {
        if (one.status === "rejected") throw one.reason;
        newest = one.value ?? newest;
      }
    }
    this.#current = record;
    return newest;
  }

  /** Nothing is written where the session has ended meanwhile. */
  async #tell(session: LedgerSession, record: PolicyRecord): Promise<Written | undefined> {
    try {
      const written = await session.ledger.write(record);
      if (this.#told.has(session)) this.#told.set(session, record.digest);
      return written;
    } catch (thrown) {
      if (this.#told.has(session)) throw thrown;
      return undefined;
    }
  }
}
