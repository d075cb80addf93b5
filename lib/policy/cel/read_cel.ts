/** Reads a `when` that is a CEL expression. */
import type { ReadContext } from "../read_context.ts";
import { err, ok, type Result } from "../../base/mod.ts";
import type { TextNode } from "../../diagnostic/mod.ts";
import type { Match } from "../../verdict/mod.ts";
import type { RuleTest } from "../rule.ts";
import type { CelEngine } from "./cel_engine.ts";
import { compileCel } from "./compile.ts";
import { type Facts, factsOf } from "./facts.ts";
import { OutOfBudget } from "./meter.ts";
import type { CelProblem } from "./problems.ts";
import type { Step } from "./step.ts";
import { Unevaluable } from "./value.ts";

const MAX_CHARS = 8_192;
const MAX_SHOWN = 120;

/** The test that the expression makes; `undefined` where it cannot be read, which the sink then says. */
export function readCel(node: TextNode, { sink, cel }: ReadContext): RuleTest | undefined {
  if (cel === undefined) throw new Error("internal error: policy: the CEL engine was not loaded");
  const step = readExpression(node.value, cel);
  if (step.ok) return celTest(step.value, shown(node.value));
  const start = contentStart(node, sink);
  for (const { at, message, hint } of step.error) {
    sink.error(start === undefined ? node.at : start + at, message, hint);
  }
  return undefined;
}

function readExpression(text: string, engine: CelEngine): Result<Step, readonly CelProblem[]> {
  if (text.length > MAX_CHARS) {
    return err([{
      at: 0,
      message: `an expression of more than ${MAX_CHARS} characters`,
      hint: "split the rule",
    }]);
  }
  const tree = engine.parse(text);
  if (!tree.ok) return err([tree.error]);
  const { step, problems, usesVariables } = compileCel(tree.value, engine.regex);
  if (problems.length > 0) return err(problems);
  const type = engine.typeOf(text);
  if (!type.ok) return err([type.error]);
  if (type.value !== "bool") return err([notBoolean(type.value)]);
  if (!usesVariables) return err([SAME_FOR_ALL]);
  return ok(step);
}

const SAME_FOR_ALL: CelProblem = {
  at: 0,
  message: "an expression that looks at nothing of the call says the same of every call",
  hint: "compare something, such as args.amount < 500, or take the condition out",
};

function notBoolean(type: string): CelProblem {
  const message = type === "dyn"
    ? "the expression may give any value, and must be true or false"
    : `the expression gives ${type}, and must be true or false`;
  return { at: 0, message, hint: "compare it: args.flag == true" };
}

/** Where the expression begins in the file, if it stands there as it is: without escapes, without indentation. */
function contentStart({ at, value }: TextNode, sink: ReadContext["sink"]): number | undefined {
  // Bare, in quotes, in three quotes, and those with a line end behind them.
  const skip = [0, 1, 3, 4, 5].find((skip) => sink.textAt(at + skip, value.length) === value);
  return skip === undefined ? undefined : at + skip;
}

function shown(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length <= MAX_SHOWN ? line : `${line.slice(0, MAX_SHOWN)}…`;
}

function celTest(step: Step, words: string): RuleTest {
  return {
    test: (view) => evaluate(step, factsOf(view)).match,
    explain(view) {
      const { match, why } = evaluate(step, factsOf(view));
      return { match, words: `${words}: ${match}${why === undefined ? "" : ` (${why})`}` };
    },
    leaves: [],
  };
}

interface Answer {
  readonly match: Match;
  readonly why?: string;
}

function evaluate(step: Step, facts: Facts): Answer {
  try {
    const value = step({ facts, meter: facts.meter, locals: [] });
    if (typeof value === "boolean") return { match: value ? "yes" : "no" };
    return { match: "unevaluable", why: "its value is neither true nor false" };
  } catch (thrown) {
    if (thrown instanceof Unevaluable) return { match: "unevaluable", why: thrown.why };
    if (thrown instanceof OutOfBudget) return { match: "unevaluable", why: "it would take too long" };
    throw thrown;
  }
}
