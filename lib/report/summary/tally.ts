/** Counts by name, in flat memory: names are ATTACKER-CONTROLLED, and there may be as many as there are calls. */

/** A name and how often it came. */
export interface Counted {
  readonly name: string;
  readonly count: number;
}

/** The largest counts, and what is not among them. */
export interface Top {
  readonly items: readonly Counted[];
  /** Names that are not listed: exact, or at least so many where the tally was `folded`. */
  readonly more: number;
  /** How often those came together. */
  readonly moreCount: number;
  /** More names came than were kept one by one: counts of the listed are at least what they say. */
  readonly folded: boolean;
}

const DEFAULT_CAP = 1_000;

/** `cap`: so many names are kept for certain. `onFold` is told each name that is kept no more. */
export interface TallyOptions {
  readonly cap?: number;
  readonly onFold?: (name: string) => void;
}

/**
 * Counts each name exactly as long as there are at most `2 * cap` of them. Beyond, the rarest half is put together under no
 * name; whatever is frequent from then on is counted anew, so that nobody can hide a name by sending a thousand others first.
 */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #cap: number;
  readonly #onFold: ((name: string) => void) | undefined;
  #folded = 0;
  #foldedNames = 0;

  constructor({ cap = DEFAULT_CAP, onFold }: TallyOptions = {}) {
    this.#cap = cap;
    this.#onFold = onFold;
  }

  add(name: string, count: number = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
    if (this.#counts.size > 2 * this.#cap) this.#fold();
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All that was counted, under whatever name. */
  get total(): number {
    let total = this.#folded;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** How many names there were: exact unless folded. */
  get names(): number {
    return this.#counts.size + this.#foldedNames;
  }

  /** The `most` largest; equal counts in the order of their names. */
  top(most: number): Top {
    const sorted = this.#sorted();
    const items = sorted.slice(0, most);
    const listed = items.reduce((sum, { count }) => sum + count, 0);
    return {
      items,
      more: this.names - items.length,
      moreCount: this.total - listed,
      folded: this.#foldedNames > 0,
    };
  }

  #sorted(): Counted[] {
    return [...this.#counts].map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  }

  #fold(): void {
    for (const { name, count } of this.#sorted().slice(this.#cap)) {
      this.#counts.delete(name);
      this.#folded += count;
      this.#foldedNames++;
      this.#onFold?.(name);
    }
  }
}
