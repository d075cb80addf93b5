import { Fault } from "../../base/mod.ts";
import type { Diagnostic } from "../../diagnostic/mod.ts";
import { type CaseFile, type Policy, readCases, runCases, uncoveredArms } from "../../policy/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { newBook } from "./book.ts";
import { type TestTarget, testTargets } from "./case_sources.ts";
import { tellDiagnostics } from "./check.ts";
import { loadAsRunDoes } from "./load.ts";
import { isBundledWord, sourceOf, type Sources } from "./sources.ts";
import { type TestedPolicy, testJson, testText } from "./test_report.ts";

/** `policy test [FILE…]`: runs the cases that stand beside the policies. */
export async function testPolicies(args: Args, io: Io): Promise<number> {
  const targets = await testTargets(args.words.slice(1), io);
  const tested: TestedPolicy[] = [];
  let broken = false;
  for (const target of targets) {
    const one = await testOne(target, io);
    if (one === undefined) broken = true;
    else tested.push(one);
  }
  if (broken) return EXIT.usage;
  tellWithoutCases(targets, io);
  const strict = args.has("strict");
  io.out(
    args.has("json")
      ? testJson(tested)
      : testText(tested, { terminal: io.terminal.out, coverage: strict || args.has("coverage") }),
  );
  return isFine(tested, strict) ? EXIT.done : EXIT.no;
}

/** `undefined` where the policy or a file of cases cannot be read: what is wrong has been told. */
async function testOne(target: TestTarget, io: Io): Promise<TestedPolicy | undefined> {
  const policy = await loadOrTell(target.sources, io);
  const files = readAll(target, io);
  if (policy === undefined || files === undefined) return undefined;
  const ran = [];
  for (const file of files) {
    const whole = await withNeighbours(policy, file, { target, io });
    if (whole === undefined) return undefined;
    ran.push({ file: file.file, results: runCases(whole, file, newBook()) });
  }
  return {
    shown: target.shown,
    files: ran,
    uncovered: uncoveredArms(policy, ran.flatMap(({ results }) => results)),
  };
}

async function loadOrTell(sources: Sources, io: Io): Promise<Policy | undefined> {
  const policy = await loadAsRunDoes(sources, io);
  if (policy.ok) return policy.value;
  tellDiagnostics(policy.error, sources, io);
  return undefined;
}

function readAll({ cases, sources }: TestTarget, io: Io): readonly CaseFile[] | undefined {
  const files: CaseFile[] = [], found: Diagnostic[] = [];
  for (const { file, text } of cases) {
    const read = readCases(file, text);
    if (read.ok) files.push(read.value);
    else found.push(...read.error);
  }
  const texts = new Map([...sources.texts, ...cases.map(({ file, text }) => [file, text] as const)]);
  if (found.length > 0) tellDiagnostics(found, { ...sources, texts }, io);
  return found.length > 0 ? undefined : files;
}

/** The policy with the layers that a file of cases puts above and below it. */
async function withNeighbours(
  policy: Policy,
  { above, below }: CaseFile,
  { target, io }: { readonly target: TestTarget; readonly io: Io },
): Promise<Policy | undefined> {
  if (above.length + below.length === 0) return policy;
  const sourceOfName = (name: string) => {
    if (isBundledWord(name)) return sourceOf({ kind: "bundled", name }, name);
    return sourceOf({ kind: "file", path: `${target.neighbours ?? ""}${name}` }, name);
  };
  const { sources, texts, diagnostics } = target.sources;
  const all = [...above.map(sourceOfName), ...sources, ...below.map(sourceOfName)];
  const allTexts = new Map([...texts, ...all.map(({ file, text }) => [file, text] as const)]);
  return await loadOrTell({ sources: all, texts: allTexts, diagnostics }, io);
}

function tellWithoutCases(targets: readonly TestTarget[], io: Io): void {
  for (const { shown, cases, folder } of targets) {
    if (cases.length === 0) io.err(`${shown} has no cases; they would stand in ${folder}/\n`);
  }
}

function isFine(tested: readonly TestedPolicy[], strict: boolean): boolean {
  const results = tested.flatMap(({ files }) => files).flatMap((file) => file.results);
  // INVARIANT: targets without any case were refused; a run of nothing must never be green.
  if (results.length === 0) throw new Fault("internal", "Cannot test policies: no case was run");
  const whole = tested.every(({ uncovered }) => uncovered.length === 0);
  return results.every(({ passed }) => passed) && (whole || !strict);
}
