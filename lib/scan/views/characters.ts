/**
 * The view in which every character is plain: percent-encoding, HTML entities and escapes decoded, everything that is not
 * ASCII folded. One pass for all of them. ATTACKER-CONTROLLED; linear in the text.
 */
import { utf8Decode } from "../../base/mod.ts";
import { isAscii } from "../keyword_chunks.ts";
import { entityOf } from "./entities.ts";
import { foldOf, foldUnit } from "./fold.ts";
import { hexDigit } from "./hex.ts";
import { type View, viewOf, type ViewText } from "./view.ts";

/** As `fold.ts` drops it. */
const UNSEEN = "[\\p{Cf}\\p{M}\\p{Default_Ignorable_Code_Point}]";
/** It stands in what could be an entity, an escape or a byte in percent-encoding. */
const PIERCED_REGEXP = new RegExp(`[%&\\\\][#\\w{]{0,10}${UNSEEN}`, "u");
const ALL_UNSEEN_REGEXP = new RegExp(`${UNSEEN}+`, "gu");
/** More bytes are decoded as several; a character that is cut in two by that is not ASCII. */
const MAX_PERCENT_BYTES = 4096;
const ENTITY_REGEXP = /&(#[xX][0-9A-Fa-f]{1,8}|#[0-9]{1,8}|[A-Za-z]{2,8});?/y;
// deno-fmt-ignore
const ESCAPED: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const ESCAPES = "\"'`\\/bfnrt";
const MAX_POINT = 0x10ffff;
const PERCENT = 0x25, AMPERSAND = 0x26, BACKSLASH = 0x5c, HASH = 0x23, SLASH = 0x2f, SEMICOLON = 0x3b;
const BRACE = 0x7b, LETTER_U = 0x75, LETTER_X = 0x78;
const SIGNS: readonly string[] = ["%", "&", "\\"];
/** Shorter texts are looked at unit by unit. */
const LONG = 256;
/** Of the name of an entity. */
const MOST_LETTERS = 8;

/**
 * Could the view differ from the text? Ordinary text needs none. COST: unit by unit, for a pattern would go back so often in
 * a text that is full of signs that a slower engine takes over.
 */
export function isMarked(text: string): boolean {
  // A search for one unit is quick as nothing else.
  if (text.length >= LONG && !SIGNS.some((sign) => text.includes(sign)) && isAscii(text)) return false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return true;
    if (unit === PERCENT || unit === AMPERSAND || unit === BACKSLASH) {
      if (isMark(text, at, unit)) return true;
    }
  }
  return false;
}

/** Does the sign at `at` begin something that is decoded? */
function isMark(text: string, at: number, unit: number): boolean {
  if (unit === PERCENT) return percentByte(text, at) >= 0;
  const next = text.charCodeAt(at + 1);
  if (unit === BACKSLASH) {
    if (next === SLASH || next === BACKSLASH) return true;
    const digit = text.charCodeAt(at + 2);
    return (next === LETTER_U && (hexDigit(digit) >= 0 || digit === BRACE)) ||
      (next === LETTER_X && hexDigit(digit) >= 0);
  }
  if (next === HASH) return /[0-9xX]/.test(text.charAt(at + 2));
  let end = at + 1;
  while (end - at <= MOST_LETTERS && isLetter(text.charCodeAt(end))) end++;
  return end - at > 2 && text.charCodeAt(end) === SEMICOLON;
}

const UNFOLDED_REGEXP = /[%&\\\ud800-\udfff]/;

/**
 * Is a view, in which every character is folded, the same in another one? It is, unless something can be decoded, or two
 * halves of a character have come together.
 */
export function isAllFolded(view: string): boolean {
  return !UNFOLDED_REGEXP.test(view);
}

/** The view of `text`; `undefined` where it is the text itself. `escaped`: its quotes are, as in the source of a string. */
export function characterView(text: string, { escaped = false } = {}): View | undefined {
  if (escaped) return jsonView(text) ?? plainView(text);
  return isMarked(text) ? plainView(text) : undefined;
}

/** What JSON does not decode, or decodes in another way, or refuses. */
const NOT_JSON_REGEXP = /[^\x20-\x7f]|[%&]|\\[^"\\/bfnrt]/;

/** COST: a string of JSON in a string has nothing but the escapes of JSON, mostly, and the platform is quick with them. */
function jsonView(text: string): View | undefined {
  if (NOT_JSON_REGEXP.test(text)) return undefined;
  let plain: string;
  try {
    plain = JSON.parse(`"${text}"`);
  } catch {
    return undefined; // the only error is "not JSON", and what is none is read unit by unit
  }
  let view: View | undefined;
  return { text: plain, back: (span) => (view ??= plainView(text))?.back(span) ?? span };
}

/**
 * As {@link characterView}, for a text without what nobody sees: `&#6` and `5;` are one sign again. On the way to the
 * client that is taken out, and what is handed over must have been looked at. `undefined`: that changes nothing.
 */
export function bareView(text: string): View | undefined {
  if (!PIERCED_REGEXP.test(text)) return undefined;
  const seen = viewOf(text, (bare) => {
    let from = 0;
    for (const { 0: unseen, index } of text.matchAll(ALL_UNSEEN_REGEXP)) {
      bare.copy(text, from, index);
      from = index + unseen.length;
      bare.drop(from);
    }
    bare.copy(text, from, text.length);
  });
  const view = characterView(seen.text);
  return view === undefined ? undefined : { text: view.text, back: (span) => seen.back(view.back(span)) };
}

function plainView(text: string): View | undefined {
  let same = true;
  const view = viewOf(text, (out) => same = !putPlain(text, out));
  return same ? undefined : view;
}

/** True where anything is decoded or folded. */
function putPlain(text: string, out: ViewText): boolean {
  let same = true;
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    const end = unit >= 0x80
      ? putFolded(text, at, out)
      : unit === PERCENT
      ? putPercent(text, at, out)
      : unit === AMPERSAND
      ? putEntity(text, at, out)
      : unit === BACKSLASH
      ? putEscape(text, at, out)
      : at;
    if (end === at) out.putUnit(unit, at, at + 1);
    else same = false;
    at = end === at ? at + 1 : end;
  }
  return !same;
}

