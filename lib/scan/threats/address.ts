/** One look at the authority of a URL: who is really asked? */
import { type Address, isPublic, readAddress } from "./ipv4.ts";

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
  const from = at < 0 ? begin : at + 1;
  const unit = text.charCodeAt(from);
  if (unit >= 0x30 && unit <= 0x39) {
    const address = readAddress(text, from, end);
    if (address !== undefined) return oddAddress(address);
  }
  const host = text.slice(from, end);
  if (unit === 0x5b) return INNER_BRACKETED_REGEXP.test(host) ? { oddity: "disguised-loopback" } : {};
  if (ENCODED_REGEXP.test(host)) return { oddity: "encoded" };
  return isMixed(host) ? { oddity: "look-alike" } : {};
}

const ENCODED_REGEXP = /(?:^|\.)xn--/i;
/** `[::1]` is what it says; an address of version 4 inside of one of version 6 is not. */
const INNER_BRACKETED_REGEXP =
  /^\[[0:]*:(?:ffff:)?(?:127|7f|169\.254|a9fe|10\.|a[0-9a-f]{2}:|192\.168|c0a8)/i;

function oddAddress({ value, plain }: Address): { readonly oddity?: HostOddity } {
  if (plain) return isPublic(value) ? { oddity: "public-address" } : {};
  return { oddity: isPublic(value) ? "disguised-address" : "disguised-loopback" };
}

/** `https://bank.com@evil.example`: the host is behind the sign, a reader sees what is before it. */
function looksLikeHost(userInfo: string): boolean {
  return DOMAIN_REGEXP.test(userInfo) && !userInfo.includes(":");
}

// deno-lint-ignore no-control-regex -- Latin is what is compared with
const BEYOND_ASCII_REGEXP = /[^\x00-\x7f]/;
const LATIN_REGEXP = /[a-z]/i;
/** Scripts with letters that look like Latin ones: Greek, Cyrillic, Armenian. */
const NEAR_LATIN_REGEXP = /[\u0370-\u03ff\u0400-\u04ff\u0530-\u058f]/;
/** Full-width letters, and characters that a browser reads as dots. */
const FOLDED_REGEXP = /[\uff01-\uff5e\u2024\u3002\u2488-\u249b]/;

function isMixed(host: string): boolean {
  if (!BEYOND_ASCII_REGEXP.test(host)) return false;
  return FOLDED_REGEXP.test(host) || (LATIN_REGEXP.test(host) && NEAR_LATIN_REGEXP.test(host));
}
