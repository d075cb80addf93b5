/** What an auditor brings along: checkpoints that were kept elsewhere, and who must have cosigned. */
import { Fault } from "../../base/mod.ts";
import type { Checkpoint } from "../note/checkpoint.ts";
import type { TlogPolicy } from "../note/tlog_policy.ts";
import { logVerifierKey, noteVerifiedBy } from "../note/verifier_key.ts";
import type { KeptCheckpoint } from "../verify/checkpoints.ts";
import { checkQuorum } from "../verify/quorum.ts";
import { type Problem, problem } from "./report.ts";
import type { TrustedNote } from "./trusted_note.ts";

/**
 * The checkpoints that were kept. One that no key of this ledger signed is a mistake of whoever named it, as for a ledger:
 * throws Fault `usage`.
 */
export function keptOf(
  kept: readonly KeptCheckpoint[],
  keys: ReadonlyMap<string, Uint8Array>,
): readonly Checkpoint[] {
  return kept.map(({ name, checkpoint }) => {
    const { origin, note } = checkpoint;
    if ([...keys.values()].some((key) => noteVerifiedBy(note, logVerifierKey(origin, key)))) {
      return checkpoint;
    }
    throw new Fault("usage", `Cannot compare with the checkpoint ${name}: no trusted key signed it`, {
      hint: "it is another ledger's, or signed by another key: name the key that you kept with --public-key",
    });
  });
}

/** Too few cosignatures: nobody else has seen this tree, so nobody can say that it is the only one. */
export function quorumOf(
  { note, checkpoint }: TrustedNote,
  policy: TlogPolicy | undefined,
): Problem | undefined {
  const quorum = policy === undefined ? undefined : checkQuorum(policy, [{ ...checkpoint, note }]);
  return quorum !== undefined && "check" in quorum ? problem("unsigned", quorum) : undefined;
}
