/** Numbers that stand for a person. */
import type { DigitDetector, DigitRun, Span, ValueReader } from "../detector.ts";
import {
  groupCount,
  groupEnd,
  groupLength,
  groupStart,
  isDigit,
  isWordBefore,
  isWordUnit,
  separatorBefore,
  touchesWord,
} from "../digits.ts";

const NO_SPANS: readonly Span[] = [];

/** ddd-dd-dddd, in the numbers that the Social Security Administration gives out (20 CFR 422; POMS RM 10201). */
function findSocialSecurityNumbers(text: string, run: DigitRun): readonly Span[] {
  const count = groupCount(run);
  if (count < 3) return NO_SPANS;
  const found: Span[] = [];
  const touches = touchesWord(text, run);
  for (let first = 0; first + 2 < count; first++) {
    if (groupLength(run, first) !== 3 || groupLength(run, first + 1) !== 2) continue;
    if (groupLength(run, first + 2) !== 4) continue;
    if (separatorBefore(text, run, first + 1) !== "-" || separatorBefore(text, run, first + 2) !== "-") {
      continue;
    }
    // A number that goes on over a hyphen or a dot is a longer one: an order, a serial, a version.
    if (first === 0 ? touches.before : separatorBefore(text, run, first) !== " ") continue;
    if (first + 3 === count ? touches.behind : separatorBefore(text, run, first + 3) === "-") continue;
    const span = { start: groupStart(run, first), end: groupEnd(run, first + 2) };
    if (isIssuedSsn(text.slice(span.start, span.end))) found.push(span);
  }
  return found;
}

/** Nine digits alone are anything: only behind a name that says what they are. */
function findNamedSsn(text: string, run: DigitRun): readonly Span[] {
  const plain = groupCount(run) === 1 && groupLength(run, 0) === 9;
  const spaced = groupCount(run) === 3 && groupLength(run, 0) === 3 && groupLength(run, 1) === 2 &&
    groupLength(run, 2) === 4 && text[groupEnd(run, 0)] !== "-";
  if (!plain && !spaced) return NO_SPANS;
  const span = { start: groupStart(run, 0), end: groupEnd(run, groupCount(run) - 1) };
  if (isWordUnit(text.charCodeAt(span.end)) || !isNamedSsn(text, span.start)) return NO_SPANS;
  return isIssuedSsn(hyphened(text.slice(span.start, span.end))) ? [span] : NO_SPANS;
}

const SSN_NAME_REGEXP = /(?<![a-z])(?:ssn|social[ _-]?security(?:[ _-]?(?:number|num|no))?)$/i;
/** `userSsn`; `className` has the letters, too. */
const SSN_HUMP_REGEXP = /[a-z](?:Ssn|SSN|SocialSecurity(?:Number|Num|No)?)$/;

function isSsnName(name: string): boolean {
  return SSN_NAME_REGEXP.test(name) || SSN_HUMP_REGEXP.test(name);
}

const BETWEEN = ` :="'#\\\t`;

function isNamedSsn(text: string, start: number): boolean {
  let end = start;
  while (start - end < 8 && BETWEEN.includes(text[end - 1] ?? "-")) end--;
  if (end === start) return false;
  // Nearly every number is turned away by one letter: of `ssn`, `security`, `number`, `num`, `no`, `is`, `no.`
  if (!"nyrmos.NYRMOS".includes(text.charAt(end - 1))) return false;
  const name = text.slice(Math.max(0, end - 28), end);
  return isSsnName(/ (?:is|no\.)$/.test(name) ? name.slice(0, name.lastIndexOf(" ")) : name);
}

/** `078051120`, `078 05 1120`: as ddd-dd-dddd. */
function hyphened(number: string): string {
  const middle = number.length === 9 ? 3 : 4;
  return `${number.slice(0, 3)}-${number.slice(middle, middle + 2)}-${number.slice(-4)}`;
}

function ssnMember(key: string): ValueReader | undefined {
  return isSsnName(key) ? ssnValue : undefined;
}

function ssnValue(value: string): Span | undefined {
  const number = value.trim();
  if (!/^(?:\d{9}|\d{3}[ .]\d{2}[ .]\d{4})$/.test(number) || !isIssuedSsn(hyphened(number))) return undefined;
  const start = value.indexOf(number);
  return { start, end: start + number.length };
}

/** `number`: ddd-dd-dddd. COST: a text can be full of them. */
function isIssuedSsn(number: string): boolean {
  if (number.startsWith("9") || number.startsWith("000") || number.startsWith("666")) return false;
  return !number.startsWith("-00", 3) && !number.endsWith("0000");
}

/** Ten digits as 3-3-4, with separators; a `(ddd)` in front ends a run of its own. */
function findPhones(text: string, run: DigitRun): readonly Span[] {
  if (groupCount(run) < 2) return NO_SPANS;
  const found: Span[] = [];
  for (let last = 1; last < groupCount(run); last++) {
    if (groupLength(run, last) !== 4 || groupLength(run, last - 1) !== 3) continue;
    if (goesOn(text, run, last)) continue;
    const start = groupLength(run, last - 2) === 3
      ? startOfPlain(text, run, last - 2)
      : last === 1
      ? startOfBracketed(text, groupStart(run, 0))
      : -1;
    if (start >= 0) found.push({ start, end: groupEnd(run, last) });
  }
  return found;
}

function goesOn(text: string, run: DigitRun, last: number): boolean {
  if (last === groupCount(run) - 1) return touchesWord(text, run).behind;
  return separatorBefore(text, run, last + 1) !== " ";
}

