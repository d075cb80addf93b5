/** Which arms of rules no case reaches: a rule that never decides, or never leaves a call alone, is not shown to work. */
import type { Match } from "../verdict/mod.ts";
import type { CaseResult } from "./cases.ts";
import type { LabelRule } from "./layer.ts";
import type { Policy } from "./policy.ts";
import { CallView } from "./call_view.ts";
import { type Rule, testRule } from "./rule.ts";
import { selects } from "./selectors.ts";

/** One thing that is not shown. */
export interface UncoveredArm {
  /** `layer/id`. */
  readonly rule: string;
  /** Such as `never decides`. */
  readonly arm: string;
}

/**
 * The arms that `results` leave out. A rule with conditions, limits or history leaves a call alone where it is about the
 * call and they do not hold; one that selects alone, where it is not about it.
 */
export function uncoveredArms(policy: Policy, results: readonly CaseResult[]): readonly UncoveredArm[] {
  return policy.layers.flatMap((layer) => [
    ...layer.rules.flatMap((rule) => armsOfRule(rule, results)),
    ...layer.labelRules.flatMap((rule) => armsOfLabelRule(rule, policy, results)),
    ...(layer.envelope === undefined ? [] : armsOfEnvelope(`${layer.name}/envelope`, results)),
  ]);
}

function armsOfRule(rule: Rule, results: readonly CaseResult[]): readonly UncoveredArm[] {
  const hasConditions = rule.tests.length + rule.guards.length > 0;
  const lines = results.flatMap(({ trace, judged: { request } }) =>
    // Two rules of the guardrails share a name: they are told apart by what they say.
    trace.filter((line) => line.rule === rule.ref && line.effect === rule.effect)
      .map((line) => ({ ...line, isAbout: selects(rule.selectors, request) }))
  );
  return missing(rule.ref, {
    "never decides": lines.some(({ decides }) => decides),
    "never leaves a call alone": lines.some(({ match, isAbout }) =>
      match === "no" && (isAbout || !hasConditions)
    ),
  });
}

function armsOfLabelRule(
  rule: LabelRule,
  policy: Policy,
  results: readonly CaseResult[],
): readonly UncoveredArm[] {
  const matches = results.flatMap(({ judged: { request, report } }): readonly Match[] => {
    if (!selects(rule.selectors, request)) return rule.tests.length === 0 ? ["no"] : [];
    return [testRule(rule, new CallView(request, report, { failsOpen: policy.failureMode === "open" }))];
  });
  return missing(rule.ref, {
    "never labels a result": matches.some((match) => match !== "no"),
    "never leaves a result alone": matches.includes("no"),
  });
}

function armsOfEnvelope(ref: string, results: readonly CaseResult[]): readonly UncoveredArm[] {
  const acts = results.map(({ judged: { decision } }) => decision.rules.includes(ref));
  return missing(ref, {
    "never decides": acts.includes(true),
    "never leaves a call alone": acts.includes(false),
  });
}

function missing(rule: string, arms: Readonly<Record<string, boolean>>): readonly UncoveredArm[] {
  return Object.entries(arms).filter(([, covered]) => !covered).map(([arm]) => ({ rule, arm }));
}
