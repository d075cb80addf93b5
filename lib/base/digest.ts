import type * as NodeCrypto from "node:crypto";
import { concatBytes } from "./bytes.ts";

let loadedCrypto: typeof NodeCrypto | undefined;

/**
 * `node:crypto` and not WebCrypto: synchronous, and 30 times faster on the small inputs that the ledger hashes. Loaded
 * on the first digest and not by an import: it brings Node's whole start-up with it (15 ms), which the threads that
 * never hash would pay before the first frame.
 */
function nodeCrypto(): typeof NodeCrypto {
  // deno-lint-ignore no-process-global -- importing it by name would load what this function puts off
  return loadedCrypto ??= process.getBuiltinModule("node:crypto");
}

/** SHA-256 (FIPS 180-4); 32 bytes. */
export function sha256(data: Uint8Array | string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(nodeCrypto().createHash("sha256").update(data).digest());
}

/** SHA-256 as 64 lower-case hex digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return nodeCrypto().hash("sha256", data, "hex");
}

/** HMAC-SHA-256 (RFC 2104); 32 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array | string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(nodeCrypto().createHmac("sha256", key).update(data).digest());
}

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** The leaf hash of RFC 6962, section 2.1: SHA-256(0x00 ‖ data). */
export function leafHash(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(concatBytes(LEAF_PREFIX, data));
}

/** The interior node hash of RFC 6962, section 2.1: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(concatBytes(NODE_PREFIX, left, right));
}

/** `length` bytes (at most 65,536) from the system's random source. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
