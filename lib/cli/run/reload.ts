/** Another policy while the firewall runs: on SIGHUP, and when a file changes that is watched. */
import { Fault, messageOf } from "../../base/mod.ts";
import type { LoadedPolicy, PolicySource } from "../../policy/mod.ts";
import type { PolicyRecord, Ref } from "../../verdict/mod.ts";
import type { PolicyPlace } from "./policy_place.ts";
import { policyTexts } from "./policy_texts.ts";
import { BadPolicy, type PolicyWorker } from "./policy_worker.ts";

export interface ReloaderOptions {
  readonly place: PolicyPlace;
  readonly workers: {
    readonly policy: Pick<PolicyWorker, "inForce" | "prepare" | "adopt">;
    /** Says in every session which policy comes; the answer is about the newest of these entries, if there is one. */
    readonly ledger: { write(record: PolicyRecord): Promise<{ readonly ref: Ref } | undefined> };
    /** Sessions that begin from here on, or go on in another worker, are under the policy of this digest. */
    policyChanged(digest: string): void;
  };
  /** One line for the operator. */
  readonly log: (line: string) => void;
  /** Called after each reading: the files may be others now. */
  readonly onRead?: () => void;
}

/**
 * Loads the policy again, one time after the other and never two at once. Whatever goes wrong, the policy in force stays
 * in force, and the operator is told.
 */
export class Reloader {
  readonly #options: ReloaderOptions;
  #texts: string;
  #running: Promise<void> | undefined;
  /** What was asked for while one ran: it may have read its files before they changed. */
  #next: (() => void) | undefined;

  /** `sources`: as the policy in force was made of. */
  constructor(options: ReloaderOptions, sources: readonly PolicySource[]) {
    this.#options = options;
    this.#texts = JSON.stringify(sources);
  }

  /** Somebody asked for it: whatever comes of it is said. */
  asked(): void {
    if (this.#running !== undefined) this.#next = () => this.asked();
    else this.#run(this.#reload({ silentIfSame: false }));
  }

  /** A file changed: texts that are what they were are no news. */
  filesChanged(): void {
    if (this.#running !== undefined) this.#next ??= () => this.filesChanged();
    else this.#run(this.#reload({ silentIfSame: true }));
  }

  /** Resolves when no reload runs. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #run(reload: Promise<void>): void {
    this.#running = reload.catch((thrown) => this.#kept(thrown)).finally(() => {
      const next = this.#next;
      this.#running = this.#next = undefined;
      next?.();
    });
  }

  async #reload({ silentIfSame }: { readonly silentIfSame: boolean }): Promise<void> {
    const { place, workers, log, onRead } = this.#options;
    const sources = place.read();
    onRead?.();
    const texts = JSON.stringify(sources);
    if (silentIfSame && texts === this.#texts) return;
    this.#texts = texts;
    if (place.files.length === 0) return log("the policy is bundled: there is no file to read again");
    const next = await this.#prepared(sources);
    if (next === undefined) return;
    if (next.digest === workers.policy.inForce.digest) return log(`policy unchanged: ${shownPolicy(next)}`);
    const recorded = await this.#recorded(next, sources);
    if (recorded === undefined) return;
    // The entry is durable. A crash right here leaves an entry for a policy that never decided: the next start says which
    // one does.
    workers.policyChanged(next.digest);
    await workers.policy.adopt(sources, next);
    const { seq } = recorded;
    log(
      `policy reloaded: ${shownPolicy(next)} (${seq === undefined ? "no session is open" : `entry ${seq}`})`,
    );
  }

  async #prepared(sources: readonly PolicySource[]): Promise<LoadedPolicy | undefined> {
    const { place, workers } = this.#options;
    try {
      return await workers.policy.prepare(sources);
    } catch (thrown) {
      this.#kept(thrown instanceof BadPolicy ? place.complain(thrown.diagnostics, sources) : thrown);
      return undefined;
    }
  }

  async #recorded(
    { digest, name }: LoadedPolicy,
    sources: readonly PolicySource[],
  ): Promise<{ readonly seq: number | undefined } | undefined> {
    const texts = policyTexts(sources);
    try {
      const written = await this.#options.workers.ledger.write({ type: "policy", digest, name, texts });
      return { seq: written?.ref.seq };
    } catch (thrown) {
      this.#kept(thrown);
      return undefined;
    }
  }

  #kept(thrown: unknown): void {
    const cause = messageOf(thrown);
    const { log, workers } = this.#options;
    // Nothing is wrong with the texts: the same ones, written once more, are worth another try.
    if (!(thrown instanceof Fault) || thrown.code !== "config") this.#texts = "";
    log(`policy NOT reloaded: ${cause}; still in force is ${shownPolicy(workers.policy.inForce)}`);
  }
}

function shownPolicy({ name, digest }: LoadedPolicy): string {
  return `${name} ${digest.slice(0, 19)}…`;
}
