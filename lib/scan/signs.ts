/** Signs: weighted rules of thumb, as data with proof attached. Found at keywords, in one pass over a text. */
import type { Examples, Span } from "./detector.ts";
import { type Cursor, KeywordAutomaton } from "./keywords.ts";

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

/** The keywords of a book, and by keyword the index of its sign. */
interface Keywords {
  readonly automaton: KeywordAutomaton;
  readonly owners: readonly number[];
  /** Those with a quote in them. */
  readonly quoted: ReadonlySet<number>;
}

/** A keyword in a text: the index of its sign, and where it begins. */
interface Spotted {
  readonly owner: number;
  readonly start: number;
}

interface Sought<S> {
  readonly found: Seen<S>[];
  readonly isEnough: (seen: Seen<S>) => boolean;
}

const NEVER = 0x7fffffff;
const WIDE_REGEXP = /[\u0100-\uffff]/;

export class SignBook<S extends Sign> {
  readonly #signs: readonly S[];
  readonly #starting: readonly number[];
  /** By sign: from where on it is worth a look, in the text that is read. One text is read at a time. */
  readonly #resumeAt: Int32Array;
  // COST: built when they are needed first, for a worker has to start.
  #plain: Keywords | undefined;
  #wide: Keywords | undefined;

  constructor(signs: readonly S[]) {
    this.#signs = signs;
    this.#starting = signs.flatMap(({ atStart }, owner) => atStart === true ? [owner] : []);
    this.#resumeAt = new Int32Array(signs.length);
  }

  /**
   * All that is seen in `text`, ascending; of a sign that was seen once so that it `isEnough` no more is looked for.
   * ATTACKER-CONTROLLED; linear.
   */
  find(text: string, isEnough: (seen: Seen<S>) => boolean): readonly Seen<S>[] {
    const found: Seen<S>[] = [];
    this.#resumeAt.fill(0);
    for (const owner of this.#starting) this.#tryAt(text, { owner, start: 0 }, { found, isEnough });
    this.#search(text, this.#plainKeywords(), { found, isEnough });
    if (WIDE_REGEXP.test(text)) {
      // It begins at the front again.
      this.#resumeAt.forEach((at, owner, all) => all[owner] = at === NEVER ? NEVER : 0);
      this.#search(text, this.#wideKeywords(), { found, isEnough });
    }
    return found.length < 2 ? found : found.sort((a, b) => a.start - b.start);
  }

  #search(text: string, { automaton, owners }: Keywords, sought: Sought<S>): void {
    const cursor: Cursor = { at: 0, state: 0 }, resumeAt = this.#resumeAt;
    for (let count = automaton.next(text, cursor); count > 0; count = automaton.next(text, cursor)) {
      for (let i = 0; i < count; i++) {
        const owner = owners[automaton.found[2 * i] ?? 0] ?? 0, start = automaton.found[2 * i + 1] ?? 0;
        if (start >= (resumeAt[owner] ?? 0)) this.#tryAt(text, { owner, start }, sought);
      }
    }
  }

  #tryAt(text: string, { owner, start }: Spotted, { found, isEnough }: Sought<S>): void {
    const sign = this.#signs[owner];
    if (sign === undefined) return;
    const seen = look(sign.look, text, start);
    if (typeof seen === "number") {
      this.#resumeAt[owner] = seen;
      return;
    }
    const hit = { sign, start: seen.start, end: seen.end };
    this.#resumeAt[owner] = isEnough(hit) ? NEVER : Math.max(seen.end, start + 1);
    found.push(hit);
  }

  /** Does any keyword stand in `text`, but for those of other scripts and those with a quote in them? */
  has(text: string): boolean {
    const { automaton, quoted } = this.#plainKeywords();
    return automaton.has(text, quoted);
  }

  /** As {@link has}, with those that have a quote in them: for a text as it is read. */
  hasInText(text: string): boolean {
    return this.#plainKeywords().automaton.has(text);
  }

  #plainKeywords(): Keywords {
    return this.#plain ??= keywordsOf(this.#signs.map(({ keywords }) => keywords));
  }

  #wideKeywords(): Keywords {
    return this.#wide ??= keywordsOf(this.#signs.map(({ wideKeywords = [] }) => wideKeywords));
  }
}

function keywordsOf(bySign: readonly (readonly string[])[]): Keywords {
  const all = bySign.flat();
  return {
    automaton: new KeywordAutomaton(all),
    quoted: new Set(all.flatMap((keyword, index) => keyword.includes('"') ? [index] : [])),
    owners: bySign.flatMap((keywords, owner) => keywords.map(() => owner)),
  };
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
