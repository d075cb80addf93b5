import { sha256, toHex } from "../../base/mod.ts";

/** How entries name a key: the first 8 bytes of SHA-256 of the raw public key, in hex. */
export function keyIdOfPublicKey(publicKey: Uint8Array): string {
  return toHex(sha256(publicKey).subarray(0, 8));
}
