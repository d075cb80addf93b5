/**
 * Numbers that stand among others of their kind: tables and columns of ids, where one in fifty passes for a card. What is
 * let through here is let through although it has the form of a card, so each way out needs neighbours on both counts:
 * enough of them, and hardly a card among them. ATTACKER-CONTROLLED; each look is at a constant number of characters.
 */
import type { DigitRun, Span } from "../detector.ts";
import { groupCount, groupEnd, groupLength, groupStart, isDigit } from "../digits.ts";
import { isIssued, issuerAt } from "./cards.ts";

const MIN_NEIGHBOURS = 8, MAX_BESIDE = 8, MAX_SHARE = 0.25, MAX_GAP = 12;

/** `5211 5212 5213 5214`: groups of four that go up or down by the same amount. */
export function isSeries(text: string, run: DigitRun, first: number): boolean {
  const step = fourAt(text, run, first + 1) - fourAt(text, run, first);
  return step !== 0 && fourAt(text, run, first + 2) - fourAt(text, run, first + 1) === step &&
    fourAt(text, run, first + 3) - fourAt(text, run, first + 2) === step;
}

/** The number in a group of four digits; NaN where the run has no such group. COST: without a slice. */
function fourAt(text: string, run: DigitRun, group: number): number {
  if (groupLength(run, group) !== 4) return NaN;
  let number = 0;
  for (let at = groupStart(run, group), end = at + 4; at < end; at++) {
    number = number * 10 + text.charCodeAt(at) - 0x30;
  }
  return number;
}

/**
 * FALSE HITS: a list of four-digit numbers has a card number in one of forty places. A single number beside a card may
 * be when it expires; two are a list. In a list of cards the four groups before or behind are a card, too.
 */
export function isTable(text: string, run: DigitRun, first: number, last: number): boolean {
  let beside = 0;
  for (let i = 1; i <= 2; i++) {
    if (groupLength(run, first - i) === 4) beside++;
    if (groupLength(run, last + i) === 4) beside++;
  }
  if (beside < 2) return false;
  const isAligned = groupCount(run) % 4 === 0 && first % 4 === 0;
  return !isAligned || !(isCardOfFours(text, run, first - 4) || isCardOfFours(text, run, last + 1));
}

const HEX_BEFORE_REGEXP = /(?:(?<![0-9A-Za-z])[0-9A-Fa-f]{4}[ \n]){1,3}$/;
const HEX_BEHIND_REGEXP = /^(?:[ \n][0-9A-Fa-f]{4}(?![0-9A-Za-z])){1,3}/;
/** Three groups of four and what stands between them. */
const HEX_REACH = 16;

/** A line as `xxd` prints it, with the bytes as characters at its end. */
const DUMPED_REGEXP = /^[0-9a-f]{8}: (?:[0-9a-f]{4} ){4,8} {1,21}[\x20-\x7e]{1,16}\r?$/;
const MAX_DUMPED = 70;

function isDumped(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - MAX_DUMPED), start).replace(/^[^]*\n/, "");
  return DUMPED_REGEXP.test(before + text.slice(start, start + MAX_DUMPED).replace(/\n[^]*$/, ""));
}

/** FALSE HITS: does the row stand in a dump of bytes or a table of characters? Of the groups beside it two are no numbers. */
export function isHexTable(text: string, { start, end }: Span): boolean {
  if (isDumped(text, start)) return true;
  const before = HEX_BEFORE_REGEXP.exec(text.slice(Math.max(0, start - HEX_REACH), start))?.[0] ?? "";
  const behind = HEX_BEHIND_REGEXP.exec(text.slice(end, end + HEX_REACH))?.[0] ?? "";
  return `${before} ${behind}`.split(/\s+/).filter((group) => /\d/.test(group) && /[A-F]/i.test(group))
    .length >= 2;
}

function isCardOfFours(text: string, run: DigitRun, first: number): boolean {
  for (let group = first; group < first + 4; group++) if (groupLength(run, group) !== 4) return false;
  return isCard(text, { start: groupStart(run, first), end: groupEnd(run, first + 3) }, 16);
}

function isCard(text: string, span: Span, length: number): boolean {
  const issuer = issuerAt(text, span.start);
  return issuer !== undefined && isIssued(text, span, issuer, length);
}

/**
 * FALSE HITS: one random id in fifty has the form of a card. In a list (line by line, with commas, in quotes) of eight
 * others with as many digits, of which not a quarter are cards and neither of the two beside it is, it is an id.
 * LINEAR: at most sixteen neighbours are looked at, and in a list of cards two.
 */
export function isInListOfIds(text: string, span: Span): boolean {
  const length = span.end - span.start;
  let start = span.start, end = span.end, seen = 0, cards = 0;
  for (let beside = 0; beside < MAX_BESIDE; beside++) {
    const before = start < 0 ? -1 : numberBefore(text, start, length);
    const behind = end < 0 ? -1 : numberBehind(text, end, length);
    for (const at of [before, behind]) {
      if (at < 0) continue;
      seen++;
      if (isCard(text, { start: at, end: at + length }, length)) cards++;
    }
    if (beside === 0 && (seen === 0 || cards > 0)) return false;
    start = before;
    end = behind < 0 ? -1 : behind + length;
  }
  return seen >= MIN_NEIGHBOURS && cards < seen * MAX_SHARE;
}

/** Where the number of `length` digits begins that ends in front of `end`; −1 where something else stands there. */
function numberBefore(text: string, end: number, length: number): number {
  let at = end - 1;
  while (end - at <= MAX_GAP && isBetween(text, at)) at--;
  const start = at + 1 - length;
  return at < end - 1 && start >= 0 && isNumber(text, start, length) ? start : -1;
}

function numberBehind(text: string, end: number, length: number): number {
  let at = end;
  while (at - end <= MAX_GAP && isBetween(text, at)) at++;
  return at > end && isNumber(text, at, length) ? at : -1;
}

function isNumber(text: string, start: number, length: number): boolean {
  for (let at = start; at < start + length; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return !isDigit(text.charCodeAt(start - 1)) && !isDigit(text.charCodeAt(start + length));
}

const BETWEEN = new Set([...` \t\r\n,;|'"\\`].map((unit) => unit.charCodeAt(0)));

/** Blanks, line ends, commas and quotes; the letter of an escape, in a text inside of a text. */
function isBetween(text: string, at: number): boolean {
  return BETWEEN.has(text.charCodeAt(at)) || (text[at - 1] === "\\" && "nrt".includes(text.charAt(at)));
}
