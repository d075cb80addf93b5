/** The policy worker of a run: what it decides, and how another policy comes in force. */
import { Fault } from "../../base/mod.ts";
import type { WorkerClient } from "../../channel/mod.ts";
import type { Diagnostic } from "../../diagnostic/mod.ts";
import type { PolicyPort } from "../../gate/mod.ts";
import type { LoadAnswer, LoadedPolicy, Loading, LoadOptions, PolicySource } from "../../policy/mod.ts";
import type { AccessRequest, Decision, Report } from "../../verdict/mod.ts";

/** A policy that cannot be loaded; carries everything that is wrong with it. */
export class BadPolicy extends Fault {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super("config", "Cannot load the policy: it has errors", { hint: "countersign policy check FILE" });
  }
}

/** Compiling takes milliseconds; while it lasts, nothing is decided. */
const PREPARE_DEADLINE_MS = 5_000;

export class PolicyWorker implements PolicyPort {
  readonly #client: WorkerClient;
  readonly #options: LoadOptions;
  readonly #deadlineMs: number;
  #inForce: LoadedPolicy;

  constructor(client: WorkerClient, { options, loaded, deadlineMs }: Started) {
    this.#client = client;
    this.#options = options;
    this.#inForce = loaded;
    this.#deadlineMs = deadlineMs;
  }

  /** The policy that decides. */
  get inForce(): LoadedPolicy {
    return this.#inForce;
  }

  get hidesTools(): boolean {
    return this.#inForce.hidesTools;
  }

  decide(request: AccessRequest, report: Report): Promise<Decision> {
    const options = { size: request.args.length, deadlineMs: this.#deadlineMs };
    return this.#client.ask("decide", { request, report }, options);
  }

  hidden(request: AccessRequest, names: readonly string[]): Promise<readonly string[]> {
    const size = names.reduce((sum, name) => sum + name.length + 16, 0);
    return this.#client.ask("hidden", { request, names }, { size, deadlineMs: this.#deadlineMs });
  }

  /** Compiles `sources` beside the policy in force. Throws {@link BadPolicy}. */
  async prepare(sources: readonly PolicySource[]): Promise<LoadedPolicy> {
    const payload = { sources, options: this.#options };
    return accepted(
      await this.#client.ask<LoadAnswer>("prepare", payload, { deadlineMs: PREPARE_DEADLINE_MS }),
    );
  }

  /** Puts in force what was prepared from `sources`. From here on a restarted worker begins with it, too. */
  async adopt(sources: readonly PolicySource[], next: LoadedPolicy): Promise<void> {
    const payload = { sources, options: this.#options };
    const deadline = { deadlineMs: PREPARE_DEADLINE_MS };
    this.#client.greeting = { operation: "load", payload };
    // Now, not once it is adopted: a worker that gives no answer is started anew, and begins with this policy.
    this.#inForce = next;
    try {
      await this.#client.ask("adopt", next.digest, deadline);
    } catch {
      // The worker was started anew since, and has prepared nothing: whatever it was greeted with, this comes after.
      accepted(await this.#client.ask<LoadAnswer>("load", payload, deadline));
    }
  }
}

interface Started {
  readonly options: LoadOptions;
  readonly loaded: LoadedPolicy;
  /** How long it may take over one question. */
  readonly deadlineMs: number;
}

/** Loads the first policy. Throws {@link BadPolicy}. */
export async function startPolicyWorker(
  client: WorkerClient,
  loading: Loading,
  deadlineMs: number,
): Promise<PolicyWorker> {
  const loaded = accepted(await client.greet<LoadAnswer>({ operation: "load", payload: loading }));
  return new PolicyWorker(client, { options: loading.options, loaded, deadlineMs });
}

function accepted(answer: LoadAnswer): LoadedPolicy {
  if ("diagnostics" in answer) throw new BadPolicy(answer.diagnostics);
  return answer;
}
