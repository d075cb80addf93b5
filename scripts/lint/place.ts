/** Where a file stands in the house, and what an import specifier in it points to. Plain string work on purpose. */

const ROOT = new URL("../../", import.meta.url);

/** A file of the repository. `room` for files under lib/; `top` is the first part of the path. */
export interface Place {
  /** Path from the root of the repository, with `/`. */
  readonly path: string;
  readonly top: string;
  readonly room: string | undefined;
}

/** The place of a file that the linter names; it gives absolute paths, tests give relative ones. */
export function placeOf(filename: string): Place {
  const path = filename.replaceAll("\\", "/").replace(/^file:\/\//, "");
  const root = decodeURIComponent(ROOT.pathname);
  // Windows: the URL has a slash before the drive letter, the file name has none.
  for (const prefix of [root, root.slice(1)]) {
    if (path.startsWith(prefix)) return describe(path.slice(prefix.length));
  }
  return describe(path);
}

function describe(path: string): Place {
  const [top = "", second] = path.split("/");
  return { path, top, room: top === "lib" && path.split("/").length > 2 ? second : undefined };
}

/** The file that a relative specifier in `from` points to; `undefined` for a package or another bare name. */
export function targetOf(from: Place, specifier: string): Place | undefined {
  if (!/^\.{0,2}\//.test(specifier)) return undefined;
  const parts = specifier.startsWith("/") ? [] : from.path.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return describe(parts.join("/"));
}

/** Is it the door of its room? */
export function isDoor(place: Place): boolean {
  return place.room !== undefined && place.path === `lib/${place.room}/mod.ts`;
}
