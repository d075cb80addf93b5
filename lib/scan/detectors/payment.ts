/** Payment cards (ISO/IEC 7812). */
import type { DigitDetector, DigitRun, Span } from "../detector.ts";
import {
  groupCount,
  groupEnd,
  groupLength,
  groupStart,
  isWordUnit,
  runLength,
  separatorBefore,
  touchesWord,
} from "../digits.ts";

import { isHexTable, isInListOfIds, isSeries, isTable } from "./card_lists.ts";
import { isIssued, type Issuer, issuerAt } from "./cards.ts";

const NO_SPANS: readonly Span[] = [];
const DOT = 0x2e;
const MIN_DIGITS = 13, MAX_DIGITS = 19, MAX_GROUPS = 5;

/** Ways to group the digits, besides all in one and groups of four. */
const OTHER_SHAPES: readonly string[] = ["4-6-5", "4-6-4", "6-13", "4-3-3-3"];
/** With hyphens alone people group as they like; a table of numbers has spaces or dots. */
const HYPHENED_REGEXP = /^(?:[4-9]|1\d)(?:-(?:[3-9]|1\d)){0,3}(?:-\d{1,2})?$/;

/**
 * A card stands between blanks: a number that goes on over a dot or a hyphen is a longer number, a fraction
 * (`0.4539578763621486`) or an identifier (a UUID of digits), and not searched for cards in its middle.
 */
function findCards(text: string, run: DigitRun): readonly Span[] {
  if (runLength(run) < MIN_DIGITS) return NO_SPANS;
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
  return dot >= 0 && text.charCodeAt(dot) === DOT && !isWordUnit(text.charCodeAt(dot - 1));
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
    if (group === first && isInListOfIds(text, span) && !isCalledCard(text, span)) continue;
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
  let fours = true, hyphened = true;
  for (let group = first; group <= last; group++) {
    const length = groupLength(run, group);
    fours &&= group === last ? length <= 4 : length === 4;
    if (group > first) hyphened &&= separatorBefore(text, run, group) === "-";
  }
  if (fours && !hyphened) return isRowOfFours(text, run, first, last);
  const lengths = Array.from({ length: last - first + 1 }, (_, i) => groupLength(run, first + i));
  const shape = lengths.join("-");
  return OTHER_SHAPES.includes(shape) || (hyphened && HYPHENED_REGEXP.test(shape));
}

/** Sixteen digits or nineteen in groups of four, or another number of them and nothing else in the run. */
function isRowOfFours(text: string, run: DigitRun, first: number, last: number): boolean {
  const count = last - first + 1, length = groupLength(run, last);
  if (length !== 4 && !(count === 5 && length === 3) && count !== groupCount(run)) return false;
  const span = { start: groupStart(run, first), end: groupEnd(run, last) };
  return !isSeries(text, run, first) && !isTable(text, run, first, last) && !isHexTable(text, span);
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

/** Eight ids as a table has them, none of which is a card. */
// deno-fmt-ignore
const IDS: readonly string[] = [
  "6168511216801278", "1725706974401686", "7865438586387134", "1331667088187449", "2311249222441608",
  "6282580692630068", "9696610714457378", "7618818449093868",
];
const LIST_OF_CARDS = `${"4111111111111111\n5555555555554444\n".repeat(4)}6011111111111117`;

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
        "4111 1111 1111 1111 12 34 2027 4711",
        LIST_OF_CARDS,
        `${IDS.slice(0, 7).join("\n")}\n4111111111111111`,
        `card\n4111111111111111\n${IDS.join("\n")}`,
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
        "ports 5211 5212 5213 5214",
        "60 62 64 65 480 960 1440 1920 4111 4112 4113 4114 5211 5212 5213 5214",
        "1024 2048 4096 8192 5211 5212 5213 5214 1001 2002 3003 4004",
        `${IDS.join("\n")}\n4111111111111111\n${IDS.join("\n")}`,
        `ids: ${IDS.join(", ")}, 4111111111111111`,
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
