import type { JsonValue } from "../base/mod.ts";
import type { Match } from "../verdict/mod.ts";
import { anyOf, type Condition, type Explained, type Leaf } from "./condition.ts";
import { type FieldPath, reach, type Reached, valueAt } from "./field_path.ts";
import type { Test } from "./operators.ts";

/** The tests on one field of the arguments. */
export interface FieldTests {
  readonly path: FieldPath;
  readonly at: number;
  /** And-ed. */
  readonly tests: readonly Test[];
  /** All of it in words, such as `amount lt 500`. */
  readonly words: string;
  readonly negative?: string;
  readonly exists?: boolean;
  /** Does an absent field match? */
  readonly missingMatches: boolean;
}

/** The condition on one field: some value that the path leads to passes all tests. */
export function fieldCondition(field: FieldTests): Condition {
  const test = field.path.hasWildcard
    ? (args: JsonValue) => judge(field, reach(field.path, args))
    : (args: JsonValue) => judgeOne(field, valueAt(field.path, args));
  return { test, explain: (args) => explainField(field, args), leaves: [leafOf(field)] };
}

function judge(field: FieldTests, { values, absent }: Reached): Match {
  const { tests, exists, missingMatches } = field;
  if (exists !== undefined && !(exists ? values.length > 0 : absent)) return "no";
  if (tests.length === 0) return "yes";
  if (absent && missingMatches) return "yes";
  return anyOf(values.map((value) => judgeValue(tests, value)));
}

/** As {@link judge}, for the usual case: one way, one value at most. */
function judgeOne({ tests, exists, missingMatches }: FieldTests, value: JsonValue | undefined): Match {
  if (exists !== undefined && exists !== (value !== undefined)) return "no";
  if (tests.length === 0) return "yes";
  if (value === undefined) return missingMatches ? "yes" : "no";
  return judgeValue(tests, value);
}

function judgeValue(tests: readonly Test[], value: JsonValue): Match {
  let answer: Match = "yes";
  for (const test of tests) {
    const match = test(value);
    if (match === "no") return match;
    if (match === "unevaluable") answer = match;
  }
  return answer;
}

function explainField(field: FieldTests, args: JsonValue): Explained {
  const reached = reach(field.path, args);
  const match = judge(field, reached);
  const why = match === "unevaluable"
    ? " (the value cannot be compared)"
    : reached.values.length === 0 && field.tests.length > 0
    ? " (the field is absent)"
    : "";
  return { match, words: `${field.words}: ${match}${why}` };
}

function leafOf({ path, at, negative, exists, missingMatches }: FieldTests): Leaf {
  return {
    path,
    at,
    missingMatches,
    negated: false,
    ...(negative === undefined ? {} : { negative }),
    ...(exists === undefined ? {} : { exists }),
  };
}
