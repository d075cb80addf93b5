/**
 * The policy worker: may it? Holds no permission at all.
 *
 * Input: requests hold ATTACKER-CONTROLLED names and arguments; the sources are the operator's. Thread: its own.
 * Imports: channel, policy.
 */
import { Fault } from "../lib/base/mod.ts";
import { serve } from "../lib/channel/mod.ts";
import { type LoadOptions, loadPolicy, type Policy, type PolicySource } from "../lib/policy/mod.ts";
import type { AccessRequest, Report } from "../lib/verdict/mod.ts";

let policy: Policy | undefined;

serve({
  async load({ sources, options }: { sources: readonly PolicySource[]; options: LoadOptions }) {
    const loaded = await loadPolicy(sources, options);
    if (!loaded.ok) return { diagnostics: loaded.error };
    policy = loaded.value;
    return { digest: policy.digest, name: policy.name, warnings: policy.warnings };
  },
  decide({ request, report }: { request: AccessRequest; report: Report }) {
    if (policy === undefined) throw new Fault("internal", "Cannot decide: no policy is loaded");
    return policy.decide(request, report);
  },
});
