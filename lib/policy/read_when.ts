/** Reads `when` tables into conditions. */
import { encodeJson } from "../base/mod.ts";
import {
  type DiagnosticSink,
  type DocNode,
  type FieldNode,
  nearName,
  nodeToJson,
  suggestion,
  type TableNode,
  typeName,
} from "../diagnostic/mod.ts";
import type { CelEngine } from "./cel/cel_engine.ts";
import { isMeantList } from "./bare_list.ts";
import { allConditions, anyCondition, type Condition, notCondition } from "./condition.ts";
import { contradictionIn } from "./contradiction.ts";
import { fieldCondition } from "./field_condition.ts";
import { type FieldPath, parseFieldPath } from "./field_path.ts";
import type { PathSettings } from "./file_path.ts";
import { OPERATOR_SYNONYMS, operatorNamed, OPERATORS, type Test } from "./operators.ts";
import type { RegexEngine } from "./regex_engine.ts";

export interface ReadContext {
  readonly sink: DiagnosticSink;
  readonly regex: RegexEngine | undefined;
  readonly cel: CelEngine | undefined;
  readonly paths: PathSettings;
}

const GROUPS = ["all", "any", "not"];
const MODIFIERS = ["fold", "missing", "exists"];
const OPERATOR_WORDS = [...OPERATORS.map(({ name }) => name), "exists", "fold", "missing"];

/** The condition of a table; `undefined` where it cannot be read, which the sink then says. */
export function readWhen(table: TableNode, context: ReadContext): Condition | undefined {
  if (table.fields.size === 0) {
    context.sink.error(
      table.at,
      "an empty condition, which says nothing",
      "name a field, or take the condition out",
    );
    return undefined;
  }
  return allRead([...table.fields].map(([key, field]) => readEntry(key, field, context)), allConditions);
}

function readEntry(key: string, field: FieldNode, context: ReadContext): Condition | undefined {
  if (key === "all" || key === "any") return readGroup(key, field, context);
  if (key === "not") return readNot(field, context);
  const path = parseFieldPath(key);
  if (path.ok) return readField(path.value, field, context);
  const hint =
    "a path is written payment.total, items.*.price, items.0.price, or with '\"a.b\"' for a key with a dot";
  context.sink.error(field.keyAt, `${JSON.stringify(key)} ${path.error}`, hint);
  return undefined;
}

function readGroup(key: "all" | "any", { value }: FieldNode, context: ReadContext): Condition | undefined {
  if (value.kind !== "list" || value.items.length === 0) {
    const what = value.kind === "list" ? "an empty list" : typeName(value);
    context.sink.error(value.at, `"${key}" is ${what}, and must be a list of conditions`, fieldNamed(key));
    return undefined;
  }
  const parts = value.items.map((item) => {
    if (item.kind === "table") return readWhen(item, context);
    context.sink.error(
      item.at,
      `"${key}" holds ${typeName(item)}, and takes conditions only`,
      fieldNamed(key),
    );
    return undefined;
  });
  return allRead(parts, key === "all" ? allConditions : anyCondition);
}

function readNot({ value }: FieldNode, context: ReadContext): Condition | undefined {
  if (value.kind !== "table") {
    context.sink.error(value.at, `"not" is ${typeName(value)}, and must be a condition`, fieldNamed("not"));
    return undefined;
  }
  const part = readWhen(value, context);
  return part === undefined ? undefined : notCondition(part);
}

function fieldNamed(key: string): string {
  const shape = key === "not" ? "{ field = { eq = 1 } }" : "[{ field = { eq = 1 } }]";
  return `write ${key} = ${shape}; a field of the name "${key}" is written '"${key}"'`;
}

function readField(path: FieldPath, field: FieldNode, context: ReadContext): Condition | undefined {
  const { value } = field;
  if (value.kind === "list" && !isMeantList(value, path, field, context.sink)) return undefined;
  if (value.kind !== "table") {
    return readOperators(path, new Map([["eq", { keyAt: value.at, value }]]), field, context);
  }
  if (value.fields.size === 0) {
    context.sink.error(value.at, `no operator for "${path.text}"`, `write ${path.text} = { eq = … }`);
    return undefined;
  }
  const nested = [...value.fields].filter(([key, inner]) => isNestedField(key, inner.value));
  if (nested.length < value.fields.size || nested.length === 0) {
    return readOperators(path, value.fields, field, context);
  }
  return allRead(nested.map(([key, inner]) => readNested(path, key, inner, context)), allConditions);
}

/**
 * TOML reads a bare `payment.total = { lt = 500 }` as tables in tables. It is the field that it looks like where the
 * innermost tables hold operators and nothing else; anything looser would take a misspelt operator for a field.
 */
function isNestedField(key: string, value: DocNode): boolean {
  if (value.kind !== "table" || value.fields.size === 0) return false;
  if (OPERATOR_WORDS.includes(key) || GROUPS.includes(key)) return false;
  return [...value.fields].every(([inner, { value: deeper }]) =>
    OPERATOR_WORDS.includes(inner) || isNestedField(inner, deeper)
  );
}

function readNested(
  path: FieldPath,
  key: string,
  field: FieldNode,
  context: ReadContext,
): Condition | undefined {
  const inner = parseFieldPath(key);
  if (!inner.ok) {
    context.sink.error(field.keyAt, `${JSON.stringify(key)} ${inner.error}`, "put the whole path in quotes");
    return undefined;
  }
  const joined = {
    text: `${path.text}.${key}`,
    steps: [...path.steps, ...inner.value.steps],
    hasWildcard: path.hasWildcard || inner.value.hasWildcard,
  };
  return readField(joined, field, context);
}

