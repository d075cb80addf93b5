/** Payment cards (ISO/IEC 7812). */
import type { DigitDetector, DigitRun, Span } from "../detector.ts";
import {
  groupCount,
  groupEnd,
  groupLength,
  groupStart,
  isDigit,
  isWordUnit,
  separatorBefore,
  touchesWord,
} from "../digits.ts";

const MIN_DIGITS = 13, MAX_DIGITS = 19, MAX_GROUPS = 5;

/** Ranges of the first six digits, and the lengths that the issuer really gives out. */
interface Issuer {
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

/** Ways to group the digits, besides all in one and groups of four. */
const OTHER_SHAPES: readonly string[] = ["4-6-5", "4-6-4", "6-13", "4-3-3-3"];
/** With hyphens alone people group as they like; a table of numbers has spaces or dots. */
const HYPHENED_REGEXP = /^(?:[4-9]|1\d)(?:-(?:[3-9]|1\d)){0,3}(?:-\d{1,2})?$/;

/** Is the string of digits a number that an issuer of payment cards could have given out? */
export function isCardNumber(digits: string): boolean {
  const issuer = issuerAt(digits, 0);
  return issuer !== undefined && isIssued(digits, { start: 0, end: digits.length }, issuer, digits.length);
}

/** The issuer that the six digits from `start` on stand for; separators between them are skipped. */
function issuerAt(text: string, start: number): Issuer | undefined {
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

function isIssued(text: string, span: Span, issuer: Issuer, length: number): boolean {
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

/**
 * A card stands between blanks: a number that goes on over a dot or a hyphen is a longer number, a fraction
 * (`0.4539578763621486`) or an identifier (a UUID of digits), and not searched for cards in its middle.
 */
function findCards(text: string, run: DigitRun): readonly Span[] {
  const found: Span[] = [];
  const touches = touchesWord(text, run);
  if (groupLength(run, 0) === 8 && isUuid(text, groupStart(run, 0))) return found;
  for (let first = 0; first < groupCount(run); first++) {
    if (groupLength(run, first) < 4) continue;
    if (first === 0 ? touches.before || isFraction(text, run) : separatorBefore(text, run, first) !== " ") {
      continue;
    }
    const issuer = issuerAt(text, groupStart(run, first));
    const last = issuer === undefined
      ? -1
      : lastGroupOfCard(text, run, { first, issuer, glued: touches.behind });
    if (last < 0) continue;
    found.push({ start: groupStart(run, first), end: groupEnd(run, last) });
    first = last;
  }
  return found;
}

/** One UUID in seven thousand begins with the sixteen digits of a card. */
function isUuid(text: string, start: number): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])/i.test(
    text.slice(start, start + 37),
  );
}

/** `.4539578763621486` */
function isFraction(text: string, run: DigitRun): boolean {
  const dot = groupStart(run, 0) - 1;
  return text[dot] === "." && !isWordUnit(text.charCodeAt(dot - 1));
}

interface Candidate {
  readonly first: number;
  readonly issuer: Issuer;
  /** Does the run's end touch a word? */
  readonly glued: boolean;
}

/** The last group of the longest card that begins with group `first`; −1 where none does. */
function lastGroupOfCard(text: string, run: DigitRun, { first, issuer, glued }: Candidate): number {
  const start = groupStart(run, first);
  const count = groupCount(run), end = Math.min(count, first + MAX_GROUPS);
  let digits = 0, found = -1;
  for (let group = first; group < end; group++) {
    digits += groupLength(run, group);
    if (digits > MAX_DIGITS) break;
    if (digits < MIN_DIGITS) continue;
    const code = isSecurityCode(text, run, { group, digits, glued });
    if (group === count - 1 ? glued : separatorBefore(text, run, group + 1) !== " " && !code) continue;
    const span = { start, end: groupEnd(run, group) };
    if (!isIssued(text, span, issuer, digits) || !isCardShape(text, run, first, group)) continue;
    if (digits === MIN_DIGITS && isPathSegment(text, span)) continue;
    if (digits === MAX_DIGITS && group === first && !issuer.long && !isCalledCard(text, span)) continue;
    found = code ? group + 1 : group;
  }
  return found;
}

interface Last {
  readonly group: number;
  readonly digits: number;
  readonly glued: boolean;
}