/** `555-123-4567`, with `1-` or `+1 ` before it; −1 where these groups are no phone number. */
function startOfPlain(text: string, run: DigitRun, area: number): number {
  const start = groupStart(run, area);
  const before = separatorBefore(text, run, area);
  const countryCode = area > 0 && text.slice(groupStart(run, area - 1), start - 1) === "1";
  if (area === 0 || (area === 1 && countryCode)) {
    if (gluedBefore(text, groupStart(run, 0))) return -1;
  } else if (before !== " ") return -1;
  if (!areSeparatorsUsual(text, run, area) && !isCertain(text, run, { area, countryCode })) return -1;
  return countryCode ? withPlus(text, groupStart(run, area - 1)) : start;
}

/** With a hyphen before the last four, and none of the dots that make `252.227-7013` the clause of a contract. */
function areSeparatorsUsual(text: string, run: DigitRun, area: number): boolean {
  return separatorBefore(text, run, area + 2) === "-" && separatorBefore(text, run, area + 1) !== ".";
}

/**
 * FALSE HITS: three numbers in a row of a table and versions have blanks or dots, too. Without hyphens the number needs
 * an area code of the numbering plan (it begins with 2 to 9) and one kind of separator, and has to stand alone.
 */
function isCertain(text: string, run: DigitRun, { area, countryCode }: Area): boolean {
  const alone = groupCount(run) === 3 || (groupCount(run) === 4 && area === 1 && countryCode);
  return alone && separatorBefore(text, run, area + 1) === separatorBefore(text, run, area + 2) &&
    /[2-9]/.test(text.charAt(groupStart(run, area)));
}

interface Area {
  readonly area: number;
  readonly countryCode: boolean;
}

/** `(555) 123-4567`: looks back from `123` to where the number begins; −1 where there is no area code. */
function startOfBracketed(text: string, exchange: number): number {
  let at = exchange - 1;
  if (" -.".includes(text.charAt(at))) at--;
  if (text[at] !== ")") return -1;
  const open = at - 4;
  if (text[open] !== "(") return -1;
  for (let i = open + 1; i < at; i++) if (!isDigit(text.charCodeAt(i))) return -1;
  let start = open;
  const gap = " -.".includes(text.charAt(open - 1)) ? 1 : 0;
  const country = open - 1 - gap;
  if (text[country] === "1" && !isWordUnit(text.charCodeAt(country - 1))) start = withPlus(text, country);
  return start;
}

function withPlus(text: string, at: number): number {
  return text[at - 1] === "+" ? at - 1 : at;
}

/** `ORD-555-123-4567` and `x555-123-4567` are names of something. */
function gluedBefore(text: string, start: number): boolean {
  return isWordBefore(text, start) || (text[start - 1] === "-" && isWordUnit(text.charCodeAt(start - 2)));
}

export const PERSON_DETECTORS: readonly DigitDetector[] = [
  {
    kind: "digits",
    id: "ssn",
    family: "person",
    description: "United States social-security number, written with hyphens, or without behind its name",
    specificity: 2,
    floor: false,
    // A run of one has the other form, or none.
    find: (text, run) => {
      const named = findNamedSsn(text, run);
      return named.length > 0 ? named : findSocialSecurityNumbers(text, run);
    },
    // As a key: `className` has the letters, too.
    keywords: ['"ssn', "_ssn", "social security", "social_security", "socialsecurity"],
    member: ssnMember,
    examples: {
      hits: [
        "078-05-1120",
        "SSN: 123-45-6789.",
        "ssn=123-45-6789;",
        "219-09-9999 457-55-5462",
        "(123-45-6789)",
        "SSN: 123456789",
        "ssn=078051120&x=1",
        '{\\"user_ssn\\": \\"123456789\\"}',
        "social security number 123 45 6789",
      ],
      misses: [
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "123-00-4567",
        "123-45-0000",
        "123456789",
        "SSN: 000456789",
        "className: 123456789",
        "ssn: 1234567890",
        "order 123456789",
        "123-45-67890",
        "1123-45-6789",
        "123-45-6789-01",
        "12-123-45-6789",
        "A123-45-6789",
        "2026-11-20",
      ],
    },
  },
  {
    kind: "digits",
    id: "us-phone",
    family: "person",
    description: "telephone number of the North American plan, written with separators",
    specificity: 2,
    floor: false,
    find: findPhones,
    examples: {
      hits: [
        "555-123-4567",
        "call (555) 123-4567 now",
        "(555)123-4567",
        "+1 555-123-4567",
        "1-800-555-0199",
        "+1 (415) 555-2671",
        "415.555.2671",
        "555.123.4567",
        "555 123 4567",
        "415 555 2671",
        "+1 415 555 2671",
        "tel:+1-415-555-2671",
        "a 415-555-2671 b 415-555-2672",
      ],
      misses: [
        "5551234567",
        "555-1234",
        "555-123-45678",
        "5555-123-4567",
        "555-123-4567-89",
        "2024-555-123-4567",
        "ORD-555-123-4567",
        "112-7654321-1234567",
        "IU-233.143.2671",
        "DFARS 252.227-7013",
        "insert ( 10166 601 600 1532 e f )",
        "100 200 3000",
        "415 555 2671 300",
        "115.0.5790.170",
        "127.0.0.1:8080",
        "2026-11-20T09:07:46.123456Z",
        "550e8400-e29b-41d4-a716-446655440000",
      ],
    },
  },
];
