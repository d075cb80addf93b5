/** Reads what changes the operators beside it: `fold`, `missing`, `exists`. */
import { type DiagnosticSink, type DocNode, type FieldNode, typeName } from "../diagnostic/mod.ts";

export const MODIFIERS: readonly string[] = ["exists", "fold", "missing"];

export interface Modifiers {
  readonly fold: boolean;
  /** Must the field be there, or must it not? */
  readonly exists?: boolean;
  /** Does an absent field match? */
  readonly missingMatches: boolean;
}

/** The modifiers among `fields`; `undefined` where one cannot be read, which the sink then says. */
export function readModifiers(
  fields: ReadonlyMap<string, FieldNode>,
  sink: DiagnosticSink,
): Modifiers | undefined {
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
  if (booleanOf(fields, "fold") === true && !hasText(fields)) {
    const hint = "take it out, or put what is a text in quotes";
    sink.error(fields.get("fold")?.keyAt ?? 0, '"fold" has no effect: nothing beside it is a text', hint);
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

/** Is there an operand that case can matter to? None at all is another mistake, and said elsewhere. */
function hasText(fields: ReadonlyMap<string, FieldNode>): boolean {
  const operands = [...fields].filter(([name]) => !MODIFIERS.includes(name));
  return operands.length === 0 || operands.some(([, { value }]) => holdsText(value));
}

function holdsText(node: DocNode): boolean {
  if (node.kind === "list") return node.items.some(holdsText);
  return node.kind === "text" || node.kind === "table";
}
