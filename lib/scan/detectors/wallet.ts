/** Seed phrases of wallets (BIP-39): the words of an English list, the last of them with a check sum. */
import { sha256Hex } from "../../base/mod.ts";
import type { Span, WalkDetector } from "../detector.ts";
import { isLetter, isListed, placeOf } from "./wallet_words.ts";

const COUNTS: readonly number[] = [24, 21, 18, 15, 12];
const MIN_WORDS = 12, TRACE_EVERY = 6, MIN_LENGTH = 3, MAX_LENGTH = 8;
/**
 * COST: no text is read from end to end. Twelve words of three letters with blanks between have 47 characters, so a phrase
 * has a letter or a gap at one of any places that are this far apart, and most words that stand there are not in the list.
 */
const HOP = 44;
/** `, `, `\n`, `" "`, ` 12. ` */
const MAX_GAP = 8;
/** Longer runs are no single phrase: one that goes up is the list itself, every other of many words is masked as a whole. */
const MAX_WORDS = 48;
/** A phrase that a wallet made has as many different words; a filler that says the same over and over has few. */
const MIN_DIFFERENT = 10;
/** Phrases that are hashed in one text; in a text with more of them each counts. */
const MAX_CHECKS = 500;

/** Words of the list with nothing but gaps between them. */
interface Run extends Span {
  readonly words: readonly number[];
  /** Where each word ends. */
  readonly ends: readonly number[];
}

/** Is the unit at `at` the letter of an escape, as in JSON source and in a text in a text? */
function isEscape(text: string, at: number): boolean {
  return text.charCodeAt(at - 1) === 0x5c && "nrt".includes(text.charAt(at));
}

/** What stands between the words of a phrase, besides blanks and line ends: commas, quotes, numbers, bullets. */
const GAP = new Set([...` \t\r\n,;|.:)"'\\0123456789`].map((unit) => unit.charCodeAt(0)));
const HYPHEN = 0x2d, QUOTE = 0x22;

/**
 * May `at` be in a gap? FALSE HITS: names in code and CSS are words of the list, with brackets, signs and hyphens between
 * them, and so are those of a marker (`[REDACTED:age-secret-key]`). A hyphen in front of a blank is a bullet.
 */
function isGap(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return GAP.has(unit) || isEscape(text, at) || (unit === HYPHEN && text[at + 1] === " ");
}

/** COST: a span in one number, so that a look at a word allocates nothing. */
function pack(start: number, end: number): number {
  return start * 16 + (end - start);
}

function unpack(packed: number): Span {
  return { start: packed >> 4, end: (packed >> 4) + (packed & 15) };
}

/** What covers the letter at `at` and has the hash of a word of the list, packed; −1 where nothing does. */
function wordAt(text: string, at: number): number {
  let start = at, end = at + 1;
  while (at - start < MAX_LENGTH && isLetter(text.charCodeAt(start - 1))) start--;
  while (end - at <= MAX_LENGTH && isLetter(text.charCodeAt(end))) end++;
  if (isEscape(text, start)) start++;
  if (end - start < MIN_LENGTH || end - start > MAX_LENGTH) return -1;
  return isListed(text, start, end) ? pack(start, end) : -1;
}

/** The next word behind `at`, if it is one of the list; packed, or −1. */
function wordBehind(text: string, at: number): number {
  for (let i = at; i <= at + MAX_GAP && i < text.length; i++) {
    if (isLetter(text.charCodeAt(i)) && !isEscape(text, i)) return wordAt(text, i);
    if (!isGap(text, i)) return -1;
  }
  return -1;
}

function wordBefore(text: string, at: number): number {
  for (let i = at - 1; i >= at - 1 - MAX_GAP && i >= 0; i--) {
    if (isLetter(text.charCodeAt(i)) && !isEscape(text, i)) return wordAt(text, i);
    if (!isGap(text, i)) return -1;
  }
  return -1;
}

function runsOf(text: string): readonly Run[] {
  return packedRuns(text, { hop: HOP, min: MIN_WORDS }).flatMap((packed) => exactRuns(text, packed));
}

interface Stride {
  readonly hop: number;
  readonly min: number;
}

