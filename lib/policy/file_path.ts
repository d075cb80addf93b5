/**
 * Is a path inside a folder? By its text alone: this room can look at no file system, so links are not followed.
 *
 * The path is ATTACKER-CONTROLLED, and whoever reads it later may be lenient: it may decode `%2e`, take a back slash for
 * a slash, strip quotes or spaces. So a path is taken in every way in which a reader might take it. Where they agree the
 * answer is clear; where they do not, it is `unevaluable`, which refuses under a deny rule and permits under none.
 */
import type { Match } from "../verdict/mod.ts";
import { composed } from "../base/mod.ts";
import { comparable, matchOf } from "./compare.ts";

export interface PathSettings {
  /** The upstream's working folder, absolute; relative paths are taken from it. */
  readonly workingFolder?: string;
  /** What `~` stands for, absolute. */
  readonly home?: string;
}

/** An absolute path: the root (`/`, `c:`, `//host/share`), then the names. No `.`, no `..`, nothing empty. */
export type AbsolutePath = readonly string[];

const MAX_DECODINGS = 3;
const DRIVE_REGEXP = /^([A-Za-z]):(?=\/)/;
const ANY_DRIVE_REGEXP = /^[A-Za-z]:/;
/** `~root`, `~+`: homes of others, and folders that a shell remembers. `~$name` is a lock file of an office program. */
const OTHER_HOME_REGEXP = /^~[^/$]/;
const SCHEME_REGEXP = /^[A-Za-z][A-Za-z0-9+.-]+:\/\//;
/** A host between two slashes and the next, or no host at all. */
const FILE_URL_REGEXP = /^file:(?:\/\/([^/]*)(\/.*)|(\/(?!\/).*))$/is;
// deno-lint-ignore no-control-regex
const CONTROL_REGEXP = /[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/;
const LATER_FILE_URL_REGEXP = /(?!^)\bfile:\/*\//i;
const URL_TAIL_REGEXP = /[?#].*$/s;
const PERCENT_RUN_REGEXP = /(?:%[0-9A-Fa-f]{2})+/g;
/** Slashes and back slashes to the eye, and to some readers, that compatibility forms leave alone. */
const SLASH_LOOK_ALIKES_REGEXP = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9]/g;
// deno-lint-ignore no-control-regex
const ASCII_REGEXP = /^[\x00-\x7f]*$/;

/**
 * A folder of a rule; `undefined` where `~` or the working folder would be needed and is not known, and for variables and
 * URLs, which no rule fills in or takes apart.
 */
export function folderOf(text: string, settings: PathSettings): AbsolutePath | undefined {
  if (hasExpansion(text) || SCHEME_REGEXP.test(text)) return undefined;
  return absolute(text, settings);
}

/** Is `path` inside one of `folders` (a folder is inside itself)? */
export function insideAny(
  path: string,
  folders: readonly AbsolutePath[],
  { settings, fold }: { readonly settings: PathSettings; readonly fold: boolean },
): Match {
  const views = viewsOf(path);
  if (views === undefined) return "unevaluable";
  let answer: boolean | undefined;
  for (const view of views) {
    const place = absolute(view, settings);
    if (place === undefined) return "unevaluable";
    const inside = folders.some((folder) => isInside(place, folder, fold || isWindows(settings)));
    if (answer !== undefined && answer !== inside) return "unevaluable";
    answer = inside;
  }
  return answer === undefined ? "unevaluable" : matchOf(answer);
}

/** Name by name, so that `/srv/app-evil` is not inside `/srv/app`. */
function isInside(path: AbsolutePath, folder: AbsolutePath, fold: boolean): boolean {
  return folder.length <= path.length &&
    folder.every((name, i) => comparable(name, fold) === comparable(path[i] ?? "", fold));
}

/** The texts that different readers may take `path` for; `undefined` where nobody can say. */
function viewsOf(path: string): readonly string[] | undefined {
  if (isDoubtful(path)) return undefined;
  const views = new Set<string>();
  if (!/^file:/i.test(path)) views.add(path);
  else if (URL_TAIL_REGEXP.test(path)) {
    // Where a query or a fragment is cut off, the rest is another path.
    const cut = lenient(path.replace(URL_TAIL_REGEXP, ""));
    if (cut === undefined) return undefined;
    views.add(cut);
  }
  let text = lenient(path);
  for (let decodings = 0;; decodings++) {
    if (text === undefined || text === "" || SCHEME_REGEXP.test(text) || isDoubtful(text)) return undefined;
    views.add(text);
    const decoded = decodePercent(text);
    if (decoded === text) return [...views];
    if (decoded === undefined || decodings === MAX_DECODINGS) return undefined;
    text = lenient(decoded);
  }
}

/**
 * Is there something in it that readers take in ways of their own? Readers of URLs drop tabs and line ends, readers of
 * paths keep them; a shell fills in variables. Asked again of each view: encodings hide such things.
 */
function isDoubtful(text: string): boolean {
  return CONTROL_REGEXP.test(text) || LATER_FILE_URL_REGEXP.test(text) || hasExpansion(text);
}

