/** The policy that decides in the policy worker, and the next one, which is compiled beside it. */
import { Fault } from "../base/mod.ts";
import type { Diagnostic } from "../diagnostic/mod.ts";
import type { AccessRequest, Decision, Report } from "../verdict/mod.ts";
import { type LoadOptions, loadPolicy } from "./load.ts";
import type { Policy } from "./policy.ts";
import type { PolicySource } from "./source.ts";
import { hiddenTools } from "./visible.ts";

export interface Loading {
  readonly sources: readonly PolicySource[];
  readonly options: LoadOptions;
}

/** What there is to know of a policy, or everything that is wrong with it. Plain data: it crosses a channel. */
export type LoadAnswer = LoadedPolicy | { readonly diagnostics: readonly Diagnostic[] };

export interface LoadedPolicy {
  /** `sha256:<hex>` */
  readonly digest: string;
  readonly name: string;
  readonly warnings: readonly Diagnostic[];
  /** Are denied tools taken out of lists? */
  readonly hidesTools: boolean;
}

export class PolicyInForce {
  #policy: Promise<Policy | undefined> | Policy | undefined;
  #prepared: Policy | undefined;

  /**
   * Puts a policy in force. What is asked meanwhile waits for it; what is no policy leaves none in force. Of several that
   * are on their way the last counts, whichever is ready first: a worker that is started anew in the middle of a reload
   * is still loading the old policy when it is given the new one.
   */
  load({ sources, options }: Loading): Promise<LoadAnswer> {
    const loading = loadPolicy(sources, options);
    const coming: Promise<Policy | undefined> = loading.then((loaded) => {
      const policy = loaded.ok ? loaded.value : undefined;
      if (this.#policy === coming) this.#policy = policy;
      return policy;
    });
    this.#policy = coming;
    return loading.then(answerOf);
  }

  /** Compiles a policy beside the one in force. */
  async prepare({ sources, options }: Loading): Promise<LoadAnswer> {
    const loaded = await loadPolicy(sources, options);
    if (loaded.ok) this.#prepared = loaded.value;
    return answerOf(loaded);
  }

  /** Puts in force what was prepared. Throws Fault `internal` where it was not: a fresh worker has prepared nothing. */
  adopt(digest: string): void {
    if (this.#prepared?.digest !== digest) {
      throw new Fault("internal", "Cannot adopt the policy: it is not prepared");
    }
    this.#policy = this.#prepared;
  }

  /** At once, where a policy is in force. Throws Fault `internal` where none is. */
  decide(request: AccessRequest, report: Report): Decision | Promise<Decision> {
    return this.#use((policy) => policy.decide(request, report));
  }

  /** As {@link hiddenTools}; nothing is hidden where the policy does not ask for it. */
  hidden(request: AccessRequest, names: readonly string[]): readonly string[] | Promise<readonly string[]> {
    return this.#use((policy) => policy.hideDeniedTools ? hiddenTools(policy, request, names) : []);
  }

  #use<T>(use: (policy: Policy) => T): T | Promise<T> {
    if (this.#policy instanceof Promise) return this.#policy.then(() => this.#use(use));
    if (this.#policy === undefined) throw new Fault("internal", "Cannot decide: no policy is loaded");
    return use(this.#policy);
  }
}

function answerOf(loaded: Awaited<ReturnType<typeof loadPolicy>>): LoadAnswer {
  if (!loaded.ok) return { diagnostics: loaded.error };
  const { digest, name, warnings, hideDeniedTools: hidesTools } = loaded.value;
  return { digest, name, warnings, hidesTools };
}
