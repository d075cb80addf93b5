/** Finds operators on one field that no value can satisfy together. Finds the plain cases; proves nothing. */
import { compareDecimals, type Decimal } from "../base/mod.ts";
import { type DocNode, type FieldNode, nodeToJson } from "../diagnostic/mod.ts";
import { decimalOperand } from "./compare.ts";

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
