/** A compiled rule, and a call as rules look at it. */
import { type JsonValue, parseJson } from "../base/mod.ts";
import type { AccessRequest, Effect, Match, ReasonCode, Report } from "../verdict/mod.ts";
import { allOf, type Explained, type Leaf } from "./condition.ts";
import { type Selectors, whyNot } from "./selectors.ts";

/** One call under judgement. The arguments are parsed when the first condition looks at them, and once. */
export class CallView {
  readonly request: AccessRequest;
  readonly report: Report;
  /** Does an incomplete scan leave conditions on it unevaluable? Not where the operator chose to fail open. */
  readonly failsOpen: boolean;
  #args: JsonValue | undefined;
  #parsed = false;

  constructor(request: AccessRequest, report: Report, { failsOpen }: { readonly failsOpen: boolean }) {
    this.request = request;
    this.report = report;
    this.failsOpen = failsOpen;
  }

  /** `undefined` where the text is no strict JSON: then no condition on it can be evaluated. */
  get args(): JsonValue | undefined {
    if (!this.#parsed) {
      const parsed = parseJson(this.request.args);
      this.#args = parsed.ok ? parsed.value : undefined;
      this.#parsed = true;
    }
    return this.#args;
  }
}

/** One condition of a rule. */
export interface RuleTest {
  test(view: CallView): Match;
  explain(view: CallView): Explained;
  readonly leaves: readonly Leaf[];
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
  readonly redactFields: readonly string[];
  /** Offset in the file. */
  readonly at: number;
}

/** Does the rule match a call that its selectors let in? */
export function testRule(rule: Rule, view: CallView): Match {
  let answer: Match = "yes";
  for (const one of rule.tests) {
    const match = one.test(view);
    if (match === "no") return match;
    if (match === "unevaluable") answer = match;
  }
  return answer;
}

/**
 * Does the rule decide for its layer? A deny or ask rule that cannot be evaluated does; an allow rule that cannot does
 * not; a redact rule that cannot permits nothing, but its masks are put on all the same.
 */
export function decides(effect: Effect, match: Match): boolean {
  return match === "yes" || (match === "unevaluable" && (effect === "deny" || effect === "ask"));
}

/** The rule's match with the reason in words. */
export function explainRule(rule: Rule, view: CallView): Explained {
  const other = whyNot(rule.selectors, view.request);
  if (other !== undefined) return { match: "no", words: other };
  if (rule.tests.length === 0) return { match: "yes", words: "it has no condition" };
  const parts = rule.tests.map((one) => one.explain(view));
  return { match: allOf(parts.map(({ match }) => match)), words: parts.map(({ words }) => words).join("; ") };
}
