/**
 * Parses and type-checks CEL, loaded only when a policy has an expression. The one place that knows the package. It is
 * used for reading alone: what is evaluated at a call is our own (evaluate.ts), because the package's evaluator rounds
 * numbers, runs patterns in exponential time and has no bound on its work.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { err, ok, type Result } from "../../base/mod.ts";
import { type CelProblem, hintFor, plainly } from "./problems.ts";
import { SHAPES, VARIABLE_TYPES } from "./facts.ts";
import { loadRegexEngine, type RegexEngine } from "../regex_engine.ts";

/** A parsed expression: a tree with the offsets of its parts. */
export type CelNode = ASTNode;

export interface CelEngine {
  readonly regex: RegexEngine;
  parse(text: string): Result<CelNode, CelProblem>;
  /** The type of the expression, such as `bool`. */
  typeOf(text: string): Result<string, CelProblem>;
}

/** Enough for any rule that a person can read; far below what would exhaust the stack. */
const LIMITS = {
  maxAstNodes: 2_000,
  maxDepth: 48,
  maxListElements: 1_000,
  maxMapEntries: 100,
  maxCallArguments: 8,
};

/** Loads the engine, with the variables that a rule sees. */
export async function loadCelEngine(): Promise<CelEngine> {
  const [{ Environment, ParseError, TypeError }, regex] = await Promise.all([
    import("@marcbachmann/cel-js"),
    loadRegexEngine(),
  ]);
  const environment = new Environment({ limits: LIMITS, homogeneousAggregateLiterals: false });
  for (const [name, fields] of Object.entries(SHAPES)) environment.registerType(name, { fields });
  for (const [name, type] of Object.entries(VARIABLE_TYPES)) environment.registerVariable(name, type);
  const problem = (thrown: unknown, text: string): CelProblem => {
    const known = thrown instanceof ParseError || thrown instanceof TypeError;
    if (!known && !(thrown instanceof RangeError)) throw thrown;
    const message = known ? thrown.summary : "the expression is nested too deeply";
    return {
      at: known ? thrown.range?.start ?? 0 : 0,
      message: plainly(message),
      hint: hintFor(message, text),
    };
  };
  return {
    regex,
    parse(text) {
      try {
        return ok(environment.parse(text).ast);
      } catch (thrown) {
        return err(problem(thrown, text));
      }
    },
    typeOf(text) {
      const { type, error } = environment.check(text);
      return error === undefined ? ok(type ?? "dyn") : err(problem(error, text));
    },
  };
}
