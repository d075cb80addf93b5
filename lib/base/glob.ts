import { err, ok, type Result } from "./result.ts";

/** A compiled glob: does the whole of `text` (taken on NFC) match? Time grows with pattern × text, never worse. */
export type Glob = (text: string) => boolean;

/** Why a pattern cannot be used, and at which of its characters (0-based). */
export interface GlobError {
  readonly message: string;
  readonly at: number;
}

type CharTest = (char: string) => boolean;
/** One step of an alternative: `star` stands for any run of characters, the rest test exactly one. */
type Step = { readonly star: true } | { readonly star: false; readonly test: CharTest };

const MAX_ALTERNATIVES = 256;

/**
 * The one glob dialect: `*` any run of characters, `?` one, `[abc]`, `[a-z]`, `[!abc]`, `{a,b}` (nesting allowed), `\`
 * takes the next character as it is. Whole string, case-sensitive, on NFC. Never compiled to a RegExp: patterns may come
 * from operators, texts from attackers, and neither may find an exponential path.
 */
export function compileGlob(pattern: string): Result<Glob, GlobError> {
  const expanded = expandBraces(Array.from(pattern.normalize("NFC")));
  if (!expanded.ok) return expanded;
  const alternatives: (readonly Step[])[] = [];
  for (const chars of expanded.value) {
    const steps = parseSteps(chars);
    if (!steps.ok) return steps;
    alternatives.push(steps.value);
  }
  return ok((text) => {
    const chars = Array.from(text.normalize("NFC"));
    return alternatives.some((steps) => matches(steps, chars));
  });
}

/** Greedy matching with one remembered star: O(pattern × text) at worst. */
function matches(steps: readonly Step[], chars: readonly string[]): boolean {
  let step = 0, char = 0, starStep = -1, starChar = 0;
  while (char < chars.length) {
    const current = steps[step];
    if (current?.star) {
      starStep = step++;
      starChar = char;
    } else if (current !== undefined && current.test(chars[char] ?? "")) {
      step++;
      char++;
    } else if (starStep >= 0) {
      step = starStep + 1;
      char = ++starChar;
    } else return false;
  }
  while (steps[step]?.star) step++;
  return step === steps.length;
}

/** `a{b,c}` becomes `ab`, `ac`. Escapes and classes pass through untouched. */
function expandBraces(chars: readonly string[]): Result<readonly (readonly string[])[], GlobError> {
  const open = findBrace(chars);
  if (!open.ok) return open;
  if (open.value === undefined) return ok([chars]);
  const { start, end, commas } = open.value;
  const out: (readonly string[])[] = [];
  const edges = [start, ...commas, end];
  for (let i = 0; i + 1 < edges.length; i++) {
    const branch = chars.slice((edges[i] ?? 0) + 1, edges[i + 1]);
    const rest = expandBraces([...chars.slice(0, start), ...branch, ...chars.slice(end + 1)]);
    if (!rest.ok) return rest;
    out.push(...rest.value);
    if (out.length > MAX_ALTERNATIVES) {
      return err({ message: `more than ${MAX_ALTERNATIVES} alternatives`, at: start });
    }
  }
  return ok(out);
}

interface Brace {
  readonly start: number;
  readonly end: number;
  readonly commas: readonly number[];
}

/** The first top-level `{…}` with its commas. */
function findBrace(chars: readonly string[]): Result<Brace | undefined, GlobError> {
  let depth = 0, start = -1;
  let commas: number[] = [];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i];
    if (char === "\\") i++;
    else if (char === "[") i = classEnd(chars, i) ?? i;
    else if (char === "{") {
      if (depth++ === 0) [start, commas] = [i, []];
    } else if (char === "," && depth === 1) commas.push(i);
    else if (char === "}") {
      if (depth === 0) return err({ message: "a } without its {: write \\} for the character", at: i });
      if (--depth === 0) return ok({ start, end: i, commas });
    }
  }
  return depth > 0
    ? err({ message: "a { that is never closed: write \\{ for the character", at: start })
    : ok(undefined);
}

function parseSteps(chars: readonly string[]): Result<readonly Step[], GlobError> {
  const steps: Step[] = [];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? "";
    if (char === "*") {
      if (!steps.at(-1)?.star) steps.push({ star: true });
    } else if (char === "?") steps.push({ star: false, test: () => true });
    else if (char === "[") {
      const end = classEnd(chars, i);
      if (end === undefined) {
        return err({ message: "a [ that is never closed: write \\[ for the character", at: i });
      }
      steps.push({ star: false, test: classTest(chars.slice(i + 1, end)) });
      i = end;
    } else {
      const literal = char === "\\" ? chars[++i] : char;
      if (literal === undefined) return err({ message: "a \\ with nothing behind it", at: i - 1 });
      steps.push({ star: false, test: (other) => other === literal });
    }
  }
  return ok(steps);
}

/** Index of the `]` that closes the class opened at `open`; a `]` right behind `[` or `[!` is a member. */
function classEnd(chars: readonly string[], open: number): number | undefined {
  let i = open + 1;
  if (chars[i] === "!") i++;
  if (chars[i] === "]") i++;
  for (; i < chars.length; i++) {
    if (chars[i] === "\\") i++;
    else if (chars[i] === "]") return i;
  }
  return undefined;
}

function classTest(members: readonly string[]): CharTest {
  const negated = members[0] === "!";
  const singles = new Set<string>();
  const ranges: (readonly [string, string])[] = [];
  for (let i = negated ? 1 : 0; i < members.length; i++) {
    const from = (members[i] === "\\" ? members[++i] : members[i]) ?? "";
    if (members[i + 1] === "-" && i + 2 < members.length) {
      ranges.push([from, members[i + 2] ?? ""]);
      i += 2;
    } else singles.add(from);
  }
  const inClass = (char: string) =>
    singles.has(char) || ranges.some(([low, high]) => low <= char && char <= high);
  return negated ? (char) => !inClass(char) : inClass;
}
