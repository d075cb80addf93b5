/** Quantiles in flat memory: exact for the first values, then by buckets that are each 2 % wide. */

/** In microseconds. `exact`: no value was rounded to its bucket. */
export interface Quantiles {
  readonly count: number;
  readonly p50_us: number;
  readonly p90_us: number;
  readonly p99_us: number;
  readonly max_us: number;
  readonly exact: boolean;
}

/** So many values are kept one by one. */
export const EXACT_VALUES = 512;

// A bucket's values are within 1 % of its middle. 1,200 of them reach beyond five hours; longer ones count as the last.
const GROWTH = 1.02;
const BUCKETS = 1_200;
const LOG_GROWTH = Math.log(GROWTH);

/** Latencies of one kind of call. */
export class Latencies {
  #values: number[] | undefined = [];
  #buckets: Uint32Array | undefined;
  #count = 0;
  #max = 0;

  /** `micros`: a whole number of at least 0. */
  add(micros: number): void {
    this.#count++;
    if (micros > this.#max) this.#max = micros;
    if (this.#values !== undefined && this.#values.length < EXACT_VALUES) {
      this.#values.push(micros);
      return;
    }
    this.#toBuckets(micros);
  }

  get count(): number {
    return this.#count;
  }

  /** `undefined` where nothing was added. Nearest rank: the smallest value that so many percent are not above. */
  quantiles(): Quantiles | undefined {
    if (this.#count === 0) return undefined;
    const at = this.#reader();
    return {
      count: this.#count,
      p50_us: at(0.5),
      p90_us: at(0.9),
      p99_us: at(0.99),
      max_us: this.#max,
      exact: this.#buckets === undefined,
    };
  }

  #toBuckets(micros: number): void {
    const buckets = this.#buckets ??= new Uint32Array(BUCKETS);
    for (const early of this.#values ?? []) count(buckets, early);
    this.#values = undefined;
    count(buckets, micros);
  }

  #reader(): (quantile: number) => number {
    const rankOf = (quantile: number) => Math.max(1, Math.ceil(quantile * this.#count));
    const buckets = this.#buckets;
    if (buckets === undefined) {
      const sorted = (this.#values ?? []).toSorted((a, b) => a - b);
      return (quantile) => sorted[rankOf(quantile) - 1] ?? 0;
    }
    return (quantile) => Math.min(this.#max, valueAtRank(buckets, rankOf(quantile)));
  }
}

function count(buckets: Uint32Array, micros: number): void {
  const bucket = micros < 1 ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(micros) / LOG_GROWTH));
  buckets[bucket] = (buckets[bucket] ?? 0) + 1;
}

function valueAtRank(buckets: Uint32Array, rank: number): number {
  let seen = 0;
  for (let bucket = 0; bucket < buckets.length; bucket++) {
    seen += buckets[bucket] ?? 0;
    if (seen >= rank) return bucket === 0 ? 0 : Math.round(GROWTH ** (bucket - 0.5));
  }
  return 0;
}
