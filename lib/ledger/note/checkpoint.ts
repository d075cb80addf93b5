/** Checkpoints (C2SP tlog-checkpoint): the tree at one size, in a note. */
import { err, ok, type Result, utf8 } from "../../base/mod.ts";
import type { Keys } from "../port.ts";
import { hashFromBase64, hashToBase64 } from "./base64.ts";
import { countFrom, isKeyName, isNoteText } from "./lines.ts";
import { formatNote } from "./signed_note.ts";
import { logVerifierKey } from "./verifier_key.ts";

export interface Checkpoint {
  /** Which log it is. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  /** Root hash, hex. */
  readonly root: string;
  /** Lines behind the third. We write none, and nothing is known about what others write there. */
  readonly extensions: readonly string[];
}

/** Reads the text of a note, which is ATTACKER-CONTROLLED, in its one exact form. Sizes are safe integers. */
export function parseCheckpoint(text: string): Result<Checkpoint, string> {
  if (!text.endsWith("\n") || !isNoteText(text)) return err("the text is not one of a note");
  const [origin = "", count = "", hash = "", ...extensions] = text.slice(0, -1).split("\n");
  if (origin === "" || extensions.includes("")) return err("the checkpoint has an empty line");
  const size = countFrom(count);
  if (size === undefined) return err("the second line of the checkpoint is not a tree size");
  const root = hashFromBase64(hash);
  if (root === undefined) return err("the third line of the checkpoint is not a SHA-256 hash in base 64");
  return ok({ origin, size, root, extensions });
}

/** The text of the note. */
export function checkpointText({ origin, size, root, extensions }: Checkpoint): string {
  return [origin, String(size), hashToBase64(root), ...extensions].map((line) => `${line}\n`).join("");
}

// What else a ledger's key signs (signatures.ts, head.ts, entry.ts) begins with a line of this kind.
const OURS_REGEXP = /^(countersign\/[a-z-]+|cosignature)\/v\d+$/;

/**
 * Can a ledger of ours have this origin? Checkpoints are signed by the key that signs entries, so no text of a checkpoint may
 * be a message of another kind. Those begin with a line such as "countersign/head/v1", which is refused here; and even
 * then the third line would part them, which is a hash in base 64 (44 characters) in a checkpoint and nowhere else. An
 * envelope of DSSE begins with "DSSEv1 " and has a space, which a key name may not have.
 */
export function isOrigin(origin: string): boolean {
  return isKeyName(origin) && origin.length <= 200 && !OURS_REGEXP.test(origin);
}

/** The checkpoint as a note that is signed by the ledger's key, under the name of its origin. */
export function signCheckpoint(checkpoint: Checkpoint, keys: Pick<Keys, "publicKey" | "sign">): string {
  const text = checkpointText(checkpoint);
  const { name, keyId } = logVerifierKey(checkpoint.origin, keys.publicKey);
  return formatNote({ text, signatures: [{ name, keyId, bytes: keys.sign(utf8(text)) }] });
}
