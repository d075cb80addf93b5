/**
 * The signing keys of one ledger, in their order. Trust goes both ways: forward, because the old key signed the entry that
 * names its successor; backward, because the successor signed for all that was before it. So one trusted key of the chain
 * is enough. Keys that the folder offers are hints: they spare a search, and count for nothing by themselves.
 */
import { fromHex, isJsonObject, toHex, utf8, utf8Decode } from "../../base/mod.ts";
import { verifySignature } from "../signatures.ts";
import { type EntryView, viewEntry } from "./entry_view.ts";
import { type Finding, finding } from "./finding.ts";
import { keyIdOfPublicKey } from "./key_id.ts";

/** A public key and its id. */
export interface ChainKey {
  readonly id: string;
  readonly publicKey: Uint8Array;
}

export class KeyChain {
  /** The keys that have signed so far, the oldest first. The last one signs now. */
  readonly keys: ChainKey[] = [];
  readonly trusted: readonly ChainKey[];
  readonly #hints: readonly ChainKey[];

  constructor(trusted: readonly Uint8Array[], offered: readonly Uint8Array[] = []) {
    this.trusted = trusted.map(asChainKey);
    this.#hints = [...this.trusted, ...offered.map(asChainKey)];
  }

  /** The key that has to have signed the next entry; `undefined` before the first, and where nobody knows it. */
  get current(): ChainKey | undefined {
    return this.keys.at(-1);
  }

  /** The trusted key that this chain holds. What a chain without one says is worth nothing. */
  get anchor(): ChainKey | undefined {
    return this.trusted.find(({ id }) => this.keys.some((key) => key.id === id));
  }

  /** Everything that a signature may be compared with: the chain so far, and what is trusted by itself. */
  get believed(): readonly ChainKey[] {
    return [...this.keys, ...this.trusted.filter(({ id }) => !this.keys.some((key) => key.id === id))];
  }

  /** The first entry is signed by the key with this id. False: it is neither trusted nor offered. */
  beginWith(id: string): boolean {
    if (this.keys.length === 0) this.keys.push(...this.#hints.filter((key) => key.id === id).slice(0, 1));
    return this.keys.length > 0;
  }

  /** The first key, as somebody says. */
  begin(key: ChainKey): void {
    this.keys.push(key);
  }

  /** Takes an entry of kind `key` that the current key signed; answers with what is wrong about it. */
  rotate(entry: EntryView): Finding | undefined {
    const old = this.current;
    if (old === undefined) return undefined; // nobody knows who signed it: that is a finding already
    const no = (detail: string) => finding(entry.seq, "key", detail);
    const next = nextKeyOf(entry);
    if (next === undefined) return no("its next_key is not a change of keys");
    if (next.oldPublicKey !== toHex(old.publicKey)) return no("it does not replace the key that signs it");
    const publicKey = fromHex(next.publicKey) ?? new Uint8Array();
    if (next.id !== keyIdOfPublicKey(publicKey)) return no("the id of the new key is not that of the key");
    if (this.keys.some(({ id }) => id === next.id)) return no("the new key has signed here before");
    const message = utf8(
      `countersign/key/v1\n${entry.seq}\n${entry.prev}\n${next.oldPublicKey}\n${next.publicKey}\n`,
    );
    if (!verifySignature(publicKey, message, fromHex(next.sig) ?? new Uint8Array())) {
      return no("the new key has not signed for what was before it");
    }
    this.keys.push({ id: next.id, publicKey });
    return undefined;
  }
}

function asChainKey(publicKey: Uint8Array): ChainKey {
  return { id: keyIdOfPublicKey(publicKey), publicKey };
}

const MARK = '"kind":"key"';
const TEXT_AT = 106;

/**
 * The key with this id, as a change of keys in `record` names it for the one that it replaces. Nothing is believed here:
 * whoever follows the chain from this key finds out.
 */
export function oldKeyIn(record: Uint8Array, id: string): ChainKey | undefined {
  if (record[0] !== 1 || utf8Decode(record.subarray(TEXT_AT))?.includes(MARK) !== true) return undefined;
  const entry = viewEntry(0, record);
  if ("check" in entry || entry.kind !== "key") return undefined;
  const publicKey = fromHex(nextKeyOf(entry)?.oldPublicKey ?? "");
  return publicKey !== undefined && keyIdOfPublicKey(publicKey) === id ? { id, publicKey } : undefined;
}

interface NextKey {
  readonly id: string;
  readonly oldPublicKey: string;
  readonly publicKey: string;
  readonly sig: string;
}

const KEY_HEX = /^[0-9a-f]{64}$/;
const SIGNATURE_HEX = /^[0-9a-f]{128}$/;

function nextKeyOf({ fields }: EntryView): NextKey | undefined {
  const next = fields["next_key"];
  if (next === undefined || !isJsonObject(next)) return undefined;
  const { id, old_public_key: oldPublicKey, public_key: publicKey, sig } = next;
  if (typeof oldPublicKey !== "string" || !KEY_HEX.test(oldPublicKey)) return undefined;
  if (typeof publicKey !== "string" || !KEY_HEX.test(publicKey)) return undefined;
  if (typeof id !== "string" || typeof sig !== "string" || !SIGNATURE_HEX.test(sig)) return undefined;
  return { id, oldPublicKey, publicKey, sig };
}
