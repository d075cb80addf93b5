/**
 * Patterns of Python's `re` as RE2, where one character means another thing: there `\s`, `\d` and `\w` know all of Unicode
 * and `$` also stands before a line end at the end, so that a rule that refuses would here be dodged by either.
 */
const SETS: Readonly<Record<string, string>> = {
  s: String.raw`\s\v\x1c-\x1f\x{85}\p{Z}`,
  d: String.raw`\p{Nd}`,
  w: String.raw`\p{L}\p{N}_`,
};
/** Their complements, for a class that has them as members beside others. */
const COMPLEMENTS: Readonly<Record<string, string>> = {
  S: String.raw`\x00-\x08\x0e-\x1b!-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}` +
    String.raw`\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff}`,
  D: String.raw`\P{Nd}`,
  W: String.raw`\p{M}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\x{203f}\x{2040}\x{2054}\x{fe33}\x{fe34}` +
    String.raw`\x{fe4d}-\x{fe4f}\x{ff3f}\p{S}\p{Z}\p{C}`,
};
/**
 * Where a word begins or ends, in full: RE2's own knows letters of ASCII alone, so that a pattern in another script would
 * never match. It has nothing for this, so that the pattern is refused, and told.
 */
const BOUNDARIES: Readonly<Record<string, string>> = {
  b: String.raw`(?:(?<=\w)(?!\w)|(?<!\w)(?=\w))`,
  B: String.raw`(?:(?<=\w)(?=\w)|(?<!\w)(?!\w))`,
};
// deno-lint-ignore no-control-regex
const ASCII_REGEXP = /^[\x00-\x7f]*$/;
/** `x{,8}`: there from none to eight, in RE2 the text itself. */
const NO_LEAST_REGEXP = /\{,(\d*)\}/y;
const MULTILINE_REGEXP = /\(\?[A-Za-z]*m/;

/** What RE2 has nothing for (look-around, back-references) stays, and is refused by whoever compiles it. */
export function re2OfPython(pattern: string): string {
  const lineEnds = MULTILINE_REGEXP.test(pattern), isAscii = ASCII_REGEXP.test(pattern);
  let out = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    if (char === "[") {
      const end = classEnd(pattern, at);
      // Never closed: an error there, and it must stay one here.
      if (end >= pattern.length) return out + pattern.slice(at);
      out += classOf(pattern.slice(at + 1, end));
      at = end;
    } else if (char === "\\") {
      const next = pattern[++at] ?? "";
      out += (isAscii ? undefined : BOUNDARIES[next]) ?? escaped(next);
    } else if (char === "{") {
      const [repeat = "{", most] = noLeast(pattern, at);
      out += most === undefined ? "{" : `{0,${most}}`;
      at += repeat.length - 1;
    } else out += char === "$" && !lineEnds ? String.raw`(?:\n?\z)` : char;
  }
  return out;
}

function noLeast(pattern: string, at: number): readonly (string | undefined)[] {
  NO_LEAST_REGEXP.lastIndex = at;
  return NO_LEAST_REGEXP.exec(pattern) ?? [];
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
      out += SETS[next] ?? COMPLEMENTS[next] ?? `\\${next}`;
    }
  }
  return `[${out}]`;
}
