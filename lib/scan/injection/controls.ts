/** Characters that a terminal obeys or that nobody sees, taken out of a text. */
import type { Span } from "../detector.ts";
import { textOf } from "../views/view.ts";
import { HIDDEN_REGEXP } from "./invisible.ts";

export interface Cleaned {
  readonly text: string;
  /** What was taken out, in units of the original text, ascending and apart. */
  readonly removed: readonly Span[];
}

const NOTHING: readonly Span[] = [];

/**
 * Takes out escapes of terminals (ECMA-48: CSI, OSC, DCS and the like, in 7 and in 8 bits), tag characters, bidi
 * embeddings, overrides and isolates, and characters without width. What a script or a picture needs stays: joiners
 * between emoji and between letters of scripts that join, variation selectors, region flags, marks of direction.
 * ATTACKER-CONTROLLED; linear in the text.
 */
export function cleanControls(text: string): Cleaned {
  const bounds = removedFrom(text);
  if (bounds.length === 0) return { text, removed: NOTHING };
  const removed: Span[] = [];
  for (let i = 0; i < bounds.length; i += 2) removed.push({ start: bounds[i] ?? 0, end: bounds[i + 1] ?? 0 });
  return { text: withoutRemoved(text, bounds), removed };
}

const NO_BOUNDS: readonly number[] = [];

/** As {@link Cleaned.removed}: where the first begins and ends, the second begins and so on. COST: a text can be half of them. */
export function removedFrom(text: string): readonly number[] {
  if (!HIDDEN_REGEXP.test(text)) return NO_BOUNDS;
  const bounds: number[] = [];
  for (let at = 0, last = -1; at < text.length;) {
    const end = endOfRemoved(text, at);
    if (end === at) {
      at++;
      continue;
    }
    if (last === at) bounds[bounds.length - 1] = end;
    else bounds.push(at, end);
    at = last = end;
  }
  return bounds;
}

/** `text` without what is between the bounds of {@link removedFrom}. */
export function withoutRemoved(text: string, bounds: readonly number[]): string {
  const units = new Uint16Array(text.length);
  let count = 0, at = 0;
  for (let i = 0; i <= bounds.length; i += 2) {
    for (const start = bounds[i] ?? text.length; at < start; at++) units[count++] = text.charCodeAt(at);
    at = bounds[i + 1] ?? text.length;
  }
  return textOf(units.subarray(0, count));
}

/**
 * An escape string ends with BEL or ST. One that does not end is taken out with its opening alone: nothing that stands
 * behind it may vanish, and without the opening it is only text.
 */
const STRING_LIMIT = 4096;
// deno-fmt-ignore
const ESCAPES = [
  `(?:\\x1b[\\]PX^_]|[\\x9d\\x90\\x98\\x9e\\x9f])[^\\x07\\x1b\\x18\\x1a\\x90\\x98\\x9b-\\x9f]{0,${STRING_LIMIT}}(?:\\x07|\\x1b\\\\|\\x9c)`,
  "(?:\\x1b\\[|\\x9b)[0-?]{0,64}[ -/]{0,16}[@-~]",
  "\\x1b[ -/]{1,4}[0-~]",
  "\\x1b[0-~]?",
  "[\\x90\\x98\\x9b-\\x9f]",
];

/** Scripts whose letters take another form beside a joiner or a non-joiner (Unicode, chapter 23.2). */
const JOINING =
  "[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Nko}\\p{Script=Mandaic}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Tibetan}\\p{M}]";
/** Selects a form of the character before it. */
const SELECTOR = "\\u180b-\\u180d\\u180f\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}";
/** Marks that are seen nowhere: between two of them a joiner joins nothing. */
const JOINED = `(?![\\u034f\\u17b4\\u17b5\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}])${JOINING}`;
/** One alone says how letters stand, a row of them spells something. */
const SINGLE = "\\u00ad\\u034f\\u061c\\u200e\\u200f";
const VIRAMA = "[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u1039\\u17d2]";
const PICTURE = "[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f]";

