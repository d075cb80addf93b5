/**
 * Patterns of Python's `re` as RE2, where one character means another thing: there `\s`, `\d` and `\w` know all of Unicode
 * and `$` also stands before a line end at the end, so that a rule that refuses would here be dodged by either.
 */
const SETS: Readonly<Record<string, string>> = {
  s: String.raw`\s\v\x1c-\x1f\x{85}\p{Z}`,
  d: String.raw`\p{Nd}`,
  w: String.raw`\p{L}\p{N}_`,
};
const MULTILINE_REGEXP = /\(\?[A-Za-z]*m/;

/** What RE2 has nothing for (look-around, back-references) stays, and is refused by whoever compiles it. */
export function re2OfPython(pattern: string): string {
  const lineEnds = MULTILINE_REGEXP.test(pattern);
  let out = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    if (char === "[") {
      const end = classEnd(pattern, at);
      // Never closed: an error there, and it must stay one here.
      if (end >= pattern.length) return out + pattern.slice(at);
      out += classOf(pattern.slice(at + 1, end));
      at = end;
    } else if (char === "\\") out += escaped(pattern[++at] ?? "");
    else out += char === "$" && !lineEnds ? String.raw`(?:\n?\z)` : char;
  }
  return out;
}

function escaped(char: string): string {
  const set = SETS[char.toLowerCase()];
  if (set === undefined) return char === "Z" ? String.raw`\z` : `\\${char}`;
  return char === char.toLowerCase() ? `[${set}]` : `[^${set}]`;
}

/** Where the class that opens at `open` closes; a `]` right behind `[` or `[^` is a member. */
function classEnd(pattern: string, open: number): number {
  let at = open + 1;
  if (pattern[at] === "^") at++;
  if (pattern[at] === "]") at++;
  for (; at < pattern.length && pattern[at] !== "]"; at++) if (pattern[at] === "\\") at++;
  return at;
}

/** The class with the sets written out; a `[` in it is a character and begins no `[:class:]`. */
function classOf(members: string): string {
  let out = "";
  for (let at = 0; at < members.length; at++) {
    const char = members[at] ?? "";
    if (char !== "\\") out += char === "[" ? "\\[" : char;
    else {
      const next = members[++at] ?? "";
      out += SETS[next] ?? `\\${next}`;
    }
  }
  return `[${out}]`;
}
