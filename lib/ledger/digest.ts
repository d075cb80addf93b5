/** Digests of payloads that nobody can guess at without the blinding key, and names that stay short. */
import { hash } from "node:crypto";
import { concatBytes, utf8 } from "../base/mod.ts";
import type { PayloadDigest } from "./entry.ts";

const DOMAIN = "countersign/digest/v1\n";
const BLOCK = 64;
const ID_LENGTH = 36;
const SCRATCH_BYTES = 64 * 1024;
const MAX_NAME = 256;
const SHOWN_OF_A_LONG_NAME = 160;

export interface Digester {
  /** k of an entry: HMAC-SHA-256(blinding key, "countersign/digest/v1\n" ‖ entry id); 32 bytes. */
  keyOf(id: string): Uint8Array;
  /** Length and HMAC-SHA-256(k, text) of a payload. */
  payload(id: string, text: string): PayloadDigest;
  /**
   * A text that a peer chose, made to fit an entry: as it is up to 256 characters; of a longer one the beginning, how
   * long it was, and its keyed digest, so that two different names never look the same.
   */
  name(id: string, text: string): string;
}

/**
 * HMAC (RFC 2104) over one-shot hashes, with both halves of the key block prepared: half the time of `createHmac`,
 * which is what two digests a call are worth.
 */
export function makeDigester(blinding: Uint8Array): Digester {
  const [inner, outer] = padded(blinding);
  const keyInput = concatBytes(inner, utf8(DOMAIN), new Uint8Array(ID_LENGTH));
  const scratch = new Uint8Array(BLOCK + SCRATCH_BYTES);
  const encoder = new TextEncoder();

  function keyOf(id: string): Uint8Array {
    // INVARIANT: ids are UUIDs of ours, 36 characters.
    encoder.encodeInto(id, keyInput.subarray(BLOCK + DOMAIN.length));
    return finish(outer, hash("sha256", keyInput, "buffer"), "buffer");
  }

  function payload(id: string, text: string): PayloadDigest {
    const [innerKey, outerKey] = padded(keyOf(id));
    const room = text.length * 3 <= SCRATCH_BYTES ? scratch : new Uint8Array(BLOCK + text.length * 3);
    room.set(innerKey);
    const bytes = encoder.encodeInto(text, room.subarray(BLOCK)).written;
    const innerHash = hash("sha256", room.subarray(0, BLOCK + bytes), "buffer");
    return { bytes, digest: finish(outerKey, innerHash, "hex") };
  }

  function name(id: string, text: string): string {
    const wellFormed = text.toWellFormed();
    if (wellFormed.length <= MAX_NAME) return wellFormed;
    const shown = wellFormed.slice(0, SHOWN_OF_A_LONG_NAME).toWellFormed();
    const { bytes, digest } = payload(id, wellFormed);
    return `${shown}…[${bytes} bytes, hmac ${digest}]`;
  }

  return { keyOf, payload, name };
}

/** The key, XORed with the two pads of the RFC and filled up to a block. */
function padded(key: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const inner = new Uint8Array(BLOCK).fill(0x36), outer = new Uint8Array(BLOCK).fill(0x5c);
  for (let i = 0; i < key.length; i++) {
    const byte = key[i] ?? 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  return [inner, outer];
}

function finish(outer: Uint8Array, innerHash: Uint8Array, form: "hex"): string;
function finish(outer: Uint8Array, innerHash: Uint8Array, form: "buffer"): Uint8Array;
function finish(outer: Uint8Array, innerHash: Uint8Array, form: "hex" | "buffer"): string | Uint8Array {
  const input = new Uint8Array(BLOCK + innerHash.length);
  input.set(outer);
  input.set(innerHash, BLOCK);
  return hash("sha256", input, form);
}
