/**
 * A secret that is cut over several strings of one message: two blocks of content, elements of an array, members. The
 * strings are put together in their order and looked at once; what stands in more than one of them is a hit in each.
 * ATTACKER-CONTROLLED; linear.
 */
import type { Detection, Look } from "./detect.ts";
import type { Span } from "./detector.ts";
import { withoutMarkers } from "./ids.ts";
import type { Hit } from "./overlap.ts";
import { beginsAnew, isRest } from "./rest.ts";
import { type Token, type TokenVisitor, TokenWalk } from "./tokens.ts";

/** One string value. */
interface Piece {
  readonly token: Token;
  /** The text of a block of content, a resource or a prompt. */
  readonly block: boolean;
  /** Its key says that it is whole. */
  readonly whole: boolean;
}

/** A cut can be this far behind the keyword, and the rest of the secret still belongs to it. */
const MAX_LEAD = 512;
/** As far in front of a keyword the beginning of what is found can be. */
const MAX_TAIL = 32;
const MAX_LEFT = 3;
const PEM = "private-key-pem";
/** They say what the values are, and hold none. */
const PLAIN_KEYS: ReadonlySet<string> = new Set(["type", "mimeType", "role", "priority", "lastModified"]);
const MAX_KEY = 16;

const BACKSLASH = 0x5c, COLON = 0x3a;

/**
 * Could anything be cut in two? Sees every message, so it makes nothing: a pass from quote to quote. `ends`: where
 * keywords end in the text, ascending.
 */
export function mayJoin(text: string, ends: readonly number[], { automaton }: Detection): boolean {
  if (text.includes("PRIVATE KEY")) return true;
  let next = 0, state = 0, blockState = 0, blocks = 0, led = false, isBlock = false, isPlain = false;
  for (let open = text.indexOf('"'); open >= 0;) {
    const start = open + 1, end = closingQuote(text, start);
    open = text.indexOf('"', end + 1);
    let behind = end + 1;
    while (text.charCodeAt(behind) <= 0x20) behind++;
    if (text.charCodeAt(behind) === COLON) {
      isBlock = end - start === 4 && text.startsWith("text", start);
      isPlain = end - start <= MAX_KEY && PLAIN_KEYS.has(text.slice(start, end));
      continue;
    }
    if (isPlain || end === start) continue;
    if (led || automaton.goesOver(state, text, start, end)) return true;
    if (isBlock && automaton.goesOver(blockState, text, start, end)) return true;
    while ((ends[next] ?? Infinity) < start) next++;
    // What is found from its middle on (a phone number) may have left its beginning in the block before.
    if (isBlock && blocks++ > 0 && (ends[next] ?? Infinity) < Math.min(end, start + MAX_TAIL)) return true;
    while ((ends[next] ?? Infinity) < end) next++;
    led = (ends[next - 1] ?? -1) >= Math.max(start, end - MAX_LEAD);
    state = automaton.stateBehind(text, start, end, state);
    if (isBlock) blockState = automaton.stateBehind(text, start, end, blockState);
  }
  return false;
}

