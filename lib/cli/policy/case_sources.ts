/** What `policy test` tests: policies with the cases that stand beside them. */
import { Fault } from "../../base/mod.ts";
import { formatOfFile } from "../../diagnostic/mod.ts";
import { bundledCases, type CaseText } from "../../policy/mod.ts";
import type { Io } from "../command.ts";
import { absolutePath, locateConfig } from "../setup.ts";
import { isBundledWord, isConfigWord, type Sources, sourcesOf, sourcesOfConfig } from "./sources.ts";

/** One policy, of one layer or several, and its cases; there may be none. */
export interface TestTarget {
  /** What the policy is called on the screen. */
  readonly shown: string;
  readonly sources: Sources;
  readonly cases: readonly CaseText[];
  /** Where cases are looked for. */
  readonly folder: string;
  /** What the names of files in cases are relative to, absolute; absent for a bundled policy, which has no neighbours. */
  readonly neighbours?: string;
}

/**
 * A policy file or a bundled name stands for itself; a `countersign.toml` for each policy that it names and, where there
 * is a `countersign.cases`, for all of its layers together. Without words: the configuration that holds here. Throws Fault
 * `usage` or `config`.
 */
export async function testTargets(words: readonly string[], io: Io): Promise<readonly TestTarget[]> {
  const targets: TestTarget[] = words.length > 0 ? [] : [...await targetsOfConfig(configHere(io), io)];
  for (const word of words) {
    targets.push(...isConfigWord(word) ? await targetsOfConfig(word, io) : [await targetOf(word, io)]);
  }
  if (targets.every(({ cases }) => cases.length === 0)) throw nothingToTest(targets);
  return targets;
}

function configHere(io: Io): string {
  const file = locateConfig(io);
  if (file !== undefined) return file;
  throw new Fault("usage", "Cannot test policies: none is named, and there is no configuration here", {
    hint: "countersign policy test policy.toml",
  });
}

function nothingToTest(targets: readonly TestTarget[]): Fault {
  const [first] = targets;
  return new Fault("config", `Cannot test "${first?.shown ?? "the policy"}": it has no cases`, {
    hint: `write calls and what must come of them in ${first?.folder ?? "policy.cases"}/first.toml`,
  });
}

async function targetOf(word: string, io: Io): Promise<TestTarget> {
  const sources = sourcesOf([word], io);
  if (isBundledWord(word)) {
    return { shown: word, sources, cases: await bundledCases(word), folder: `${word}.cases` };
  }
  return fileTarget(word, sources, io);
}

function fileTarget(shown: string, sources: Sources, io: Io): TestTarget {
  const path = absolutePath(shown, io);
  return { shown, sources, ...casesBeside(path, shown), neighbours: path.replace(/[^/\\]*$/, "") };
}

async function targetsOfConfig(word: string, io: Io): Promise<readonly TestTarget[]> {
  const whole = sourcesOfConfig(word, io);
  const targets: TestTarget[] = [];
  for (const { file, section } of whole.sources) {
    if (section !== undefined) continue;
    const bundled = /^bundled:(.*)$/.exec(file)?.[1];
    targets.push(await targetOf(bundled ?? file, io));
  }
  const together = fileTarget(word, whole, io);
  // What is wrong with the configuration itself must be said, whatever there is to test.
  const broken = whole.diagnostics.some(({ severity }) => severity === "error");
  if (together.cases.length === 0 && !broken) return targets;
  return [...targets, together];
}

/** The files in `<name>.cases`, in the order of their names. */
function casesBeside(path: string, shown: string): Pick<TestTarget, "cases" | "folder"> {
  const folder = withoutEnding(path), shownFolder = withoutEnding(shown);
  const cases = namesIn(folder).filter((name) => formatOfFile(name) === "toml").sort().map((name) => ({
    file: `${shownFolder}/${name}`,
    text: Deno.readTextFileSync(`${folder}/${name}`),
  }));
  return { cases, folder: shownFolder };
}

function withoutEnding(path: string): string {
  return `${path.replace(/\.[^./\\]*$/, "")}.cases`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.NotADirectory) return [];
    throw thrown;
  }
}
