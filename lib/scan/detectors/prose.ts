/** What tells the words of a sentence from those of a secret. ATTACKER-CONTROLLED input, short. */

// deno-fmt-ignore
const ABOUT_PASSWORDS: readonly string[] = [
  "accepted", "anything", "attempts", "automatically", "changed", "cleartext", "complexity", "correctly", "created",
  "dialogue", "expires", "failures", "guidelines", "instructions", "keychain", "mandatory", "mismatch", "minimum",
  "nothing", "plaintext", "policies", "recovery", "rejected", "reminder", "settings", "something", "strength",
  "supported", "unlocked", "updated", "whatever",
];
/** Endings of words that nobody would take alone; short words with them are left to the detector. */
const ABSTRACT_REGEXP = new RegExp(
  `^(?:${ABOUT_PASSWORDS.join("|")}|[a-z]{4,}(?:tions?|ments?|ities|ously|fully|ically))[),.:;!?\\]}]*$`,
);

/** Is it one plain word of prose about passwords, or an abstract one? */
export function isAbstractWord(word: string): boolean {
  return ABSTRACT_REGEXP.test(word);
}

/** Words that sentences, labels and descriptions have and passphrases hardly ever. */
// deno-fmt-ignore
const SENTENCE_WORDS: ReadonlySet<string> = new Set([
  "a", "an", "and", "any", "are", "as", "at", "be", "but", "by", "can", "can't", "cannot", "could", "do", "does", "e.g",
  "enter", "field", "for", "from", "has", "hash", "hashed", "have", "here", "hint", "i.e", "if", "in", "invalid", "is",
  "it", "its", "least", "may", "more", "must", "my", "need", "needs", "new", "no", "not", "null", "of", "on", "only", "or",
  "our", "password", "passwords", "passphrase", "please", "required", "same", "see", "should", "string", "text", "than",
  "that", "the", "their", "then", "this", "to", "too", "type", "use", "used", "user", "using", "value", "was", "when",
  "where", "which", "will", "with", "without", "you", "your", "character", "characters", "chars", "digit", "digits",
  "letter", "letters", "minimum", "maximum", "min", "max", "length", "encrypted", "base64", "optional", "default",
  "===", "==", "!==", "!=", "&&", "||", "=>", "+", "?",
]);
const MAX_WORDS = 12, MIN_WORDS = 4;

/**
 * Are these words with blanks between a secret? Either one of them is no word (`hunter2 hunter2`, `a!b c#d`), or they are
 * four plain ones or more, as passphrases are made (`correct horse battery staple`). A sentence is neither.
 */
export function isPassphrase(value: string): boolean {
  const words = value.split(/[ \t]+/);
  if (words.length > MAX_WORDS || /[\r\n]/.test(value)) return false;
  if (words.some((word) => SENTENCE_WORDS.has(word.toLowerCase().replace(/[.,:;!?]+$/, "")))) return false;
  return words.some(isNoWord) ||
    (words.length >= MIN_WORDS && words.every((word) => /^[a-z]{3,}$/.test(word)));
}

/** A letter and a digit, or a sign inside of it that no sentence has there. */
function isNoWord(word: string): boolean {
  return /[A-Za-z]\d|\d[A-Za-z]/.test(word) || /[A-Za-z0-9][!@#$%^&*+=~]+[A-Za-z0-9]/.test(word);
}
