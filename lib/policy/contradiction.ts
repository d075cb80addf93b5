/** Finds operators on one field that no value can satisfy together. Finds the plain cases; proves nothing. */
import { compareDecimals, type Decimal, type JsonValue } from "../base/mod.ts";
import { type DocNode, type FieldNode, nodeToJson } from "../diagnostic/mod.ts";
import { decimalOperand } from "./compare.ts";
import type { Condition, Requirement } from "./condition.ts";
import type { Test } from "./operators.ts";

interface Bound {
  readonly name: string;
  readonly value: Decimal;
  readonly strict: boolean;
}

/** The contradiction in words; `undefined` where there is none to be seen. */
export function contradictionIn(fields: ReadonlyMap<string, FieldNode>): string | undefined {
  const exists = fields.get("exists")?.value;
  if (exists?.kind === "boolean" && !exists.value && fields.size > 1) {
    const other = [...fields.keys()].find((name) => name !== "exists");
    return `"exists = false" asks for no value, and "${other}" for one`;
  }
  const missing = fields.get("missing")?.value;
  if (exists?.kind === "boolean" && exists.value && missing?.kind === "text" && missing.value === "match") {
    return '"exists = true" asks for a value, and missing = "match" for none';
  }
  return boundsContradiction(fields);
}

/** The values that `eq` or `in` lets through, where there is one of the two. */
export function valuesNamed(fields: ReadonlyMap<string, FieldNode>): readonly JsonValue[] | undefined {
  const eq = fields.get("eq")?.value, list = fields.get("in")?.value;
  if (eq !== undefined) return [nodeToJson(eq)];
  return list?.kind === "list" ? list.items.map(nodeToJson) : undefined;
}

/** Does another operator rule out every value that `eq` or `in` names? `tests` are by the operator's name. */
export function valuesContradiction(
  fields: ReadonlyMap<string, FieldNode>,
  tests: ReadonlyMap<string, Test>,
): string | undefined {
  const values = valuesNamed(fields);
  if (values === undefined || !allRuledOut(values, [...tests.values()])) return undefined;
  const named = fields.has("eq") ? "eq" : "in";
  const other = [...tests].find(([name, test]) =>
    name !== named && values.some((value) => test(value) === "no")
  );
  return other === undefined ? undefined : `no value satisfies both "${named}" and "${other[0]}"`;
}

function allRuledOut(values: readonly JsonValue[], tests: readonly Test[]): boolean {
  return values.length > 0 && values.every((value) => tests.some((test) => test(value) === "no"));
}

/** Of conditions that must all hold: the one on a field whose values another one rules out. */
export function clashOf(parts: readonly Condition[]): Requirement | undefined {
  const required = parts.map(({ requires = [] }) => requires);
  for (const [i, mine] of required.entries()) {
    for (const others of required.slice(0, i)) {
      for (const one of mine) {
        const clash = others.find((other) =>
          one.path.text === other.path.text && excludeEachOther(one, other)
        );
        if (clash !== undefined) return one;
      }
    }
  }
  return undefined;
}

function excludeEachOther(one: Requirement, other: Requirement): boolean {
  return allRuledOut(one.only ?? [], other.tests) || allRuledOut(other.only ?? [], one.tests);
}

function boundsContradiction(fields: ReadonlyMap<string, FieldNode>): string | undefined {
  const lows = bounds(fields, [["gt", true], ["ge", false], ["eq", false]]);
  const highs = bounds(fields, [["lt", true], ["le", false], ["eq", false]]);
  for (const low of lows) {
    for (const high of highs) {
      const sign = compareDecimals(low.value, high.value);
      if (sign > 0 || (sign === 0 && (low.strict || high.strict))) {
        return `no number satisfies both "${low.name}" and "${high.name}"`;
      }
    }
  }
  return undefined;
}

function bounds(
  fields: ReadonlyMap<string, FieldNode>,
  names: readonly (readonly [name: string, strict: boolean])[],
): readonly Bound[] {
  return names.flatMap(([name, strict]) => {
    const value = decimalOf(fields.get(name)?.value);
    return value === undefined ? [] : [{ name, value, strict }];
  });
}

function decimalOf(node: DocNode | undefined): Decimal | undefined {
  if (node?.kind !== "number" && node?.kind !== "text") return undefined;
  return decimalOperand(nodeToJson(node));
}