/** LINEAR: what looks like a run is as long as it can be, so no two share a word, and the walk goes on behind it. */
function packedRuns(text: string, { hop, min }: Stride): readonly (readonly number[])[] {
  const runs: (readonly number[])[] = [];
  for (let at = hop; at < text.length; at += hop) {
    const middle = wordBehind(text, at);
    if (middle < 0) continue;
    const packed = runAround(text, middle);
    if (packed.length >= min) runs.push(packed);
    at = Math.max(at, unpack(packed.at(-1) ?? middle).end);
  }
  return runs;
}

function runAround(text: string, middle: number): readonly number[] {
  const run = [middle];
  for (let at = wordBefore(text, middle >> 4); at >= 0; at = wordBefore(text, at >> 4)) run.push(at);
  run.reverse();
  for (let at = middle; at >= 0;) {
    at = wordBehind(text, (at >> 4) + (at & 15));
    if (at >= 0) run.push(at);
  }
  return run;
}

/** Hashes are not exact: a word that is not in the list ends a run. */
function exactRuns(text: string, packed: readonly number[]): readonly Run[] {
  const runs: Run[] = [];
  let start = 0, words: number[] = [], ends: number[] = [];
  const close = () => {
    if (words.length >= MIN_WORDS) runs.push({ start, end: ends.at(-1) ?? 0, words, ends });
    words = [];
    ends = [];
  };
  // COST: by numbers, not by spans. A text can be one run from end to end, and is looked at by many.
  for (const span of packed) {
    const from = span >> 4, to = from + (span & 15);
    const word = placeOf(text.slice(from, to));
    if (word === undefined) {
      close();
      continue;
    }
    if (words.length === 0) start = from;
    words.push(word);
    ends.push(to);
  }
  close();
  return runs;
}

/** Of a phrase that is cut in two one part has as many whole words. */
const PART_WORDS = 6;
/** COST: six words have a letter or a gap at one of any places that are this far apart. */
const PART_HOP = PART_WORDS * MIN_LENGTH + PART_WORDS - 2;
/** As many quotes may stand between two parts: `"},{"type":"text","text":"` has eight. */
const QUOTES_BETWEEN = 12;

/**
 * In JSON source a run may reach over several strings: one trace in twelve words, so that the right string has one. Six
 * words beside a quote may be a part of a phrase: the string with the other part has to be looked at, too.
 */
function tracesOf(source: string): readonly number[] {
  const traces: number[] = [];
  let seen = 0;
  for (const packed of packedRuns(source, { hop: PART_HOP, min: PART_WORDS })) {
    if (packed.length >= MIN_WORDS) {
      for (const { ends } of exactRuns(source, packed)) {
        for (let i = 0; i < ends.length; i += TRACE_EVERY) traces.push((ends[i] ?? 1) - 1);
      }
    }
    addTracesAtQuotes(source, packed, traces);
    const quote = quoteFrom(source, unpack(packed[0] ?? 0).start - 1, -1) ?? 0;
    addTracesBefore(source, { quote, seen }, traces);
    seen = Math.max(seen, quote);
  }
  return traces.length === 0 ? traces : [...Uint32Array.from(traces).sort()]; // COST: sorted as numbers, without a callback
}

/** Behind the run, and in it: a run that goes over a quote stands in two strings. */
function addTracesAtQuotes(source: string, packed: readonly number[], traces: number[]): void {
  for (let i = 1; i < packed.length; i++) {
    let at = ((packed[i] ?? 0) >> 4) - 1;
    while (at > 0 && !isLetter(source.charCodeAt(at)) && source.charCodeAt(at) !== QUOTE) at--;
    if (source.charCodeAt(at) === QUOTE) traces.push(unpack(packed[i - 1] ?? 0).end - 1);
  }
  const { end } = unpack(packed.at(-1) ?? 0);
  if (quoteFrom(source, end, 1) !== undefined) traces.push(end - 1);
}

/** In the strings before the one that begins at `quote`. LINEAR: what was `seen` from a run before is not walked again. */
function addTracesBefore(
  source: string,
  { quote, seen }: { readonly quote: number; readonly seen: number },
  traces: number[],
): void {
  for (let at = quote, left = QUOTES_BETWEEN; at > seen && left > 0; left--) {
    traces.push(at - 1);
    at = source.lastIndexOf('"', at - 1);
  }
}

