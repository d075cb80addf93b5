/**
 * Looks at one text in every dress: as it stands, and three layers deep in its views. What is found in a view is a hit in
 * what the view was made from. ATTACKER-CONTROLLED; linear, and what the budget does not reach is told as a gap.
 */
import { type Detection, type KeyedReader, type Look, MIN_WALK } from "./detect.ts";
import { cleanControls } from "./injection/controls.ts";
import { looksLikeJson, walkJson } from "./json_text.ts";
import type { Hit } from "./overlap.ts";
import type { Token } from "./tokens.ts";
import { bareView, characterView, isAllFolded, isMarked } from "./views/characters.ts";
import { decodeRun, mayBeText, nextRun } from "./views/runs.ts";
import { tagView } from "./views/tags.ts";
import { type View, viewOf } from "./views/view.ts";

const ESCAPE = "\x1b";
const MAX_LAYERS = 3;
const MOST_KEPT = 128;
const MIN_SEEN = 256;
const TOO_DEEP = `what is encoded more than ${MAX_LAYERS} times is not looked into`;
// deno-lint-ignore no-control-regex -- all of ASCII
const ASCII_REGEXP = /^[\x00-\x7f]*$/;
const NO_READERS: readonly KeyedReader[] = [];
const NO_HITS: readonly Hit[] = [];
// deno-lint-ignore no-control-regex -- what terminals obey
const TERMINAL_REGEXP = /[\x1b\x80-\x9f]/;

/** How a look goes beyond the detectors, and how far. */
export interface LookerOptions {
  readonly detection: Detection;
  /** UTF-16 units that views may have, all together. */
  readonly budget: number;
  /** Could any string of the message differ from its views? */
  readonly dressed: boolean;
  /** Asked before every view; true: no more of them. */
  readonly isLate: () => boolean;
  /** Sees the text (layer 0) and every view of it, and may add hits of its own. */
  readonly signs: (text: string, layer: number) => readonly Hit[];
}

/** The looks at one message. */
export class Looker {
  readonly #options: LookerOptions;
  #budget: number;
  #gap: string | undefined;
  #paid = false;
  /** A short text without hits, looked at last, and how it was looked at. */
  #clean: { readonly text: string; readonly look: Look } | undefined;

  constructor(options: LookerOptions) {
    this.#options = options;
    this.#budget = options.budget;
  }

  /** What could not be looked at, in words. */
  get gap(): string | undefined {
    return this.#gap;
  }

  /** Everything that is seen in `text` and in its views. `paid`: a second look at the same costs nothing. */
  hits(text: string, look: Look, paid = false): readonly Hit[] {
    if (!paid) return this.#see(text, look, { layer: 0, quote: '"' });
    if (this.#isKnownClean(text, look)) return NO_HITS;
    const left = this.#budget;
    this.#budget = this.#options.budget;
    this.#paid = true;
    const hits = this.#see(text, look, { layer: 0, quote: '"' });
    this.#paid = false;
    this.#budget = left;
    if (hits.length === 0 && text.length <= MOST_KEPT) this.#clean = { text, look };
    return hits;
  }

  /** COST: of a list of secrets the same marker is left each time. A look at the same text in the same way sees the same. */
  #isKnownClean(text: string, { actionOf, readers, digits }: Look): boolean {
    const known = this.#clean;
    if (known?.text !== text || known.look.actionOf !== actionOf || known.look.digits !== digits) {
      return false;
    }
    return known.look.readers === readers || known.look.readers.length + readers.length === 0;
  }

  /** As {@link hits}, without the detectors on the text itself: nothing of theirs is in it. */
  hitsInViews(text: string, look: Look): readonly Hit[] {
    return this.#views(text, look, { layer: 0, quote: '"' });
  }

