import { quorumMet, signedByKnownLog, type TlogPolicy } from "../note/tlog_policy.ts";
import type { ReadCheckpoint } from "./checkpoints.ts";
import { type Finding, finding } from "./finding.ts";
import type { Witnessed } from "./report.ts";

/**
 * Is the newest checkpoint what the policy asks for? `newest`: the largest that fit the tree and that the ledger has signed;
 * of that size there may be a stored and several kept ones, and one of them is enough.
 */
export function checkQuorum(policy: TlogPolicy, newest: readonly ReadCheckpoint[]): Witnessed | Finding {
  const size = newest[0]?.size ?? 0;
  const no = (detail: string) => finding(Math.max(0, size - 1), "quorum", detail);
  if (newest.length === 0) return no("there is no checkpoint that a witness could have cosigned");
  const known = newest.filter(({ note }) => policy.logs.length === 0 || signedByKnownLog(policy, note));
  if (known.length === 0) return no(`the newest checkpoint, of ${size} entries, is of no log in the policy`);
  const best = known.map(({ note }) => quorumMet(policy, note));
  const met = best.find((quorum) => quorum.met);
  if (met !== undefined) return { size, by: met.by };
  const most = Math.max(...best.map(({ by }) => by.length));
  return no(`the newest checkpoint, of ${size} entries, has ${most} of the policy's cosignatures: too few`);
}
