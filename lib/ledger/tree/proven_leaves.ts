/** Leaf hashes from the entries, proven by the head, so that a tree can be signed that was not watched while it grew. */
import { concatBytes, isJsonObject, type JsonValue, utf8Decode } from "../../base/mod.ts";
import type { Head } from "../head.ts";
import type { LedgerStore, Row } from "../port.ts";
import { fitsItsHash, readStub, recordHash } from "../record.ts";
import { checkSignatures } from "../signatures.ts";

const TEXT_AT = 106;
const SIGNATURE_AT = 33;
const KEY_AT = 97;

export interface ProvenRange {
  /** The first entry that is asked for. */
  readonly from: number;
  /** The newest entry, from a head that was trusted. */
  readonly head: Head;
  /** Leaf hash of the entry before the first one, where it is known. */
  readonly before?: string | undefined;
  /** Our own key, which proves stubs: their text is gone, and with it the link to the entry before. */
  readonly publicKey: Uint8Array;
}

/** An entry that was read; its hash counts once the next one, or the head, has named it. */
interface Link {
  readonly hash: string;
  /** `undefined` in a stub. */
  readonly prev: string | undefined;
  readonly record: Uint8Array;
}

/**
 * Hands out the leaf hashes from entry `from` to the head, in order. They are proven once all of them were handed out and
 * the answer is `undefined`: each entry names the hash of the one before, and the signed head that of the last. Any other
 * answer says what does not fit.
 */
export async function provenLeaves(
  store: Pick<LedgerStore, "scan">,
  range: ProvenRange,
  take: (leaf: string) => void,
): Promise<string | undefined> {
  const { from, head, publicKey } = range;
  let next = from;
  let previous: Link | undefined;
  for await (const row of store.scan("entry", { from, until: head.seq + 1 })) {
    const link = linkOf(row, next);
    if (link === undefined) return `entry ${next} is missing, or is not what its hash says`;
    const fits = previous === undefined
      ? range.before === undefined || link.prev === undefined || link.prev === range.before
      : link.prev === undefined
      ? isSigned(previous, publicKey)
      : link.prev === previous.hash;
    if (!fits) return `entry ${next} does not name the one before`;
    take(link.hash);
    previous = link;
    next++;
  }
  return next === head.seq + 1 && previous?.hash === head.hash ? undefined : "the head names another entry";
}

function linkOf({ key, value }: Row, place: number): Link | undefined {
  if (key !== place) return undefined;
  if (readStub(value) !== undefined) return { hash: recordHash(value), prev: undefined, record: value };
  if (!fitsItsHash(value)) return undefined;
  const prev = prevOf(value.subarray(TEXT_AT));
  return prev === undefined ? undefined : { hash: recordHash(value), prev, record: value };
}

function prevOf(text: Uint8Array): string | undefined {
  try {
    const entry = JSON.parse(utf8Decode(text) ?? "") as JsonValue;
    const prev = isJsonObject(entry) ? entry["prev"] : undefined;
    return typeof prev === "string" ? prev : undefined;
  } catch {
    return undefined; // not JSON: no entry
  }
}

function isSigned({ hash, record }: Link, publicKey: Uint8Array): boolean {
  const items = concatBytes(Uint8Array.fromHex(hash), record.subarray(SIGNATURE_AT, KEY_AT));
  return checkSignatures({ publicKey, items }).length === 0;
}
