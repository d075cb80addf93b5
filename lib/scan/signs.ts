/** Signs: weighted rules of thumb, as data with proof attached. Found at keywords, in one pass over a text. */
import type { Examples, Span } from "./detector.ts";
import { KeywordAutomaton } from "./keywords.ts";

/** 1 seldom means anything, 5 hardly anything innocent looks so. */
export type Weight = 1 | 2 | 3 | 4 | 5;

/** What a sign says about itself. */
export interface SignInfo {
  /** Policies, entries and documents name it: it never changes its meaning. */
  readonly id: string;
  readonly weight: Weight;
  /** Behind "this looks as if": why it counts, for a person who has to decide. */
  readonly explanation: string;
  readonly examples: Examples;
}

/**
 * Looks where a keyword begins: the span of a hit, or from where on it is worth another look. LINEAR: what it walked
 * over without a hit it does not walk over again, so it answers with the end of its walk.
 */
export type Spot = (text: string, start: number) => Span | number;

/** One sign, and how it is found. */
export interface Sign extends SignInfo {
  /**
   * Lower-case ASCII as in `Detector.keywords`, and a backslash at the end of one at most: there a text and its JSON source
   * agree. Digits stand for any digit; space, dot and hyphen are one.
   */
  readonly keywords: readonly string[];
  /** Keywords of other scripts, lower case. */
  readonly wideKeywords?: readonly string[];
  /** What only counts at the beginning of a text is tried there, once, and needs no keywords. */
  readonly atStart?: true;
  /**
   * A sticky pattern that is tried where a keyword begins, or a function. LINEAR: a pattern has an end, no quantifier in
   * a quantifier without one.
   */
  readonly look: RegExp | Spot;
}

/** A sign that was seen. */
export interface Seen<S> extends Span {
  readonly sign: S;
}

/** A keyword of another script, and the index of its sign. */
interface WideKeyword {
  readonly word: string;
  readonly owner: number;
}

export class SignBook<S extends Sign> {
  readonly #signs: readonly S[];
  /** By keyword: the index of its sign. */
  readonly #owners: readonly number[];
  readonly #automaton: KeywordAutomaton;
  readonly #starting: readonly number[];
  /** By first unit, in upper and in lower case; the automaton knows ASCII alone. */
  readonly #wide: ReadonlyMap<number, readonly WideKeyword[]>;
  /** By unit: 1 where a keyword may begin. */
  readonly #wideBegins: Uint8Array;

