import { err, type JsonValue, ok, type Result } from "../base/mod.ts";
import { type DocNode, nearName, type TableNode, typeName } from "../diagnostic/mod.ts";
import type { Match } from "../verdict/mod.ts";
import { invert } from "./compare.ts";
import { type AbsolutePath, folderOf, insideAny, type PathSettings } from "./file_path.ts";

interface PathProblem {
  readonly at?: number;
  readonly message: string;
  readonly hint: string;
}

interface PathContext {
  readonly fold: boolean;
  readonly settings: PathSettings;
}

const WORDS = ["inside", "outside"] as const;

/** `{ inside = [...] }`, `{ outside = [...] }` or both. A value that is no string is unevaluable. */
export function compilePathOperand(
  node: DocNode,
  context: PathContext,
): Result<(value: JsonValue) => Match, readonly PathProblem[]> {
  if (node.kind !== "table" || node.fields.size === 0) {
    return err([{
      message: `"path" is ${node.kind === "table" ? "empty" : typeName(node)}, and must name folders`,
      hint: 'write path = { inside = ["/srv/app"] } or path = { outside = ["/srv/app"] }',
    }]);
  }
  const unknown = [...node.fields].filter(([key]) => !(WORDS as readonly string[]).includes(key));
  const inside = readFolders(node, "inside", context);
  const outside = readFolders(node, "outside", context);
  const problems = [
    ...unknown.map(([key, { keyAt }]) => unknownWord(key, keyAt)),
    ...inside.problems,
    ...outside.problems,
  ];
  if (problems.length > 0) return err(problems);
  return ok((value) => testPath(value, { inside: inside.folders, outside: outside.folders, ...context }));
}

function testPath(
  value: JsonValue,
  { inside, outside, ...context }: PathContext & { inside?: Folders; outside?: Folders },
): Match {
  if (typeof value !== "string") return "unevaluable";
  const matches = [
    inside === undefined ? "yes" : insideAny(value, inside, context),
    outside === undefined ? "yes" : invert(insideAny(value, outside, context)),
  ] as const;
  if (matches.includes("no")) return "no";
  return matches.includes("unevaluable") ? "unevaluable" : "yes";
}

type Folders = readonly AbsolutePath[] | undefined;

interface ReadFolders {
  readonly folders: Folders;
  readonly problems: readonly PathProblem[];
}

function readFolders(node: TableNode, word: string, { settings }: PathContext): ReadFolders {
  const value = node.fields.get(word)?.value;
  if (value === undefined) return { folders: undefined, problems: [] };
  if (value.kind !== "list" || value.items.length === 0) {
    const what = value.kind === "list" ? "an empty list" : typeName(value);
    const message = `"${word}" is ${what}, and must be a list of folders`;
    return {
      folders: [],
      problems: [{ at: value.at, message, hint: `write ${word} = ["/srv/app", "~/work"]` }],
    };
  }
  const folders: AbsolutePath[] = [];
  const problems: PathProblem[] = [];
  for (const item of value.items) {
    const folder = item.kind === "text" && item.value !== "" ? folderOf(item.value, settings) : undefined;
    if (folder === undefined) problems.push(badFolder(item, word));
    else folders.push(folder);
  }
  return { folders, problems };
}

function badFolder(item: DocNode, word: string): PathProblem {
  if (item.kind !== "text" || item.value === "") {
    const what = item.kind === "text" ? "an empty string" : typeName(item);
    return {
      at: item.at,
      message: `"${word}" holds ${what}, and takes folders only`,
      hint: "write a folder",
    };
  }
  const message = `${JSON.stringify(item.value)} cannot be made an absolute folder here`;
  const hint = /^~(?:[/\\]|$)/.test(item.value)
    ? "the home folder is not known: set HOME, or write the folder out"
    : /[$%`]/.test(item.value)
    ? "variables are not filled in: write ~/work, or the folder from the root on"
    : "write the folder from the root on, such as /srv/app";
  return { at: item.at, message, hint };
}

function unknownWord(word: string, at: number): PathProblem {
  const near = nearName(word, WORDS);
  const hint = near === undefined
    ? `path takes inside and outside; a field called ${word} in a field called path is written "path.${word}"`
    : `did you mean "${near}"?`;
  return { at, message: `unknown key ${JSON.stringify(word)} in "path"`, hint };
}
