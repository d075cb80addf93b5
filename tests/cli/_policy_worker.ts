/** The policy worker, and a way to make it hang. */
import { serve } from "../../lib/channel/mod.ts";
import { type Loading, PolicyInForce } from "../../lib/policy/mod.ts";
import type { AccessRequest, Report } from "../../lib/verdict/mod.ts";
import { block } from "../blocked.ts";

const policy = new PolicyInForce();

serve({
  load: (loading: Loading) => policy.load(loading),
  prepare: (loading: Loading) => policy.prepare(loading),
  adopt: (digest: string) => policy.adopt(digest),
  decide: ({ request, report }: { request: AccessRequest; report: Report }) => policy.decide(request, report),
  hidden: ({ request, names }: { request: AccessRequest; names: readonly string[] }) =>
    policy.hidden(request, names),
  hang: () => {
    block();
  },
});
