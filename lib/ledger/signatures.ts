/** Ed25519 (RFC 8032) from the checking side: public keys only. Pure, so that it may run in a worker without rights. */
import { createPublicKey, type KeyObject, verify } from "node:crypto";

const ENTRY_DOMAIN = "countersign/entry/v1\n";
const SPKI_PREFIX = Uint8Array.fromHex("302a300506032b6570032100");
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Bytes of one item of a {@link SignatureBatch}: leaf hash, then signature. */
export const SIGNATURE_ITEM_BYTES: number = HASH_BYTES + SIGNATURE_BYTES;

/** Many signatures of one key over entries: plain data, made to cross a channel. */
export interface SignatureBatch {
  /** Raw public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** For each entry 32 bytes of leaf hash and 64 bytes of signature. */
  readonly items: Uint8Array;
}

/** The indices of the signatures that do not fit, in order. */
export function checkSignatures({ publicKey, items }: SignatureBatch): number[] {
  const key = keyObject(publicKey);
  const message = new Uint8Array(ENTRY_DOMAIN.length + HASH_BYTES);
  new TextEncoder().encodeInto(ENTRY_DOMAIN, message);
  const bad: number[] = [];
  for (let at = 0; at < items.length; at += SIGNATURE_ITEM_BYTES) {
    message.set(items.subarray(at, at + HASH_BYTES), ENTRY_DOMAIN.length);
    const signature = items.subarray(at + HASH_BYTES, at + SIGNATURE_ITEM_BYTES);
    if (!fits(key, message, signature)) bad.push(at / SIGNATURE_ITEM_BYTES);
  }
  return bad;
}

/** Is `signature` one of `publicKey` (raw, 32 bytes) over `message`? */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return fits(keyObject(publicKey), message, signature);
}

function fits(key: KeyObject | undefined, message: Uint8Array, signature: Uint8Array): boolean {
  if (key === undefined || signature.length !== SIGNATURE_BYTES) return false;
  return verify(null, message, key, signature);
}

/** `undefined` for bytes that are no key: then nothing is signed by it. */
function keyObject(publicKey: Uint8Array): KeyObject | undefined {
  if (publicKey.length !== 32) return undefined;
  const der = new Uint8Array(SPKI_PREFIX.length + 32);
  der.set(SPKI_PREFIX);
  der.set(publicKey, SPKI_PREFIX.length);
  try {
    return createPublicKey({ key: der as never, format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
