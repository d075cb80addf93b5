/** Addresses of version 4 as a browser reads them (WHATWG URL, IPv4 parser), whatever they look like to a person. */

/** An address: its 32 bits, and whether it is written as four plain numbers. */
export interface Address {
  readonly value: number;
  readonly plain: boolean;
}

const DOT = 0x2e, COLON = 0x3a, ZERO = 0x30;
const MAX_PART = 12;

/**
 * Reads the host from `from` to `end`: the last part fills what is left, `0x` is hexadecimal, `0` octal. `undefined`
 * where it is a name. One pass over the units: an address is short, and a text may hold very many.
 */
export function readAddress(text: string, from: number, end: number): Address | undefined {
  let value = 0, parts = 0, plain = true;
  for (let at = from; at < end && text.charCodeAt(at) !== COLON; parts++) {
    const stop = partEnd(text, at, end);
    const part = stop < 0 || parts === 4 ? -1 : numberIn(text, at, stop);
    if (part < 0) return undefined;
    plain &&= stop - at === 1 || text.charCodeAt(at) !== ZERO;
    const goesOn = text.charCodeAt(stop) === DOT && stop + 1 < end;
    value += goesOn ? part * 256 ** (3 - parts) : part;
    at = goesOn ? stop + 1 : end;
  }
  return { value, plain: plain && parts === 4 };
}

/** Where the digits that begin at `from` end; -1 where something else stands there. */
function partEnd(text: string, from: number, end: number): number {
  const limit = Math.min(end, from + MAX_PART);
  let at = from;
  while (at < limit && isDigitOfAny(text.charCodeAt(at))) at++;
  const unit = text.charCodeAt(at);
  return at > from && (at === end || unit === DOT || unit === COLON) ? at : -1;
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= 0x39;
}

/** Of any base, and the `x` that tells which. */
function isDigitOfAny(unit: number): boolean {
  const lower = unit | 0x20;
  return isDigit(unit) || (lower >= 0x61 && lower <= 0x66) || lower === 0x78;
}

/** -1 where it is no number. */
function numberIn(text: string, from: number, end: number): number {
  let base = 10, at = from;
  if (end - from > 1 && text.charCodeAt(from) === ZERO) {
    base = (text.charCodeAt(from + 1) | 0x20) === 0x78 ? 16 : 8;
    at = base === 16 ? from + 2 : from + 1;
  }
  let value = 0;
  for (; at < end; at++) {
    const unit = text.charCodeAt(at);
    const digit = isDigit(unit) ? unit - ZERO : (unit | 0x20) - 0x57;
    if (digit < 0 || digit >= base) return -1;
    value = value * base + digit;
  }
  return value;
}

/** Is it neither this machine nor an inner network? */
export function isPublic(value: number): boolean {
  const a = Math.floor(value / 2 ** 24) % 256, b = Math.floor(value / 2 ** 16) % 256;
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  return !((a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) ||
    (a === 169 && b === 254) || (a === 100 && b >= 64 && b < 128));
}
