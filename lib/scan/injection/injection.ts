/** What in a result speaks to the model instead of answering it: weighted signs. */

/** What the operator configured under `[scan.injection]`. Plain data: it crosses a channel. */
export interface InjectionOptions {
  /** For every sign; absent: `annotate` below the threshold, `withhold` from it on. */
  readonly action?: "annotate" | "redact" | "withhold" | "allow";
  /** The sum of weights from which on a message counts as an injection. */
  readonly threshold?: number;
  /** RE2 patterns; each is a sign of its own. */
  readonly extraPatterns?: readonly string[];
}

/** One sign, and where in the text it stands (UTF-16 units, half-open). */
export interface InjectionHit {
  readonly id: string;
  /** 1 (seldom means anything) to 5 (hardly anything else does this). */
  readonly weight: number;
  readonly start: number;
  readonly end: number;
}

/** From this sum of weights on a result is withheld, where the operator configured nothing else. */
export const DEFAULT_INJECTION_THRESHOLD = 6;

/** The signs in one plain text, ascending. ATTACKER-CONTROLLED; linear in the text. */
export function injectionIn(_text: string): readonly InjectionHit[] {
  return [];
}
