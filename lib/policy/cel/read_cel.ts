/** Reads a `when` that is a CEL expression. */
import type { TextNode } from "../../diagnostic/mod.ts";
import type { ReadContext } from "../read_when.ts";
import type { RuleTest } from "../rule.ts";

/** The test that the expression makes; `undefined` where it cannot be read, which the sink then says. */
export function readCel(node: TextNode, { sink, cel }: ReadContext): RuleTest | undefined {
  if (cel === undefined) throw new Error("internal error: policy: the CEL engine was not loaded");
  const type = cel.typeOf(node.value);
  if (!type.ok) {
    sink.error(node.at, type.error.message, type.error.hint ?? "see the reference of conditions");
    return undefined;
  }
  return {
    test: () => "unevaluable",
    explain: () => ({ match: "unevaluable", words: node.value }),
    leaves: [],
  };
}
