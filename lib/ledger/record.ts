/**
 * An entry as the store keeps it, in one value: format, hash, signature, key id, a zero byte, the canonical bytes. Of a
 * pruned entry the first four are left, with a format of their own.
 */
import { concatBytes, Fault, sha256, sha256Hex, toHex, utf8Decode } from "../base/mod.ts";
import { encodeEntry, type Entry } from "./entry.ts";
import type { Keys } from "./port.ts";
import { checkSignatures } from "./signatures.ts";

const FORMAT = 1;
const STUB_FORMAT = 2;
const HASH_AT = 1;
const SIGNATURE_AT = 33;
const KEY_AT = 97;
// The zero byte is the prefix of RFC 6962's leaf hash: prefix and entry lie side by side and are hashed without a copy.
const PREFIX_AT = 105;
const TEXT_AT = 106;
const MAX_TEXT_BYTES = 63 * 1024;

const ENTRY_DOMAIN = "countersign/entry/v1\n";

/** An entry and what is stored beside it, the latter in hex. */
export interface StoredEntry {
  readonly entry: Entry;
  readonly hash: string;
  readonly sig: string;
  readonly key: string;
}

/** What is left of a pruned entry, in hex: its place in the tree, and that we signed it. */
export type StoredStub = Omit<StoredEntry, "entry">;

/** A record that was just made. `hash`: leaf hash in hex. */
export interface SealedEntry {
  readonly value: Uint8Array;
  readonly hash: string;
}

/** Makes records; holds the buffers that each one needs. */
export function makeSealer(keys: Keys): (entry: Entry) => SealedEntry {
  const encoder = new TextEncoder();
  const keyId = Uint8Array.fromHex(keys.id);
  const message = new Uint8Array(ENTRY_DOMAIN.length + 32);
  encoder.encodeInto(ENTRY_DOMAIN, message);
  const scratch = new Uint8Array(TEXT_AT + MAX_TEXT_BYTES);
  scratch[0] = FORMAT;
  scratch.set(keyId, KEY_AT);

  return (entry) => {
    const { written } = encoder.encodeInto(encodeEntry(entry), scratch.subarray(TEXT_AT));
    const hash = sha256Hex(scratch.subarray(PREFIX_AT, TEXT_AT + written));
    message.subarray(ENTRY_DOMAIN.length).setFromHex(hash);
    scratch.subarray(HASH_AT).setFromHex(hash);
    scratch.set(keys.sign(message), SIGNATURE_AT);
    return { value: scratch.slice(0, TEXT_AT + written), hash };
  };
}

/**
 * Reads a record back without checking anything but its form. Throws Fault `ledger` where it is damaged, or a stub
 * ({@link readStub} first, where there may be one); what must be trusted is checked first (signatures.ts, verify).
 */
export function readRecord(value: Uint8Array): StoredEntry {
  if (value[0] === STUB_FORMAT) throw pruned();
  const text = value[0] === FORMAT ? utf8Decode(value.subarray(TEXT_AT)) : undefined;
  const entry = text === undefined ? undefined : parseEntry(text);
  if (entry === undefined) {
    throw new Fault("ledger", "Cannot read an entry: its record in the store is damaged", {
      hint: "countersign verify",
    });
  }
  return { entry, ...sealOf(value) };
}

/** What is left of an entry whose text was pruned; `undefined` where the record is no stub. */
export function readStub(value: Uint8Array): StoredStub | undefined {
  return value[0] === STUB_FORMAT && value.length === PREFIX_AT ? sealOf(value) : undefined;
}

/** Is the hash in a record that of its text? */
export function fitsItsHash(record: Uint8Array): boolean {
  return record[0] === FORMAT && record.length >= TEXT_AT && record[PREFIX_AT] === 0 &&
    sha256Hex(record.subarray(PREFIX_AT)) === recordHash(record);
}

/** `record` without its text. */
export function stubOf(record: Uint8Array): Uint8Array<ArrayBuffer> {
  const stub = record.slice(0, PREFIX_AT);
  stub[0] = STUB_FORMAT;
  return stub as Uint8Array<ArrayBuffer>;
}

function sealOf(value: Uint8Array): StoredStub {
  return {
    hash: toHex(value.subarray(HASH_AT, SIGNATURE_AT)),
    sig: toHex(value.subarray(SIGNATURE_AT, KEY_AT)),
    key: toHex(value.subarray(KEY_AT, PREFIX_AT)),
  };
}

function pruned(): Fault {
  return new Fault("ledger", "Cannot read an entry: it was pruned, and its hash is all that is left");
}

function parseEntry(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

/** Enough of a look to address the entry; an entry that is off in any other way does not verify. */
function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { seq, kind, session, id } = value as Record<string, unknown>;
  return Number.isSafeInteger(seq) && typeof kind === "string" && typeof session === "string" &&
    typeof id === "string";
}

/** As {@link readRecord}, once the record's hash fits its entry and its signature fits `publicKey`; else `undefined`. */
export function readTrustedRecord(value: Uint8Array, publicKey: Uint8Array): StoredEntry | undefined {
  if (value.length < TEXT_AT) return undefined;
  const hash = sha256(value.subarray(PREFIX_AT));
  if (toHex(hash) !== recordHash(value) || value[PREFIX_AT] !== 0) return undefined;
  const items = concatBytes(hash, value.subarray(SIGNATURE_AT, KEY_AT));
  return checkSignatures({ publicKey, items }).length === 0 ? readRecord(value) : undefined;
}

/** The leaf hash that is stored in a record, in hex. */
export function recordHash(value: Uint8Array): string {
  return toHex(value.subarray(HASH_AT, SIGNATURE_AT));
}
