import type { ImportNote, ImportNoteKind } from "./types.ts";

/** Gathers the notes of one import. */
export class Notes {
  readonly #lineStarts: readonly number[];
  readonly #found: ImportNote[] = [];
  readonly #said = new Set<string>();

  constructor(text: string) {
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** `at`: offset into the text. */
  add(kind: ImportNoteKind, { at, path }: Spot, message: string): void {
    this.#found.push({ line: this.#lineOf(at), path, kind, message });
  }

  /** As {@link add}, where the same words were not said before: what holds for every rule is said at the first. */
  once(kind: ImportNoteKind, spot: Spot, message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.add(kind, spot, message);
  }

  get found(): readonly ImportNote[] {
    return [...this.#found].sort((a, b) => a.line - b.line);
  }

  #lineOf(at: number): number {
    let low = 0, high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}

/** A place in the document: the offset, and the path in words. */
export interface Spot {
  readonly at: number;
  readonly path: string;
}