/** The quote that ends the string from `from` on, with a gap and what a cut left of a word in front of it at most. */
function quoteFrom(source: string, from: number, step: 1 | -1): number | undefined {
  let at = from, gap = 0, letters = 0;
  while (gap <= MAX_GAP && letters <= MAX_LENGTH) {
    if (source.charCodeAt(at) === QUOTE) return at;
    if (isLetter(source.charCodeAt(at))) letters++;
    else if (letters === 0 && isGap(source, at)) gap++;
    else return undefined;
    at += step;
  }
  return undefined;
}

function findPhrases(text: string): readonly Span[] {
  let checks = 0;
  const isChecked = (words: readonly number[]) => checks++ >= MAX_CHECKS || hasRightCheck(words);
  return runsOf(text).filter(({ words }) => !isAscending(words) && holdsPhrase(words, isChecked));
}

/** The list itself, or a part of it. */
function isAscending(words: readonly number[]): boolean {
  return words.every((word, i) => i === 0 || word > (words[i - 1] ?? 0));
}

/** Words of the sentence around a phrase may be in the list, too: a phrase may begin and end anywhere in a run. */
function holdsPhrase(words: readonly number[], isChecked: (words: readonly number[]) => boolean): boolean {
  if (words.length > MAX_WORDS) return new Set(words).size >= MIN_DIFFERENT;
  return COUNTS.some((count) => {
    for (let first = 0; first + count <= words.length; first++) {
      if (isChecked(words.slice(first, first + count))) return true;
    }
    return false;
  });
}

/** The first bits of the SHA-256 of the entropy stand behind it; eleven bits a word, one of 33 of them for the check. */
function hasRightCheck(words: readonly number[]): boolean {
  const bits = words.map((word) => word.toString(2).padStart(11, "0")).join("");
  const checkLength = bits.length / 33;
  const entropy = Uint8Array.from(
    { length: (bits.length - checkLength) / 8 },
    (_, i) => Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2),
  );
  const first = Number.parseInt(sha256Hex(entropy).slice(0, 2), 16).toString(2).padStart(8, "0");
  return bits.endsWith(first.slice(0, checkLength));
}

const ABANDON = "abandon ".repeat(11);

export const WALLET_DETECTORS: readonly WalkDetector[] = [
  {
    kind: "walk",
    id: "bip39-phrase",
    family: "wallet",
    description:
      "seed phrase of a wallet: 12, 15, 18, 21 or 24 words of the English list of BIP-39 with their check sum",
    specificity: 3,
    floor: true,
    traces: tracesOf,
    find: findPhrases,
    examples: {
      hits: [
        `${ABANDON}about`,
        `My seed is: ${ABANDON}about.`,
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
        "1. letter\n2. advice\n3. cage\n4. absurd\n5. amount\n6. doctor\n7. acoustic\n8. avoid\n9. letter\n10. advice\n11. cage\n12. above",
        '["zoo","zoo","zoo","zoo","zoo","zoo","zoo","zoo","zoo","zoo","zoo","wrong"]',
        "ZOO ZOO ZOO ZOO ZOO ZOO ZOO ZOO ZOO ZOO ZOO WRONG",
        "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold",
        `the secret phrase ${ABANDON}about with more behind it`,
        // The names beside it are words of the list, too.
        `{"word":"x","phrase":"${ABANDON}about","note":"number","open":"item"}`,
      ],
      misses: [
        `${ABANDON}abandon`,
        "abandon ability able about above absent absorb abstract absurd abuse access accident",
        `${"abandon ".repeat(10)}about`,
        `${"abandon ".repeat(6)}the ${"abandon ".repeat(5)}about`,
        "This is a sentence about a winner who would thank the legal year and waved a useful sausage at them.",
        "this.default = this.default.bind(this); this.catch = this.catch.bind(this); this.include = this.include.bind(this);",
        "['border-left-cover', 'border-model-enter', 'border-right-stable', 'outside-panel-move', 'inside-vessel-exit']",
        "word ".repeat(60),
        "one two fun ".repeat(40),
        "abandonabandonabandonabandonabandonabandonabandonabandonabandonabandonabandonabout",
      ],
    },
  },
];
