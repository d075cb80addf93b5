/** The words of a wallet's seed phrase: the English list of BIP-39. A worker starts with this, so no word is cut out for it. */
import LIST from "./bip39_english.txt" with { type: "text" };
import MARKS from "./bip39_marks.txt" with { type: "text" };

/** Behind the line that says where the list is from. */
const BEGIN = LIST.indexOf("\n") + 1;
/**
 * COST: a mark for the hash of each word, one bit, in base64: to hash the list again at each start takes milliseconds. It
 * turns nearly all other words away before anything is allocated. A test holds it to the list.
 */
const MARKED = Uint8Array.fromBase64(MARKS.trim());

/** Of letters, whatever their case: where its mark is. */
export function hashOf(text: string, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash, 33) + (text.charCodeAt(at) | 0x20);
  return (hash ^ (hash >>> 15)) & (8 * MARKED.length - 1);
}

export function isLetter(unit: number): boolean {
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Does `text[start, end)` have the hash of a word of the list? Of a hundred others one has, too. */
export function isListed(text: string, start: number, end: number): boolean {
  const hash = hashOf(text, start, end);
  return ((MARKED[hash >> 3] ?? 0) >> (hash & 7) & 1) === 1;
}

let places: ReadonlyMap<string, number> | undefined;

/** The number of a word of the list, in any case. The map is made when something looks like a phrase. */
export function placeOf(word: string): number | undefined {
  places ??= new Map(LIST.slice(BEGIN).trim().split(/\s+/).map((listed, place) => [listed, place]));
  return places.get(word) ?? places.get(word.toLowerCase());
}
