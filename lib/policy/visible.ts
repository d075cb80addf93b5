/** The discovery filter's question: is a tool denied whatever its arguments, and whatever happened before? */
import type { AccessRequest } from "../verdict/mod.ts";
import type { Policy } from "./policy.ts";

/** Those of `names` that no call can reach for the agent of `request`; a tool that may go either way is not among them. */
export function hiddenTools(
  _policy: Policy,
  _request: AccessRequest,
  _names: readonly string[],
): readonly string[] {
  return [];
}
