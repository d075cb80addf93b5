/** The answer of `policy test`, for people and for programs. */
import type { CaseResult, TraceLine, UncoveredArm } from "../../policy/mod.ts";
import { paint, printable } from "../render.ts";

/** What came of one policy's cases. */
export interface TestedPolicy {
  readonly shown: string;
  readonly files: readonly { readonly file: string; readonly results: readonly CaseResult[] }[];
  readonly uncovered: readonly UncoveredArm[];
}

interface TextOptions {
  readonly terminal: boolean;
  /** Are arms that no case reaches listed one by one? */
  readonly coverage: boolean;
}

/** One line a case; below one that failed what came, and the rules that decided. */
export function testText(tested: readonly TestedPolicy[], options: TextOptions): string {
  const body = tested.filter(({ files }) => files.length > 0).map((one) => policyText(one, options)).join("");
  return `${body}${options.coverage ? coverageText(tested) : ""}${summary(tested)}\n`;
}

function policyText({ shown, files }: TestedPolicy, { terminal }: TextOptions): string {
  const lines = files.flatMap(({ file, results }) =>
    results.flatMap((result) => caseLines(file, result, terminal))
  );
  return `${printable(shown)}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function caseLines(file: string, result: CaseResult, terminal: boolean): readonly string[] {
  if (result.passed) return [`${paint("ok", "green", terminal)}    ${printable(result.name)}`];
  return [
    `${paint("FAIL", "red", terminal)}  ${printable(result.name)} (${file}:${result.line})`,
    ...result.problems.map((problem) => `        ${printable(problem)}`),
    ...deciding(result).map(({ rule, effect, match, why }) =>
      `        ${rule}${effect === "abstain" ? "" : ` (${effect})`}: ${match}: ${printable(why)}`
    ),
  ];
}

/** The rules that decided; where none did, what each layer says on that. */
function deciding({ trace }: CaseResult): readonly TraceLine[] {
  const lines = trace.filter(({ decides }) => decides);
  return lines.length > 0
    ? lines
    : trace.filter(({ effect, rule }) => effect === "abstain" && rule !== "built-in");
}

function coverageText(tested: readonly TestedPolicy[]): string {
  return tested.flatMap(({ uncovered }) => uncovered).map(({ rule, arm }) => `uncovered  ${rule}: ${arm}\n`)
    .join("");
}

function summary(tested: readonly TestedPolicy[]): string {
  const { passed, failed } = totals(tested);
  const rules = [...new Set(tested.flatMap(({ uncovered }) => uncovered.map(({ rule }) => rule)))];
  const arms = rules.length === 0
    ? "both arms of every rule are reached"
    : `${rules.length === 1 ? "1 rule has" : `${rules.length} rules have`} an arm that no case reaches: ${
      rules.join(", ")
    }`;
  return `${passed} passed, ${failed} failed; ${arms}`;
}

function totals(tested: readonly TestedPolicy[]): { readonly passed: number; readonly failed: number } {
  const results = tested.flatMap(({ files }) => files).flatMap((file) => file.results);
  const passed = results.filter((result) => result.passed).length;
  return { passed, failed: results.length - passed };
}

/** One object. */
export function testJson(tested: readonly TestedPolicy[]): string {
  return `${
    JSON.stringify({
      ...totals(tested),
      cases: tested.flatMap(({ shown, files }) =>
        files.flatMap(({ file, results }) =>
          results.map((result) => caseJson(result, { policy: shown, file }))
        )
      ),
      uncovered: tested.flatMap(({ shown, uncovered }) =>
        uncovered.map((arm) => ({ policy: shown, ...arm }))
      ),
    })
  }\n`;
}

function caseJson(result: CaseResult, where: { readonly policy: string; readonly file: string }) {
  const { name, line, passed, problems, judged: { decision: { outcome, rules, reason } } } = result;
  return { ...where, line, name, passed, outcome, rules, reason, problems, trace: deciding(result) };
}
