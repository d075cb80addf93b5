import type { DiagnosticSink, FieldNode, ListNode } from "../diagnostic/mod.ts";
import type { FieldPath } from "./field_path.ts";

/** May a field be compared with this list, which stands there without an operator? Hardly ever is the whole of it meant. */
export function isMeantList(
  { at, items }: ListNode,
  { text }: FieldPath,
  { keyAt }: FieldNode,
  sink: DiagnosticSink,
): boolean {
  if (items.length > 0 && items.every(({ kind }) => kind === "table")) {
    const hint = "groups are all = […] and any = […]; the list itself is meant by { eq = […] }";
    sink.error(keyAt, `"${text}" is compared with a list of tables`, hint);
    return false;
  }
  const hint = `one of them is asked for by ${text} = { in = […] }, the whole list by { eq = […] }`;
  sink.warning(at, `"${text}" matches this whole list alone`, hint);
  return true;
}
