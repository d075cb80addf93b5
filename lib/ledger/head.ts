/**
 * The head: which entry is the newest. Signed, so that whoever cuts entries off the end cannot point it at an older one;
 * what a copy of the whole store from an earlier day can still do, a checkpoint kept elsewhere shows.
 */
import { Fault, fromHex, toHex, utf8, utf8Decode } from "../base/mod.ts";
import type { Keys } from "./port.ts";
import { verifySignature } from "./signatures.ts";

export const HEAD_KEY = "newest";
const HEAD_DOMAIN = "countersign/head/v1\n";

/** The newest entry: its seq, leaf hash in hex, and time in microseconds since the epoch. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly timeMicros: number;
}

/** The head as the store keeps it. */
export interface SignedHead extends Head {
  readonly key: string;
  readonly sig: string;
}

/** What the head's signature is over: domain, then seq, hash and time, a line each. */
export function headMessage({ seq, hash, timeMicros }: Head): Uint8Array<ArrayBuffer> {
  return utf8(`${HEAD_DOMAIN}${seq}\n${hash}\n${timeMicros}\n`);
}

/** The value of the head's row. */
export function sealHead(head: Head, keys: Keys): Uint8Array<ArrayBuffer> {
  const { seq, hash, timeMicros } = head;
  const sig = toHex(keys.sign(headMessage(head)));
  return utf8(JSON.stringify({ hash, key: keys.id, seq, sig, time_us: timeMicros, v: 1 })); // sorted: canonical
}

/** The head behind {@link sealHead}; `undefined` where the value has not that shape. Its signature is not checked. */
export function readHead(value: Uint8Array): SignedHead | undefined {
  const text = utf8Decode(value);
  if (text === undefined) return undefined;
  try {
    const { hash, key, seq, sig, time_us: timeMicros, v } = JSON.parse(text) as Record<string, unknown>;
    const numbers = isCount(seq) && isCount(timeMicros) && v === 1;
    const texts = isHex(hash, 64) && isHex(key, 16) && isHex(sig, 128);
    return numbers && texts ? { seq, hash, timeMicros, key, sig } : undefined;
  } catch {
    return undefined; // no JSON object: not a head
  }
}

/** The head of the store, if it is ours. Throws Fault `ledger` or `key`. */
export function trustedHead(value: Uint8Array, keys: Keys): Head {
  const head = readHead(value);
  if (head !== undefined && head.key !== keys.id) {
    throw new Fault(
      "key",
      `Cannot append to the ledger: its newest entry is signed by key ${head.key}, and keys/ holds ${keys.id}`,
      {
        hint:
          "restore keys/ from the backup that belongs to this ledger, or begin a new one in another folder",
      },
    );
  }
  const signature = head === undefined ? undefined : fromHex(head.sig);
  if (
    head === undefined || signature === undefined ||
    !verifySignature(keys.publicKey, headMessage(head), signature)
  ) {
    throw new Fault("ledger", "Cannot append to the ledger: its head was changed by somebody else", {
      hint: "countersign verify",
    });
  }
  return head;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHex(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === length && /^[0-9a-f]*$/.test(value);
}