// Each puts what stands at `at` decoded and returns where it ends; `at` where it stands for itself.

function putFolded(text: string, at: number, out: ViewText): number {
  const unit = text.charCodeAt(at), plain = foldUnit(unit);
  if (plain === unit) return at;
  if (plain === -1) out.drop(at + 1);
  else if (plain !== -2) out.putUnit(plain, at, at + 1);
  else return putFoldedPoint(text, at, out);
  return at + 1;
}

function putFoldedPoint(text: string, at: number, out: ViewText): number {
  const point = text.codePointAt(at) ?? 0, end = at + (point > 0xffff ? 2 : 1);
  const plain = foldOf(point);
  // The two halves of a character that stays are put one after the other, and nothing is changed by that.
  if (text.startsWith(plain, at) && plain.length === end - at) return at;
  if (plain === "") out.drop(end);
  else out.put(plain, at, end);
  return end;
}

function putEntity(text: string, at: number, out: ViewText): number {
  const next = text.charCodeAt(at + 1);
  if (next !== HASH && !isLetter(next)) return at;
  ENTITY_REGEXP.lastIndex = at;
  const plain = entityOf(ENTITY_REGEXP.exec(text)?.[1] ?? "");
  if (plain === undefined) return at;
  out.put(foldAll(plain), at, ENTITY_REGEXP.lastIndex);
  return ENTITY_REGEXP.lastIndex;
}

function putEscape(text: string, at: number, out: ViewText): number {
  const letter = text.charAt(at + 1);
  if (letter === "u" || letter === "x") return putNumbered(text, at, out);
  if (letter === "" || !ESCAPES.includes(letter)) return at;
  out.put(ESCAPED[letter] ?? letter, at, at + 2);
  return at + 2;
}

/** `\u0041`, `\u{41}`, `\x41`. */
function putNumbered(text: string, at: number, out: ViewText): number {
  const braced = text[at + 1] === "u" && text[at + 2] === "{";
  const closing = braced ? text.indexOf("}", at) : -1;
  const from = at + (braced ? 3 : 2), end = braced ? closing : from + (text[at + 1] === "x" ? 2 : 4);
  if (end <= from || end - from > 6 || end > text.length) return at;
  let point = 0;
  for (let i = from; i < end; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0) return at;
    point = point * 16 + digit;
  }
  if (point > MAX_POINT) return at;
  const behind = braced ? end + 1 : end;
  if (point < 0x80) out.putUnit(point, at, behind);
  // A surrogate is half of a character; the next escape is the other half.
  else if (point >= 0xd800 && point <= 0xdfff) out.putUnit(point, at, behind);
  else out.put(foldOf(point), at, behind);
  return behind;
}

/** A run of `%XX` is UTF-8; where it is none, each byte is a character of its own. */
function putPercent(text: string, at: number, out: ViewText): number {
  const first = percentByte(text, at);
  if (first < 0) return at;
  if (first < 0x80) {
    out.putUnit(first, at, at + 3);
    return at + 3;
  }
  const bytes: number[] = [];
  for (
    let byte = first;
    byte >= 0x80 && bytes.length < MAX_PERCENT_BYTES;
    byte = percentByte(text, at + 3 * bytes.length)
  ) {
    bytes.push(byte);
  }
  let from = at;
  for (const character of utf8Decode(Uint8Array.from(bytes)) ?? String.fromCharCode(...bytes)) {
    const point = character.codePointAt(0) ?? 0;
    const behind = Math.min(from + 3 * (point < 0x800 ? 2 : point < 0x10000 ? 3 : 4), at + 3 * bytes.length);
    out.put(foldOf(point), from, behind);
    from = behind;
  }
  return at + 3 * bytes.length;
}

/** The byte that `%XX` at `at` stands for; −1 where there is none. */
function percentByte(text: string, at: number): number {
  if (text.charCodeAt(at) !== PERCENT) return -1;
  const high = hexDigit(text.charCodeAt(at + 1)), low = hexDigit(text.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function isLetter(unit: number): boolean {
  return ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a);
}

function foldAll(text: string): string {
  return text.length === 1 && text < "\x80"
    ? text
    : Array.from(text, (character) => character < "\x80" ? character : foldOf(character.codePointAt(0) ?? 0))
      .join("");
}
