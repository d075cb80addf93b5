/** Runs the cases of a policy: each call in its turn, with what the calls before it left behind. */
import type { Decision } from "../verdict/mod.ts";
import type { Book } from "./book.ts";
import type { CaseFile, PolicyCase } from "./case_file.ts";
import type { TraceLine } from "./explain.ts";
import type { Policy } from "./policy.ts";
import { Rehearsal, type Rehearsed } from "./rehearsal.ts";
import { hiddenTools } from "./visible.ts";

/** What came of one case. */
export interface CaseResult {
  readonly name: string;
  /** 1-based, in the file of cases. */
  readonly line: number;
  readonly passed: boolean;
  /** What came, in words. */
  readonly got: string;
  /** What is not as it should be, one phrase each; empty where the case passed. */
  readonly problems: readonly string[];
  /** The call as it was judged, and what every rule made of it. */
  readonly judged: Rehearsed;
  readonly trace: readonly TraceLine[];
}

/** Runs the calls of one file in order. `book`: a fresh one for each file, so that no file depends on another. */
export function runCases(policy: Policy, { cases }: CaseFile, book: Book): readonly CaseResult[] {
  const rehearsal = new Rehearsal(policy, book);
  return cases.map((one) => {
    let result = runCase(rehearsal, one);
    // The first that fails says what is wrong; those behind it could only say it again.
    for (let time = 1; time < one.times && result.passed; time++) result = runCase(rehearsal, one, time);
    return result;
  });
}

function runCase(rehearsal: Rehearsal, one: PolicyCase, time = 0): CaseResult {
  const { session, labels, nowMs } = one.request.context;
  rehearsal.label(session, labels);
  const judged = rehearsal.judge(one.request, one.report);
  const usage = rehearsal.book.usageAt(nowMs);
  const { trace } = rehearsal.policy.explain(judged.request, judged.report, usage);
  const problems = problemsOf(rehearsal.policy, one, judged);
  playOut(rehearsal, one, judged);
  return {
    name: one.name,
    line: one.line,
    passed: problems.length === 0,
    got: wordsOf(judged),
    problems: time === 0 ? problems : problems.map((problem) => `the ${time + 1}. time: ${problem}`),
    judged,
    trace,
  };
}

/** What the firewall does: an incomplete scan refuses what the rules would let pass or hold. */
function enforcedOf({ decision, settled }: Rehearsed): Pick<Decision, "outcome" | "rules" | "reason"> {
  if (settled.verdict !== "refuse" || decision.outcome === "deny") return decision;
  return { outcome: "deny", rules: settled.rules, reason: settled.reason };
}

function wordsOf(judged: Rehearsed): string {
  const { outcome, rules, reason } = enforcedOf(judged);
  return `${outcome} by ${[...rules, reason].join(", ")}`;
}

function problemsOf(policy: Policy, one: PolicyCase, judged: Rehearsed): readonly string[] {
  const { decision: { duties }, settled } = judged;
  const { outcome, rules, reason } = enforcedOf(judged);
  const { expect, rule, listed, masked, resultLabels, approve } = one;
  const problems: string[] = [];
  if (outcome !== expect) problems.push(`want ${expect}, got ${wordsOf(judged)}`);
  else if (rule !== undefined && !rules.includes(rule) && reason !== rule) {
    problems.push(`want ${rule} to decide, got ${wordsOf(judged)}`);
  }
  if (masked !== undefined && !sameTexts(masked, duties.redactFields)) {
    problems.push(`want ${listOf(masked)} masked, got ${listOf(duties.redactFields)}`);
  }
  if (resultLabels !== undefined && !sameTexts(resultLabels, duties.labels)) {
    problems.push(`want the labels ${listOf(resultLabels)} on the result, got ${listOf(duties.labels)}`);
  }
  if (listed !== undefined && listed !== isListed(policy, judged)) {
    problems.push(
      listed ? "want the tool listed, and it is hidden" : "want the tool hidden, and it is listed",
    );
  }
  if (approve !== undefined && settled.verdict !== "hold") {
    problems.push(`nobody is asked about this call, so approve = ${approve} answers nothing`);
  }
  return problems;
}

/** Would the agent of the call find the tool in its list? */
function isListed(policy: Policy, { request }: Rehearsed): boolean {
  const listing = {
    ...request,
    action: "tools/list",
    resource: { ...request.resource, name: "" },
    args: "{}",
  };
  return !policy.hideDeniedTools || !hiddenTools(policy, listing, [request.resource.name]).includes(
    request.resource.name,
  );
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join("\0") === [...b].sort().join("\0");
}

function listOf(texts: readonly string[]): string {
  return texts.length === 0 ? "nothing" : texts.join(", ");
}

/** What the call leaves behind for the ones after it. */
function playOut(rehearsal: Rehearsal, { approve, clears }: PolicyCase, judged: Rehearsed): void {
  const { request, decision, settled: { verdict } } = judged;
  if (verdict === "refuse") rehearsal.refuse(request, decision);
  else if (verdict !== "hold") rehearsal.forward(request, decision);
  else if (approve === true) rehearsal.approve(request, decision, { cleared: clears });
  else if (approve === false) rehearsal.refuse(request, decision);
  const left = verdict === "forward" || verdict === "redact" || (verdict === "hold" && approve === true);
  if (left) rehearsal.release(request, decision);
}
