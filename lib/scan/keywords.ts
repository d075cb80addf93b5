/**
 * Finds all keywords of all detectors in one pass over a text, however many there are (Aho and Corasick, 1975). The
 * time for a character is one table look-up, so no text is slow, and a message without a keyword is done with.
 */
import { Fault } from "../base/mod.ts";
import { ended, MIN_STRETCH, STRETCH, type Table as Walked, walkStretch } from "./keyword_chunks.ts";

const ASCII = 0x80, ALL = 0x10000;
const DIGIT = 0x30, SPACE = 0x20;

/** There is room for so many keywords; where more are found at a time, room is made. */
const ROOM = 1024;

/** Where a search stands in its text. */
export interface Cursor {
  at: number;
  state: number;
}

export class KeywordAutomaton {
  /**
   * Class of a UTF-16 unit: of each, where keywords have others than ASCII. Everything beyond, and every unit that no
   * keyword has, is class 0.
   */
  readonly #classes: Uint8Array;
  /**
   * `#next[state + class]`; a state is its row's offset, the root is 0. INVARIANT: where a keyword ends in the next state
   * it is written as a negative number: one comparison instead of a look-up.
   */
  readonly #next: Int32Array;
  readonly #width: number;
  /** By row: the keywords that end in a state, longest first. */
  readonly #ending: readonly (readonly number[])[];
  readonly #lengths: readonly number[];
  /** By row: how many units of a keyword the state stands for. */
  readonly #depths: Uint16Array;
  readonly #longest: number;
  /** What {@link next} found: of each keyword its index in the list that the automaton was made from, and where it begins. */
  found: Int32Array = new Int32Array(2 * ROOM);
  readonly #walked: Walked;

  constructor(keywords: readonly string[]) {
    const { classes, width } = classify(keywords);
    const trie = new Trie(keywords.reduce((sum, { length }) => sum + length, 1), width);
    trie.addAll(keywords, classes);
    const table = trie.link();
    this.#classes = classes;
    this.#width = width;
    this.#next = table.next;
    this.#ending = table.ending;
    this.#depths = table.depths;
    this.#lengths = keywords.map((keyword) => keyword.length);
    this.#longest = Math.max(0, ...this.#lengths);
    this.#walked = { classes, next: table.next, longest: this.#longest };
  }

