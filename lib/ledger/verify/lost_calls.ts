/** So many calls without outcome are named; the others are counted. */
const MOST_NAMED = 100;

/** Calls of ended sessions of which nobody knows how they ended. */
export class LostCalls {
  /** Named by a `recovered` entry; their outcome may still come. */
  readonly #noted = new Set<number>();
  #ended = 0;
  /** The first ones that ended with their session for good. */
  readonly #firstEnded: number[] = [];

  get count(): number {
    return this.#noted.size + this.#ended;
  }

  /** The smallest numbers of them, in order. */
  get named(): readonly number[] {
    return [...this.#noted, ...this.#firstEnded].sort((a, b) => a - b).slice(0, MOST_NAMED);
  }

  /** A crash left the call. */
  noted(call: number): void {
    this.#noted.add(call);
  }

  /** The session has ended, and the call had no outcome. */
  ended(call: number): void {
    this.#ended++;
    if (this.#firstEnded.length < MOST_NAMED) this.#firstEnded.push(call);
  }

  /** The outcome of a noted call has come. False: it was not one. */
  found(call: number): boolean {
    return this.#noted.delete(call);
  }
}
