/** What a threat sign is. The tables are in the files beside this one. */
import type { Sign } from "../signs.ts";

export type ThreatCategory =
  | "prompt-injection"
  | "command-injection"
  | "secret-exfiltration"
  | "path-traversal"
  | "suspicious-url"
  | "server-side-request-forgery";

export interface ThreatSign extends Sign {
  readonly category: ThreatCategory;
}

/** The signs of one file, which all belong to one category. */
export function signsOf(
  category: ThreatCategory,
  signs: readonly Omit<ThreatSign, "category">[],
): readonly ThreatSign[] {
  return signs.map((sign) => ({ ...sign, category }));
}
