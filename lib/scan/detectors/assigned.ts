/** What the detectors of assignments share: the way from a name to its value. The texts are ATTACKER-CONTROLLED. */
import type { Span } from "../detector.ts";
import { endsInMarker } from "../ids.ts";
import {
  isAddress,
  isCodeOrProse,
  isLocation,
  isNameInCode,
  isPlaceholder,
  isRemark,
  isRules,
  PLACEHOLDER_MAX,
  quoteBehind,
} from "./placeholder.ts";
import { isAbstractWord, isPassphrase } from "./prose.ts";

// Behind a name: its closing quote and bracket (`config["password"] =`, `\"password\":` of JSON in a string), then the
// sign of an assignment, then an opening quote. A bracket needs the equals sign: `[type="password"]:focus` is CSS. No
// line ends: in YAML the value of `password:` is not the key in the next line.
const CLOSING = "\\\\{0,3}[\"'`]?";
const SIGN = "[ \\t]{0,8}(?:=>|:=|={1,3}|:{1,2})[ \\t]{0,8}";
const BRACKET = "\\\\{0,3}[\"'`]\\][ \\t]{0,8}={1,3}>?[ \\t]{0,8}";
const OPENING = "(?:\\\\{0,3}[\"'`])?";
/** `<password>`: a name that is an element. */
const ELEMENT = "(?<=<[\\w:.-]{1,64})>";
/** `DB_PASSWORD_PROD`, `API_KEY_2`: what may go on behind a name. */
export const SUFFIX =
  "(?:_(?:prod(?:uction)?|live|test|dev(?:elopment)?|stag(?:e|ing)|base|primary|secondary|old|new|v?\\d{1,2}))?";

/** A sticky pattern for an assignment to `name` (RegExp source); its match ends where the value begins. */
export function assignmentOf(name: string): RegExp {
  return new RegExp(`(?:${name})(?:(?:${BRACKET}|${CLOSING}${SIGN})${OPENING}|${ELEMENT})`, "iy");
}

// An unquoted value ends where the next parameter begins: `?password=…&user=`, `Password=…;Database=`.
const UNQUOTED = "(?:(?![&;,][A-Za-z_][\\w. -]{0,30}=)[^\\s\"'`])";
const UNQUOTED_HEAD_REGEXP = new RegExp(`${UNQUOTED}{1,${PLACEHOLDER_MAX}}`, "y");
const UNQUOTED_REGEXP = new RegExp(`${UNQUOTED}+`, "y");
const QUOTES = "\"'`";
const TRAILING = "),;:]}.";
/** `password: "password"` is a form or an example, `password=Passwort` a translation: what they give away is the name. */
const NAME_REGEXP =
  /^(?:password|passwd|passphrase|passwort|kennwort|wachtwoord|contrase[nñ]a|palavra-passe|l[oö]senord|salasana|lozinka|adgangskode)$/i;
/** What everybody's server has at first. */
const DEFAULT_REGEXP = /^(?:postgres|postgresql|minioadmin)$/;
/** Labels of other scripts: the word for a password (also as the views have it), no digit and no Latin letter. */
const LABEL_REGEXP = /^(?=\P{Nd}+$)(?=[^a-z]*$)[^]*(?:[パハ]スワ|密码|密碼|비밀번호)/iu;
const MAX_TRAILING = 8, MAX_PHRASE_BLANKS = 16, MAX_PHRASE = 160, MAX_DEPTH = 3;

/**
 * The value that begins at `at` in `text`, behind the match of {@link assignmentOf}; `undefined` where it has fewer than
 * `min` characters or only stands for a secret.
 */
export function valueInText(text: string, at: number, min: number): Span | undefined {
  if (isQuote(text, at - 1)) return isPsqlVariable(text, at) ? undefined : quotedValue(text, at, min);
  return text[at - 1] === ">" && text[at - 2] !== "="
    ? elementValue(text, at, min)
    : unquotedValue(text, at, min);
}