/**
 * What a shell or a program puts something else in for: back ticks, `${…}`, `$(…)`, `%NAME%` anywhere; `$NAME` where a
 * name begins, dots before it included (`..$EMPTY` is `..`), and not in `Foo$Bar.class`. By hand: as a regular expression
 * it backs up at every slash.
 */
function hasExpansion(text: string): boolean {
  if (text.includes("`")) return true;
  if (text.split("%").slice(1, -1).some((name) => /^[A-Za-z_]\w{2,}$/.test(name))) return true;
  for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", at + 1)) {
    const next = text.charAt(at + 1);
    if (next === "{" || next === "(") return true;
    if (/[A-Za-z_]/.test(next) && beginsName(text, at)) return true;
  }
  return false;
}

/** Is there nothing but dots between `at` and the slash before it? */
function beginsName(text: string, at: number): boolean {
  let start = at;
  while (text[start - 1] === ".") start--;
  return start === 0 || text[start - 1] === "/" || text[start - 1] === "\\";
}

/** As a lenient reader takes a path: without quotes and spaces round it, from a `file:` URL, with slashes only. */
function lenient(text: string): string | undefined {
  const plain = ASCII_REGEXP.test(text)
    ? text
    : composed(text, "NFKC").replace(SLASH_LOOK_ALIKES_REGEXP, "/");
  const bare = bareOf(plain);
  if (!/^file:/i.test(bare)) return bare.replaceAll("\\", "/");
  const [, host = "", behindHost, plainRest = ""] = FILE_URL_REGEXP.exec(bare) ?? [];
  const rest = behindHost ?? plainRest;
  if (rest === "" || (host !== "" && host.toLowerCase() !== "localhost")) return undefined;
  // file:///C:/work is C:/work
  return rest.replaceAll("\\", "/").replace(/^\/+(?=[A-Za-z]:(?:\/|$))/, "");
}

/** Without quotes and spaces at both ends. By hand: a regular expression takes the square of a long run of spaces. */
function bareOf(text: string): string {
  let start = 0, end = text.length;
  while (start < end && isWrapping(text.charAt(start))) start++;
  while (end > start && isWrapping(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function isWrapping(char: string): boolean {
  return char === '"' || char === "'" || char === "`" || char.trim() === "";
}

/** `undefined` where the bytes are no UTF-8: an overlong `%c0%ae` is a dot to some readers. */
function decodePercent(text: string): string | undefined {
  try {
    return text.replace(PERCENT_RUN_REGEXP, (run) => decodeURIComponent(run));
  } catch {
    return undefined; // the only error of decodeURIComponent is a malformed sequence
  }
}

function absolute(text: string, settings: PathSettings): AbsolutePath | undefined {
  const windows = isWindows(settings);
  const path = composed(windows ? text.replaceAll("\\", "/") : text);
  if (path.split("/").some(isDotsAndSpaces)) return undefined;
  if (path === "~" || path.startsWith("~/")) return below(rootOf(settings.home, windows), path.slice(1));
  if (OTHER_HOME_REGEXP.test(path)) return undefined;
  // A drive where there are none: some program below takes Windows paths, and nobody knows where it puts them.
  if (windows ? hasWindowsAlias(path) : ANY_DRIVE_REGEXP.test(path)) return undefined;
  const root = rootOf(path, windows);
  if (root !== undefined) return root;
  const working = rootOf(settings.workingFolder, windows);
  // On Windows `/x` begins at the drive of the working folder.
  return below(path.startsWith("/") ? working?.slice(0, 1) : working, path);
}

/** An absolute path as root and names; `undefined` where the path is relative or not known. */
function rootOf(text: string | undefined, windows: boolean): AbsolutePath | undefined {
  if (text === undefined) return undefined;
  if (!windows) return text.startsWith("/") ? below(["/"], text) : undefined;
  const path = text.replaceAll("\\", "/");
  const drive = DRIVE_REGEXP.exec(path)?.[1];
  if (drive !== undefined) return below([`${drive.toLowerCase()}:`], path.slice(2));
  return path.startsWith("//") ? below(["//"], path) : undefined;
}

function below(root: AbsolutePath | undefined, path: string): AbsolutePath | undefined {
  if (root === undefined) return undefined;
  const names = [...root];
  for (const name of path.split("/")) {
    if (name === "..") {
      if (names.length > 1) names.pop();
    } else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}

/** `...`, `.. `: a parent folder to readers that strip what Windows strips. `.` and `..` are what they are. */
function isDotsAndSpaces(name: string): boolean {
  if (name === "" || name === "." || name === "..") return false;
  for (let i = 0; i < name.length; i++) {
    if (name[i] !== "." && name[i] !== " ") return false;
  }
  return name.includes(".");
}

function isWindows({ workingFolder, home }: PathSettings): boolean {
  return /^[A-Za-z]:[\\/]|^\\\\/.test(workingFolder ?? home ?? "");
}

/** Windows has several names for one file: `a.`, `a `, `LONGNA~1`, `a::$DATA`; and `C:x`, from a folder unknown to us. */
function hasWindowsAlias(path: string): boolean {
  return path.replace(DRIVE_REGEXP, "").split("/").some((name) =>
    name !== "." && name !== ".." && /[. ]$|~\d|:/.test(name)
  );
}
