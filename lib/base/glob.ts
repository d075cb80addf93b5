import { err, ok, type Result } from "./result.ts";
import { composed } from "./text.ts";

/** A compiled glob: does the whole of `text` (taken on NFC) match? Time grows with pattern × text, never worse. */
export type Glob = (text: string) => boolean;

/** Why a pattern cannot be used, and at which of its characters (0-based, on NFC). */
export interface GlobError {
  readonly message: string;
  readonly at: number;
}

/** A run of characters as they are, or a test of exactly one (a code point). */
type Item = string | ((point: number) => boolean);
/** What stands between two stars. `chars`: how many characters it takes. */
interface Segment {
  readonly items: readonly Item[];
  readonly chars: number;
}
/** One step of a pattern without braces. */
type Step = Item | typeof STAR;
/** A `{…}`: where it opens, and its alternatives. */
interface Braces {
  readonly open: number;
  readonly branches: readonly (readonly Step[])[];
}

const STAR: unique symbol = Symbol("any run of characters");
const MAX_PATTERN_CHARS = 1024;
const MAX_ALTERNATIVES = 256;

/**
 * The one glob dialect: `*` any run of characters, `?` one, `[abc]`, `[a-z]`, `[!abc]`, `{a,b}` (nesting allowed), `\`
 * takes the next character as it is. Whole string, case-sensitive, on NFC. Never compiled to a RegExp: patterns may come
 * from operators, texts from attackers, and neither may find an exponential path.
 */
export function compileGlob(pattern: string): Result<Glob, GlobError> {
  try {
    const alternatives = new PatternParser(composed(pattern)).alternatives().map(segmentsOf);
    return ok((text) => {
      const plain = composed(text);
      return alternatives.some((segments) => matches(segments, plain));
    });
  } catch (thrown) {
    if (thrown instanceof Stop) return err(thrown.error);
    throw thrown;
  }
}

/** Leaves the recursion at the first error; never crosses {@link compileGlob}. */
class Stop {
  constructor(readonly error: GlobError) {}
}

class PatternParser {
  readonly #chars: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#chars = Array.from(pattern);
  }

  /** The pattern with its braces multiplied out: `a{b,c}` becomes `ab`, `ac`. */
  alternatives(): readonly (readonly Step[])[] {
    if (this.#chars.length > MAX_PATTERN_CHARS) {
      this.#stop(`more than ${MAX_PATTERN_CHARS} characters`, MAX_PATTERN_CHARS);
    }
    const alternatives = this.#sequence();
    if (this.#peek() !== undefined) this.#stop("a } without its {: write \\} for the character", this.#at);
    return alternatives;
  }

  /** Up to the end, or to the `}` or, within braces, the `,` that ends it. */
  #sequence(open?: number): Step[][] {
    let done: Step[][] = [[]];
    for (;;) {
      const char = this.#peek();
      if (char === undefined || char === "}" || (char === "," && open !== undefined)) return done;
      if (char === "{") done = this.#multiply(done, this.#braces());
      else {
        const step = this.#step(char);
        for (const steps of done) steps.push(step);
      }
    }
  }

  #braces(): Braces {
    const open = this.#at++;
    const branches = this.#sequence(open);
    while (this.#peek() === ",") {
      this.#at++;
      branches.push(...this.#sequence(open));
    }
    if (this.#peek() === undefined) this.#stop("a { that is never closed: write \\{ for the character", open);
    this.#at++;
    return { open, branches };
  }

  #multiply(done: Step[][], { open, branches }: Braces): Step[][] {
    if (done.length * branches.length > MAX_ALTERNATIVES) {
      this.#stop(`more than ${MAX_ALTERNATIVES} alternatives`, open);
    }
    return done.flatMap((steps) => branches.map((branch) => [...steps, ...branch]));
  }

  #step(char: string): Step {
    if (char === "[") return this.#class();
    this.#at++;
    if (char === "*") return STAR;
    if (char === "?") return () => true;
    return char === "\\" ? this.#escaped(this.#at - 1) : char;
  }

  #escaped(at: number): string {
    return this.#chars[this.#at++] ?? this.#stop("a \\ with nothing behind it", at);
  }

  /** `[…]`; a `]` right behind `[` or `[!` is a member. */
  #class(): Item {
    const open = this.#at++;
    const negated = this.#peek() === "!";
    if (negated) this.#at++;
    const ranges: (readonly [number, number])[] = [];
    do {
      const low = this.#member(open);
      const ranged = this.#peek() === "-" && this.#chars[this.#at + 1] !== "]";
      if (ranged) this.#at++;
      const high = ranged ? this.#member(open) : low;
      if (high < low) this.#stop("a range that ends before it begins", open);
      ranges.push([low, high]);
    } while (this.#peek() !== "]");
    this.#at++;
    return (point) => ranges.some(([low, high]) => low <= point && point <= high) !== negated;
  }

  #member(open: number): number {
    const char = this.#chars[this.#at++];
    const member = char === "\\" ? this.#chars[this.#at++] : char;
    return member?.codePointAt(0) ??
      this.#stop("a [ that is never closed: write \\[ for the character", open);
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #stop(message: string, at: number): never {
    throw new Stop({ message, at });
  }
}

