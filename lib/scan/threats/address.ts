/** One look at the authority of a URL: who is really asked? */

/** What is odd about a host. */
export type HostOddity =
  | "encoded"
  | "user-info"
  | "look-alike"
  | "disguised-loopback"
  | "disguised-address"
  | "public-address";

export interface Host {
  readonly start: number;
  readonly end: number;
  readonly oddity?: HostOddity;
}

const MAX_AUTHORITY = 300;
const DOMAIN_REGEXP = /\.(?:com|net|org|io|dev|gov|edu|co|app|uk|de|me|bank)(?![\w.]*\.[a-z])/i;

/** Reads the authority behind `://` at `start`; `end` is where it ends. */
export function readHost(text: string, start: number): Host {
  const begin = start + 3;
  let end = begin, at = -1;
  const limit = Math.min(text.length, begin + MAX_AUTHORITY);
  const bracketed = text.charCodeAt(begin) === 0x5b;
  for (; end < limit; end++) {
    const unit = text.charCodeAt(end);
    if (unit === 0x40) at = end;
    else if (unit <= 0x7d && isEnd(unit) && !(bracketed && unit === 0x5d)) break;
  }
  if (end === begin) return { start: begin, end };
  return { start: begin, end, ...oddityOf(text, { begin, at, end }) };
}

const ENDS = new Set([..." \t\r\n/?#\"'<>()\\`,;|{}]"].map((sign) => sign.charCodeAt(0)));

function isEnd(unit: number): boolean {
  return ENDS.has(unit);
}

interface Authority {
  readonly begin: number;
  readonly at: number;
  readonly end: number;
}

function oddityOf(text: string, { begin, at, end }: Authority): { readonly oddity?: HostOddity } {
  if (at >= 0 && looksLikeHost(text.slice(begin, at))) return { oddity: "user-info" };
  const host = text.slice(at < 0 ? begin : at + 1, end).replace(/:\d{0,5}$/, "");
  const unit = host.charCodeAt(0);
  if (unit === 0x5b || (unit >= 0x30 && unit <= 0x39)) return oddNumber(host.toLowerCase());
  if (/(?:^|\.)xn--/i.test(host)) return { oddity: "encoded" };
  return isMixed(host) ? { oddity: "look-alike" } : {};
}

/** `https://bank.com@evil.example`: the host is behind the sign, a reader sees what is before it. */
function looksLikeHost(userInfo: string): boolean {
  return DOMAIN_REGEXP.test(userInfo) && !userInfo.includes(":");
}

// deno-lint-ignore no-control-regex -- Latin is what is compared with
const BEYOND_ASCII_REGEXP = /[^\x00-\x7f]/;
const LOOK_ALIKE_REGEXP =
  /(?=.*[a-z])(?=.*[\u0370-\u03ff\u0400-\u04ff\u0530-\u058f])|[\uff01-\uff5e\u2024\u3002\u2488-\u249b]/i;

function isMixed(host: string): boolean {
  return BEYOND_ASCII_REGEXP.test(host) && LOOK_ALIKE_REGEXP.test(host);
}

const DOTTED_REGEXP = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const PART_REGEXP = /^(?:0x[0-9a-f]{1,8}|\d{1,11})$/;

function oddNumber(host: string): { readonly oddity?: HostOddity } {
  if (host.startsWith("[")) {
    return {
      ...(/^\[(?:[0:]*:(?:ffff:)?(?:127|7f|169\.254|a9fe|10\.|a[0-9a-f]{2}:|192\.168|c0a8))/.test(host) &&
        { oddity: "disguised-loopback" }),
    };
  }
  const dotted = DOTTED_REGEXP.exec(host);
  if (dotted !== null && !dotted.slice(1).some((part) => part.length > 1 && part.startsWith("0"))) {
    return isPublic(dotted.slice(1).map(Number)) ? { oddity: "public-address" } : {};
  }
  const parts = host.replace(/\.$/, "").split(".");
  if (parts.length > 4 || !parts.every((part) => PART_REGEXP.test(part))) return {};
  return { oddity: addressOf(parts) };
}

/** As a browser reads it (WHATWG URL, IPv4 parser): the last part fills what is left, `0x` is hexadecimal, `0` octal. */
function addressOf(parts: readonly string[]): HostOddity {
  const numbers = parts.map((part) => /^0[0-7]+$/.test(part) ? parseInt(part, 8) : Number(part));
  const last = numbers.pop() ?? 0;
  let value = last;
  numbers.forEach((number, index) => value += number * 256 ** (3 - index));
  const bytes = [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256);
  return isPublic(bytes) ? "disguised-address" : "disguised-loopback";
}

function isPublic([a = 0, b = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  return !((a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128) || (a === 192 && b === 0) || (a === 198 && (b === 18 || b === 19)) ||
    (a === 203 && b === 0) || (a === 198 && b === 51));
}