// deno-fmt-ignore
const INVISIBLE = [
  // A joiner between two letters that join, or between two pictures, belongs to them.
  `(?<!${JOINED})[\\u200c\\u200d](?<!${PICTURE}\\u200d(?=\\p{Extended_Pictographic}))`,
  // Behind a sign that takes away a vowel it also stands at the end of a word.
  `(?<!${VIRAMA})[\\u200c\\u200d](?!${JOINED}|\\p{Extended_Pictographic})`,
  // A flag of a region: a black flag, letters and digits as tags, the end of a tag.
  "(?<!\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{0,6})[\\u{e0000}-\\u{e007f}]+",
  // Behind the six that a flag has at most, and where a flag does not end.
  "(?<=\\u{1f3f4})[\\u{e0020}-\\u{e007e}]{1,6}(?![\\u{e0020}-\\u{e007f}])",
  "(?<=\\u{1f3f4}[\\u{e0020}-\\u{e007e}]{6})[\\u{e0020}-\\u{e007e}]+\\u{e007f}?",
  "[\\u202a-\\u202e\\u2066-\\u2069\\u206a-\\u206f\\u2060-\\u2064\\u200b\\u180e\\ufff9-\\ufffb\\u{e0001}]+",
  // At the start of a text it says in which order its bytes are: files that begin so must arrive so.
  "(?<!^)\\ufeff+",
  // Letters without a form of their own, in a row: one of them is spelling, many are a hiding place.
  "[\\u115f\\u1160\\u3164\\uffa0]{2,}",
  // A second selector selects nothing, nor does one behind what is not seen, or behind a letter of ASCII.
  `(?<=[${SELECTOR}${SINGLE}\\u17b4\\u17b5\\u180e\\u200b-\\u200d\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\u{e0000}-\\u{e007f}\\x00-")(+-/:-\\x7f])[${SELECTOR}]+`,
  // These are for ideographs alone.
  "(?<!\\p{Ideographic})[\\u{e0100}-\\u{e01ef}]+",
  `(?<=[${SINGLE}])[${SINGLE}]+`,
  // Reserved, or marks of notations that no text has.
  "[\\u17b4\\u17b5\\u2065\\ufff0-\\ufff8\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0080}-\\u{e00ff}\\u{e01f0}-\\u{e0fff}]+",
];

/** One of these always goes; that the pattern says, too. */
function isAlwaysRemoved(unit: number): boolean {
  return unit === 0x200b || (unit >= 0x202a && unit <= 0x202e) || (unit >= 0x2060 && unit <= 0x2064);
}

/** Everything that the pattern can begin with. */
function mayBeRemoved(unit: number): boolean {
  if (unit < 0xa0) return unit === 0x1b || (unit >= 0x90 && STARTS_BELOW_A0.includes(unit));
  if (unit < 0x115f) return unit === 0xad || unit === 0x34f || unit === 0x61c;
  return (unit >= 0x2000 && unit <= 0x206f) || (unit >= 0xdb40 && unit <= 0xdb43) || unit >= 0xfe00 ||
    OTHERS.includes(unit);
}

const STARTS_BELOW_A0: readonly number[] = [0x90, 0x98, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f];
// deno-fmt-ignore
const OTHERS: readonly number[] = [
  0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180c, 0x180d, 0x180e, 0x180f, 0x3164, 0xd82f, 0xd834,
];

/** Where what is taken out at `at` ends; `at` where nothing is. COST: the pattern is long, and few units are in it. */
function endOfRemoved(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (isAlwaysRemoved(unit)) return at + 1;
  if (!mayBeRemoved(unit)) return at;
  const pattern = removed ??= new RegExp([...ESCAPES, ...INVISIBLE].join("|"), "yu");
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Made when something may have to be taken out: it is long, and a worker has to start. */
let removed: RegExp | undefined;