/** Cuts at the stars: one segment more than there are stars, some of them empty. */
function segmentsOf(steps: readonly Step[]): readonly Segment[] {
  const segments: Segment[] = [];
  let items: Item[] = [], chars = 0;
  for (const step of steps) {
    if (step === STAR) {
      segments.push({ items, chars });
      [items, chars] = [[], 0];
      continue;
    }
    const last = items.at(-1);
    if (typeof step === "string" && typeof last === "string") items[items.length - 1] = last + step;
    else items.push(step);
    chars++;
  }
  return [...segments, { items, chars }];
}

/** The ends are where they must be; each segment between them is taken where it first fits, as a star takes any rest. */
function matches(segments: readonly Segment[], text: string): boolean {
  const [first, ...others] = segments;
  const last = others.pop();
  let at = first === undefined ? 0 : endOf(first, text, 0);
  if (last === undefined) return at === text.length;
  const limit = stepBack(text, last.chars);
  if (at === -1 || at > limit || endOf(last, text, limit) !== text.length) return false;
  for (const segment of others) {
    at = firstEndOf(segment, text, at);
    if (at === -1 || at > limit) return false;
  }
  return true;
}

/** Where `segment` ends if it begins at `at`; -1 where it does not fit. */
function endOf(segment: Segment, text: string, at: number): number {
  let end = at;
  for (const item of segment.items) {
    if (typeof item === "string") {
      if (!text.startsWith(item, end)) return -1;
      end += item.length;
    } else {
      const point = text.codePointAt(end);
      if (point === undefined || !item(point)) return -1;
      end += width(point);
    }
  }
  return end;
}

/** The end of `segment` where it first fits at or behind `from`; -1 where it does not. */
function firstEndOf(segment: Segment, text: string, from: number): number {
  const head = segment.items[0];
  for (let at = from; at <= text.length; at += width(text.codePointAt(at) ?? 0)) {
    if (typeof head === "string") at = text.indexOf(head, at);
    if (at === -1) return -1;
    const end = endOf(segment, text, at);
    if (end !== -1) return end;
  }
  return -1;
}

/** Where the last `chars` characters of `text` begin; -1 where it has fewer. */
function stepBack(text: string, chars: number): number {
  let at = text.length;
  for (let i = 0; i < chars; i++) {
    if (at <= 0) return -1;
    at -= at >= 2 ? width(text.codePointAt(at - 2) ?? 0) : 1;
  }
  return at;
}

/** UTF-16 units that a code point takes. */
function width(point: number): number {
  return point > 0xffff ? 2 : 1;
}
