import type { ChainWalk } from "./chain_walk.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { Finding } from "./finding.ts";

export type VerifyStatus =
  | "intact"
  | "intact-open"
  | "recovered"
  | "broken"
  | "truncated"
  | "forked"
  | "unsigned"
  | "unreadable";

export interface VerifyReport {
  readonly status: VerifyStatus;
  /** Entries that were read and whose own checks hold. */
  readonly entries: number;
  /** The last of them. */
  readonly head: { readonly seq: number; readonly hash: string } | undefined;
  /** Root of the RFC 6962 tree over them, hex. */
  readonly root: string;
  readonly finding: Finding | undefined;
  /** Id of the trusted key by which the ledger was verified. */
  readonly key: string;
  /** Ids of all keys that have signed here, the oldest first. */
  readonly keys: readonly string[];
  readonly openSessions: number;
  /** Calls in open sessions that wait for their outcome. */
  readonly waiting: number;
  readonly recoveredSessions: number;
  /** Calls of ended sessions of which nobody knows how they ended. */
  readonly withoutOutcome: number;
  /** The first hundred of these. */
  readonly callsWithoutOutcome: readonly number[];
  /** The first so many entries may have lost their text. */
  readonly pruned: number;
  /** Stored checkpoints that fit the tree and are signed. */
  readonly checkpoints: number;
  /** Size of the largest checkpoint, stored or kept, that fits the tree and is signed. */
  readonly checkpoint: number | undefined;
  /** Where a policy was given and met: the checkpoint's size, and the witnesses that have cosigned it. */
  readonly witnessed: Witnessed | undefined;
}

/** A checkpoint that enough witnesses have cosigned. */
export interface Witnessed {
  readonly size: number;
  readonly by: readonly string[];
}

/** All that was found out. */
export interface Outcome {
  readonly walk: ChainWalk;
  readonly checkpoints: Checkpoints;
  /** The store failed. */
  readonly unreadable: Finding | undefined;
  /** What shows only once everything was seen: stubs that nothing allows. */
  readonly late: Finding | undefined;
  /** The policy's quorum is not there. */
  readonly quorum: Finding | undefined;
  readonly witnessed: Witnessed | undefined;
}

/** Puts the report together. */
export function report(outcome: Outcome): VerifyReport {
  const { walk, checkpoints } = outcome;
  const { pairing, keys } = walk;
  return {
    status: statusOf(outcome),
    entries: walk.next,
    head: walk.last,
    root: walk.tree.root(),
    finding: firstFinding(outcome),
    key: (keys.anchor ?? keys.trusted[0])?.id ?? "",
    keys: keys.keys.map(({ id }) => id),
    openSessions: pairing.sessions.size,
    waiting: pairing.pending,
    recoveredSessions: pairing.recovered,
    withoutOutcome: pairing.lost.count,
    callsWithoutOutcome: pairing.lost.named,
    pruned: walk.pruning.size,
    checkpoints: checkpoints.stored,
    checkpoint: checkpoints.newest[0]?.size,
    witnessed: outcome.witnessed,
  };
}

/** The first one in the order of `seq`; where two are at the same place, the one that came up first. */
function firstFinding({ walk, checkpoints, unreadable, late, quorum }: Outcome): Finding | undefined {
  const { truncated, forked, unsigned, broken } = checkpoints;
  return [unreadable, walk.broken, walk.unsigned, late, broken, unsigned, forked, truncated, quorum]
    .filter((found) => found !== undefined)
    .sort((a, b) => a.seq - b.seq)[0];
}

/**
 * One word for all of it. Where all hashes fit and a signature does not, a head or a checkpoint that does not fit them is no
 * finding of its own; a head that the trusted key has signed is.
 */
function statusOf({ walk, checkpoints, unreadable, late, quorum }: Outcome): VerifyStatus {
  if (unreadable !== undefined) return "unreadable";
  if (walk.truncated) return "truncated";
  const unsigned = walk.unsigned ?? checkpoints.unsigned;
  const onlyHead = walk.broken === undefined || walk.broken.check === "head";
  if (onlyHead && walk.unsigned !== undefined) return "unsigned";
  if ((walk.broken ?? checkpoints.broken ?? late) !== undefined) return "broken";
  if (checkpoints.truncated !== undefined) return "truncated";
  if (checkpoints.forked !== undefined) return "forked";
  if ((unsigned ?? quorum) !== undefined) return "unsigned";
  if (walk.pairing.sessions.size > 0) return "intact-open";
  return walk.pairing.recovered > 0 ? "recovered" : "intact";
}
