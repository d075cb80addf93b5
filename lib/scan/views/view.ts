/** Another way to read a text, with the way back: a finding in a view covers what it comes from. */
import type { Span } from "../detector.ts";

export interface View {
  readonly text: string;
  /** The span of the text that the view was made from. */
  back(span: Span): Span;
}

/**
 * The view of `source` that `build` puts together. COST: a message can have tens of thousands of views, and in most of them nothing is
 * found: they are built in one place, which is used again, and built anew for the way back when somebody asks for it.
 */
export function viewOf(source: string, build: (out: ViewText) => void): View {
  const text = built(source, build).text();
  let origins: Uint32Array | undefined;
  return { text, back: (span) => backBy(origins ??= built(source, build).origins(), span) };
}

/** Room for longer views is not kept: it would be there for good. */
const MOST_KEPT = 2 ** 16;
let room: ViewText | undefined;

/** INVARIANT: a `build` builds no other view. */
function built({ length }: string, build: (out: ViewText) => void): ViewText {
  const out = length < MOST_KEPT ? room ??= new ViewText(MOST_KEPT) : new ViewText(length);
  out.clear();
  build(out);
  return out;
}

/** The text of a view, built unit by unit, and where each unit comes from. */
export class ViewText {
  #units: Uint16Array<ArrayBuffer>;
  #from: Uint32Array<ArrayBuffer>;
  #length = 0;
  #until = 0;

  constructor(capacity: number) {
    this.#units = new Uint16Array(capacity + 2);
    this.#from = new Uint32Array(capacity + 2);
  }

  clear(): void {
    this.#length = 0;
    this.#until = 0;
  }

  /** Takes over `source[start, end)` as it stands. */
  copy(source: string, start: number, end: number): void {
    this.#reserve(end - start);
    const units = this.#units, from = this.#from;
    let length = this.#length;
    for (let at = start; at < end; at++) {
      units[length] = source.charCodeAt(at);
      from[length++] = at;
    }
    this.#length = length;
    this.#until = end;
  }

  /** One unit stands for `source[start, end)`. */
  putUnit(unit: number, start: number, end: number): void {
    const length = this.#length;
    if (length + 1 >= this.#units.length) this.#reserve(1);
    this.#units[length] = unit;
    this.#from[length] = start;
    this.#length = length + 1;
    this.#until = end;
  }

  /** Nothing stands for what goes to `end`. */
  drop(end: number): void {
    this.#until = end;
  }

  /** `text` stands for `source[start, end)`. */
  put(text: string, start: number, end: number): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      this.#units[this.#length] = text.charCodeAt(i);
      this.#from[this.#length++] = start;
    }
    this.#until = end;
  }

  text(): string {
    return textOf(this.#units.subarray(0, this.#length));
  }

  /** For each unit where it begins in the source, and behind the last one where the source of all of them ends. */
  origins(): Uint32Array {
    const origins = this.#from.slice(0, this.#length + 1);
    origins[this.#length] = this.#until;
    return origins;
  }

  #reserve(more: number): void {
    if (this.#length + more < this.#units.length) return;
    const capacity = 2 * (this.#length + more) + 16;
    const units = new Uint16Array(capacity), from = new Uint32Array(capacity);
    units.set(this.#units.subarray(0, this.#length));
    from.set(this.#from.subarray(0, this.#length));
    this.#units = units;
    this.#from = from;
  }
}

/** Of a character that stands for several (`ﬁ`) or came of several (`&#65;`), the whole. */
function backBy(origins: Uint32Array, { start, end }: Span): Span {
  const length = origins.length - 1, first = origins[start] ?? 0;
  let behind = end;
  while (behind < length && origins[behind] === origins[end - 1]) behind++;
  return { start: first, end: origins[behind] ?? first };
}

const SMALL = 1024;
const decoder = new TextDecoder("utf-16le", { ignoreBOM: true });
const ascii = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** The text of UTF-16 units. */
export function textOf(units: Uint16Array<ArrayBuffer>): string {
  if (units.length <= SMALL) return String.fromCharCode.apply(null, units as unknown as number[]);
  // COST: mostly everything is ASCII by now, and text of one byte a unit is looked at in half the time.
  const bytes = new Uint8Array(units.length);
  let all = 0;
  for (let at = 0; at < units.length; at++) {
    const unit = units[at] ?? 0;
    all |= unit;
    bytes[at] = unit;
  }
  return all < 0x80 ? ascii.decode(bytes) : decoder.decode(units);
}
