/**
 * Numbers that stand among others of their kind: tables and columns of ids, where one in fifty passes for a card. What is
 * let through here is let through although it has the form of a card, so each way out needs neighbours on both counts:
 * enough of them, and hardly a card among them. ATTACKER-CONTROLLED; each look is at a constant number of characters.
 */
import type { DigitRun, Span } from "../detector.ts";
import { groupCount, groupEnd, groupLength, groupStart, isDigit } from "../digits.ts";
import { isCardNumber } from "./cards.ts";

const MIN_NEIGHBOURS = 8, MAX_BESIDE = 8, MAX_SHARE = 0.25, MAX_GAP = 12;

/** `5211 5212 5213 5214`: groups of four that go up or down by the same amount. */
export function isSeries(text: string, run: DigitRun, first: number, last: number): boolean {
  if (last - first !== 3 || groupLength(run, first) !== 4) return false;
  const numbers = [0, 1, 2, 3].map((i) =>
    Number(text.slice(groupStart(run, first + i), groupEnd(run, first + i)))
  );
  const steps = [1, 2, 3].map((i) => (numbers[i] ?? 0) - (numbers[i - 1] ?? 0));
  return steps[0] !== 0 && steps.every((step) => step === steps[0]);
}

/**
 * FALSE HITS: a list of four-digit numbers has a card number in one of forty places. A single number beside a card may
 * be when it expires; two are a list. In a list of cards the four groups before or behind are a card, too.
 */
export function isTable(text: string, run: DigitRun, first: number, last: number): boolean {
  const beside = [first - 2, first - 1, last + 1, last + 2].filter((group) => groupLength(run, group) === 4);
  if (beside.length < 2) return false;
  const isAligned = groupCount(run) % 4 === 0 && first % 4 === 0;
  return !isAligned || ![first - 4, last + 1].some((group) => isCardOfFours(text, run, group));
}

function isCardOfFours(text: string, run: DigitRun, first: number): boolean {
  const groups = [first, first + 1, first + 2, first + 3];
  return groups.every((group) => group >= 0 && groupLength(run, group) === 4) &&
    isCardNumber(groups.map((group) => text.slice(groupStart(run, group), groupEnd(run, group))).join(""));
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
      if (isCardNumber(text.slice(at, at + length))) cards++;
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

/** Blanks, line ends, commas and quotes; the letter of an escape, in a text inside of a text. */
function isBetween(text: string, at: number): boolean {
  return " \t\r\n,;|'\"\\".includes(text.charAt(at) || "0") ||
    (text[at - 1] === "\\" && "nrt".includes(text.charAt(at)));
}
