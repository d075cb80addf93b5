/**
 * Script tests of the command line, in the manner of age's testdata: what a person types, what comes back.
 *
 *     # prose, and so is every line that begins otherwise
 *     $ countersign verfy
 *     = 2                        the exit code; left out: 0
 *     > a line of stdout         [..] stands for anything within the line
 *     ! a line of stderr
 *
 *     -- countersign.toml --     files of the folder in which the commands run
 *     version = 1
 *
 * All lines are compared, in order. `deno task golden` writes down what really came, and keeps lines that match.
 */
import { type Io, main } from "../../lib/cli/mod.ts";

export interface Script {
  readonly steps: readonly Step[];
  readonly files: ReadonlyMap<string, string>;
}

/** One command and what it must answer. `line`: 1-based, of the `$`. */
export interface Step {
  readonly line: number;
  readonly argv: readonly string[];
  readonly exit: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** What a command did. */
export interface Outcome {
  readonly exit: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

const FILE_REGEXP = /^-- (\S+) --$/;

/** Reads a script; throws where it says something that is not understood, as a test that checks nothing is worse. */
export function parseScript(text: string): Script {
  const lines = text.split("\n");
  const firstFile = lines.findIndex((line) => FILE_REGEXP.test(line));
  const body = firstFile < 0 ? lines : lines.slice(0, firstFile);
  const steps: Step[] = [];
  body.forEach((line, index) => {
    if (line.startsWith("$ ")) steps.push(newStep(line, index + 1));
    else if (/^[=>!](?: |$)/.test(line)) steps.push(withExpectation(steps.pop(), line, index + 1));
  });
  if (steps.length === 0) throw new Error("a script without a command checks nothing");
  return { steps, files: filesOf(firstFile < 0 ? [] : lines.slice(firstFile)) };
}

function newStep(line: string, at: number): Step {
  const [program, ...argv] = splitWords(line.slice(2));
  if (program !== "countersign") throw new Error(`line ${at}: only countersign can be run, not ${program}`);
  return { line: at, argv, exit: 0, stdout: [], stderr: [] };
}

function withExpectation(step: Step | undefined, line: string, at: number): Step {
  if (step === undefined) throw new Error(`line ${at}: an expectation before any command`);
  const text = line.slice(2);
  if (line.startsWith("=")) return { ...step, exit: Number(text) };
  if (line.startsWith(">")) return { ...step, stdout: [...step.stdout, text] };
  return { ...step, stderr: [...step.stderr, text] };
}

/** Splits as a shell does, as far as these scripts need it: spaces, and single or double quotes. */
export function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g)]
    .map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
}

function filesOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  let name = "";
  for (const line of lines) {
    const header = FILE_REGEXP.exec(line);
    if (header !== null) files.set(name = header[1] ?? "", "");
    else files.set(name, `${files.get(name)}${line}\n`);
  }
  return files;
}

/** Runs one command in `folder`, within this process. */
export async function runStep({ argv }: Pick<Step, "argv">, folder: string): Promise<Outcome> {
  let stdout = "", stderr = "";
  const io: Io = {
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    terminal: { out: false, err: false },
    env: (name) => environment(folder)[name],
    cwd: () => folder,
  };
  const exit = await main(argv, io);
  return { exit, stdout: linesOf(stdout, folder), stderr: linesOf(stderr, folder) };
}

/** Nothing of the machine that the tests run on: a home of their own, and no settings. */
function environment(folder: string): Readonly<Record<string, string>> {
  return { HOME: `${folder}/home`, XDG_DATA_HOME: `${folder}/data`, XDG_CONFIG_HOME: `${folder}/config` };
}

/** The lines, with the temporary folder called $FOLDER, so that a script can be written down. */
function linesOf(text: string, folder: string): readonly string[] {
  if (text === "") return [];
  return text.replace(/\n$/, "").replaceAll(folder, "$FOLDER").split("\n");
}

/** Does a line of the script stand for the line that came? */
export function lineMatches(expected: string, actual: string): boolean {
  const parts = expected.split("[..]");
  const [first = "", last = ""] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return expected === actual;
  if (actual.length < first.length + last.length || !actual.startsWith(first) || !actual.endsWith(last)) {
    return false;
  }
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = actual.indexOf(part, at);
    if (found < 0 || found + part.length > actual.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

/** The expected lines, each replaced by the line that came where the two match, so that a diff shows the rest. */
export function settleLines(expected: readonly string[], actual: readonly string[]): readonly string[] {
  return expected.map((line, i) => lineMatches(line, actual[i] ?? "") ? actual[i] ?? "" : line);
}

/** The script with what really came, for `deno task golden`. */
export function rewrite(text: string, script: Script, outcomes: readonly Outcome[]): string {
  const lines = text.split("\n");
  for (let i = script.steps.length - 1; i >= 0; i--) {
    const step = script.steps[i], outcome = outcomes[i];
    if (step === undefined || outcome === undefined) continue;
    let end = step.line;
    while (/^[=>!](?: |$)/.test(lines[end] ?? "")) end++;
    lines.splice(step.line, end - step.line, ...expectationLines(step, outcome));
  }
  return lines.join("\n");
}

function expectationLines(step: Step, { exit, stdout, stderr }: Outcome): readonly string[] {
  const keep = (mark: string, expected: readonly string[], actual: readonly string[]) =>
    actual.map((line, i) => {
      const before = expected[i];
      return `${mark} ${before !== undefined && lineMatches(before, line) ? before : line}`.trimEnd();
    });
  return [
    ...(exit === 0 ? [] : [`= ${exit}`]),
    ...keep(">", step.stdout, stdout),
    ...keep("!", step.stderr, stderr),
  ];
}
