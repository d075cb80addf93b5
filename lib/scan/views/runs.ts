/**
 * Base64, base64url and hex inside of a text. ATTACKER-CONTROLLED; linear in the text, and next to nothing for ordinary
 * text: one character in sixteen is looked at, and only a run that could decode to text is decoded.
 */
import type { Span } from "../detector.ts";
import { hexDigit } from "./hex.ts";
import { textOfUtf8 } from "./utf8.ts";

/** What a run of letters decodes to. */
export interface DecodedRun {
  /** The whole run as it is written, padding included. */
  readonly span: Span;
  /** The bytes as characters: UTF-8 where they are that. */
  readonly text: string;
  /** There is more in it than text: a picture, a program, an archive. */
  readonly binary: boolean;
}

/** Eleven bytes, the shortest thing that any detector looks for. */
const MIN_LENGTH = 15;
const MIN_HEX = 22;
/** Letters that are looked at to see whether text comes of them: nine bytes, which random ones are once in 6,000. */
const WINDOW = 12;
const MIN_TEXT = 9;
const MAX_WINDOWS = 64;
/** Where characters are of several bytes, more of them are needed: random bytes are UTF-8 by accident more often. */
const WIDE_BYTES = 18, WIDE_LETTERS = 24;
/** MIME breaks lines at 76 characters, PEM at 64; shorter lines are prose. */
const MIN_LINE = 40;
const NONE = 0xff, PLUS = 62, SLASH = 63;
const CODES = codesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const HEX_REGEXP = /^(?:0x)?(?:[0-9A-Fa-f]{2})+$/;

function codesOf(alphabet: string): Uint8Array {
  const codes = new Uint8Array(128).fill(NONE);
  Array.from(alphabet, (letter, code) => codes[letter.charCodeAt(0)] = code);
  codes["-".charCodeAt(0)] = PLUS;
  codes["_".charCodeAt(0)] = SLASH;
  return codes;
}

/** COST: behind the end of the text there is no unit, and to ask a table for what is not in it is dear. */
function codeAt(text: string, at: number): number {
  if (at >= text.length) return NONE;
  const unit = text.charCodeAt(at);
  return unit < 128 ? CODES[unit] ?? NONE : NONE;
}

/** The next run of at least {@link MIN_LENGTH} letters at or behind `from`; lines that go on are one run. */
export function nextRun(text: string, from: number): Span | undefined {
  for (let probe = from + MIN_LENGTH - 1; probe < text.length; probe += MIN_LENGTH) {
    const unit = text.charCodeAt(probe);
    if (unit >= 128 || CODES[unit] === NONE) continue;
    let start = probe;
    while (start > from && codeAt(text, start - 1) !== NONE) start--;
    const end = endOfLetters(text, probe);
    if (end - start >= MIN_LENGTH) return { start, end: endOfLines(text, start, end) };
    probe = end;
  }
  return undefined;
}

function endOfLetters(text: string, at: number): number {
  let end = at;
  while (codeAt(text, end) !== NONE) end++;
  return end;
}

function endOfLines(text: string, start: number, firstEnd: number): number {
  const length = firstEnd - start;
  let end = firstEnd;
  for (let line = length; line === length && length >= MIN_LINE && length % 4 === 0;) {
    const next = text[end] === "\r" ? end + 1 : end;
    if (text[next] !== "\n") break;
    const behind = endOfLetters(text, next + 1);
    if (behind === next + 1) break;
    line = behind - next - 1;
    if (line > length) break;
    end = behind;
  }
  return end;
}

/** Could text come of the letters of `run`? */
export function mayBeText(text: string, { start, end }: Span): boolean {
  return baseOffset(text, start, end) >= 0 || (end - start >= MIN_HEX && isHexText(text, { start, end }));
}

/**
 * How many letters in front do not belong to it, so that text comes of the rest; −1 where none does. Something that is
 * glued to the front (`/upload/`, a `n` of `\n`) moves what the letters mean.
 */
function baseOffset(text: string, start: number, end: number): number {
  const step = Math.max(4, Math.ceil((end - start) / MAX_WINDOWS / 4) * 4);
  let best = -1, most = 0;
  for (let offset = 0; offset < 4; offset++) {
    let windows = 0, all = 0;
    for (let at = start + offset; at + WINDOW <= end; at += step) {
      all++;
      if (isTextWindow(text, at) || (at + WIDE_LETTERS <= end && isWide(text, at, BASE64))) windows++;
    }
    // By accident letters look like text here and there; where they are text, they do everywhere.
    if (windows <= most) continue;
    best = offset;
    most = windows;
    if (windows === all) return best; // no other has more
  }
  return best;
}

function isTextWindow(text: string, start: number): boolean {
  for (let at = start; at < start + WINDOW; at += 4) {
    const a = codeAt(text, at), b = codeAt(text, at + 1), c = codeAt(text, at + 2), d = codeAt(text, at + 3);
    if ((a | b | c | d) > 63) return false; // a line end
    if (
      !isTextByte(a << 2 | b >> 4) || !isTextByte((b & 15) << 4 | c >> 2) || !isTextByte((c & 3) << 6 | d)
    ) {
      return false;
    }
  }
  return true;
}