/** The condition that one operator on one field makes: the form of a custom rule of the guardrails. */
export function readFieldTest(
  path: FieldPath,
  { name, keyAt, value }: { readonly name: string } & FieldNode,
  context: ReadContext,
): Condition | undefined {
  return readOperators(path, new Map([[name, { keyAt, value }]]), { keyAt, value }, context);
}

function readOperators(
  path: FieldPath,
  fields: ReadonlyMap<string, FieldNode>,
  { keyAt }: FieldNode,
  context: ReadContext,
): Condition | undefined {
  const modifiers = readModifiers(fields, context.sink);
  const operators = readTests(path, fields, { fold: modifiers?.fold ?? false, ...context });
  const problem = contradictionIn(fields);
  if (problem !== undefined) {
    context.sink.error(keyAt, `"${path.text}" can never match: ${problem}`, "take one of the two out");
  }
  if (problem !== undefined || operators === undefined || modifiers === undefined) return undefined;
  const { exists, missingMatches } = modifiers;
  if (operators.tests.length === 0 && exists === undefined) {
    context.sink.error(keyAt, `no operator for "${path.text}"`, `write ${path.text} = { eq = … }`);
    return undefined;
  }
  const words = exists === undefined
    ? operators.words
    : [...operators.words, `${path.text} exists ${exists}`];
  return fieldCondition({
    ...operators,
    path,
    at: keyAt,
    words: words.join(" and "),
    missingMatches,
    ...(exists === undefined ? {} : { exists }),
  });
}

interface ReadTests {
  readonly tests: readonly Test[];
  readonly words: readonly string[];
  readonly negative?: string;
}

/** The operators among `fields`; `undefined` where one cannot be read. */
function readTests(
  path: FieldPath,
  fields: ReadonlyMap<string, FieldNode>,
  context: ReadContext & { readonly fold: boolean },
): ReadTests | undefined {
  const operators = [...fields].filter(([name]) => !MODIFIERS.includes(name));
  const tests = operators.map(([name, operand]) => readOperator(name, operand, { path, ...context }));
  const read = tests.filter((test) => test !== undefined);
  if (read.length < tests.length) return undefined;
  const negative = operators.find(([name, { value }]) => isNegative(name, value))?.[0];
  const words = operators.map(([name, { value }]) => `${path.text} ${name} ${shown(value)}`);
  return { tests: read, words, ...(negative === undefined ? {} : { negative }) };
}

function readOperator(
  name: string,
  { keyAt, value }: FieldNode,
  { sink, path, ...context }: ReadContext & { path: FieldPath; fold: boolean },
): Test | undefined {
  const operator = operatorNamed(name);
  if (operator === undefined) {
    sink.error(keyAt, `unknown operator ${JSON.stringify(name)}`, operatorHint(name, path));
    return undefined;
  }
  const compiled = operator.compile(value, context);
  if (compiled.ok) return compiled.value;
  for (const { at, message, hint } of [compiled.error].flat()) sink.error(at ?? value.at, message, hint);
  return undefined;
}

function operatorHint(name: string, path: FieldPath): string {
  if (GROUPS.includes(name)) {
    return `${name} stands above the field: ${name} = ${name === "not" ? "{ … }" : "[{ … }]"}`;
  }
  const hint = suggestion(name, OPERATOR_WORDS, OPERATOR_SYNONYMS);
  const isKnown = Object.hasOwn(OPERATOR_SYNONYMS, name) || nearName(name, OPERATOR_WORDS) !== undefined;
  return isKnown ? hint : `${hint}; a field inside of "${path.text}" is written "${path.text}.${name}"`;
}

interface Modifiers {
  readonly fold: boolean;
  readonly exists?: boolean;
  readonly missingMatches: boolean;
}

function readModifiers(fields: ReadonlyMap<string, FieldNode>, sink: DiagnosticSink): Modifiers | undefined {
  const missing = fields.get("missing")?.value;
  let good = true;
  for (const name of ["fold", "exists"]) {
    const value = fields.get(name)?.value;
    if (value === undefined || value.kind === "boolean") continue;
    sink.error(
      value.at,
      `"${name}" is ${typeName(value)}, and must be true or false`,
      `write ${name} = true`,
    );
    good = false;
  }
  if (
    missing !== undefined &&
    !(missing.kind === "text" && (missing.value === "match" || missing.value === "no"))
  ) {
    const hint = 'write missing = "match" for a field that matches when it is absent';
    sink.error(missing.at, `"missing" must be "match" or "no"`, hint);
    good = false;
  }
  if (!good) return undefined;
  const exists = booleanOf(fields, "exists");
  return {
    fold: booleanOf(fields, "fold") === true,
    missingMatches: missing?.kind === "text" && missing.value === "match",
    ...(exists === undefined ? {} : { exists }),
  };
}

function booleanOf(fields: ReadonlyMap<string, FieldNode>, name: string): boolean | undefined {
  const value = fields.get(name)?.value;
  return value?.kind === "boolean" ? value.value : undefined;
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

/** The combination of all parts; `undefined` where one could not be read. */
function allRead(
  parts: readonly (Condition | undefined)[],
  combine: (parts: readonly Condition[]) => Condition,
): Condition | undefined {
  const read = parts.filter((part) => part !== undefined);
  return read.length === parts.length ? combine(read) : undefined;
}