  constructor(signs: readonly S[]) {
    this.#signs = signs;
    this.#owners = signs.flatMap(({ keywords }, owner) => keywords.map(() => owner));
    this.#automaton = new KeywordAutomaton(signs.flatMap(({ keywords }) => keywords));
    this.#starting = signs.flatMap(({ atStart }, owner) => atStart === true ? [owner] : []);
    this.#wide = byFirstUnit(signs);
    this.#wideBegins = new Uint8Array(this.#wide.size === 0 ? 0 : 0x10000);
    for (const unit of this.#wide.keys()) this.#wideBegins[unit] = 1;
  }

  /** All that is seen in `text`, ascending; `once`: of each sign the first alone. ATTACKER-CONTROLLED; linear. */
  find(text: string, { once }: { readonly once: boolean }): readonly Seen<S>[] {
    const found: Seen<S>[] = [];
    const resumeAt: number[] = new Array(this.#signs.length).fill(0);
    const tryAt = (owner: number, start: number) => {
      const sign = this.#signs[owner];
      if (sign === undefined || start < (resumeAt[owner] ?? 0)) return;
      const seen = look(sign.look, text, start);
      if (typeof seen === "number") {
        resumeAt[owner] = seen;
        return;
      }
      resumeAt[owner] = once ? Infinity : Math.max(seen.end, start + 1);
      found.push({ sign, start: seen.start, end: seen.end });
    };
    for (const owner of this.#starting) tryAt(owner, 0);
    this.#automaton.scan(text, (keyword, start) => tryAt(this.#owners[keyword] ?? -1, start));
    if (this.#wide.size > 0 && WIDE_REGEXP.test(text)) {
      // It begins at the front again.
      if (!once) resumeAt.fill(0);
      this.#scanWide(text, tryAt);
    }
    return found.length < 2 ? found : found.sort((a, b) => a.start - b.start);
  }

  #scanWide(text: string, tryAt: (owner: number, start: number) => void): void {
    const begins = this.#wideBegins;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (begins[unit] !== 1) continue;
      for (const { word, owner } of this.#wide.get(unit) ?? []) {
        if (standsAt(text, word, at)) tryAt(owner, at);
      }
    }
  }
}

/** Compares unit by unit, in any case: a slice for each letter that some keyword begins with would cost too much. */
function standsAt(text: string, word: string, at: number): boolean {
  for (let i = 0; i < word.length; i++) {
    if (lowerUnit(text.charCodeAt(at + i)) !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** ASCII and Cyrillic; the other scripts with keywords have one case. */
function lowerUnit(unit: number): number {
  if ((unit >= 0x41 && unit <= 0x5a) || (unit >= 0x410 && unit <= 0x42f)) return unit + 0x20;
  return unit === 0x401 ? 0x451 : unit;
}

const WIDE_REGEXP = /[\u0100-\uffff]/;

function byFirstUnit(signs: readonly Sign[]): ReadonlyMap<number, readonly WideKeyword[]> {
  const wide = new Map<number, WideKeyword[]>();
  signs.forEach(({ wideKeywords = [] }, owner) => {
    for (const word of wideKeywords) {
      const first = word.charAt(0);
      for (const unit of new Set([first.charCodeAt(0), first.toUpperCase().charCodeAt(0)])) {
        wide.set(unit, [...wide.get(unit) ?? [], { word, owner }]);
      }
    }
  });
  return wide;
}

function look(how: RegExp | Spot, text: string, start: number): Span | number {
  if (typeof how === "function") return how(text, start);
  how.lastIndex = start;
  return how.test(text) ? { start, end: how.lastIndex } : start + 1;
}

const NEWLINE = 0x0a, SEMICOLON = 0x3b, AMPERSAND = 0x26;

/** Looks for `search` from the keyword to the end of its command line: a new line, `;` or `&&`. */
export function inCommand(search: RegExp): Spot {
  return (text, start) => {
    const end = commandEnd(text, start);
    const at = search.exec(text.slice(start, end));
    return at === null ? end : { start, end: start + at.index + at[0].length };
  };
}

function commandEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === NEWLINE || unit === SEMICOLON) return at;
    if (unit === AMPERSAND && text.charCodeAt(at + 1) === AMPERSAND) return at;
  }
  return text.length;
}

const URL_END = new Set([..." \t\r\n\"'<>"].map((sign) => sign.charCodeAt(0)));
const MAX_URL = 4096;

/** The address that was read last: several signs look at the same one. */
let lastUrl = { text: "", start: -1, url: "" };

/** Looks for `search` in the address that goes on at the keyword, which is `://`. */
export function inUrl(search: RegExp): Spot {
  return (text, start) => {
    if (lastUrl.start !== start || lastUrl.text !== text) {
      lastUrl = { text, start, url: text.slice(start, urlEnd(text, start)) };
    }
    const { url } = lastUrl;
    const at = search.exec(url);
    if (at === null) return start + url.length;
    return { start: start + at.index, end: start + at.index + at[0].length };
  };
}

function urlEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + MAX_URL);
  for (let at = from + 3; at < limit; at++) {
    if (URL_END.has(text.charCodeAt(at))) return at;
  }
  return Math.max(limit, from + 1);
}

/** An example that a sign does not live up to. */
export interface SignProblem {
  readonly id: string;
  readonly kind: "hits" | "misses";
  readonly example: string;
}

/** The examples that fail, for a table of signs and what it finds. */
export function checkSigns(
  signs: readonly SignInfo[],
  idsIn: (text: string) => readonly string[],
): readonly SignProblem[] {
  return signs.flatMap(({ id, examples: { hits, misses } }) => [
    ...hits.filter((example) => !idsIn(example).includes(id)).map((example) =>
      ({ id, kind: "hits", example }) as const
    ),
    ...misses.filter((example) => idsIn(example).includes(id)).map((example) =>
      ({ id, kind: "misses", example }) as const
    ),
  ]);
}