  #see(text: string, look: Look, depth: Depth): readonly Hit[] {
    const { detection } = this.#options;
    // What is decoded is mostly short and holds nothing; a string of the message is here because of what it holds.
    const empty = depth.layer > 0 && text.length < MIN_WALK && look.readers.length === 0 &&
      !detection.automaton.has(text);
    const plain = empty ? NO_HITS : detection.detect(text, look);
    const signs = this.#paid ? NO_HITS : this.#options.signs(text, depth.layer);
    // Of JSON without a keyword nothing is seen but its dress, and below the last layer that it is there.
    if (empty && depth.layer < MAX_LAYERS && !isDressed(text)) return signs;
    const inside = this.#views(text, look, depth);
    // Those of JSON come first: of two that are otherwise alike, the first wins.
    return inside.length + signs.length === 0 ? plain : [...inside, ...plain, ...signs];
  }

  #views(text: string, look: Look, depth: Depth): readonly Hit[] {
    const json = looksLikeJson(text);
    // What is masked was changed, and may be dressed in another way.
    const plain = depth.layer === 0 && !this.#options.dressed && !this.#paid;
    if (plain && !json) return NO_HITS;
    if (depth.layer > MAX_LAYERS) return this.#tooDeep(text, json);
    if (depth.layer === MAX_LAYERS) return json || isDressed(text) ? this.#last(text, look, json) : NO_HITS;
    if (json) {
      const inJson = this.#json(text, look, {
        ...depth,
        seen: undefined,
        dressed: !plain && isDressed(text),
      });
      if (inJson !== undefined) return inJson;
    }
    const deeper = { layer: depth.layer + 1, quote: "", seen: depth.seen };
    const hits: Hit[] = [];
    if (isMarked(text) || text.includes(ESCAPE)) {
      this.#plainViews(text, look, { ...depth, ...deeper, into: hits });
    }
    this.#runs(text, look, { layer: deeper.layer, quote: "", into: hits });
    return hits;
  }

  #plainViews(
    text: string,
    look: Look,
    { into, folded = false, ...deeper }: Depth & { readonly into: Hit[] },
  ): void {
    // COST: most ways lead to the same text, and with each layer there are more of them; of a short one that is cheap.
    const seen = deeper.seen ?? (text.length < MIN_SEEN ? undefined : new Map<string, number>());
    const depth = { layer: deeper.layer, quote: "", seen };
    // COST: what is folded folds to itself, and to find that out again takes as long as the first time.
    const plain = folded && isAllFolded(text) ? undefined : characterView(text);
    for (const view of [controlView(text), tagView(text), bareView(text), plain]) {
      // A character of another script is folded to itself: that is no layer, and must not use up those there are.
      if (view === undefined || view.text === text) continue;
      if ((seen?.get(view.text) ?? Infinity) <= deeper.layer || !this.#pay(view.text.length)) continue;
      seen?.set(view.text, deeper.layer);
      const within = view === plain ? { ...depth, folded: true } : depth;
      for (const hit of this.#see(view.text, look, within)) into.push({ ...hit, ...view.back(hit) });
    }
  }

  /** Below the last layer characters and runs are decoded once more, and what comes of them is looked at as it stands. */
  #last(text: string, look: Look, json: boolean): readonly Hit[] {
    // JSON without escapes reads as it stands, and has been looked at so.
    if (json && text.includes("\\")) this.#gap ??= TOO_DEEP;
    const hits: Hit[] = [];
    this.#runs(text, look, { layer: MAX_LAYERS + 1, quote: "", into: hits });
    for (const view of [bareView(text), characterView(text)]) {
      if (view === undefined || !this.#pay(view.text.length)) continue;
      const seen = [
        ...this.#options.detection.detect(view.text, look),
        ...this.#options.signs(view.text, MAX_LAYERS),
      ];
      for (const hit of seen) hits.push({ ...hit, ...view.back(hit) });
    }
    return hits;
  }

  /** FALSE HITS: a long name decodes to something by accident, hardly ever to what can be decoded again. */
  #tooDeep(text: string, json: boolean): readonly Hit[] {
    if (json || hasTextRun(text) || (ASCII_REGEXP.test(text) && isMarked(text))) this.#gap ??= TOO_DEEP;
    return NO_HITS;
  }

  /** A finding in what is encoded covers all of it: no part of base64 stands for a part of the text. */
  #runs(text: string, look: Look, { layer, into }: Depth & { readonly into: Hit[] }): void {
    let run = nextRun(text, 0);
    if (run === undefined) return;
    const inside = { ...look, readers: NO_READERS, digits: true }, depth = { layer, quote: "" };
    for (; run !== undefined; run = nextRun(text, run.end)) {
      const decoded = decodeRun(text, run);
      if (decoded === undefined || !this.#pay(decoded.text.length)) continue;
      const sure = decoded.binary
        ? this.#inBinary(decoded.text, look)
        : this.#see(decoded.text, inside, depth);
      for (const hit of sure) into.push({ ...hit, ...decoded.span });
    }
  }

  /** In a picture or a program only what has a format of its own is no accident, and it is not looked at as text. */
  #inBinary(text: string, look: Look): readonly Hit[] {
    const { detection } = this.#options;
    if (!detection.automaton.has(text)) return NO_HITS;
    return detection.detect(text, { ...look, readers: NO_READERS, digits: false })
      .filter(({ detector }) => detector.specificity === 3);
  }

  #json(text: string, look: Look, depth: JsonDepth): readonly Hit[] | undefined {
    const ends = this.#options.detection.traces(text);
    // Names have keywords, too: without any, and in no dress, there is nothing that a look at the text did not see.
    if (ends.length === 0 && !depth.dressed) return NO_HITS;
    if (!this.#pay(text.length)) return undefined;
    const hits: Hit[] = [];
    let next = 0;
    const isJson = walkJson(text, (token, kind, readers) => {
      while ((ends[next] ?? Infinity) < token.start) next++;
      const traced = (ends[next] ?? Infinity) < token.end;
      if (!traced && !depth.dressed && readers.length === 0) return;
      for (const hit of this.#part(text, token, { look, depth, traced, kind, readers })) {
        hits.push({ ...hit, start: hit.start + token.start, end: hit.end + token.start });
      }
    });
    return isJson ? hits : undefined;
  }

  /** Hits in one part of a JSON text, from the beginning of the part on. */
  #part(text: string, { start, end, escaped }: Token, part: PartLook): readonly Hit[] {
    const { look, depth, traced } = part;
    const source = text.slice(start, end);
    const own = part.readers.length === 0 ? look : { ...look, readers: part.readers };
    const within = { layer: depth.layer + 1, quote: nextQuote(depth.quote) };
    if (part.kind === "number") {
      if (!traced && part.readers.length === 0) return NO_HITS;
      const [hit] = this.#options.detection.detect(source, own);
      return hit === undefined ? NO_HITS : [{ ...hit, start: 0, end: source.length, quote: depth.quote }];
    }
    const view = escaped ? characterView(source, { escaped: true }) : undefined;
    if (view === undefined) {
      if (traced || part.readers.length > 0) return this.#see(source, own, within);
      return this.#views(source, own, within);
    }
    if (!this.#pay(view.text.length)) return NO_HITS;
    return this.#see(view.text, own, within).map((hit) => ({ ...hit, ...view.back(hit) }));
  }

  /** False where the budget is gone, and that is told. */
  #pay(units: number): boolean {
    this.#budget -= units;
    if (this.#budget < 0) {
      this.#gap ??= `decoding it takes more than ${this.#options.budget} characters`;
      return false;
    }
    return !this.#options.isLate();
  }
}

