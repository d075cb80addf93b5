/** Digests of payloads that nobody can guess at without the blinding key, and names that stay short. */
import { sha256Hex } from "../base/mod.ts";
import type { PayloadDigest } from "./entry.ts";

const DOMAIN = "countersign/digest/v1\n";
const BLOCK = 64;
const HASH_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
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
 * HMAC (RFC 2104) over one-shot hashes into prepared blocks: a third of the time of `createHmac`, which four of them a
 * call are worth. Hashes travel as hex, because the platform makes that without a buffer of its own.
 */
export function makeDigester(blinding: Uint8Array): Digester {
  const encoder = new TextEncoder();
  const derivation = new HmacBlocks(DOMAIN.length + ID_LENGTH);
  derivation.setKey(blinding);
  encoder.encodeInto(DOMAIN, derivation.data);
  const digestion = new HmacBlocks(SCRATCH_BYTES);
  const key = new Uint8Array(32);

  function keyOf(id: string): Uint8Array {
    // INVARIANT: ids are UUIDs of ours, 36 characters.
    encoder.encodeInto(id, derivation.data.subarray(DOMAIN.length));
    key.setFromHex(derivation.finish(DOMAIN.length + ID_LENGTH));
    return key;
  }

  function payload(id: string, text: string): PayloadDigest {
    const blocks = text.length * 3 <= SCRATCH_BYTES ? digestion : new HmacBlocks(text.length * 3);
    blocks.setKey(keyOf(id));
    const bytes = encoder.encodeInto(text, blocks.data).written;
    return { bytes, digest: blocks.finish(bytes) };
  }

  function name(id: string, text: string): string {
    const wellFormed = text.toWellFormed();
    if (wellFormed.length <= MAX_NAME) return wellFormed;
    const shown = wellFormed.slice(0, SHOWN_OF_A_LONG_NAME).toWellFormed();
    const { bytes, digest } = payload(id, wellFormed);
    return `${shown}…[${bytes} bytes, hmac ${digest}]`;
  }

  return { keyOf: (id) => keyOf(id).slice(), payload, name };
}

/** The two inputs of an HMAC: inner key block and data, outer key block and inner hash. */
class HmacBlocks {
  /** Where the data goes. */
  readonly data: Uint8Array;
  readonly #inner: Uint8Array;
  readonly #outer = new Uint8Array(BLOCK + HASH_BYTES);

  constructor(dataBytes: number) {
    this.#inner = new Uint8Array(BLOCK + dataBytes);
    this.data = this.#inner.subarray(BLOCK);
    this.setKey(new Uint8Array());
  }

  /** A key of at most one block. */
  setKey(key: Uint8Array): void {
    for (let i = 0; i < BLOCK; i++) {
      const byte = key[i] ?? 0;
      this.#inner[i] = byte ^ INNER_PAD;
      this.#outer[i] = byte ^ OUTER_PAD;
    }
  }

  /** The HMAC of the first `bytes` of the data, hex. */
  finish(bytes: number): string {
    this.#outer.subarray(BLOCK).setFromHex(sha256Hex(this.#inner.subarray(0, BLOCK + bytes)));
    return sha256Hex(this.#outer);
  }
}
