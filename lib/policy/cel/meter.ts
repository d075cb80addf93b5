/**
 * What evaluating may cost. Expressions are an operator's, but the lists and texts that they walk are
 * ATTACKER-CONTROLLED: `args.l.all(x, args.l.all(y, …))` grows with the square of a list. So work is counted, and a call
 * that would cost too much is unevaluable, long before the deadline at which the worker would be ended.
 */

/** Thrown when the budget of a call is used up. Nothing but the test of a rule may catch it. */
export class OutOfBudget {}
const OUT_OF_BUDGET = new OutOfBudget();

/** Steps for one call, over all its rules, and for each character of its arguments: long ones have a longer deadline. */
const BUDGET = 1_500_000;
const BUDGET_PER_CHAR = 16;
/** Characters that cost as much as a step. */
const CHARS_PER_STEP = 64;
/** Leaving an evaluation early is slow in every JavaScript engine. */
const FAILURE = 30;

export class Meter {
  #left: number;

  /** `chars`: how long the arguments are. */
  constructor(chars: number) {
    this.#left = BUDGET + BUDGET_PER_CHAR * chars;
  }

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw OUT_OF_BUDGET;
  }

  /** For work that grows with the length of a text. */
  spendText(chars: number): void {
    this.spend(1 + chars / CHARS_PER_STEP);
  }

  /** A search is fast on the texts of the world, and pattern × text on the texts of an attacker. */
  spendSearch(text: string, part: string): void {
    this.spendText(4 * text.length + text.length * part.length / 2);
  }

  spendFailure(): void {
    this.spend(FAILURE);
  }
}
