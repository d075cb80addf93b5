/** What in the arguments of a call looks like an attack: weighted signs. Nothing is refused by them alone. */
import { SignBook, type SignInfo, type Weight } from "../signs.ts";
import { ALL_THREAT_SIGNS } from "./all.ts";
import type { ThreatCategory } from "./threat.ts";

export type { ThreatCategory } from "./threat.ts";

/** One sign, and where in the text it stands (UTF-16 units, half-open). */
export interface ThreatHit {
  readonly id: string;
  readonly category: ThreatCategory;
  /** 1 (seldom means anything) to 5 (hardly anything else does this). */
  readonly weight: Weight;
  readonly start: number;
  readonly end: number;
}

/** The signs for documents and commands. */
export const THREAT_SIGNS: readonly (SignInfo & { readonly category: ThreatCategory })[] = ALL_THREAT_SIGNS;

const BOOK = new SignBook(ALL_THREAT_SIGNS);

/** Could there be a sign in `text`, or in a text with this JSON source, but for those with a quote in their keyword? */
export function hasThreatKeyword(text: string): boolean {
  return BOOK.has(text);
}

/** The signs in one plain text, each once, ascending. ATTACKER-CONTROLLED; linear in the text. */
export function threatsIn(text: string): readonly ThreatHit[] {
  return BOOK.find(text, () => true).map(({ sign: { id, category, weight }, start, end }) => ({
    id,
    category,
    weight,
    start,
    end,
  }));
}
