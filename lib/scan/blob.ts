/** Base64 in a message: pictures, sounds, files. */

const MIN_LENGTH = 64;
const DATA_URL_REGEXP = /^data:[\w.+/;=-]{0,100};base64,/;
const BASE64_REGEXP = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * Is the string base64: the `data` or `blob` of a content block, or a data URL? Digits in it are no numbers, and a marker
 * in it would break what it encodes; so the digit detectors leave it alone, and a finding of the others withholds it.
 *
 * `{"data": "4111111111111111"}` must not pass as base64: it takes 64 characters with letters of both cases.
 */
export function isBase64Blob(text: string, key: string): boolean {
  if (text.length < MIN_LENGTH) return false;
  const head = DATA_URL_REGEXP.exec(text.slice(0, 128));
  if (head === null && key !== "data" && key !== "blob") return false;
  const payload = head === null ? text : text.slice(head[0].length);
  return payload.length >= MIN_LENGTH && /[a-z]/.test(payload) && /[A-Z]/.test(payload) &&
    BASE64_REGEXP.test(payload);
}
