import type { DigitRun } from "./detector.ts";

const SPACE = 0x20, HYPHEN = 0x2d, DOT = 0x2e, UNDERSCORE = 0x5f;

/** COST: an array that grows has room for many, and a text is full of runs: each is a copy of what is put together here. */
const bounds: number[] = [];

/** The next run of digit groups in `text` at or behind `from`; `undefined` where no digit follows. */
export function nextDigitRun(text: string, from: number): DigitRun | undefined {
  let at = from;
  while (at < text.length && !isDigit(text.charCodeAt(at))) at++;
  if (at >= text.length) return undefined;
  for (let count = 0;;) {
    bounds[count++] = at;
    while (at < text.length && isDigit(text.charCodeAt(at))) at++;
    bounds[count++] = at;
    if (at + 1 >= text.length || !isSeparator(text.charCodeAt(at)) || !isDigit(text.charCodeAt(at + 1))) {
      return bounds.slice(0, count);
    }
    at++;
  }
}

/** From the first digit of the run to the last, what stands between the groups included. */
export function runLength(run: DigitRun): number {
  return (run[run.length - 1] ?? 0) - (run[0] ?? 0);
}

/** How many groups the run has. */
export function groupCount(run: DigitRun): number {
  return run.length / 2;
}

/** Where group `index` begins. INVARIANT: `index` is one of the run's. */
export function groupStart(run: DigitRun, index: number): number {
  return run[index * 2] ?? 0;
}

/** Where group `index` ends. */
export function groupEnd(run: DigitRun, index: number): number {
  return run[index * 2 + 1] ?? 0;
}

/** How many digits group `index` has; 0 where the run has no such group. */
export function groupLength(run: DigitRun, index: number): number {
  return groupEnd(run, index) - groupStart(run, index);
}

/** What stands between group `index` and the one before it; empty for the first. */
export function separatorBefore(text: string, run: DigitRun, index: number): string {
  return index <= 0 || index >= groupCount(run) ? "" : text.charAt(groupStart(run, index) - 1);
}

const BACKSLASH = 0x5c;
const ESCAPE_LETTERS = "nrt";

export function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** A letter, a digit or an underscore (ASCII): what makes a number beside it a part of some name. */
export function isWordUnit(unit: number): boolean {
  return isDigit(unit) || (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) ||
    unit === UNDERSCORE;
}

/** Does a word touch `start`? The letter of an escape in a text inside of a text (`\\n4111…`) is none. */
export function isWordBefore(text: string, start: number): boolean {
  if (start === 0) return false;
  const before = text.charCodeAt(start - 1);
  if (!isWordUnit(before)) return false;
  return text.charCodeAt(start - 2) !== BACKSLASH || !ESCAPE_LETTERS.includes(text[start - 1] ?? "");
}

/** Does the run begin and end free, or is it glued to a word as in `abc123` and `0x12`? */
export function touchesWord(
  text: string,
  run: DigitRun,
): { readonly before: boolean; readonly behind: boolean } {
  return {
    before: isWordBefore(text, groupStart(run, 0)),
    behind: isWordUnit(text.charCodeAt(groupEnd(run, groupCount(run) - 1))),
  };
}

function isSeparator(unit: number): boolean {
  return unit === SPACE || unit === HYPHEN || unit === DOT;
}