/** `LOGIN PASSWORD :'app_password'`: what psql puts in there. In JSON a quote stands in front of the colon. */
const PSQL_REGEXP = /(?<=[A-Za-z][ \t]{1,8}:["'])[a-z]+(?:_[a-z]+)+["']/iy;

function isPsqlVariable(text: string, at: number): boolean {
  return endOf(PSQL_REGEXP, text, at) > at;
}

function unquotedValue(text: string, start: number, min: number): Span | undefined {
  const quote = quoteBehind(text, start);
  if (quote !== undefined) return quotedValue(text, quote + 1, min);
  const head = text.slice(start, endOf(UNQUOTED_HEAD_REGEXP, text, start));
  if (head.length < min || isCodeOrProse(head) || isLocation(head)) return undefined;
  if (beginsSentence(text, start, head) || isProse(text, start, head)) return undefined;
  if (isVariable(text, start, head) || isAddress(head) || isRemark(text, start)) return undefined;
  if (isBoundAttribute(text, start, head)) return undefined;
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

/** `password: instructions`: behind a colon and a blank, a word that is about passwords or formed as abstract ones are. */
function isProse(text: string, start: number, head: string): boolean {
  return text[start - 1] === " " && /[: ]/.test(text.charAt(start - 2)) && isAbstractWord(head);
}

/** `password === passwordConfirmation`: behind two equals signs a name is one in code. */
const COMPARED_REGEXP = /^[a-z][a-z_]*(?:[A-Z][a-z]+)*[),;\]}]*$/;

/**
 * `password = user_password`, `password=user_password)`. In `PASSWORD=my_secret_password` of an environment, without
 * blanks and with nothing behind it, the name is the password.
 */
function isVariable(text: string, start: number, head: string): boolean {
  if (COMPARED_REGEXP.test(head) && /==[ \t]{0,8}$/.test(text.slice(Math.max(0, start - 10), start))) {
    return true;
  }
  return isNameInCode(head) && (text[start - 1] !== "=" || TRAILING.includes(head.at(-1) ?? ""));
}

/** `autocomplete="current-password" :placeholder="$t('hint')"`: in Vue a colon begins the next attribute. */
function isBoundAttribute(text: string, start: number, head: string): boolean {
  return /^:[a-z]/i.test(text.slice(start - 1, start + 1)) && /[ \t]/.test(text.charAt(start - 2)) &&
    /^[a-z][a-z:.-]*=\\{0,3}$/i.test(head) && isQuote(text, start + head.length);
}

/** Up to the quote that closes it: one with no more backslashes in front than the opening one has. */
function quotedValue(text: string, start: number, min: number): Span | undefined {
  const quote = text.charCodeAt(start - 1), depth = backslashesBefore(text, start - 1, MAX_DEPTH);
  let blanks = 0;
  for (let at = start; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === quote) {
      const slashes = backslashesBefore(text, at, at - start);
      if (slashes <= depth) return wholeValue(text, { start, end: at - slashes }, min);
    } else if (unit <= SPACE) {
      // LINEAR: a value with blanks is short, and one without reaches to the next quote.
      if (unit === LF || unit === CR || ++blanks > MAX_PHRASE_BLANKS) return undefined;
    }
    if (blanks > 0 && at - start > MAX_PHRASE) return undefined;
  }
  return wholeValue(text, { start, end: text.length }, min); // a text that was cut off
}

const SPACE = 0x20, BACKSLASH = 0x5c, LF = 0x0a, CR = 0x0d;

function backslashesBefore(text: string, at: number, most: number): number {
  let count = 0;
  while (count < most && text.charCodeAt(at - 1 - count) === BACKSLASH) count++;
  return count;
}

/** Between the tags of an element, whose end tag has to be near. */
function elementValue(text: string, start: number, min: number): Span | undefined {
  const end = text.slice(start, start + MAX_PHRASE).indexOf("<") + start;
  return end > start && text[end + 1] === "/" ? wholeValue(text, { start, end }, min) : undefined;
}

/** The value without the blanks around it; words with blanks between have to be a secret and no sentence. */
function wholeValue(text: string, { start, end }: Span, min: number): Span | undefined {
  const value = text.slice(start, end);
  const trimmed = value.trim();
  if (trimmed.length < min || standsForSecret(trimmed) || isLocation(trimmed) || isRules(trimmed)) {
    return undefined;
  }
  if (/\s/.test(trimmed) && !isPassphrase(trimmed)) return undefined;
  const from = start + value.indexOf(trimmed);
  return { start: from, end: from + trimmed.length };
}

function standsForSecret(value: string): boolean {
  return isPlaceholder(value) || NAME_REGEXP.test(value) || DEFAULT_REGEXP.test(value) ||
    (value.length <= PLACEHOLDER_MAX && LABEL_REGEXP.test(value));
}

/** Does a quote stand at `at`? */
export function isQuote(text: string, at: number): boolean {
  return at >= 0 && at < text.length && QUOTES.includes(text.charAt(at));
}

/** Where the sticky `pattern` ends that is tried at `at`; `at` itself where it does not match. */
export function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** The secret in the value of a member whose key says that it is one: the whole of it. */
export function valueOfMember(value: string, min: number): Span | undefined {
  return wholeValue(value, { start: 0, end: value.length }, min);
}