/** `4111 1111 1111 1111-123`: three digits behind a card, four behind one of American Express, and then no more. */
function isSecurityCode(text: string, run: DigitRun, { group, digits, glued }: Last): boolean {
  return group === groupCount(run) - 2 && !glued && separatorBefore(text, run, group + 1) === "-" &&
    groupLength(run, group + 1) === (digits === 15 ? 4 : 3);
}

function isCardShape(text: string, run: DigitRun, first: number, last: number): boolean {
  if (first === last) return true;
  const lengths: number[] = [];
  let fours = true, hyphened = true;
  for (let group = first; group <= last; group++) {
    const length = groupLength(run, group);
    lengths.push(length);
    fours &&= group === last ? length <= 4 : length === 4;
    if (group > first) hyphened &&= separatorBefore(text, run, group) === "-";
  }
  const shape = lengths.join("-");
  if (OTHER_SHAPES.includes(shape) || (hyphened && HYPHENED_REGEXP.test(shape))) return true;
  if (!fours || isTable(run, first, last)) return false;
  return shape.endsWith("4") || shape === "4-4-4-4-3" || lengths.length === groupCount(run);
}

/**
 * FALSE HITS: a list of four-digit numbers has a card number in one of forty places. A single number beside a card may
 * be when it expires; two are a list.
 */
function isTable(run: DigitRun, first: number, last: number): boolean {
  const neighbours = [first - 2, first - 1, last + 1, last + 2].filter((group) =>
    groupLength(run, group) === 4
  );
  return neighbours.length > 1 && (groupCount(run) % 4 !== 0 || first % 4 !== 0);
}

/** Help centres number their articles with 13 digits: `/articles/4408843597850-How-to`. */
function isPathSegment(text: string, { start, end }: Span): boolean {
  return text[start - 1] === "/" || (text[end] === "-" && /[A-Za-z]/.test(text.charAt(end + 1)));
}

/** Does the number stand alone, or behind a word that says what it is? */
function isCalledCard(text: string, { start, end }: Span): boolean {
  if (start === 0 && end === text.length) return true;
  return /card|visa|discover|jcb|diners|credit|payment|\bpan\b|\bcc\b/i.test(
    text.slice(Math.max(0, start - 32), start),
  );
}

export const PAYMENT_DETECTORS: readonly DigitDetector[] = [
  {
    kind: "digits",
    id: "pan",
    family: "payment",
    description: "payment card number with a known issuer, a length it gives out and a right check digit",
    specificity: 2,
    floor: false,
    find: findCards,
    examples: {
      hits: [
        "4111111111111111",
        "card 4111 1111 1111 1111 exp 12/27",
        "4012-8888-8888-1881",
        "4222222222222",
        "4000000000000000006",
        "card number: 4000000000000000006",
        "4000 0000 0000 0000 006",
        "6250000000000000005",
        "4111.1111.1111.1111",
        "5555555555554444",
        "2223003122003222",
        "2720 9900 0000 0007",
        "3782 822463 10005",
        "371449635398431",
        "6011111111111117",
        "6011-0009-9013-9424",
        "3530111333300000",
        "3056 930902 5904",
        "38520000023237",
        "6200000000000005",
        "6759649826438453",
        "1. 4111 1111 1111 1111",
        "4111 1111 1111 1111 5555 5555 5555 4444",
        "cc:4111111111111111,",
        "3782-8224-6310-005",
        "5105-10510-5105-100",
        "4111 1111 1111 1111-123",
        "4111-1111-1111-1111-123",
        "3782 822463 10005-1234",
      ],
      misses: [
        "4111111111111112",
        "1731234567893",
        "1731234567890123",
        "94111111111111111",
        "41111111111111111",
        "4111111111111111a",
        "a4111111111111111",
        "0x4111111111111111",
        "0.4111111111111111",
        ".4111111111111111",
        "seed 4000000000000000006",
        "5211 5212 5213 5214 5215 5216 5217 5218 5219",
        "( 10752 4077 1083 1083 4 )",
        "4111111111111111.5",
        "4111-1111-1111-1111-1111-1111",
        "4111 1111 1111 1111-12345",
        "4111 1111 1111 1111-123-4",
        "12345678-4111-1111-1111-111111114444",
        "25671627-2776-4820-aa57-0f83d0f1e997",
        "order_4111111111111111",
        "https://help.example.com/articles/4408843597850-How-to",
        "4006381333931",
        "4000 0000 0000",
        "9999999999999995",
        "192.168.100.200",
        "2026-11-20 09:07:46.123456",
      ],
    },
  },
];
