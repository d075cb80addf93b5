/** A detector that the operator wrote (`[[scan.detectors]]`). Plain data: it crosses a channel. */
export interface OwnDetector {
  /** Lower-case words with hyphens, none of the house's. */
  readonly id: string;
  readonly description?: string;
  /** At least one of them stands in every text that the pattern matches (any case): only then the pattern is tried. */
  readonly keywords: readonly string[];
  /** RE2 syntax; what it matches is the finding. */
  readonly pattern: string;
  /** Where findings overlap the higher one wins; 2 where absent. */
  readonly specificity?: 1 | 2 | 3;
  /** Each `hits` must be found and no `misses`, or the detector does not load. */
  readonly examples: { readonly hits: readonly string[]; readonly misses: readonly string[] };
}