interface Depth {
  readonly layer: number;
  /** The text is a view in which every character is plain. */
  readonly folded?: boolean;
  /** What a quote is to the whole string, where the text is nothing but JSON in it; empty elsewhere. */
  readonly quote: string;
  /** The views in which characters are plain that were looked at on the way from the same text, with their layers. */
  readonly seen?: Map<string, number> | undefined;
}

interface JsonDepth extends Depth {
  /** Does any part of the text need views? */
  readonly dressed: boolean;
}

interface PartLook {
  readonly look: Look;
  readonly depth: Depth;
  readonly traced: boolean;
  readonly kind: "key" | "string" | "number";
  /** From the key that it stands under, and from beside it. */
  readonly readers: readonly KeyedReader[];
}

/** COST: asked for every part of a JSON text, and there are as many answers as layers. */
const QUOTES = ["", '"'];
for (let layer = 0; layer <= MAX_LAYERS; layer++) {
  QUOTES.push(JSON.stringify(QUOTES.at(-1)).slice(1, -1));
}

function nextQuote(quote: string): string {
  return quote === "" ? "" : QUOTES[QUOTES.indexOf(quote) + 1] ?? "";
}

/** Does the text differ from any of its views? Ordinary text is done with here. */
export function isDressed(text: string): boolean {
  return isMarked(text) || text.includes(ESCAPE) || hasTextRun(text);
}

function hasTextRun(text: string): boolean {
  for (let run = nextRun(text, 0); run !== undefined; run = nextRun(text, run.end)) {
    if (mayBeText(text, run)) return true;
  }
  return false;
}

/** The text without what a terminal obeys: `AK\x1b[0mIA` is shown as `AKIA`. */
function controlView(text: string): View | undefined {
  if (!TERMINAL_REGEXP.test(text)) return undefined;
  const { removed } = cleanControls(text);
  if (removed.length === 0) return undefined;
  return viewOf(text, (out) => {
    let from = 0;
    for (const { start, end } of removed) {
      out.copy(text, from, start);
      out.drop(end);
      from = end;
    }
    out.copy(text, from, text.length);
  });
}
