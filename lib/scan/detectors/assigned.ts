/** What the detectors of assignments share: the way from a name to its value. The texts are ATTACKER-CONTROLLED. */
import type { Span } from "../detector.ts";
import { endsInMarker } from "../ids.ts";
import { isCodeOrProse, isLocation, isNameInCode, isPlaceholder, PLACEHOLDER_MAX } from "./placeholder.ts";

// Behind a name: its closing quote and bracket (`config["password"] =`, `\"password\":` of JSON in a string), then the
// sign of an assignment, then an opening quote. A bracket needs the equals sign: `[type="password"]:focus` is CSS. No
// line ends: in YAML the value of `password:` is not the key in the next line.
const CLOSING = "\\\\{0,3}[\"'`]?";
const SIGN = "[ \\t]{0,8}(?:=>|:=|={1,3}|:{1,2})[ \\t]{0,8}";
const BRACKET = "\\\\{0,3}[\"'`]\\][ \\t]{0,8}={1,3}>?[ \\t]{0,8}";
const OPENING = "(?:\\\\{0,3}[\"'`])?";

/** A sticky pattern for an assignment to `name` (RegExp source); its match ends where the value begins. */
export function assignmentOf(name: string): RegExp {
  return new RegExp(`(?:${name})(?:${BRACKET}|${CLOSING}${SIGN})${OPENING}`, "iy");
}

// An unquoted value ends where the next parameter begins: `?password=…&user=`, `Password=…;Database=`.
const UNQUOTED = "(?:(?![&;,][A-Za-z_][\\w. -]{0,30}=)[^\\s\"'`])";
const UNQUOTED_HEAD_REGEXP = new RegExp(`${UNQUOTED}{1,${PLACEHOLDER_MAX}}`, "y");
const UNQUOTED_REGEXP = new RegExp(`${UNQUOTED}+`, "y");
const QUOTED_REGEXPS: Readonly<Record<string, RegExp>> = {
  '"': /[^\s"]+/y,
  "'": /[^\s']+/y,
  "`": /[^\s`]+/y,
};
const TRAILING = "),;]}.";
/** `password: "password"` is a form or an example: what it gives away is the name. */
const NAME_REGEXP = /^(?:password|passwd|passphrase)$/i;
const MAX_TRAILING = 8, MAX_BLANKS = 8;

/**
 * The value that begins at `at` in `text`, behind the match of {@link assignmentOf}; `undefined` where it has fewer than
 * `min` characters or only stands for a secret.
 */
export function valueInText(text: string, at: number, min: number): Span | undefined {
  const pattern = QUOTED_REGEXPS[text.charAt(at - 1)];
  return pattern === undefined ? unquotedValue(text, at, min) : quotedValue(text, at, { pattern, min });
}

function unquotedValue(text: string, start: number, min: number): Span | undefined {
  const head = text.slice(start, endOf(UNQUOTED_HEAD_REGEXP, text, start));
  if (head.length < min || isCodeOrProse(head) || isLocation(head)) return undefined;
  if (beginsSentence(text, start, head) || isVariable(text, start, head)) return undefined;
  // INVARIANT: behind this line only a placeholder is turned away, and that is no longer than the head. A longer value
  // is accepted and walked to its end once; were it walked and then refused, nested ones would cost the square.
  let end = head.length < PLACEHOLDER_MAX ? start + head.length : endOf(UNQUOTED_REGEXP, text, start);
  for (let cut = 0; cut < MAX_TRAILING; cut++) {
    const value = text.slice(start, end);
    if (standsForSecret(value)) return undefined;
    if (!TRAILING.includes(value.at(-1) ?? "") || endsInMarker(value)) break;
    end--;
  }
  return end - start < min ? undefined : { start, end };
}

/** `NO_PASSWORD: Represents if …`: a word with a capital behind a colon and a blank, and the sentence goes on. */
function beginsSentence(text: string, start: number, head: string): boolean {
  const end = start + head.length;
  return /^[A-Z][a-z]+$/.test(head) && text[start - 1] === " " && /^ [a-z]/.test(text.slice(end, end + 2));
}

/**
 * `password = user_password`, `password=user_password)`. In `PASSWORD=my_secret_password` of an environment, without
 * blanks and with nothing behind it, the name is the password.
 */
function isVariable(text: string, start: number, head: string): boolean {
  return isNameInCode(head) && (text[start - 1] !== "=" || TRAILING.includes(head.at(-1) ?? ""));
}

interface Quoted {
  readonly pattern: RegExp;
  readonly min: number;
}

function quotedValue(text: string, start: number, { pattern, min }: Quoted): Span | undefined {
  const quote = text.charAt(start - 1);
  let end = endOf(pattern, text, start);
  if (!closes(text, end, quote)) return undefined;
  while (end > start && text[end - 1] === "\\") end--; // of the closing `\"`
  const value = text.slice(start, end);
  if (value.length < min || standsForSecret(value) || isLocation(value)) return undefined;
  return { start, end };
}

function standsForSecret(value: string): boolean {
  return isPlaceholder(value) || NAME_REGEXP.test(value);
}

/** Words behind a blank make it a sentence (`"password": "Please enter …"`); a text cut off in between does not. */
function closes(text: string, end: number, quote: string): boolean {
  let at = end;
  while (at - end < MAX_BLANKS && (text[at] === " " || text[at] === "\t")) at++;
  return at === text.length || text[at] === quote;
}

/** Does a quote stand at `at`? */
export function isQuote(text: string, at: number): boolean {
  return Object.hasOwn(QUOTED_REGEXPS, text.charAt(at));
}

/** Where the sticky `pattern` ends that is tried at `at`; `at` itself where it does not match. */
export function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** The secret in the value of a member whose key says that it is one: the whole of it, if it is a single word. */
export function valueOfMember(value: string, min: number): Span | undefined {
  const trimmed = value.trim();
  if (trimmed.length < min || /\s/.test(trimmed)) return undefined;
  if (standsForSecret(trimmed) || isLocation(trimmed)) return undefined;
  const start = value.indexOf(trimmed);
  return { start, end: start + trimmed.length };
}
