/** What a call leaves behind in meters and history, by what became of it. */
import type { Decision } from "./decision.ts";
import type { Charge, Mark } from "./guard.ts";
import { approvedMarks } from "./resolve.ts";

/** `approved`: a person let it go, so it was forwarded as well. */
export type Fate = "forwarded" | "refused" | "approved";

/** Made and put together or not at all, each mark on the history from before all of them. */
export interface Effects {
  readonly charges: readonly Charge[];
  readonly marks: readonly Mark[];
}

/** The effects of a resolved decision. For `approved`, `rules` are those that held the call. */
export function effectsOf(decision: Pick<Decision, "charges" | "marks" | "rules">, fate: Fate): Effects {
  const { charges, marks } = decision;
  switch (fate) {
    case "refused":
      return { charges: [], marks: marks.refused };
    case "forwarded":
      return { charges, marks: marks.forwarded };
    case "approved":
      return { charges, marks: [...approvedMarks(decision), ...marks.forwarded] };
  }
}
