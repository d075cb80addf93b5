import type { Report, SettledCall } from "../verdict/mod.ts";
import type { Judgeable } from "./judgeable.ts";
import type { GateSettings } from "./ports.ts";

/** The last line of the fail-closed table: what cannot be written down does not leave, whatever the policy says. */
export const UNRECORDED: SettledCall = {
  verdict: "refuse",
  decision: "deny",
  reason: "fault:ledger",
  rules: [],
  message: "the call could not be written to the ledger",
  charged: false,
};

/** Does the report say what `EMPTY_REPORT` says, that everything was seen and nothing was found? */
export function isEmpty({ complete, findings, threat }: Report): boolean {
  return complete && findings.length === 0 && threat.score === 0;
}

/** Is it a call of a tool, and on its way to the upstream? In a dry run every one is that has an entry. */
export function leaves(
  item: Judgeable,
  { verdict }: SettledCall,
  { enforced }: Pick<GateSettings, "enforced">,
): boolean {
  return isToolCall(item) && (!enforced || verdict === "forward" || verdict === "redact");
}

export function isToolCall({ method, direction }: Pick<Judgeable, "method" | "direction">): boolean {
  return method === "tools/call" && direction === "to-upstream";
}
