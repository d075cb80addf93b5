/** Which keys to believe: those that somebody trusts, and what these vouch for in entries of kind `key`. */
import { fromHex, isJsonObject, sha256, sha256Hex, toHex, utf8 } from "../../base/mod.ts";
import { verifySignature } from "../signatures.ts";
import type { ReadLine } from "./line.ts";

const PREFIX_AT = 105;
const ENTRY_DOMAIN = "countersign/entry/v1\n";

/** How entries name a key: the first 8 bytes of SHA-256 of the raw public key, in hex. */
export function keyIdOf(publicKey: Uint8Array): string {
  return toHex(sha256(publicKey).subarray(0, 8));
}

/** Is the leaf hash that of the entry's bytes, and signed by this key? An entry without its text has its hash alone. */
export function isSealedBy({ hash, sig, fields, record }: ReadLine, publicKey: Uint8Array): boolean {
  if (fields !== undefined && sha256Hex(record.subarray(PREFIX_AT)) !== hash) return false;
  const message = new Uint8Array([...utf8(ENTRY_DOMAIN), ...Uint8Array.fromHex(hash)]);
  return verifySignature(publicKey, message, Uint8Array.fromHex(sig));
}

/** A change of the key, and both keys. */
interface Rotation {
  readonly old: Uint8Array;
  readonly next: Uint8Array;
}

/**
 * Keys by their id: `trusted`, and all that changes of the key lead to from these, forwards by the old key's signature and
 * backwards by the new one's. `changes`: entries of kind `key`, ATTACKER-CONTROLLED; both signatures of each must hold.
 */
export function trustedKeys(
  trusted: readonly Uint8Array[],
  changes: readonly ReadLine[],
): ReadonlyMap<string, Uint8Array> {
  return follow(trusted, changes, (keys, { old, next }) => isThere(keys, old) || isThere(keys, next));
}

/**
 * The same, forwards alone: the keys that may seal a tree for whoever trusts these. A key that was replaced is in other hands,
 * perhaps, and that is why it was: its entries count where the new key's tree has them, and a tree of its own does not.
 */
export function sealingKeys(
  trusted: readonly Uint8Array[],
  changes: readonly ReadLine[],
): ReadonlyMap<string, Uint8Array> {
  return follow(trusted, changes, (keys, { old }) => isThere(keys, old));
}

function follow(
  trusted: readonly Uint8Array[],
  changes: readonly ReadLine[],
  leads: (keys: ReadonlyMap<string, Uint8Array>, rotation: Rotation) => boolean,
): ReadonlyMap<string, Uint8Array> {
  const keys = new Map(trusted.map((key) => [keyIdOf(key), key]));
  let rotations = changes.map(rotationOf).filter((one) => one !== undefined);
  for (let before = -1; before !== keys.size;) {
    before = keys.size;
    const reached = rotations.filter((rotation) => leads(keys, rotation));
    for (const { old, next } of reached) keys.set(keyIdOf(old), old).set(keyIdOf(next), next);
    rotations = rotations.filter((one) => !reached.includes(one));
  }
  return keys;
}

function isThere(keys: ReadonlyMap<string, Uint8Array>, key: Uint8Array): boolean {
  const there = keys.get(keyIdOf(key));
  return there !== undefined && toHex(there) === toHex(key);
}

/** The change that an entry says, where both keys signed it; the message is that of lib/ledger/entry.ts. */
function rotationOf(line: ReadLine): Rotation | undefined {
  const { fields, seq, key } = line;
  const change = fields?.["next_key"], prev = fields?.["prev"];
  if (fields?.["kind"] !== "key" || !isJsonObject(change) || typeof prev !== "string") return undefined;
  const { id, old_public_key: oldHex, public_key: nextHex, sig } = change;
  const old = keyOf(oldHex),
    next = keyOf(nextHex),
    signature = typeof sig === "string" ? fromHex(sig) : undefined;
  if (old === undefined || next === undefined || signature === undefined) return undefined;
  if (keyIdOf(old) !== key || keyIdOf(next) !== id || !isSealedBy(line, old)) return undefined;
  const message = utf8(`countersign/key/v1\n${seq}\n${prev}\n${toHex(old)}\n${toHex(next)}\n`);
  return verifySignature(next, message, signature) ? { old, next } : undefined;
}

function keyOf(hex: unknown): Uint8Array | undefined {
  const key = typeof hex === "string" ? fromHex(hex) : undefined;
  return key?.length === 32 ? key : undefined;
}
