/** Who may have signed a note (C2SP signed-note, "Verifier keys"): `<name>+<key id>+<base64(type || public key)>`. */
import { concatBytes, err, ok, type Result, sha256, utf8 } from "../../base/mod.ts";
import { verifySignature } from "../signatures.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { isKeyName } from "./lines.ts";
import type { NoteSignature, SignedNote } from "./signed_note.ts";

/**
 * 1: Ed25519 over the text. 4: Ed25519 cosignature of a witness, with its time. 6: ML-DSA-44 cosignature, which can be named
 * and is never taken for verified here.
 */
export type KeyType = 1 | 4 | 6;

export interface VerifierKey {
  readonly name: string;
  /** Four bytes in hex, of name, type and public key. */
  readonly keyId: string;
  readonly type: KeyType;
  readonly publicKey: Uint8Array;
}

const PUBLIC_KEY_BYTES: Readonly<Record<KeyType, number>> = { 1: 32, 4: 32, 6: 1312 };
const MAX_LENGTH = 4096;

/** Reads a verifier key in its one exact form; the key id must be the one of its contents. ATTACKER-CONTROLLED. */
export function parseVerifierKey(text: string): Result<VerifierKey, string> {
  if (text.length > MAX_LENGTH) return err("the key is too long");
  // Neither name nor key id may have a plus; the base 64 behind them may.
  const [name = "", keyId = "", ...rest] = text.split("+");
  const bytes = fromBase64(rest.join("+"));
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(keyId) || bytes === undefined) {
    return err("the key is not of the form <name>+<8 hex digits>+<base64>");
  }
  const type = bytes[0];
  if (!isKeyType(type)) return err("the key is of a type that is not supported: 1, 4 and 6 are");
  if (bytes.length !== 1 + PUBLIC_KEY_BYTES[type]) return err(`the key of type ${type} has the wrong length`);
  const key = makeVerifierKey(name, type, bytes.slice(1));
  return key.keyId === keyId ? ok(key) : err("the key id is not the one of this name and key");
}

function isKeyType(type: number | undefined): type is KeyType {
  return type === 1 || type === 4 || type === 6;
}

export function formatVerifierKey({ name, keyId, type, publicKey }: VerifierKey): string {
  return `${name}+${keyId}+${toBase64(concatBytes(Uint8Array.of(type), publicKey))}`;
}

/** The key by which the notes of a log are checked: type 1, named by the log's origin. `publicKey`: raw, 32 bytes. */
export function logVerifierKey(origin: string, publicKey: Uint8Array): VerifierKey {
  return makeVerifierKey(origin, 1, publicKey);
}

/** The key by which the cosignatures of a witness are checked: type 4. `publicKey`: raw, 32 bytes. */
export function witnessVerifierKey(name: string, publicKey: Uint8Array): VerifierKey {
  return makeVerifierKey(name, 4, publicKey);
}

function makeVerifierKey(name: string, type: KeyType, publicKey: Uint8Array): VerifierKey {
  const id = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).subarray(0, 4);
  return { name, keyId: id.toHex(), type, publicKey };
}

/** The signatures of a note that say that they are of `key`. */
export function signaturesBy(note: SignedNote, key: VerifierKey): readonly NoteSignature[] {
  return note.signatures.filter(({ name, keyId }) => name === key.name && keyId === key.keyId);
}

/**
 * Did `key` (type 1) sign this note? False as well where one of several signatures in its name is wrong: whoever put that
 * there wants something.
 */
export function noteVerifiedBy(note: SignedNote, key: VerifierKey): boolean {
  const ours = key.type === 1 ? signaturesBy(note, key) : [];
  const message = utf8(note.text);
  return ours.length > 0 && ours.every(({ bytes }) => verifySignature(key.publicKey, message, bytes));
}
