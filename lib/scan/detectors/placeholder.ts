/**
 * What is no secret although it stands where one would: placeholders (the spec's list), and in text without quotes the
 * code and the prose that follow a name and a colon. ATTACKER-CONTROLLED input: whatever is let through here leaves, so
 * each exception is for whole values and as narrow as the false hits that it is there for.
 */
import { withoutMarkers } from "../ids.ts";

/** Longer values are secrets: no placeholder is looked for beyond, so a value that is turned away costs a constant. */
export const PLACEHOLDER_MAX = 64;

// One pattern out of many, so that it costs one call.
// INVARIANT: anchored at both ends, and no two parts of one pattern can stand for the same text, so
// matching is linear; `isPlaceholder` hands in at most PLACEHOLDER_MAX characters.
const PLACEHOLDER_REGEXP = anyOf([
  /^\$?\{\{[^{}]*\}\}$/, // {{ password }}, ${{secrets.X}}
  /^\$\([^()]*\)$/,
  /^[#%]?\{[a-z_.]+(?:![ars])?\}$/i, // {self.password!r}
  /^%\([a-z_.]+\)[sr]$/i,
  /^%[a-z_]\w*%$/i,
  /^[$@:#%][a-z_.]+$/i, // $DB_PASSWORD; with a digit in it, it could be a password
  /^<[^<>]*>$/,
  /^[x*•.#_-]{4,}(?:\\[nrt])*$/i,
  /^\*{2,}(?:redacted|hidden|masked|removed|filtered)\*{2,}$/i,
  /^%5b(?:redacted|hidden|masked|filtered)%5d$/i,
  /^env:[a-z_]+$/i,
  /^[a-z]{2,8}[-_](?:x{4,}|\*{4,})$/i, // sk-xxxxxxxx
  /^(?:change[-_]?(?:me|it)|todo|tbd|placeholder|dummy|example|redacted|hidden|masked|removed|undefined)$/i,
  /^[[(<](?:redacted|hidden|masked|removed|none|secret|sensitive|unchanged|omitted|filtered|protected)[\])>]$/i,
  /^(?:enter|insert|replace|your)[-_][a-z_-]*$/i,
  /^your[-_].*[-_]here$/i,
]);
const ROW_REGEXP = /^(?:x+|\*+)$/i;
const VARIABLE_REGEXP = /^\$\{[\w.]+(?::?[-?+=](.*))?\}$/;
/** What is shorter is not taken for a secret: a default, or what stands beside the markers of an earlier scan. */
const REST_MIN = 8;

/** Does the value only stand for a secret? What the list does not name counts as a secret. */
export function isPlaceholder(value: string): boolean {
  const bare = withoutMarkers(value);
  if (bare.length < Math.min(value.length, REST_MIN)) return true;
  if (value.length > PLACEHOLDER_MAX) return ROW_REGEXP.test(value);
  const variable = VARIABLE_REGEXP.exec(value);
  // `${PASSWORD:-hunter2hunter2}` carries a secret as its default.
  if (variable !== null) return (variable[1] ?? "").length < REST_MIN || isPlaceholder(variable[1] ?? "");
  return PLACEHOLDER_REGEXP.test(value);
}

// Names of code have no digits here: a value with a digit counts as a secret, whatever it looks like.
const CODE_REGEXP = anyOf([
  /^[A-Za-z_$.:]{3,}[([<]/, // getPassword(), os.environ["X"], Option<String>
  /^[a-z][a-z0-9]*_[a-z0-9_]+\(/, // utf8_to_utf16_dup(v)
  /^(?:utf|base|sha|md|latin|argon|pbkdf)\d{1,3}[A-Za-z]*\(/, // utf8(passphrase)
  /^\([A-Za-z_$,]*\)=>/,
  /^\$(?:\(|[A-Za-z_]+(?:->|::|\[|\{))/, // $(cat /run/secrets/db), $config->{password}
  /^:/, // :py:data:
  /^[A-Za-z_$]+(?:\??\.|->|::)[A-Za-z_$][A-Za-z_$.]*(?:!(?=[),;]))?(?:[),;\]}]|\\[nrt])*$/, // req.body.password
  /^[A-Za-z_$]+(?:\.[A-Za-z_$]+)+[?&|!=+]{1,3}[A-Za-z_$.!"'(]/, // t.confirmPassword?t.password:…
  /^[a-z]+_[a-z_]*[),;\]}]+$/, // password=stored_in_vault)
  /^<\/?[a-z][^<>]*>/, // <label>Password:</label>
]);
/** `user_password`, `credentials` */
const SNAKE_NAME_REGEXP =
  /^(?:[a-z_]*_)?(?:pass(?:word|wd|phrase)|pwd|cred(?:ential)?|token|key|config|info|value|input|arg)s?[),;\]}]*$/i;
/** `SecretStr`, `DEFAULT_PASSWORD`, `userPassword`: here the case tells a name from a word. */
const CASED_NAME_REGEXP = new RegExp(
  "^(?:[A-Z][A-Za-z]*(?:Str|String|Array|Field|Type|Input|Schema|Control|Column|Bytes|Buffer|Stream|Ref)(?:\\[\\])?" +
    // `password: String!): LoginPayload!`, `password: String?,`: a type with a mark, in a list of parameters.
    "|(?:[A-Z][A-Za-z]*)?(?:Str|String|Bytes|Text|Array|Data|Secret|Buffer)(?:\\[\\])?[!?](?=[),;])" +
    "|(?:Ui|I)nt(?:8|16|32)(?:Clamped)?Array|(?:Hashed|Encrypted|Plain)(?:Password|Text)" +
    "|_*[A-Z]+(?:_[A-Z]+)+" +
    "|[a-z]+[A-Za-z]*(?:Password|Passwd|Pwd|Passphrase|Credentials?|Token|Key|Config|Confirmation|Value|Input|Ref))[),;:\\]}]*$",
);
// deno-fmt-ignore
const PROSE_WORDS: readonly string[] = [
  "required", "optional", "nullable", "incorrect", "invalid", "missing", "undefined", "disabled", "enabled",
  "protected", "encrypted", "unchanged", "forgotten", "expired", "confirmed", "characters", "string",
];
/** Whole, or as a rule of a form: `required|min:8`. */
const PROSE_REGEXP = new RegExp(`^(?:${PROSE_WORDS.join("|")})(?:[),.:;\\]}]*$|\\|)`, "i");

/** Is the unquoted text behind a name an expression or a word of prose? `head`: at most 64 characters. */
export function isCodeOrProse(head: string): boolean {
  return CODE_REGEXP.test(head) || PROSE_REGEXP.test(head);
}

/** `(sensitive value)`, `(known after apply)`: two or three plain words in brackets; a passphrase has four. */
const REMARK_REGEXP = /\([a-z]{1,16}(?:-[a-z]{1,16})?(?: [a-z]{1,16}){1,2}\)/y;
/** Addresses of processes and kernels of 64 bits, and of Go's heap. */
const ADDRESS_REGEXP =
  /^0x(?:(?:0{4})?(?:7[ef]|5[56])[0-9a-f]{10}|ffff[0-9a-f]{12}|c000[0-9a-f]{6})[),;\]}]*$/;
