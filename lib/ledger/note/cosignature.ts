/** Cosignatures of witnesses (C2SP tlog-cosignature, Ed25519): what stood there when they looked. */
import { concatBytes, utf8 } from "../../base/mod.ts";
import { verifySignature } from "../signatures.ts";
import type { NoteSignature, SignedNote } from "./signed_note.ts";
import { signaturesBy, type VerifierKey, witnessVerifierKey } from "./verifier_key.ts";

const TIME_BYTES = 8;

/** What a witness signs: two lines of its own, then the text of the note. `time`: seconds since the epoch. */
export function cosignatureMessage(text: string, time: number): Uint8Array<ArrayBuffer> {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`);
}

/** Whoever cosigns: a name, a public key (raw, 32 bytes) and the pen to it. */
export interface Cosigner {
  readonly name: string;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** The cosignature of a note's text at `time`, in seconds since the epoch. */
export function cosign(text: string, time: number, cosigner: Cosigner): NoteSignature {
  const stamp = new Uint8Array(TIME_BYTES);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(time));
  const { name, keyId } = witnessVerifierKey(cosigner.name, cosigner.publicKey);
  return { name, keyId, bytes: concatBytes(stamp, cosigner.sign(cosignatureMessage(text, time))) };
}

/**
 * When did `key` (type 4) cosign this note? In seconds since the epoch, the newest where it did more than once; `undefined`
 * where it did not, and where one of several in its name is wrong.
 */
export function cosignedBy(note: SignedNote, key: VerifierKey): number | undefined {
  const ours = key.type === 4 ? signaturesBy(note, key) : [];
  let newest: number | undefined;
  for (const { bytes } of ours) {
    const time = timeOf(note.text, bytes, key);
    if (time === undefined) return undefined;
    newest = Math.max(newest ?? 0, time);
  }
  return newest;
}

function timeOf(text: string, bytes: Uint8Array, { publicKey }: VerifierKey): number | undefined {
  if (bytes.length < TIME_BYTES) return undefined;
  const time = Number(new DataView(bytes.buffer, bytes.byteOffset, TIME_BYTES).getBigUint64(0));
  // Beyond a safe integer lie 285 million years, and times that a double would change before they are hashed.
  if (!Number.isSafeInteger(time)) return undefined;
  const fits = verifySignature(publicKey, cosignatureMessage(text, time), bytes.subarray(TIME_BYTES));
  return fits ? time : undefined;
}
