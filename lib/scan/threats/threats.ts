/** What in the arguments of a call looks like an attack: weighted signs. Nothing is refused by them alone. */

export type ThreatCategory =
  | "prompt-injection"
  | "command-injection"
  | "secret-exfiltration"
  | "path-traversal"
  | "suspicious-url"
  | "server-side-request-forgery";

/** One sign, and where in the text it stands (UTF-16 units, half-open). */
export interface ThreatHit {
  readonly id: string;
  readonly category: ThreatCategory;
  /** 1 (seldom means anything) to 5 (hardly anything else does this). */
  readonly weight: number;
  readonly start: number;
  readonly end: number;
}

/** The signs in one plain text, ascending. ATTACKER-CONTROLLED; linear in the text. */
export function threatsIn(_text: string): readonly ThreatHit[] {
  return [];
}
