/** Reads `when` tables into conditions. */
import type { ReadContext } from "./read_context.ts";
import { type DocNode, type FieldNode, nearName, type TableNode, typeName } from "../diagnostic/mod.ts";
import { isMeantList } from "./bare_list.ts";
import { allConditions, anyCondition, type Condition, notCondition } from "./condition.ts";
import { clashOf } from "./contradiction.ts";
import { type FieldPath, parseFieldPath } from "./field_path.ts";
import { OPERATOR_SYNONYMS } from "./operators.ts";
import { GROUPS, OPERATOR_WORDS, readOperators } from "./read_operators.ts";

export { readFieldTest } from "./read_operators.ts";

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
  return allHold([...table.fields].map(([key, field]) => readEntry(key, field, context)), context);
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
  return key === "all" ? allHold(parts, context) : allRead(parts, anyCondition);
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
  return allHold(nested.map(([key, inner]) => readNested(path, key, inner, context)), context);
}

/**
 * TOML reads a bare `payment.total = { lt = 500 }` as tables in tables. It is the field that it looks like where the
 * innermost tables hold operators and nothing else; anything looser would take a misspelt operator for a field.
 */
function isNestedField(key: string, value: DocNode): boolean {
  if (value.kind !== "table" || value.fields.size === 0) return false;
  if (OPERATOR_WORDS.includes(key) || GROUPS.includes(key) || looksLikeOperator(key)) return false;
  return [...value.fields].every(([inner, { value: deeper }]) =>
    OPERATOR_WORDS.includes(inner) || isNestedField(inner, deeper)
  );
}

/**
 * A misspelt operator must not become a field that no call has. Short names are near to everything (`id` to `in`), and
 * `start` is a field although an operator begins so.
 */
function looksLikeOperator(key: string): boolean {
  if (Object.hasOwn(OPERATOR_SYNONYMS, key)) return true;
  const near = key.length < 4 ? undefined : nearName(key, OPERATOR_WORDS);
  return near !== undefined && near.length - key.length <= 2;
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

/** All parts hold; a part that asks for what another rules out is said. */
function allHold(parts: readonly (Condition | undefined)[], { sink }: ReadContext): Condition | undefined {
  const clash = clashOf(parts.filter((part) => part !== undefined));
  if (clash !== undefined) {
    const message = `"${clash.path.text}" can never match: another condition beside it rules its values out`;
    sink.error(clash.at, message, "take one of the two out, or put both into any = [...]");
  }
  return allRead(parts, allConditions);
}

/** The combination of all parts; `undefined` where one could not be read. */
function allRead(
  parts: readonly (Condition | undefined)[],
  combine: (parts: readonly Condition[]) => Condition,
): Condition | undefined {
  const read = parts.filter((part) => part !== undefined);
  return read.length === parts.length ? combine(read) : undefined;
}
