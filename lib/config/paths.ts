/** Paths as texts: what this room needs of them, for both kinds of separator. */

const ABSOLUTE_REGEXP = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

/** The folder that a path is in. */
export function dirname(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (end < 0) return ".";
  return end === 0 ? "/" : path.slice(0, /^[A-Za-z]:$/.test(path.slice(0, end)) ? end + 1 : end);
}

/** The folder above; `undefined` at the root. */
export function parentOf(folder: string): string | undefined {
  const trimmed = folder.replace(/(?<=[^/\\:])[/\\]+$/, "");
  const parent = dirname(trimmed);
  return parent === trimmed || parent === "." ? undefined : parent;
}

/** `path` below `folder`, in the separators of the folder. */
export function joinPath(folder: string, path: string): string {
  const separator = folder.includes("\\") && !folder.includes("/") ? "\\" : "/";
  return /[/\\]$/.test(folder) ? `${folder}${path}` : `${folder}${separator}${path}`;
}

export function isAbsolute(path: string): boolean {
  return ABSOLUTE_REGEXP.test(path);
}

/** `path` made absolute from `folder`; as it is where there is no folder or it is absolute already. */
export function resolvePath(folder: string | undefined, path: string): string {
  if (folder === undefined || isAbsolute(path)) return path;
  return joinPath(folder, path.replace(/^(?:\.[/\\])+/, ""));
}
