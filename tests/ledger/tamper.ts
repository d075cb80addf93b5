/** Somebody who has the file and not the key: hands on the raw rows of a ledger on disk. */
import { sha256Hex, utf8, utf8Decode } from "../../lib/base/mod.ts";

const HASH_AT = 1, SIGNATURE_AT = 33, KEY_AT = 97, PREFIX_AT = 105, TEXT_AT = 106;

/** A record taken apart; `sealed` puts it together again. */
export interface LooseRecord {
  text: string;
  /** Stored leaf hash, hex. */
  hash: string;
  signature: Uint8Array;
  /** Key id, hex. */
  key: string;
}

export function takeApart(value: Uint8Array): LooseRecord {
  return {
    text: utf8Decode(value.subarray(TEXT_AT)) ?? "",
    hash: value.subarray(HASH_AT, SIGNATURE_AT).toHex(),
    signature: value.slice(SIGNATURE_AT, KEY_AT),
    key: value.subarray(KEY_AT, PREFIX_AT).toHex(),
  };
}

export function putTogether({ text, hash, signature, key }: LooseRecord): Uint8Array {
  const bytes = utf8(text);
  const value = new Uint8Array(TEXT_AT + bytes.length);
  value[0] = 1;
  value.subarray(HASH_AT).setFromHex(hash);
  value.set(signature, SIGNATURE_AT);
  value.subarray(KEY_AT).setFromHex(key);
  value.set(bytes, TEXT_AT);
  return value;
}

/** The leaf hash that fits a text (RFC 6962). */
export function leafOf(text: string): string {
  return sha256Hex(Uint8Array.of(0, ...utf8(text)));
}

/** The rows of one ledger, to be changed at will. */
export class Hands {
  readonly #kv: Deno.Kv;

  constructor(kv: Deno.Kv) {
    this.#kv = kv;
  }

  async record(seq: number): Promise<LooseRecord> {
    const { value } = await this.#kv.get<Uint8Array>(["entry", seq]);
    if (value === null) throw new Error(`there is no entry ${seq} to tamper with`);
    return takeApart(value);
  }

  async put(seq: number, record: LooseRecord): Promise<void> {
    await this.#kv.set(["entry", seq], putTogether(record));
  }

  async raw(key: Deno.KvKey, value: unknown): Promise<void> {
    await this.#kv.set(key, value);
  }

  async remove(...seqs: readonly number[]): Promise<void> {
    for (const seq of seqs) await this.#kv.delete(["entry", seq]);
  }

  async head(): Promise<Record<string, unknown>> {
    const { value } = await this.#kv.get<Uint8Array>(["head", "newest"]);
    return JSON.parse(utf8Decode(value ?? new Uint8Array()) ?? "");
  }

  async putHead(head: Record<string, unknown> | undefined): Promise<void> {
    if (head === undefined) await this.#kv.delete(["head", "newest"]);
    else await this.#kv.set(["head", "newest"], utf8(JSON.stringify(head)));
  }

  /** Changes the text of an entry and nothing beside it. */
  async edit(seq: number, change: (text: string) => string): Promise<void> {
    const record = await this.record(seq);
    const text = change(record.text);
    if (text === record.text) throw new Error("the attack did not change anything");
    await this.put(seq, { ...record, text });
  }

  /** Makes hashes and links fit from `seq` to the end, and signs each with `sign`, or leaves the signatures. */
  async rehashFrom(
    seq: number,
    last: number,
    sign?: { readonly key: string; sign(leaf: string): Uint8Array },
  ): Promise<void> {
    let prev = seq === 0 ? "0".repeat(64) : (await this.record(seq - 1)).hash;
    for (let at = seq; at <= last; at++) {
      const record = await this.record(at);
      const text = record.text.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
      const hash = leafOf(text);
      const signed = sign === undefined ? {} : { key: sign.key, signature: sign.sign(hash) };
      await this.put(at, { ...record, text, hash, ...signed });
      prev = hash;
    }
  }
}

/** Opens the store in `folder`, lets `attack` work on it, and closes it. */
export async function tamper(folder: string, attack: (hands: Hands) => Promise<void>): Promise<void> {
  const kv = await Deno.openKv(`${folder}/ledger.db`);
  try {
    await attack(new Hands(kv));
  } finally {
    kv.close();
  }
}
