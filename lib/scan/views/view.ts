/** Another way to read a text, with the way back: a finding in a view covers what it comes from. */
import type { Span } from "../detector.ts";

export interface View {
  readonly text: string;
  /** The span of the text that the view was made from. */
  back(span: Span): Span;
}

/** Builds the text of a view unit by unit and remembers where each unit comes from. */
export class ViewText {
  #units: Uint16Array<ArrayBuffer>;
  #from: Uint32Array<ArrayBuffer>;
  #length = 0;
  #until = 0;

  constructor(capacity: number) {
    this.#units = new Uint16Array(capacity + 1);
    this.#from = new Uint32Array(capacity + 2);
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
    if (this.#length + 1 >= this.#units.length) this.#reserve(1);
    this.#units[this.#length] = unit;
    this.#from[this.#length++] = start;
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

  view(): View {
    const from = this.#from, length = this.#length;
    from[length] = this.#until;
    return { text: textOf(this.#units.subarray(0, length)), back: (span) => backBy(from, length, span) };
  }

  #reserve(more: number): void {
    if (this.#length + more < this.#units.length) return;
    const capacity = 2 * (this.#length + more) + 16;
    const units = new Uint16Array(capacity), from = new Uint32Array(capacity + 1);
    units.set(this.#units);
    from.set(this.#from);
    this.#units = units;
    this.#from = from;
  }
}

/** Of a character that stands for several (`ﬁ`) or came of several (`&#65;`), the whole. */
function backBy(from: Uint32Array, length: number, { start, end }: Span): Span {
  const first = from[start] ?? 0;
  let behind = end;
  while (behind < length && from[behind] === from[end - 1]) behind++;
  return { start: first, end: from[behind] ?? first };
}

const SMALL = 1024;
const decoder = new TextDecoder("utf-16le", { ignoreBOM: true });

function textOf(units: Uint16Array<ArrayBuffer>): string {
  return units.length <= SMALL ? String.fromCharCode(...units) : decoder.decode(units);
}
