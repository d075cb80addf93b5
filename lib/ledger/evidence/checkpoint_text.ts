import { Fault } from "../../base/mod.ts";
import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import { parseNote } from "../note/signed_note.ts";

/** The checkpoint of a note of ours. Throws Fault `ledger`. */
export function checkpointOf(note: string): Checkpoint {
  const read = parseNote(note);
  const checkpoint = read.ok ? parseCheckpoint(read.value.text) : read;
  if (checkpoint.ok) return checkpoint.value;
  throw new Fault("ledger", `Cannot use the checkpoint: ${checkpoint.error}`, {
    hint: "countersign checkpoint",
  });
}
