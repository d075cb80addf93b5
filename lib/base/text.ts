// What looks like a Latin letter in most fonts, or like another one (Unicode TR 39, for Latin, Cyrillic and Greek).
// Names are folded to lower case first, so that i stands for I as well, which is an l to the eye.
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  0: "o",
  1: "l",
  i: "l",
  "|": "l",
  m: "rn",
  w: "vv",
  а: "a",
  в: "b",
  с: "c",
  ԁ: "d",
  е: "e",
  ғ: "f",
  һ: "h",
  і: "l",
  ј: "j",
  к: "k",
  ӏ: "l",
  м: "rn",
  н: "h",
  о: "o",
  р: "p",
  ԛ: "q",
  г: "r",
  ѕ: "s",
  т: "t",
  у: "y",
  ѵ: "v",
  ԝ: "vv",
  х: "x",
  α: "a",
  β: "b",
  γ: "y",
  ε: "e",
  η: "n",
  ι: "l",
  κ: "k",
  ν: "v",
  ο: "o",
  ρ: "p",
  σ: "o",
  τ: "t",
  υ: "u",
  χ: "x",
  ω: "vv",
  ı: "l",
  ɑ: "a",
  ɡ: "g",
  ℓ: "l",
};
/** What can stand in a run of combining marks, before or after compatibility forms are taken apart. */
const LONG_RUN_REGEXP = /[\p{M}\uff9e\uff9f]{30}(?=[\p{M}\uff9e\uff9f])/gu;
const HAS_MARKS_REGEXP = /[\u0300-\uffff]/;
const GRAPHEME_JOINER = "\u034f";
const INVISIBLE_REGEXP = /[\p{Cf}\p{M}\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * What is left of a name when everything is taken away that a person does not see: width and compatibility forms
 * (NFKC), case, white space, invisible and combining characters, look-alike letters. Two names with one skeleton can be
 * taken for each other.
 */
export function nameSkeleton(name: string): string {
  const folded = withoutLongRuns(name).normalize("NFKD").replace(INVISIBLE_REGEXP, "").toLowerCase();
  return Array.from(folded, (letter) => LOOK_ALIKES[letter] ?? letter).join("");
}

/**
 * NFC, or NFKC, in linear time. The platform sorts a run of combining marks in the square of its length: 64 KiB of two
 * alternating marks (ATTACKER-CONTROLLED) take a second. No language stacks more than a few, so longer runs are cut by a
 * joiner after each thirtieth mark, as in the stream-safe text format (Unicode UAX #15, section 13).
 */
export function composed(text: string, form: "NFC" | "NFKC" = "NFC"): string {
  return withoutLongRuns(text).normalize(form);
}

function withoutLongRuns(text: string): string {
  return HAS_MARKS_REGEXP.test(text) ? text.replace(LONG_RUN_REGEXP, `$&${GRAPHEME_JOINER}`) : text;
}

const UNPRINTABLE_REGEXP = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * ATTACKER-CONTROLLED text (tool names, URIs, words of a file or the command line) made safe for a terminal and for one
 * line: control and invisible characters become `\u{…}`, so that nothing recolours, rewrites or reorders what is shown.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE_REGEXP, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
