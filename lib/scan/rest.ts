/**
 * Is what follows a finding in the next string the rest of it, or does something else begin there? Most secrets have no
 * fixed length, so put together with any word they are one longer secret.
 */

/** Names of values that look like secrets and are none; what stands under them begins anew. */
const NAMED_REGEXP =
  /(?:^|[_.-])(?:ids?|IDS?|uuid|guid|u?rn|hash|md5|sha\d*|digest|checksum|etag|version|revision|commit|fingerprint|cursor|nonce|date|time|timestamp|at)$|(?:I[dD]s?|Uuid|Hash|Digest|Version|Cursor|Date|Time|At)$/;
/** A word, words in one, a name with a number, a number, a date: what people write, and what programs call things. */
const ORDINARY_REGEXP = /^(?:\d{1,14}|(?:[A-Z]?[a-z]+|[A-Z]*)(?:[A-Z][a-z]{2,})*\d{0,4})$/;
const HEX_REGEXP = /^(?=.*[a-f])(?=.*\d)[0-9a-f]{12,}$/;
/** Longer words are rare, and rarer than the halves of secrets that are all letters. */
const MAX_WORD = 24;
/** Nothing that is whole ends with one of them. */
const OPEN_REGEXP = /[@:/]$/;

/** May a value under this key not be the rest of what stands before it? */
export function beginsAnew(key: string | undefined): boolean {
  return key !== undefined && NAMED_REGEXP.test(key);
}

/** `head` is what was found at the end of one string, `rest` what a longer finding has of the next. */
export function isRest(head: string, rest: string): boolean {
  if (OPEN_REGEXP.test(head)) return true;
  return rest.split(/[^A-Za-z0-9]+/).some((word) =>
    word.length > MAX_WORD || HEX_REGEXP.test(word) || !ORDINARY_REGEXP.test(word)
  );
}
