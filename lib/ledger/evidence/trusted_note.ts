/** A checkpoint that counts: in form, and signed by a key that is trusted. */
import { err, ok, type Result } from "../../base/mod.ts";
import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import { parseNote, type SignedNote } from "../note/signed_note.ts";
import { logVerifierKey, noteVerifiedBy } from "../note/verifier_key.ts";

export interface TrustedNote {
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
  /** The key that signed it. */
  readonly publicKey: Uint8Array;
}

/** Reads a signed note. `signed` in the error: the form is right, and no trusted key signed it. ATTACKER-CONTROLLED. */
export function readTrustedNote(
  text: string,
  trusted: Iterable<Uint8Array>,
): Result<TrustedNote, { readonly signed: false; readonly detail: string } | { readonly detail: string }> {
  const note = parseNote(text);
  if (!note.ok) return err({ detail: note.error });
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) return err({ detail: checkpoint.error });
  const { origin } = checkpoint.value;
  for (const publicKey of trusted) {
    if (noteVerifiedBy(note.value, logVerifierKey(origin, publicKey))) {
      return ok({ note: note.value, checkpoint: checkpoint.value, publicKey });
    }
  }
  return err({ signed: false, detail: "the checkpoint is not signed by a trusted key" });
}
