/** Counts over time in flat memory: buckets of one width, which becomes wider when there are too many. */

/** The widths, in seconds. INVARIANT: each divides the next, so that buckets can be put together. */
const WIDTHS_S: readonly number[] = [
  1,
  5,
  15,
  60,
  300,
  900,
  3_600,
  10_800,
  21_600,
  43_200,
  86_400,
  604_800,
  2_419_200,
  29_030_400,
];
const MAX_BUCKETS = 72;

/** One bucket: when it begins, in seconds since the epoch, and counts by kind. */
export interface Bucket {
  readonly start: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Buckets without a gap, from the first to the last that has something. */
export interface Series {
  readonly widthS: number;
  readonly buckets: readonly Bucket[];
}

/** Counts of kinds (few, ours) over time. */
export class OverTime {
  #width = 0;
  #buckets = new Map<number, Map<string, number>>();
  #first = Infinity;
  #last = -Infinity;

  /** `second`: since the epoch. A time that is none (a forged entry) is not counted. */
  add(second: number, kind: string): void {
    if (!Number.isFinite(second)) return;
    this.#first = Math.min(this.#first, second);
    this.#last = Math.max(this.#last, second);
    while (this.#span() > MAX_BUCKETS && this.#width < WIDTHS_S.length - 1) this.#widen();
    increase(this.#buckets, Math.floor(second / this.#widthS), { kind, count: 1 });
  }

  series(): Series {
    const widthS = this.#widthS;
    if (this.#last < this.#first) return { widthS, buckets: [] };
    const from = Math.floor(this.#first / widthS);
    const count = Math.min(this.#span(), MAX_BUCKETS);
    return { widthS, buckets: Array.from({ length: count }, (_, i) => this.#bucket(from + i)) };
  }

  get #widthS(): number {
    return WIDTHS_S[this.#width] ?? 1;
  }

  #span(): number {
    return Math.floor(this.#last / this.#widthS) - Math.floor(this.#first / this.#widthS) + 1;
  }

  #bucket(index: number): Bucket {
    return {
      start: index * this.#widthS,
      counts: Object.fromEntries(this.#buckets.get(index) ?? []),
    };
  }

  #widen(): void {
    const before = this.#widthS;
    this.#width++;
    const factor = this.#widthS / before;
    const wider = new Map<number, Map<string, number>>();
    for (const [index, counts] of this.#buckets) {
      for (const [kind, count] of counts) increase(wider, Math.floor(index / factor), { kind, count });
    }
    this.#buckets = wider;
  }
}

interface Increase {
  readonly kind: string;
  readonly count: number;
}

function increase(
  buckets: Map<number, Map<string, number>>,
  index: number,
  { kind, count }: Increase,
): void {
  const counts = buckets.get(index) ?? new Map<string, number>();
  buckets.set(index, counts);
  counts.set(kind, (counts.get(kind) ?? 0) + count);
}
