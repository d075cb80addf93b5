/** Numbers as JSON writes them, and as ids are. */
import { decimalFromText } from "../base/mod.ts";

/** Lengths that cards share with the ids of articles and with 64-bit numbers: digits alone, as ids are written. */
const ID_REGEXP = /^(?:\d{13}|\d{19})$/;
/** `id`, `user_id`, `userId`, `IDS`: a word of its own, so that "prepaid" and "valid" are none. */
const ID_KEY_REGEXP = /(?:^|[_.-])(?:ids?|IDS?)$|I[dD]s?$/;

/** A card of such a length is rare, a number under a key that ends in "id" is not. `key`: what `text` stands under. */
export function isIdNumber(text: string, key: () => string): boolean {
  return (text.length === 13 || text.length === 19) && ID_REGEXP.test(text) && ID_KEY_REGEXP.test(key());
}

/** `4.1e15` and `41.0` as the whole numbers that they are; every other number as it is written. */
export function wholeNumber(source: string): string {
  if (!/[.eE]/.test(source)) return source;
  const decimal = decimalFromText(source);
  if (decimal === undefined || decimal.exponent < 0 || decimal.digits.length + decimal.exponent > 19) {
    return source;
  }
  return decimal.digits + "0".repeat(decimal.exponent);
}
