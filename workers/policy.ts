/**
 * The policy worker: may it? Holds no permission at all.
 *
 * Input: requests hold ATTACKER-CONTROLLED names and arguments; the sources are the operator's. Thread: its own.
 * Imports: channel, policy.
 */
import { serve } from "../lib/channel/mod.ts";
import { type Loading, PolicyInForce } from "../lib/policy/in_force.ts";
import type { AccessRequest, Report } from "../lib/verdict/mod.ts";

const policy = new PolicyInForce();

serve({
  load: (loading: Loading) => policy.load(loading),
  prepare: (loading: Loading) => policy.prepare(loading),
  adopt: (digest: string) => policy.adopt(digest),
  decide: ({ request, report }: { request: AccessRequest; report: Report }) => policy.decide(request, report),
  hidden: ({ request, names }: { request: AccessRequest; names: readonly string[] }) =>
    policy.hidden(request, names),
});
