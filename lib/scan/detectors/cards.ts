/** What a number of a payment card is (ISO/IEC 7812): its issuer, its length and its check digit. */
import type { Span } from "../detector.ts";
import { isDigit } from "../digits.ts";

/** Ranges of the first six digits, and the lengths that the issuer really gives out. */
export interface Issuer {
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
  /** Are 19 digits usual? One in sixty random 64-bit numbers would pass for a 19-digit card of the others. */
  readonly long?: true;
}

// FALSE HITS: one random number in ten passes Luhn, so the prefix and the length have to do the work. Times since 1970
// in ms, µs and ns begin with 1 and so do most database ids; .NET ticks begin with 63, 17- and 18-digit ids of chat
// services with 2 to 6. Lengths that a scheme allows and nobody issues are left out for that reason.
const ISSUERS: readonly Issuer[] = [
  { from: 400000, to: 499999, lengths: [13, 16, 19] }, // Visa
  { from: 510000, to: 559999, lengths: [16] }, // Mastercard
  { from: 222100, to: 272099, lengths: [16] }, // Mastercard, 2-series
  { from: 340000, to: 349999, lengths: [15] }, // American Express
  { from: 370000, to: 379999, lengths: [15] },
  { from: 601100, to: 601199, lengths: [16, 19] }, // Discover
  { from: 644000, to: 659999, lengths: [16, 19] },
  { from: 352800, to: 358999, lengths: [16, 19] }, // JCB
  { from: 300000, to: 305999, lengths: [14, 16, 19] }, // Diners Club
  { from: 309500, to: 309599, lengths: [14, 16, 19] },
  { from: 360000, to: 369999, lengths: [14, 16, 19] },
  { from: 380000, to: 399999, lengths: [14, 16, 19] },
  { from: 620000, to: 629999, lengths: [16, 17, 18, 19], long: true }, // UnionPay
  // Maestro owns most of 50 and 56 to 69; only the blocks in use are taken.
  { from: 501800, to: 501899, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
  { from: 502000, to: 502099, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
  { from: 503800, to: 503899, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
  { from: 561200, to: 561299, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
  { from: 589300, to: 589399, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
  { from: 630400, to: 630499, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
  { from: 675900, to: 675999, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
  { from: 676100, to: 676399, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
  { from: 676770, to: 676779, lengths: [13, 14, 15, 16, 17, 18, 19], long: true },
];

const ISSUERS_BY_DIGIT: readonly (readonly Issuer[])[] = Array.from(
  { length: 10 },
  (_, digit) => ISSUERS.filter(({ from }) => Math.floor(from / 100_000) === digit),
);

/** The issuer that the six digits from `start` on stand for; separators between them are skipped. */
export function issuerAt(text: string, start: number): Issuer | undefined {
  // Nearly every number is turned away by its first digit.
  const issuers = ISSUERS_BY_DIGIT[text.charCodeAt(start) - 0x30] ?? [];
  if (issuers.length === 0) return undefined;
  let prefix = 0;
  for (let at = start, digits = 0; digits < 6; at++) {
    const unit = text.charCodeAt(at);
    if (isDigit(unit)) {
      prefix = prefix * 10 + unit - 0x30;
      digits++;
    } else if (at - start > 2 * 6 || Number.isNaN(unit)) return undefined;
  }
  for (const issuer of issuers) if (prefix >= issuer.from && prefix <= issuer.to) return issuer;
  return undefined;
}

/** Could `issuer` have given out the `length` digits of the span? ATTACKER-CONTROLLED `text`. */
export function isIssued(text: string, span: Span, issuer: Issuer, length: number): boolean {
  if (!issuer.lengths.includes(length) || !passesLuhn(text, span)) return false;
  // Visa's 13 digits are long out of use, and bar codes of goods (EAN-13) have as many and may begin with 4.
  return length !== 13 || !isArticleNumber(text.slice(span.start, span.end).replace(/\D/g, ""));
}

/** The check digit of ISO/IEC 7812-1, annex B, over the digits of a span. */
function passesLuhn(text: string, { start, end }: Span): boolean {
  let sum = 0, twice = false;
  for (let at = end - 1; at >= start; at--) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) continue;
    sum += twice ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
    twice = !twice;
  }
  return sum % 10 === 0;
}

/** The check digit of a GTIN-13 (GS1 General Specifications, 7.9). */
function isArticleNumber(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += (digits.charCodeAt(i) - 0x30) * (i % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}
