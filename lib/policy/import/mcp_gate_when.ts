/** mcp-gate's condition trees: a leaf is `{field, op, value}`; `all`, `any` and `not` nest. */
import { err, type JsonObject, type JsonValue, ok, type Result } from "../../base/mod.ts";
import type { Keys } from "./keys.ts";
import { jsonOf } from "./json_of.ts";
import { pathOfDotted } from "./names.ts";
import { re2OfPython } from "./python_regex.ts";

const OPERATORS = [
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "in",
  "not_in",
  "contains",
  "startswith",
  "endswith",
  "regex",
];

/** The tree in our words; the error says what in it has none. */
export function readTree(tree: Keys): Result<JsonObject, string> {
  const parts = [
    ...(tree.has("all") ? [readGroup(tree, "all")] : []),
    ...(tree.has("any") ? [readGroup(tree, "any")] : []),
    ...(tree.has("not") ? [readNot(tree)] : []),
    ...(tree.has("field") || tree.has("op") ? [readLeaf(tree)] : []),
  ];
  const unknown = tree.end();
  const [first] = parts;
  if (first === undefined) return err("a condition that has no field and no all, any or not");
  if (unknown !== undefined) return err(`the key ${JSON.stringify(unknown)} in a condition`);
  const failed = parts.find((part) => !part.ok);
  if (failed?.ok === false) return failed;
  const conditions = parts.flatMap((part) => part.ok ? [part.value] : []);
  return conditions.length === 1 ? first : ok({ all: conditions });
}

function readGroup(tree: Keys, key: "all" | "any"): Result<JsonObject, string> {
  const parts = tree.tables(key).map(readTree);
  if (parts.length === 0) return err(`"${key}" without a condition`);
  const conditions: JsonObject[] = [];
  for (const part of parts) {
    if (!part.ok) return part;
    conditions.push(part.value);
  }
  const [only] = conditions;
  return ok(only !== undefined && conditions.length === 1 ? only : { [key]: conditions });
}

function readNot(tree: Keys): Result<JsonObject, string> {
  const inner = tree.table("not");
  if (inner === undefined) return err('"not" without a condition');
  const part = readTree(inner);
  return part.ok ? ok({ not: part.value }) : part;
}

function readLeaf(leaf: Keys): Result<JsonObject, string> {
  const field = leaf.text("field"), op = leaf.text("op");
  const value = leaf.node("value");
  if (field === undefined || field === "" || op === undefined) return err("a condition without field or op");
  const path = pathOfDotted(field);
  if (op === "exists") {
    // YAML has other words for true, and Python other values: none may be taken for false.
    if (value !== undefined && value.kind !== "boolean") {
      return err('"exists" with a value that is no boolean');
    }
    return ok({ [path]: { exists: value?.value ?? true } });
  }
  if (!OPERATORS.includes(op)) return err(`the operator ${JSON.stringify(op)}`);
  const operand: JsonValue | undefined = value === undefined ? undefined : jsonOf(value);
  if (operand === undefined) return err(`"${op}" with nothing, null or a date to compare with`);
  if ((op === "contains" || op.endsWith("with")) && operand === "") return ok({ [path]: { exists: true } });
  if (op === "regex" && typeof operand === "string") return ok({ [path]: { regex: re2OfPython(operand) } });
  return ok({ [path]: { [op]: operand } });
}