/** As a debugger prints one: what it points to stands behind it. */
const POINTER_REGEXP = /0x[0-9a-f]{4,16}(?: <[\w+:@]{1,64}>)? (?=")/y;

/** Is it a remark in brackets instead of a value? */
export function isRemark(text: string, start: number): boolean {
  REMARK_REGEXP.lastIndex = start;
  return REMARK_REGEXP.test(text);
}

/** Is it an address in memory (`0x7fffffffe4a0`)? */
export function isAddress(head: string): boolean {
  return ADDRESS_REGEXP.test(head);
}

/** `password: str = "…"`: a declaration with its type. */
const TYPED_REGEXP = /[A-Za-z_][\w.]{0,40}(?:<[\w, |]{0,40}>|\[\w{0,40}\])?[?!]? = (?=["'`])/y;

/** Where the quote stands behind a pointer (`0x7fffffffe4a0 "…"`) or a type; `undefined` where none does. */
export function quoteBehind(text: string, start: number): number | undefined {
  for (const pattern of text[start - 1] === "=" ? [POINTER_REGEXP] : [POINTER_REGEXP, TYPED_REGEXP]) {
    pattern.lastIndex = start;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  return undefined;
}

/** Rules of a form, as Laravel writes them: `required|min:8|confirmed`. */
const RULES_REGEXP = /^(?:required|nullable|sometimes|bail|string)(?:\|[a-z_]{1,24}(?::[\w,]{1,24})?)+$/;

export function isRules(value: string): boolean {
  return value.length <= 2 * PLACEHOLDER_MAX && RULES_REGEXP.test(value);
}

/** Is it the name of a variable or a type? */
export function isNameInCode(head: string): boolean {
  return SNAKE_NAME_REGEXP.test(head) || CASED_NAME_REGEXP.test(head);
}

/** Where stores of secrets keep one. */
const REFERENCE_REGEXP =
  /^(?:op:\/\/[\w.-]+\/[\w.-]+\/|file:(?:\/\/)?\/[\w.-]+\/|arn:aws[a-z-]{0,16}:(?:secretsmanager|ssm):)/;

/** A path or an address without credentials: `/run/secrets/db_password`, `https://example.com/reset`. */
export function isLocation(value: string): boolean {
  const head = value.slice(0, PLACEHOLDER_MAX);
  return /^https?:\/\/[^\s@]*$/i.test(head) || /^(?:~|\.{1,2})?\/[\w.-]+\//.test(head) ||
    /^[A-Z]:\\/i.test(head) || REFERENCE_REGEXP.test(head);
}

function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join("|"), "i");
}
