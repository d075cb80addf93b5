/** What one condition makes of one call, read from the trace of a rule that has nothing else. */
import { EMPTY_REPORT, type Match, type Report, UNKNOWN_USAGE } from "../../lib/verdict/mod.ts";
import type { Policy, TraceLine } from "../../lib/policy/mod.ts";
import { call, type CallOptions, policyOf } from "./_policy.ts";

/** A policy of one rule; `when` is what stands behind `when = `. */
export function policyWhen(when: string): Promise<Policy> {
  return policyOf(`default = "allow"\n[[rules]]\nid = "r"\neffect = "allow"\nwhen = ${when}\n`);
}

/** A CEL expression as TOML writes it. */
export function celText(expression: string): string {
  return JSON.stringify(expression);
}

export function matchOf(policy: Policy, options: CallOptions, report: Partial<Report> = {}): Match {
  return lineOf(policy, options, report).match;
}

export function lineOf(
  policy: Policy,
  options: CallOptions,
  report: Partial<Report> = {},
): TraceLine {
  const { trace } = policy.explain(call(options), { ...EMPTY_REPORT, ...report }, UNKNOWN_USAGE);
  const line = trace.find(({ rule }) => rule.endsWith("/r"));
  if (line === undefined) throw new Error("the rule is not in the trace");
  return line;
}
