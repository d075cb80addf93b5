/**
 * mcpfw's conditions on arguments: globs, substrings and one pattern, any of which is enough. Globs on paths were matched
 * letter by letter there, so that `..` led out of every folder; here each is joined with where the path leads.
 */
import type { JsonObject } from "../../base/mod.ts";
import type { TextNode } from "../../diagnostic/mod.ts";
import type { Keys } from "./keys.ts";
import { globOfFnmatch, literalGlob, pathOfDotted } from "./names.ts";
import { folderAtStart } from "./path_prefix.ts";
import { re2OfPython } from "./python_regex.ts";

/** The condition; `undefined` where the table asks for nothing. `restrictive`: the rule refuses or holds. */
export function readWhen(when: Keys, restrictive: boolean): JsonObject | undefined {
  const alternatives = [
    ...readGlobs(when, restrictive),
    ...readSubstrings(when),
    ...readPatterns(when),
  ];
  when.end();
  const [only] = alternatives;
  if (only === undefined) return undefined;
  when.context.notes.once(
    "stricter",
    { at: when.at, path: when.path },
    "a list, a number or an object in the place of a text counts as a match where a rule refuses, and as none where it " +
      "allows; there it was compared in the way that Python prints it",
  );
  return alternatives.length === 1 ? only : { any: alternatives };
}

function readGlobs(when: Keys, restrictive: boolean): readonly JsonObject[] {
  return fieldsOf(when, "arg_matches").flatMap(({ path, nodes, keys, key }) => {
    const folders = new Set<string>();
    const conditions = nodes.flatMap((node) => {
      if (!restrictive) return [{ [path]: permissive(node, keys, key) }];
      const folder = folderAtStart(node.value);
      if (folder?.isWhole === true) folders.add(folder.folder);
      return restrictiveGlobs(node, keys, key).map((test) => ({ [path]: test }));
    });
    return folders.size === 0 ? conditions : [{ [path]: { path: { inside: [...folders] } } }, ...conditions];
  });
}

/** The glob as it was, and what it must have meant. */
function restrictiveGlobs({ at, value }: TextNode, keys: Keys, key: string): readonly JsonObject[] {
  const glob = globOfFnmatch(value);
  const { notes } = keys.context;
  const spot = { at, path: keys.spot(key).path };
  const folder = folderAtStart(value);
  if (folder !== undefined) {
    notes.once(
      "stricter",
      spot,
      "a path is judged by where it leads: `..`, `~` written out and the like dodge nothing",
    );
    const rest = globOfFnmatch(value.slice(folder.folder.length));
    return folder.isWhole ? [{ glob }] : [{ glob }, { glob: `*${rest}`, path: { inside: [folder.folder] } }];
  }
  const bare = /^\*\*?\/(.*)$/.exec(value)?.[1];
  if (bare === undefined || bare === "") return [{ glob }];
  notes.once("stricter", spot, "a path without a folder in front is meant by `**/`, too");
  return [{ glob }, { glob: globOfFnmatch(bare) }];
}

/** The glob as it was, and no way round it. */
function permissive({ at, value }: TextNode, keys: Keys, key: string): JsonObject {
  const glob = globOfFnmatch(value);
  if (!value.includes("/")) return { glob };
  const spot = { at, path: keys.spot(key).path };
  keys.context.notes.once(
    "stricter",
    spot,
    "an allowed path leads to where it says: one with `..` that leaves the folder is not allowed",
  );
  const folder = folderAtStart(value);
  const plain = folder?.isWhole === true ? {} : { not_contains: ".." };
  return { glob, ...plain, ...(folder === undefined ? {} : { path: { inside: [folder.folder] } }) };
}

/** As globs: on anything but a text they cannot be evaluated, where `contains` would look into a list and find nothing. */
function readSubstrings(when: Keys): readonly JsonObject[] {
  return fieldsOf(when, "arg_contains").flatMap(({ path, nodes }) =>
    nodes.map(({ value }) => ({ [path]: { glob: `*${literalGlob(value)}*` } }))
  );
}

function readPatterns(when: Keys): readonly JsonObject[] {
  return fieldsOf(when, "arg_regex").flatMap(({ path, nodes }) =>
    nodes.map(({ value }) => ({ [path]: { regex: re2OfPython(value) } }))
  );
}

interface FieldTests {
  readonly path: string;
  readonly nodes: readonly TextNode[];
  readonly keys: Keys;
  readonly key: string;
}

/** The fields of one matcher with their texts: a list, or one text alone. */
function fieldsOf(when: Keys, matcher: string): readonly FieldTests[] {
  const keys = when.table(matcher);
  if (keys === undefined) return [];
  return keys.entries().map(([key, value]) => {
    const nodes = value.kind === "text" && value.value !== "" ? [value] : keys.texts(key) ?? [];
    return { path: pathOfDotted(key), nodes, keys, key };
  });
}
