/** Texts that begin a file path. */

const PATH_START_REGEXP = /^(?:\/(?!\/)|~\/|\.{1,2}\/|[A-Za-z]:[\\/])/;

/** Does the text begin as a file path does: `/`, `~/`, `./`, `../` or a drive? */
export function startsPath(text: string): boolean {
  return PATH_START_REGEXP.test(text);
}

/**
 * The folder or file that a glob on paths begins with, up to its first wild character. `isWhole`: the glob means all that
 * is in it, as `/etc/**` does, or that one file.
 */
export function folderAtStart(
  glob: string,
): { readonly folder: string; readonly isWhole: boolean } | undefined {
  if (!startsPath(glob)) return undefined;
  const wild = glob.search(/[*?[]/);
  if (wild < 0) return { folder: glob, isWhole: true };
  const slash = glob.lastIndexOf("/", wild);
  if (slash < 0) return undefined;
  const isWhole = /^\/\*{1,2}$/.test(glob.slice(slash));
  // Of `/*.conf` the root is the folder; of `~/x*` it is the home.
  return { folder: slash === 0 ? "/" : glob.slice(0, slash), isWhole };
}
