/**
 * `deno task docs`: what the documents promise is there. Relative links lead to a file and a heading, `deno task X` is
 * a task, `countersign X` is a command, TOML and JSON blocks can be read, and the commands of a block that is marked
 * `sh run` do run, one after the other in one empty folder.
 */
import { parse as parseToml } from "smol-toml";
import { COMMAND_NAMES, type Io, main } from "../lib/cli/mod.ts";
import { type Document, type Fence, readMarkdown } from "./docs/markdown.ts";

const SKIPPED = ["node_modules", "dist", "coverage", "vectors", "golden"];

/** One thing that is wrong, as `file:line: message`. */
type Problem = string;

if (import.meta.main) Deno.exit(await checkDocuments(new URL("../", import.meta.url)));

/** Checks all Markdown below `root`; the exit code. No document at all is a mistake, too. */
export async function checkDocuments(root: URL): Promise<number> {
  const paths = markdownFiles(root, "");
  if (paths.length === 0) {
    console.error("error: cannot check the documents: there are none");
    return 1;
  }
  const house = await readHouse(root, paths);
  const problems: Problem[] = [];
  for (const [path, document] of house.documents) problems.push(...await problemsOf(path, document, house));
  for (const problem of problems) console.error(problem);
  console.log(`${paths.length} documents, ${problems.length} problems`);
  return problems.length > 0 ? 1 : 0;
}

interface House {
  readonly root: URL;
  readonly documents: ReadonlyMap<string, Document>;
  readonly tasks: readonly string[];
}

async function readHouse(root: URL, paths: readonly string[]): Promise<House> {
  const documents = new Map<string, Document>();
  for (const path of paths) documents.set(path, readMarkdown(await Deno.readTextFile(new URL(path, root))));
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  return { root, documents, tasks: Object.keys(tasks) };
}

function markdownFiles(root: URL, folder: string): readonly string[] {
  return [...Deno.readDirSync(new URL(folder === "" ? "." : folder, root))].flatMap(
    ({ name, isDirectory }) => {
      if (name.startsWith(".") || SKIPPED.includes(name)) return [];
      if (isDirectory) return markdownFiles(root, `${folder}${name}/`);
      return name.endsWith(".md") ? [`${folder}${name}`] : [];
    },
  ).sort();
}

async function problemsOf(path: string, document: Document, house: House): Promise<readonly Problem[]> {
  const at = (line: number, message: string) => `${path}:${line}: ${message}`;
  const links = document.links.flatMap(({ line, target }) => {
    const problem = problemOfLink(path, target, house);
    return problem === undefined ? [] : [at(line, problem)];
  });
  const commands = [
    ...document.spans.map(({ line, target }) => ({ line, text: target })),
    ...shellLines(document),
  ]
    .flatMap(({ line, text }) => problemsOfCommand(text, house).map((problem) => at(line, problem)));
  const fences: Problem[] = [];
  for (const fence of document.fences) {
    const problem = await problemOfFence(fence);
    if (problem !== undefined) fences.push(at(fence.line, problem));
  }
  return [...links, ...commands, ...fences];
}

function problemOfLink(from: string, target: string, { root, documents }: House): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined; // elsewhere: not ours to keep
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : decodeURIComponent(new URL(file, `file:///${from}`).pathname.slice(1));
  if (!exists(new URL(path, root))) return `the link "${target}" leads nowhere: there is no ${path}`;
  if (anchor === undefined || anchor === "") return undefined;
  if (documents.get(path)?.anchors.has(anchor)) return undefined;
  return `the link "${target}" leads nowhere: ${path} has no heading #${anchor}`;
}

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

function shellLines({ fences }: Document): readonly { readonly line: number; readonly text: string }[] {
  return fences.filter(({ info }) => /^(?:sh|bash|shell|console)\b/.test(info)).flatMap(({ line, text }) =>
    text.split("\n").map((content, i) => ({ line: line + 1 + i, text: content }))
  );
}

/** Names in a command line that must exist: tasks, and commands at the beginning of the line. */
function problemsOfCommand(text: string, { tasks }: House): readonly string[] {
  const problems: string[] = [];
  for (const [, task = ""] of text.matchAll(/\bdeno(?:@[\w.]+)? task(?: --quiet)? ([a-z][\w:-]*)/g)) {
    if (!tasks.includes(task)) problems.push(`"deno task ${task}" is no task of deno.json`);
  }
  const command = /^\s*(?:\$ )?countersign ([a-z][\w-]*)/.exec(text)?.[1];
  if (command !== undefined && !COMMAND_NAMES.includes(command)) {
    problems.push(`"countersign ${command}" is no command`);
  }
  return problems;
}

async function problemOfFence({ info, text }: Fence): Promise<string | undefined> {
  const [language, ...marks] = info.split(/\s+/);
  try {
    if (info === "unclosed") return "a fence that is never closed";
    if (language === "toml") parseToml(text);
    if (language === "json") JSON.parse(text);
    return marks.includes("run") ? await problemOfRun(text) : undefined;
  } catch (thrown) {
    return `this ${language} cannot be read: ${
      thrown instanceof Error ? thrown.message.split("\n")[0] : thrown
    }`;
  }
}

/** Runs each `countersign …` line of a block within this process. */
async function problemOfRun(text: string): Promise<string | undefined> {
  const commands = text.split("\n").map((line) => line.replace(/^\$ /, "")).filter((line) =>
    /^countersign /.test(line)
  );
  if (commands.length === 0) return "marked to be run, and no line of it begins with countersign";
  const folder = await Deno.makeTempDir({ prefix: "countersign-docs-" });
  try {
    for (const line of commands) {
      let said = "";
      const exit = await main(line.split(/\s+/).slice(1), quietIo(folder, (words) => said += words));
      if (exit !== 0) return `"${line}" ends with ${exit}: ${said.trim()}`;
    }
    return undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function quietIo(folder: string, err: (text: string) => void): Io {
  const environment: Readonly<Record<string, string>> = { HOME: folder, XDG_DATA_HOME: folder };
  return {
    out: () => {},
    err,
    terminal: { out: false, err: false },
    env: (name) => environment[name],
    cwd: () => folder,
  };
}
