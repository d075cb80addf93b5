import type { JsonValue } from "../base/mod.ts";
import type { Match } from "../verdict/mod.ts";
import { anyOf, type Condition, type Explained, type Leaf, type Requirement } from "./condition.ts";
import { type FieldPath, HIDDEN, reach, type Reached, valueAt } from "./field_path.ts";
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
  /** Where `eq` or `in` says it: the values that can match. */
  readonly only?: readonly JsonValue[];
}

/** The condition on one field: some value that the path leads to passes all tests. */
export function fieldCondition(field: FieldTests): Condition {
  const test = field.path.hasWildcard
    ? (args: JsonValue) => judge(field, reach(field.path, args))
    : (args: JsonValue) => judgeOne(field, valueAt(field.path, args));
  return {
    test,
    explain: (args) => explainField(field, args),
    leaves: [leafOf(field)],
    requires: requiredBy(field),
  };
}

/** Of a wildcard nothing is required: two conditions may be met by two elements. */
function requiredBy({ path, at, tests, only, missingMatches }: FieldTests): readonly Requirement[] {
  if (path.hasWildcard || missingMatches) return [];
  return [{ path, at, tests, ...(only === undefined ? {} : { only }) }];
}

function judge(field: FieldTests, { values, missing = false, hidden = false }: Reached): Match {
  const { tests, exists, missingMatches } = field;
  if (exists !== undefined && !(exists ? values.length > 0 : missing)) return hidden ? "unevaluable" : "no";
  if (tests.length === 0) return "yes";
  if (missing && missingMatches) return "yes";
  const match = anyOf(values.map((value) => judgeValue(tests, value)));
  return match === "no" && hidden ? "unevaluable" : match;
}

/** As {@link judge}, for the usual case: one way, one value at most. */
function judgeOne(
  { tests, exists, missingMatches }: FieldTests,
  value: ReturnType<typeof valueAt>,
): Match {
  if (value === HIDDEN) return "unevaluable";
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
    ? reached.hidden ? " (what is on the way cannot be looked into)" : " (the value cannot be compared)"
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
