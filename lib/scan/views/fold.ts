/** What a character comes to when it is looked at as a person would: width, form, script and invisibility aside. */
import { LOOK_ALIKE_ROWS, SIGN_ROWS } from "./look_alikes.ts";

const KNOWN: ReadonlyMap<string, string> = new Map(
  [...LOOK_ALIKE_ROWS, ...SIGN_ROWS].flatMap(([plain, others]) =>
    Array.from(others, (other) => [other, plain] as const)
  ),
);
const INVISIBLE_REGEXP = /^[\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}]$/u;
/** Lone surrogates, and what has no character. */
const NOWHERE_REGEXP = /^[\p{Cs}\p{Cn}]$/u;
const DIGIT_REGEXP = /^\p{Nd}$/u;
const SPACE_REGEXP = /^[\p{Zs}\u2028\u2029]$/u;
/** Longer compatibility forms (`﷽`) are words of other scripts and hold nothing. */
const MAX_UNITS = 4;
/** Plain forms that are one unit or none, by unit of the basic plane, and one more than they are; 0: not worked out yet. */
const single = new Uint32Array(0x10000);
const NOTHING = 0x2_0000, ELSE = 0x2_0001;
/** The others; texts use few different characters, and no more are remembered than there is room for. */
const others = new Map<number, string>();
const MAX_OTHERS = 8192;

/** As {@link foldOf} for a unit over 127: the one unit of the plain form; −1: it has none; −2: ask {@link foldOf}. */
export function foldUnit(unit: number): number {
  const known = single[unit] ?? 0;
  if (known === NOTHING) return -1;
  if (known === ELSE || (unit >= 0xd800 && unit <= 0xdfff)) return -2;
  if (known > 0) return known - 1;
  const plain = plainOf(String.fromCharCode(unit));
  single[unit] = plain === "" ? NOTHING : plain.length > 1 ? ELSE : plain.charCodeAt(0) + 1;
  return foldUnit(unit);
}

/**
 * The plain form of a character that is not ASCII: its compatibility form, the Latin letter that it looks like, the digit
 * that it stands for; empty for a character that nobody sees; itself where there is none. `point`: a code point over 127.
 */
export function foldOf(point: number): string {
  const known = others.get(point);
  if (known !== undefined) return known;
  const plain = plainOf(String.fromCodePoint(point));
  if (others.size < MAX_OTHERS) others.set(point, plain);
  return plain;
}

function plainOf(character: string): string {
  if (INVISIBLE_REGEXP.test(character)) return "";
  if (NOWHERE_REGEXP.test(character)) return character;
  const form = character.normalize("NFKD").replace(/\p{M}/gu, "");
  if (form.length > MAX_UNITS) return character;
  return Array.from(form, partOf).join("");
}

function partOf(character: string): string {
  const known = KNOWN.get(character);
  if (known !== undefined) return known;
  if (DIGIT_REGEXP.test(character)) return digitOf(character.codePointAt(0) ?? 0);
  return SPACE_REGEXP.test(character) ? " " : character;
}

/** Unicode keeps the ten digits of a script together, in order: the way down to the first one is the value. */
function digitOf(point: number): string {
  if (point < 0x80) return String.fromCharCode(point);
  let value = 0;
  while (value < 9 && DIGIT_REGEXP.test(String.fromCodePoint(point - value - 1))) value++;
  return `${value}`;
}