/** Where the string that begins at `at` ends; the end of the text where it does not. */
function closingQuote(text: string, at: number): number {
  for (let end = text.indexOf('"', at); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (end - slashes > at && text.charCodeAt(end - slashes - 1) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

/** How a message is cut into strings. */
export class Joints implements TokenVisitor<string> {
  readonly #text: string;
  readonly #detection: Detection;
  readonly #walk: TokenWalk<string>;
  readonly #pieces: Piece[] = [];

  constructor(text: string, detection: Detection) {
    this.#text = text;
    this.#detection = detection;
    this.#walk = new TokenWalk(text, this);
    this.#walk.run();
  }

  key({ start, end }: Token): string | undefined {
    return end - start > MAX_KEY ? undefined : this.#text.slice(start, end);
  }

  value(token: Token, kind: "string" | "number"): boolean {
    if (kind === "number" || token.end === token.start) return true;
    const place = this.#walk.places.at(-1);
    const key = place?.array === false ? place.note : undefined;
    if (key === undefined || !PLAIN_KEYS.has(key)) {
      this.#pieces.push({ token, block: key === "text", whole: beginsAnew(key) });
    }
    return true;
  }

  /** Hits in the parts of what was cut, by where the string begins. */
  hits(look: Look): ReadonlyMap<number, readonly Hit[]> {
    const found = new Map<number, Hit[]>();
    const blocks = this.#pieces.filter(({ block }) => block);
    for (const [pieces, kind] of [[blocks, "blocks"], [this.#pieces, "any"]] as const) {
      if (pieces.length > 1) this.#join(pieces, { look, kind, found });
    }
    return found;
  }

  #join(pieces: readonly Piece[], joining: Joining): void {
    const texts = pieces.map(({ token }) => this.#decode(token));
    const wholes = new Set(pieces.flatMap(({ whole }, piece) => whole ? [piece] : []));
    const joined = new Joined({ texts, wholes }, this.#detection, joining);
    for (const { piece, hit } of joined.hits()) {
      const start = pieces[piece]?.token.start ?? 0;
      const known = joining.found.get(start);
      if (known === undefined) joining.found.set(start, [hit]);
      else known.push(hit);
    }
  }

  #decode({ start, end, escaped }: Token): string {
    if (!escaped) return this.#text.slice(start, end);
    try {
      return JSON.parse(this.#text.slice(start - 1, end + 1));
    } catch {
      return ""; // the walk over the whole message says that it is broken
    }
  }
}

interface Joining {
  readonly look: Look;
  readonly kind: "blocks" | "any";
  readonly found: Map<number, Hit[]>;
}

interface PartHit {
  readonly piece: number;
  readonly hit: Hit;
}

interface Pieces {
  readonly texts: readonly string[];
  /** Those that are no rest of what stands before them. */
  readonly wholes: ReadonlySet<number>;
}

/** By detector: how far the hits reach that begin there or before, ascending. */
type Reaches = ReadonlyMap<string, readonly Span[]>;

/** LINEAR: a text can have as many hits as numbers, and each is asked for. */
function reachesOf(hits: readonly Hit[]): Reaches {
  const reaches = new Map<string, Span[]>();
  for (const { detector: { id }, start, end } of hits.toSorted((a, b) => a.start - b.start)) {
    const known = reaches.get(id);
    if (known === undefined) reaches.set(id, [{ start, end }]);
    else known.push({ start, end: Math.max(end, known.at(-1)?.end ?? 0) });
  }
  return reaches;
}

/** Several texts as one. */
class Joined {
  readonly #texts: readonly string[];
  readonly #wholes: ReadonlySet<number>;
  readonly #starts: readonly number[];
  readonly #detection: Detection;
  readonly #joining: Joining;
  readonly #own = new Map<number, Reaches>();

  constructor({ texts, wholes }: Pieces, detection: Detection, joining: Joining) {
    let at = 0;
    this.#texts = texts;
    this.#wholes = wholes;
    this.#starts = texts.map((text) => (at += text.length) - text.length);
    this.#detection = detection;
    this.#joining = joining;
  }

  hits(): readonly PartHit[] {
    const parts: PartHit[] = [];
    let first = 0;
    const all = this.#detection.detect(this.#texts.join(""), this.#joining.look);
    for (const hit of all.toSorted((a, b) => a.start - b.start)) {
      while (this.#endOf(first) <= hit.start) first++;
      let last = first;
      while (this.#endOf(last) < hit.end) last++;
      if (this.#goesOn(hit, first, last)) last = this.#lastOf(hit, first, last);
      else if (!this.#counts(hit, first, last)) continue;
      for (let piece = first; piece <= last; piece++) parts.push({ piece, hit: this.#part(hit, piece) });
    }
    return parts;
  }

  #endOf(piece: number): number {
    const start = this.#starts[piece];
    return start === undefined ? Infinity : start + (this.#texts[piece]?.length ?? 0);
  }

  #part(hit: Hit, piece: number): Hit {
    const start = this.#starts[piece] ?? 0, length = this.#texts[piece]?.length ?? 0;
    return { ...hit, start: Math.max(0, hit.start - start), end: Math.min(length, hit.end - start) };
  }

  /** Is a part of it found in the first string alone, and more of it in the next? */
  #goesOn(hit: Hit, first: number, last: number): boolean {
    if (last === first || hit.detector.id === PEM || !this.#isKnown(hit, first)) return false;
    return !this.#isKnown(hit, last) && this.#lastOf(hit, first, last) > first;
  }

  /** The last string that has a rest of it: a word that follows is where something else begins. */
  #lastOf(hit: Hit, first: number, last: number): number {
    let piece = first;
    while (piece < last && !this.#wholes.has(piece + 1) && this.#isRest(hit, piece + 1)) piece++;
    return piece;
  }

  #isRest(hit: Hit, piece: number): boolean {
    const before = this.#part(hit, piece - 1), part = this.#part(hit, piece);
    const head = (this.#texts[piece - 1] ?? "").slice(before.start, before.end);
    return isRest(head, (this.#texts[piece] ?? "").slice(part.start, part.end));
  }

  /** FALSE HITS: what stands whole in one string is found there, and what follows it is none of its business. */
  #counts(hit: Hit, first: number, last: number): boolean {
    if (this.#joining.kind === "any" && last === first) return false;
    if (this.#isKnown(hit, first) || (last > first && this.#isKnown(hit, last))) {
      return hit.detector.id === PEM && last > first;
    }
    if (this.#isMasked(hit, first)) return false;
    if (this.#joining.kind === "blocks") return true;
    return !this.#isListOfNumbers(hit, first, last);
  }

  #isKnown(hit: Hit, piece: number): boolean {
    let own = this.#own.get(piece);
    if (own === undefined) {
      own = reachesOf(this.#detection.detect(this.#texts[piece] ?? "", this.#joining.look));
      this.#own.set(piece, own);
    }
    const part = this.#part(hit, piece), known = own.get(hit.detector.id) ?? [];
    // The last that begins in front of where the part ends: no other reaches further.
    let low = 0, high = known.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((known[middle]?.start ?? Infinity) < part.end) low = middle + 1;
      else high = middle;
    }
    return (known[low - 1]?.end ?? -1) > part.start;
  }

  /** Is all that the first string has of it what an earlier look left there: a marker, and a bracket behind it? */
  #isMasked(hit: Hit, piece: number): boolean {
    const { start, end } = this.#part(hit, piece);
    const left = withoutMarkers((this.#texts[piece] ?? "").slice(start, end));
    return left.length < Math.min(MAX_LEFT, end - start);
  }

  /** Ids in a list, one behind the other, are a card by accident; a cut card has a word or a blank in a part. */
  #isListOfNumbers(hit: Hit, first: number, last: number): boolean {
    if (hit.detector.specificity === 3) return false;
    return this.#texts.slice(first, last + 1).every((text) => /^\d+$/.test(text));
  }
}
