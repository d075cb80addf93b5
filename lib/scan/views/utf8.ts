/**
 * UTF-8 that may be none. COST: an error is a hundred times as dear as a short text, and a message can hold ten thousand
 * that are no UTF-8: so nothing here throws.
 */
import { utf8 } from "../../base/mod.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
const LONG = 1024;
/** Stands in place of what the decoder cannot read, or for itself. */
const UNREADABLE = "\ufffd";

/** The text that `bytes` encode, a byte order mark included; `undefined` where they are not valid UTF-8. */
export function textOfUtf8(bytes: Uint8Array): string | undefined {
  const text = decoder.decode(bytes);
  if (text.includes(UNREADABLE) && !isSame(utf8(text), bytes)) return undefined;
  // COST: the first decoder hands out a long text that lies outside of the heap, and every look at that is slower.
  return bytes.length < LONG ? text : strict.decode(bytes);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