function isHexText(text: string, { start, end }: Span): boolean {
  const from = text.startsWith("0x", start) ? start + 2 : start;
  if (isPlainHex(text, from)) return true;
  const bytes = (end - from) >> 1, wide = Math.min(WIDE_BYTES, bytes);
  const step = Math.max(wide, Math.ceil(bytes / MAX_WINDOWS));
  for (let at = 0; at + wide <= bytes; at += step) {
    if (isWide(text, from + 2 * at, { byteAt: hexByte, bytes: wide })) return true;
  }
  return false;
}

function isPlainHex(text: string, from: number): boolean {
  for (let index = 0; index < MIN_TEXT; index++) if (!isTextByte(hexByte(text, from, index))) return false;
  return true;
}

/** How bytes are written down. −1 is none. */
interface Writing {
  readonly byteAt: (text: string, from: number, index: number) => number;
  readonly bytes: number;
}

const BASE64: Writing = { byteAt: base64Byte, bytes: WIDE_BYTES };

function base64Byte(text: string, from: number, index: number): number {
  const at = from + Math.floor(index / 3) * 4 + index % 3, shift = 2 + 2 * (index % 3);
  const high = codeAt(text, at), low = codeAt(text, at + 1);
  return (high | low) > 63 ? -1 : (high << shift | low >> (6 - shift)) & 0xff;
}

function hexByte(text: string, from: number, index: number): number {
  const high = hexDigit(text.charCodeAt(from + 2 * index));
  const low = hexDigit(text.charCodeAt(from + 2 * index + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** Are the bytes text in UTF-8? It may begin and end within a character. */
function isWide(text: string, from: number, { byteAt, bytes }: Writing): boolean {
  let index = 0, more = 0;
  while (index < 3 && isContinuation(byteAt(text, from, index))) index++;
  for (; index < bytes; index++) {
    const byte = byteAt(text, from, index);
    if (more > 0) {
      if (!isContinuation(byte)) return false;
      more--;
    } else if (byte >= 0xc2 && byte <= 0xf4) {
      more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    } else if (byte === 0 || !isTextByte(byte)) {
      return false;
    }
  }
  return true;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

function isTextByte(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09 ||
    byte === 0; // of UTF-16
}

/** What the run decodes to; `undefined` for what is not encoded at all. */
export function decodeRun(text: string, run: Span): DecodedRun | undefined {
  if (run.end - run.start >= MIN_HEX && HEX_REGEXP.test(text.slice(run.start, run.end))) {
    const hex = text.slice(run.start, run.end).replace(/^0x/, "");
    return isHexText(text, run) ? decoded(Uint8Array.fromHex(hex), run) : undefined;
  }
  const offset = baseOffset(text, run.start, run.end);
  if (offset < 0) return undefined;
  const start = run.start + offset;
  let end = run.end;
  while (text[end] === "=" && end < run.end + 2) end++;
  const span = { start, end };
  const plain = run.end - start <= SHORT ? shortAscii(text, start, run.end) : undefined;
  if (plain !== undefined) return { span, text: plain, binary: BINARY_REGEXP.test(plain) };
  const payload = text.slice(start, run.end).replace(/\s/g, "").replaceAll("-", "+").replaceAll("_", "/");
  const whole = payload.length % 4 === 1 ? payload.slice(0, -1) : payload;
  return decoded(Uint8Array.fromBase64(whole, { lastChunkHandling: "loose" }), span);
}

/** Short runs are many, and the platform's decoders take a microsecond each. `undefined`: not ASCII alone. */
const SHORT = 128;
const units: number[] = [];

function shortAscii(text: string, start: number, end: number): string | undefined {
  let bits = 0, count = 0;
  units.length = 0;
  for (let at = start; at < end; at++) {
    const code = codeAt(text, at);
    if (code === NONE) return undefined;
    bits = (bits << 6 | code) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const byte = bits >> count & 0xff;
    if (byte === 0 || byte > 0x7f) return undefined;
    units.push(byte);
  }
  return String.fromCharCode(...units);
}

// Windows-1252 keeps ASCII as it is, and secrets are ASCII.
const utf16 = new TextDecoder("utf-16le");
const bytewise = new TextDecoder("windows-1252");
const BYTE_ORDER_MARK = "\ufeff";
// deno-lint-ignore no-control-regex -- what no text has is what is looked for
const BINARY_REGEXP = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/;

function decoded(bytes: Uint8Array<ArrayBuffer>, span: Span): DecodedRun {
  const text = textOf(bytes);
  return { span, text, binary: BINARY_REGEXP.test(text) };
}

function textOf(bytes: Uint8Array<ArrayBuffer>): string {
  // Every other byte is zero: UTF-16, as PowerShell takes its commands.
  if (bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0) return utf16.decode(bytes);
  const text = textOfUtf8(bytes) ?? bytewise.decode(bytes);
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
