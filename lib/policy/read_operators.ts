/** Reads the operators of one field of a `when` table. */
import type { ReadContext } from "./read_context.ts";
import { encodeJson, type JsonValue } from "../base/mod.ts";
import { type DocNode, type FieldNode, nearName, nodeToJson, suggestion } from "../diagnostic/mod.ts";
import type { Condition } from "./condition.ts";
import { contradictionIn, valuesContradiction, valuesNamed } from "./contradiction.ts";
import { fieldCondition } from "./field_condition.ts";
import type { FieldPath } from "./field_path.ts";
import { OPERATOR_SYNONYMS, operatorNamed, OPERATORS, type Test } from "./operators.ts";
import { MODIFIERS, readModifiers } from "./read_modifiers.ts";

/** Words that stand above fields. */
export const GROUPS = ["all", "any", "not"];
export const OPERATOR_WORDS = [...OPERATORS.map(({ name }) => name), ...MODIFIERS];

/** The condition that one operator on one field makes: the form of a custom rule of the guardrails. */
export function readFieldTest(
  path: FieldPath,
  { name, keyAt, value }: { readonly name: string } & FieldNode,
  context: ReadContext,
): Condition | undefined {
  return readOperators(path, new Map([[name, { keyAt, value }]]), { keyAt, value }, context);
}

/** All operators in `fields` hold for one value at `path`. */
export function readOperators(
  path: FieldPath,
  fields: ReadonlyMap<string, FieldNode>,
  { keyAt }: FieldNode,
  context: ReadContext,
): Condition | undefined {
  const modifiers = readModifiers(fields, context.sink);
  const operators = readTests(path, fields, { fold: modifiers?.fold ?? false, ...context });
  const problem = contradictionIn(fields) ??
    (operators === undefined ? undefined : valuesContradiction(fields, operators.tests));
  if (problem !== undefined) {
    context.sink.error(keyAt, `"${path.text}" can never match: ${problem}`, "take one of the two out");
  }
  if (problem !== undefined || operators === undefined || modifiers === undefined) return undefined;
  const { exists, missingMatches } = modifiers;
  if (operators.tests.size === 0 && exists === undefined) {
    context.sink.error(keyAt, `no operator for "${path.text}"`, `write ${path.text} = { eq = … }`);
    return undefined;
  }
  const words = exists === undefined
    ? operators.words
    : [...operators.words, `${path.text} exists ${exists}`];
  return fieldCondition({
    ...operators,
    tests: [...operators.tests.values()],
    path,
    at: keyAt,
    words: words.join(" and "),
    missingMatches,
    ...(exists === undefined ? {} : { exists }),
  });
}

interface ReadTests {
  /** By the operator's name. */
  readonly tests: ReadonlyMap<string, Test>;
  readonly words: readonly string[];
  readonly negative?: string;
  /** Where `eq` or `in` says it: the values that can match. */
  readonly only?: readonly JsonValue[];
}

/** The operators among `fields`; `undefined` where one cannot be read. */
function readTests(
  path: FieldPath,
  fields: ReadonlyMap<string, FieldNode>,
  context: ReadContext & { readonly fold: boolean },
): ReadTests | undefined {
  const operators = [...fields].filter(([name]) => !MODIFIERS.includes(name));
  const tests = new Map<string, Test>();
  for (const [name, operand] of operators) {
    const test = readOperator(name, operand, { path, ...context });
    if (test !== undefined) tests.set(name, test);
  }
  if (tests.size < operators.length) return undefined;
  const only = valuesNamed(fields);
  const negative = operators.find(([name, { value }]) => isNegative(name, value))?.[0];
  const words = operators.map(([name, { value }]) => `${path.text} ${name} ${shown(value)}`);
  return {
    tests,
    words,
    ...(only === undefined ? {} : { only }),
    ...(negative === undefined ? {} : { negative }),
  };
}

function readOperator(
  name: string,
  { keyAt, value }: FieldNode,
  { sink, path, ...context }: ReadContext & { path: FieldPath; fold: boolean },
): Test | undefined {
  const operator = operatorNamed(name);
  if (operator === undefined) {
    sink.error(keyAt, `unknown operator ${JSON.stringify(name)}`, operatorHint(name, value, path));
    return undefined;
  }
  const compiled = operator.compile(value, context);
  if (compiled.ok) return compiled.value;
  for (const { at, message, hint } of [compiled.error].flat()) sink.error(at ?? value.at, message, hint);
  return undefined;
}

function operatorHint(name: string, value: DocNode, path: FieldPath): string {
  if (GROUPS.includes(name)) {
    return `${name} stands above the field: ${name} = ${name === "not" ? "{ … }" : "[{ … }]"}`;
  }
  const hint = suggestion(name, OPERATOR_WORDS, OPERATOR_SYNONYMS);
  const isKnown = Object.hasOwn(OPERATOR_SYNONYMS, name) || nearName(name, OPERATOR_WORDS) !== undefined;
  return isKnown && value.kind !== "table"
    ? hint
    : `${hint}; a field inside of "${path.text}" is written "${path.text}.${name}"`;
}

/** `path = { outside = … }` is negative as well: it holds for most paths. */
function isNegative(name: string, operand: DocNode): boolean {
  if (name === "path") return operand.kind === "table" && operand.fields.has("outside");
  return operatorNamed(name)?.negative === true;
}

const MAX_SHOWN = 60;

function shown(operand: DocNode): string {
  const text = encodeJson(nodeToJson(operand));
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
