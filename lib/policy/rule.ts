/** A compiled rule. */
import type { Clause, Effect, Guard, Match, MeterWindow, ReasonCode } from "../verdict/mod.ts";
import type { CallView } from "./call_view.ts";
import { allOf, type Explained, type Leaf } from "./condition.ts";
import type { MeterOwner } from "./scope.ts";
import { type Selectors, whyNot } from "./selectors.ts";
import type { Track } from "./track.ts";

/** One condition of a rule. */
export interface RuleTest {
  test(view: CallView): Match;
  explain(view: CallView): Explained;
  readonly leaves: readonly Leaf[];
  /** The labels that it asks about. */
  readonly labels?: readonly LabelUse[];
}

/** A label that somebody wrote, and its offset in the file. */
export interface LabelUse {
  readonly label: string;
  readonly at: number;
}

/** A condition on limits or history: this room has no state, so it is left to the ledger as a guard. */
export interface RuleGuard {
  /** `unevaluable` where what it counts cannot be read, such as an amount. */
  of(view: CallView): Guard | "unevaluable";
  /** What it asks, for a person. */
  readonly words: string;
  /** What is known of a limit, for checks across rules. */
  readonly limit?: LimitFacts;
  /** What must be seen of other calls for it. */
  readonly track?: Track;
}

/** What a limit counts, and in which meter. */
export interface LimitFacts {
  readonly holds: "over" | "within";
  readonly kind: "rate" | "calls" | "sum";
  readonly window: MeterWindow;
  readonly owners: readonly MeterOwner[];
  /** Rules of one key share a meter. */
  readonly key?: string;
  /** Of a sum: where the amount stands. */
  readonly path?: string;
  /** Offset in the file. */
  readonly at: number;
}

export interface Rule {
  readonly id: string;
  /** `layer/id`. */
  readonly ref: string;
  readonly effect: Effect;
  readonly reason: ReasonCode;
  readonly message: string;
  readonly selectors: Selectors;
  /** All must hold; none: the selectors alone decide. */
  readonly tests: readonly RuleTest[];
  /** All must hold, and are looked at last, by the ledger. */
  readonly guards: readonly RuleGuard[];
  readonly redactFields: readonly string[];
  /** Offset in the file. */
  readonly at: number;
}

/** Does the rule match a call that its selectors let in, as far as can be told without its guards? */
export function testRule(rule: Pick<Rule, "tests">, view: CallView): Match {
  let answer: Match = "yes";
  for (const one of rule.tests) {
    const match = one.test(view);
    if (match === "no") return match;
    if (match === "unevaluable") answer = match;
  }
  return answer;
}

const NONE: readonly never[] = [];

/** The rule's part in an open decision; `undefined` where it surely does not match. */
export function clauseOf(rule: Rule, view: CallView): Clause | undefined {
  const match = testRule(rule, view);
  if (match === "no") return undefined;
  const { effect, ref, reason, message, redactFields } = rule;
  const words = { effect, ref, reason, message, redactFields };
  if (rule.guards.length === 0) {
    return { ...words, guards: NONE, charges: NONE, unevaluable: match === "unevaluable" };
  }
  const read = rule.guards.map((guard) => guard.of(view));
  const guards = read.filter((guard) => guard !== "unevaluable");
  return {
    ...words,
    guards,
    unevaluable: match === "unevaluable" || guards.length < read.length,
    // Looking at lists costs nothing (spec: policy, "Meters").
    charges: view.request.action.endsWith("/list") ? NONE : chargesOf(guards),
  };
}

function chargesOf(guards: readonly Guard[]): Clause["charges"] {
  return guards.flatMap((guard) => guard.kind === "limit" ? [guard.charge] : []);
}

/** What {@link explainRule} needs to know of limits and history. */
export type GuardMatch = (guard: Guard) => Match;

/** The rule's match with the reason in words. */
export function explainRule(
  rule: Pick<Rule, "selectors" | "tests" | "guards">,
  view: CallView,
  guardMatch: GuardMatch,
): Explained {
  const other = whyNot(rule.selectors, view.request);
  if (other !== undefined) return { match: "no", words: other };
  if (rule.tests.length + rule.guards.length === 0) return { match: "yes", words: "it has no condition" };
  const tests = rule.tests.map((one) => one.explain(view));
  const guards = rule.guards.map((one) => explainGuard(one, view, guardMatch));
  const parts = [...tests, ...guards];
  return { match: allOf(parts.map(({ match }) => match)), words: parts.map(({ words }) => words).join("; ") };
}

function explainGuard(one: RuleGuard, view: CallView, guardMatch: GuardMatch): Explained {
  const guard = one.of(view);
  const match = guard === "unevaluable" ? guard : guardMatch(guard);
  const why = guard === "unevaluable" ? " (what it counts cannot be read)" : "";
  return { match, words: `${one.words}: ${match}${why}` };
}
