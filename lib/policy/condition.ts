/** What a compiled condition is, and how matches combine. */
import type { JsonValue } from "../base/mod.ts";
import type { Match } from "../verdict/mod.ts";
import { invert } from "./compare.ts";
import type { FieldPath } from "./field_path.ts";

/** A match and how it came about. The words name fields and what the rule compares with, never a value of a call. */
export interface Explained {
  readonly match: Match;
  readonly words: string;
}

/** What is known of one field's test, for warnings. */
export interface Leaf {
  readonly path: FieldPath;
  readonly at: number;
  /** The first operator that most values satisfy; absent where there is none. */
  readonly negative?: string;
  readonly exists?: boolean;
  readonly missingMatches: boolean;
  /** Does it stand under an odd number of `not`? */
  readonly negated: boolean;
}

/** What one field must be for a condition to hold: for finding conditions that no call can satisfy together. */
export interface Requirement {
  readonly path: FieldPath;
  readonly at: number;
  /** And-ed. */
  readonly tests: readonly ((value: JsonValue) => Match)[];
  /** Where the condition names them: the values that can match. */
  readonly only?: readonly JsonValue[];
}

export interface Condition {
  test(args: JsonValue): Match;
  explain(args: JsonValue): Explained;
  readonly leaves: readonly Leaf[];
  readonly requires?: readonly Requirement[];
}

/** Yes where every part is; no where one is; else it cannot be told. */
export function allOf(matches: readonly Match[]): Match {
  if (matches.includes("no")) return "no";
  return matches.includes("unevaluable") ? "unevaluable" : "yes";
}

/** Yes where one part is; no where none can be; else it cannot be told. */
export function anyOf(matches: readonly Match[]): Match {
  if (matches.includes("yes")) return "yes";
  return matches.includes("unevaluable") ? "unevaluable" : "no";
}

/** Every part holds. A single part stands for itself. */
export function allConditions(parts: readonly Condition[]): Condition {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const requires = parts.flatMap((part) => part.requires ?? []);
  return { ...group(parts, { ends: "no", else: "yes" }, "all of"), requires };
}

/** Some part holds. */
export function anyCondition(parts: readonly Condition[]): Condition {
  return group(parts, { ends: "yes", else: "no" }, "any of");
}

/** The part does not hold. */
export function notCondition(part: Condition): Condition {
  return {
    test: (args) => invert(part.test(args)),
    explain(args) {
      const { match, words } = part.explain(args);
      return { match: invert(match), words: `not (${words})` };
    },
    leaves: part.leaves.map((leaf) => ({ ...leaf, negated: !leaf.negated })),
  };
}

/** `ends`: one part of this match decides the group, and what stands behind it is not looked at. */
interface Combining {
  readonly ends: Match;
  readonly else: Match;
}

function group(parts: readonly Condition[], combining: Combining, name: string): Condition {
  return {
    test(args) {
      let answer = combining.else;
      for (const part of parts) {
        const match = part.test(args);
        if (match === combining.ends) return match;
        if (match === "unevaluable") answer = match;
      }
      return answer;
    },
    explain(args) {
      const explained = parts.map((part) => part.explain(args));
      const matches = explained.map(({ match }) => match);
      const match = combining.ends === "no" ? allOf(matches) : anyOf(matches);
      return { match, words: `${name} (${explained.map(({ words }) => words).join("; ")})` };
    },
    leaves: parts.flatMap(({ leaves }) => leaves),
  };
}