  /** Where keywords end in `text`, ascending; neighbouring ends (a long number has many) count once, as the first. */
  ends(text: string): number[] {
    const found: number[] = [];
    let state = 0, last = -2;
    for (let from = 0; from < text.length; from += STRETCH) {
      const walked = walkStretch(this.#walked, text, {
        from,
        to: Math.min(from + STRETCH, text.length),
        state,
      });
      state = walked.state;
      for (let i = 0; i < walked.count; i++) {
        const end = ended[2 * i] ?? 0;
        if (last !== end - 1) found.push(end);
        last = end;
      }
    }
    return found;
  }

  /** Does any keyword stand in `text`, but for those that are `skipped`? */
  has(text: string, skipped?: ReadonlySet<number>): boolean {
    if (text.length < MIN_STRETCH) return this.#hasShort(text, skipped);
    let state = 0;
    for (let from = 0; from < text.length; from += STRETCH) {
      const walked = walkStretch(this.#walked, text, {
        from,
        to: Math.min(from + STRETCH, text.length),
        state,
      });
      state = walked.state;
      for (let i = 0; i < walked.count; i++) {
        if (skipped === undefined || this.#endsOther(ended[2 * i + 1] ?? 0, skipped)) return true;
      }
    }
    return false;
  }

  #hasShort(text: string, skipped: ReadonlySet<number> | undefined): boolean {
    const classes = this.#classes, limit = classes.length, next = this.#next;
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      state = next[state + (unit < limit ? classes[unit] ?? 0 : 0)] ?? 0;
      if (state >= 0) continue;
      state = -state;
      if (skipped === undefined || this.#endsOther(state, skipped)) return true;
    }
    return false;
  }

  #endsOther(state: number, skipped: ReadonlySet<number>): boolean {
    return this.#ending[state / this.#width]?.some((keyword) => !skipped.has(keyword)) ?? false;
  }

  /**
   * The next keywords in `text`, in the order in which they end: how many there are in {@link found}; 0 at the end of the
   * text. COST: no function is called for each of them, and none is made for each text: what calls one that is gone by
   * the next text is compiled anew all the time.
   */
  next(text: string, cursor: Cursor): number {
    let count = 0;
    while (cursor.at < text.length && count === 0) {
      const from = cursor.at, to = Math.min(from + STRETCH, text.length);
      const walked = walkStretch(this.#walked, text, { from, to, state: cursor.state });
      cursor.at = to;
      cursor.state = walked.state;
      for (let i = 0; i < walked.count; i++) {
        count = this.#note(ended[2 * i + 1] ?? 0, (ended[2 * i] ?? 0) + 1, count);
      }
    }
    return count;
  }

  /** The state behind `text[start, end)`, for {@link goesOver}; `state` from before it, 0 for nothing. */
  stateBehind(text: string, start: number, end: number, state: number): number {
    const classes = this.#classes, limit = classes.length, next = this.#next;
    let at = start, now = state;
    // A state remembers no more units than the longest keyword has.
    if (end - start > this.#longest) {
      at = end - this.#longest;
      now = 0;
    }
    for (; at < end; at++) {
      const unit = text.charCodeAt(at);
      now = Math.abs(next[now + (unit < limit ? classes[unit] ?? 0 : 0)] ?? 0);
    }
    return now;
  }

  /** Does a keyword that began before `start`, in what led to `state`, end in `text[start, end)`? */
  goesOver(state: number, text: string, start: number, end: number): boolean {
    if (state === 0) return false;
    const classes = this.#classes, limit = classes.length, next = this.#next, width = this.#width;
    let now = state;
    for (let at = start; at < end && (this.#depths[now / width] ?? 0) > at - start; at++) {
      const unit = text.charCodeAt(at);
      now = next[now + (unit < limit ? classes[unit] ?? 0 : 0)] ?? 0;
      if (now >= 0) continue;
      now = -now;
      // Of those that end here the longest is the first.
      const [longest] = this.#ending[now / width] ?? [];
      if (longest !== undefined && (this.#lengths[longest] ?? 0) > at + 1 - start) return true;
    }
    return false;
  }

  #note(state: number, end: number, count: number): number {
    const ending = this.#ending[state / this.#width] ?? [], found = this.#roomFor(count + ending.length);
    let next = count;
    for (let i = 0; i < ending.length; i++, next++) {
      const keyword = ending[i] ?? 0;
      found[2 * next] = keyword;
      found[2 * next + 1] = end - (this.#lengths[keyword] ?? 0);
    }
    return next;
  }

  #roomFor(count: number): Int32Array {
    if (2 * count <= this.found.length) return this.found;
    const found = new Int32Array(4 * count);
    found.set(this.found);
    return this.found = found;
  }
}

/**
 * Upper and lower case are one class, so are all digits, and space, dot and hyphen. That finds a little too much, which
 * is harmless: a keyword is only the place where a pattern is tried.
 */
function classify(keywords: readonly string[]): { classes: Uint8Array; width: number } {
  // COST: a worker starts with this, and few units are different.
  const units = [...new Set(keywords.join(""))].join("");
  const classes = new Uint8Array(/[^\0-\x7f]/.test(units) ? ALL : ASCII);
  let width = 1;
  for (let i = 0; i < units.length; i++) {
    const unit = fold(units.charCodeAt(i));
    if (classes[unit] !== 0) continue;
    classes[unit] = width++;
    if (unit >= ASCII) classes[upperOf(unit)] = classes[unit];
  }
  for (let unit = 0; unit < ASCII; unit++) classes[unit] = classes[fold(unit)] ?? 0;
  if (width > 0xff) {
    throw new Fault("internal", `Cannot find keywords of ${width} different letters: 254 are the most`);
  }
  return { classes, width };
}

function fold(unit: number): number {
  if (unit >= 0x41 && unit <= 0x5a) return unit + 0x20;
  if (unit >= 0x30 && unit <= 0x39) return DIGIT;
  return unit === 0x2d || unit === 0x2e ? SPACE : unit;
}

/** Of a letter with two cases of one unit each, the other one; the unit itself where there is none. */
function upperOf(unit: number): number {
  const upper = String.fromCharCode(unit).toUpperCase();
  return upper.length === 1 ? upper.charCodeAt(0) : unit;
}

interface Table {
  readonly next: Int32Array;
  readonly ending: readonly (readonly number[])[];
  readonly depths: Uint16Array;
}

const NONE: readonly number[] = [];

/** The keywords as a tree. Nodes are numbers, the root is 0 and no child. */
class Trie {
  readonly next: Int32Array;
  readonly depths: Uint16Array;
  readonly ending: (readonly number[])[] = [NONE];
  readonly #letters: Uint8Array;
  /** By node: the last of its children, and of each child the one before it. */
  readonly #child: Int32Array;
  readonly #sibling: Int32Array;
  readonly #width: number;

  constructor(most: number, width: number) {
    this.next = new Int32Array(most * width);
    this.depths = new Uint16Array(most);
    this.#letters = new Uint8Array(most);
    this.#child = new Int32Array(most);
    this.#sibling = new Int32Array(most);
    this.#width = width;
  }

  /** COST: a worker starts with this, and runs it slowly at first: one loop over all letters, without a call for each. */
  addAll(keywords: readonly string[], classes: Uint8Array): void {
    const next = this.next, width = this.#width, ending = this.ending, depths = this.depths;
    const letters = this.#letters, siblings = this.#sibling, children = this.#child;
    for (let index = 0; index < keywords.length; index++) {
      const keyword = keywords[index] ?? "";
      let node = 0;
      for (let i = 0; i < keyword.length; i++) {
        const letter = classes[keyword.charCodeAt(i)] ?? 0, way = node * width + letter;
        const known = next[way] ?? 0;
        if (known !== 0) {
          node = known / width;
          continue;
        }
        const child = ending.push(NONE) - 1;
        next[way] = child * width;
        letters[child] = letter;
        siblings[child] = children[node] ?? 0;
        children[node] = child;
        depths[child] = i + 1;
        node = child;
      }
      ending[node] = [...ending[node] ?? NONE, index];
    }
  }

  /**
   * Breadth first: where a node has no way on, it takes the way of the longest suffix that is a node. COST: a row is copied
   * whole and only its own ways are written one by one.
   */
  link(): Table {
    const { next, ending, depths } = this, width = this.#width;
    const fail = new Int32Array(ending.length), order = new Int32Array(ending.length);
    for (let at = 0, count = 1; at < count; at++) {
      const node = order[at] ?? 0, row = node * width, detours = (fail[node] ?? 0) * width;
      if (node > 0) next.copyWithin(row, detours, detours + width);
      for (let child = this.#child[node] ?? 0; child > 0; child = this.#sibling[child] ?? 0) {
        const letter = this.#letters[child] ?? 0;
        const detour = node === 0 ? 0 : Math.abs(next[detours + letter] ?? 0) / width;
        fail[child] = detour;
        const own = ending[child] ?? NONE, shorter = ending[detour] ?? NONE;
        const all = shorter.length === 0 ? own : own.length === 0 ? shorter : [...own, ...shorter];
        ending[child] = all;
        next[row + letter] = all.length > 0 ? -child * width : child * width;
        order[count++] = child;
      }
    }
    return { next, ending, depths };
  }
}
