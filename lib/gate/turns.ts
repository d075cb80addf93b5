import type { Decision } from "../verdict/mod.ts";
import type { Judgeable } from "./judgeable.ts";

type Placed = Pick<Judgeable, "direction" | "form">;

/** A message's turn to be recorded. */
export interface Turn {
  /** Those before it have had theirs. */
  readonly before: Promise<void> | undefined;
  end(): void;
}

const NO_TURN: Turn = { before: undefined, end: () => {} };

/**
 * The upstream reads messages in the order that they came, so history is written in that order too. Else a call that is
 * looked at for longer, as one with a finding is, would leave ahead of the next one and be remembered behind it: no rule
 * that looks back would see it.
 */
export class Turns {
  #last: Promise<void> | undefined;

  /** Does `work`, whose turn is taken before anything is waited for. A question inside a message has no place of its own. */
  async inTurn<T>({ direction, form }: Placed, work: (turn: Turn) => Promise<T>): Promise<T> {
    const turn = direction === "to-upstream" && form !== "input" ? this.#take() : NO_TURN;
    try {
      return await work(turn);
    } catch (mistake) {
      await turn.before; // those behind it must not pass those before it
      throw mistake;
    } finally {
      turn.end();
    }
  }

  #take(): Turn {
    const { promise, resolve: end } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = promise;
    return { before, end };
  }
}

/** May the ledger ask for other masks, and does it matter to the calls behind this one when it is written? */
export function mayComeAgain(decision: Decision | undefined): boolean {
  if (decision?.open === undefined || decision.marks.forwarded.length === 0) return false;
  return decision.open.layers.some(({ clauses, redactFields }) =>
    redactFields.length > 0 || clauses.some((clause) => clause.redactFields.length > 0)
  );
}
