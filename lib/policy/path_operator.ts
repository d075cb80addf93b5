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
): Result<(value: JsonValue) => Match, PathProblem> {
  if (node.kind !== "table" || node.fields.size === 0) {
    return err({
      message: `"path" is ${node.kind === "table" ? "empty" : typeName(node)}, and must name folders`,
      hint: 'write path = { inside = ["/srv/app"] } or path = { outside = ["/srv/app"] }',
    });
  }
  const unknown = [...node.fields].find(([key]) => !(WORDS as readonly string[]).includes(key));
  if (unknown !== undefined) return err(unknownWord(unknown[0], unknown[1].keyAt));
  const inside = readFolders(node, "inside", context);
  if (!inside.ok) return inside;
  const outside = readFolders(node, "outside", context);
  if (!outside.ok) return outside;
  return ok((value) => testPath(value, { inside: inside.value, outside: outside.value, ...context }));
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

function readFolders(node: TableNode, word: string, { settings }: PathContext): Result<Folders, PathProblem> {
  const field = node.fields.get(word);
  if (field === undefined) return ok(undefined);
  const { value } = field;
  if (value.kind !== "list" || value.items.length === 0) {
    const what = value.kind === "list" ? "an empty list" : typeName(value);
    return err({
      at: value.at,
      message: `"${word}" is ${what}, and must be a list of folders`,
      hint: `write ${word} = ["/srv/app", "~/work"]`,
    });
  }
  const folders: AbsolutePath[] = [];
  for (const item of value.items) {
    const folder = item.kind === "text" && item.value !== "" ? folderOf(item.value, settings) : undefined;
    if (folder === undefined) return err(badFolder(item, word));
    folders.push(folder);
  }
  return ok(folders);
}

function badFolder(item: DocNode, word: string): PathProblem {
  if (item.kind !== "text" || item.value === "") {
    return {
      at: item.at,
      message: `"${word}" holds ${typeName(item)} that names no folder`,
      hint: "write a folder",
    };
  }
  const message = `${JSON.stringify(item.value)} cannot be made an absolute folder here`;
  const hint = item.value.startsWith("~")
    ? "the home folder is not known: set HOME, or write the folder out"
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
