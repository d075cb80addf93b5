/** The operator's own patterns of injections, once they are compiled. */
import type { Span } from "../detector.ts";
import type { InjectionHit, InjectionOptions } from "./injection.ts";

/** What a compiled pattern finds in a text; linear, as RE2 is. */
export type FindPattern = (text: string) => readonly Span[];

/** The operator's options with their patterns compiled. */
export interface InjectionSettings extends InjectionOptions {
  readonly extra: readonly FindPattern[];
}

/** They were written on purpose: one alone is a warning, and with any weak sign beside it the result is withheld. */
const EXTRA_WEIGHT = 4;

const NONE: readonly InjectionHit[] = [];

/** The hits of all patterns; their ids are `extra-pattern-1` and so on. ATTACKER-CONTROLLED. */
export function extraIn(text: string, { extra }: InjectionSettings): readonly InjectionHit[] {
  if (extra.length === 0) return NONE;
  return extra.flatMap((find, index) =>
    find(text).map(({ start, end }) =>
      ({ id: `extra-pattern-${index + 1}`, weight: EXTRA_WEIGHT, start, end }) as const
    )
  );
}
