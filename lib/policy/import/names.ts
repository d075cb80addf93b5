/** Names, globs and paths of other systems, in our words. */

const ID_LENGTH = 64;
const MESSAGE_LENGTH = 400;
const WILD_CHAR_REGEXP = /[\\*?[\]{}]/g;
// deno-lint-ignore no-control-regex
const CONTROL_REGEXP = /[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g;
const BARE_STEP_REGEXP = /^[^."*]+$/;
const GROUP_WORDS = ["all", "any", "not"];

/** A glob that matches this text alone. */
export function literalGlob(text: string): string {
  return text.replace(WILD_CHAR_REGEXP, "\\$&");
}

/** A glob of Python's `fnmatch` (`*`, `?`, `[abc]`, `[!abc]`; braces and back slashes are themselves) in our dialect. */
export function globOfFnmatch(pattern: string): string {
  let out = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    if (char === "[") {
      const end = classEnd(pattern, at);
      if (end === -1) out += "\\[";
      else {
        out += `[${pattern.slice(at + 1, end).replaceAll("\\", "\\\\")}]`;
        at = end;
      }
    } else out += "\\{}]".includes(char) ? `\\${char}` : char;
  }
  return out;
}

/** Where the class that opens at `open` closes; -1 where it does not, which makes the bracket a plain character. */
function classEnd(pattern: string, open: number): number {
  let at = open + 1;
  if (pattern[at] === "!") at++;
  if (pattern[at] === "]") at++;
  return pattern.indexOf("]", at);
}

/** A dotted path of theirs (names of objects only) as a path of ours. */
export function pathOfDotted(dotted: string): string {
  const steps = dotted.split(".");
  const [only = ""] = steps;
  return steps.length === 1 ? pathOfName(only) : steps.map(step).join(".");
}

/** A field of that very name, dots and all. */
export function pathOfName(name: string): string {
  return GROUP_WORDS.includes(name) ? quoted(name) : step(name);
}

function step(name: string): string {
  return BARE_STEP_REGEXP.test(name) ? name : quoted(name);
}

function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, "\\$&")}"`;
}

/** Makes rule ids: from the name that the rule had, each once. */
export class Ids {
  readonly #taken = new Set<string>();
  readonly #known = new Map<string, string>();

  /** The same id for the same name. */
  of(name: string): string {
    const id = this.#known.get(name) ?? this.take(name);
    this.#known.set(name, id);
    return id;
  }

  take(name: string): string {
    const plain = name.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "").slice(
      0,
      ID_LENGTH - 6,
    );
    const base = plain === "" ? "rule" : plain;
    let id = base;
    for (let n = 2; this.#taken.has(id); n++) id = `${base}-${n}`;
    this.#taken.add(id);
    return id;
  }
}

/** A text as one line that may stand as a message; `undefined` where nothing is left. */
export function messageOf(text: string | undefined): string | undefined {
  const line = (text ?? "").replace(CONTROL_REGEXP, " ").trim();
  if (line === "") return undefined;
  return line.length <= MESSAGE_LENGTH
    ? line
    : `${Array.from(line).slice(0, MESSAGE_LENGTH / 2 - 1).join("")}…`;
}

/** The name of a layer: the document's own, else the file's. */
export function layerName(own: string | undefined, file: string): string {
  const base = (file.split(/[/\\]/).at(-1) ?? "").replace(/\.[^.]*$/, "");
  return new Ids().take(own ?? base);
}
