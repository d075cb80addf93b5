/**
 * What evaluating may cost. Expressions are an operator's, but the lists and texts that they walk are
 * ATTACKER-CONTROLLED: `args.l.all(x, args.l.all(y, …))` grows with the square of a list. So work is counted, and a call
 * that would cost too much is unevaluable, long before the deadline at which the worker would be ended.
 */

import { composed } from "../../base/mod.ts";

/** Thrown when the budget of a call is used up. Nothing but the test of a rule may catch it. */
export class OutOfBudget {}
const OUT_OF_BUDGET = new OutOfBudget();

/**
 * Steps for one call, over all its rules, and for each character of its arguments: long ones have a longer deadline. A
 * step is about 10 ns (measured), so arguments of 64 KiB get 25 ms, and what is counted too low has room.
 */
const BUDGET = 1_500_000;
const BUDGET_PER_CHAR = 16;
/** Characters that cost as much as a step. */
const CHARS_PER_STEP = 64;
/** Leaving an evaluation early is slow in every JavaScript engine. */
const FAILURE = 30;
const DECIMAL = 50;
/** Bringing a text to NFC, a character. */
const COMPOSITION = 2;
/** Texts up to this long are brought to NFC again each time. */
const SHORT = 32;

export class Meter {
  #left: number;
  readonly #composed = new Map<string, string>();

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

  spendDecimal(): void {
    this.spend(DECIMAL);
  }

  /** The text on NFC. A long one is paid for once, however often an expression looks at it. */
  composed(text: string): string {
    if (text.length <= SHORT) {
      this.spend(SHORT / 4);
      return composed(text);
    }
    this.spendText(8 * text.length);
    const known = this.#composed.get(text);
    if (known !== undefined) return known;
    this.spend(COMPOSITION * text.length);
    const made = composed(text);
    this.#composed.set(text, made);
    return made;
  }

  spendFailure(): void {
    this.spend(FAILURE);
  }
}
