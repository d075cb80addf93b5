/** What in a result speaks to the model instead of answering it: weighted signs. */
import { type Seen, SignBook, type SignInfo, type Weight } from "../signs.ts";
import { ALL_INJECTION_SIGNS } from "./all.ts";
import { HIDDEN_SIGNS, hiddenIn } from "./invisible.ts";
import type { InjectionSign } from "./sign.ts";

/** What the operator configured under `[scan.injection]`. Plain data: it crosses a channel. */
export interface InjectionOptions {
  /** For every sign; absent: `annotate` below the threshold, `withhold` from it on. */
  readonly action?: "annotate" | "redact" | "withhold" | "allow";
  /** The sum of weights from which on a message counts as an injection. */
  readonly threshold?: number;
  /** RE2 patterns; each is a sign of its own. */
  readonly extraPatterns?: readonly string[];
}

/** One sign, and where in the text it stands (UTF-16 units, half-open). */
export interface InjectionHit {
  readonly id: string;
  /** 1 (seldom means anything) to 5 (hardly anything else does this). */
  readonly weight: Weight;
  readonly start: number;
  readonly end: number;
}

/** From this sum of weights on a result is withheld, where the operator configured nothing else. */
export const DEFAULT_INJECTION_THRESHOLD = 5;

/** The signs for documents and commands. */
export const INJECTION_SIGNS: readonly SignInfo[] = [...ALL_INJECTION_SIGNS, ...HIDDEN_SIGNS];

// deno-lint-ignore no-control-regex -- other scripts, hidden characters, and what terminals obey
const BEYOND_REGEXP = /[\x1b\x80-\uffff]/;

/** Could there be signs in `text`, or in a text with this JSON source, that {@link hasInjectionKeyword} does not tell of? */
export function mayHideInjection(text: string): boolean {
  return BEYOND_REGEXP.test(text);
}

const BOOK = new SignBook(ALL_INJECTION_SIGNS);

/**
 * Could there be a sign in `text`, or in a text with this JSON source, but for those with a quote in their keyword? Other
 * scripts and hidden characters are beyond it: {@link mayHideInjection}.
 */
export function hasInjectionKeyword(text: string): boolean {
  return BOOK.has(text);
}

/** Could there be a sign in `text`, as it is read? But for those of {@link mayHideInjection}. */
export function mayHoldInjection(text: string): boolean {
  return BOOK.hasInText(text);
}

/** What of the signs in a text is wanted. */
export interface InjectionLook {
  /** All of them, to be masked; otherwise each sign once, with the most that it weighs. */
  readonly all: boolean;
}

/** The signs in one plain text, ascending. ATTACKER-CONTROLLED; linear in the text. */
export function injectionIn(text: string, { all }: InjectionLook = { all: true }): readonly InjectionHit[] {
  // COST: a text can be full of one sign, and its weight is known from the first that is not quoted.
  const isEnough = (seen: Seen<InjectionSign>) => !all && hitOf(text, seen).weight === seen.sign.weight;
  const hits = BOOK.find(text, isEnough).map((seen) => hitOf(text, seen));
  const hidden = hiddenIn(text);
  if (hidden.length === 0) return hits;
  for (const { sign, start, end } of hidden) hits.push({ id: sign.id, weight: sign.weight, start, end });
  return hits.sort((a, b) => a.start - b.start);
}

function hitOf(text: string, { sign, start, end }: Seen<InjectionSign>): InjectionHit {
  const weight = sign.quotable === true && isQuoted(text, start, end) ? halved(sign.weight) : sign.weight;
  return { id: sign.id, weight, start, end };
}

function halved(weight: Weight): Weight {
  return weight <= 2 ? 1 : 2;
}

const QUOTES: readonly (readonly [open: string, close: string])[] = [
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
  ["“", "”"],
  ["„", "“"],
  ["«", "»"],
  ["‘", "’"],
];
const OPENING = QUOTES.map(([open]) => open).join("");
/** A quoted phrase may end in a word or a mark of its own before the quotation ends. */
const TAIL = 3;

/** Does the sign stand alone between quotation marks? It is spoken of then, rather than spoken. */
function isQuoted(text: string, start: number, end: number): boolean {
  const before = text.charAt(start - 1);
  return OPENING.includes(before) &&
    QUOTES.some(([open, close]) => before === open && text.slice(end - 1, end + TAIL).includes(close));
}
