/** What an auditor brings along: checkpoints that were kept elsewhere, and who must have cosigned. */
import { Fault } from "../../base/mod.ts";
import type { Checkpoint } from "../note/checkpoint.ts";
import { quorumMet, type TlogPolicy } from "../note/tlog_policy.ts";
import { type Problem, problem } from "./report.ts";
import { readTrustedNote, type TrustedNote } from "./trusted_note.ts";

/**
 * Checkpoints of this origin. One that says nothing about this ledger is a mistake of whoever named it: throws Fault `usage`.
 */
export function keptNotes(
  texts: readonly string[],
  origin: string,
  keys: ReadonlyMap<string, Uint8Array>,
): readonly Checkpoint[] {
  return texts.map((text) => {
    const read = readTrustedNote(text, keys.values());
    if (read.ok && read.value.checkpoint.origin === origin) return read.value.checkpoint;
    const wrong = read.ok ? "it is of another origin" : read.error.detail;
    throw new Fault("usage", `Cannot compare with a kept checkpoint: ${wrong}`, {
      hint: "name a checkpoint of this ledger, and the key that signed it with --public-key",
    });
  });
}

/** Too few cosignatures: nobody else has seen this tree, so nobody can say that it is the only one. */
export function quorumOf(
  { note, checkpoint }: TrustedNote,
  policy: TlogPolicy | undefined,
): Problem | undefined {
  if (policy === undefined) return undefined;
  const { met, by } = quorumMet(policy, note);
  if (met) return undefined;
  const detail = `the witnesses that cosigned are too few: ${by.length === 0 ? "none" : by.join(", ")}`;
  return problem("unsigned", { seq: checkpoint.size, check: "quorum", detail });
}
