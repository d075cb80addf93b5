/** The operators of conditions, as data: the same rows compile a rule and make the reference for people. */
import { compileGlob, composed, err, type JsonValue, ok, type Result } from "../base/mod.ts";
import { type DocNode, nodeToJson, typeName } from "../diagnostic/mod.ts";
import type { Match } from "../verdict/mod.ts";
import {
  comparable,
  contains,
  equals,
  invert,
  matchOf,
  oneOf,
  type Operand,
  order,
  prepareOperand,
} from "./compare.ts";
import { dateOf } from "./date.ts";
import type { PathSettings } from "./file_path.ts";
import { compilePathOperand } from "./path_operator.ts";
import type { RegexEngine } from "./regex_engine.ts";

/** Tests one value that is there. ATTACKER-CONTROLLED input. */
export type Test = (value: JsonValue) => Match;

export interface OperatorContext {
  readonly fold: boolean;
  readonly regex: RegexEngine | undefined;
  readonly paths: PathSettings;
}

export interface OperandProblem {
  /** Where it stands; absent: the whole operand. */
  readonly at?: number;
  readonly message: string;
  readonly hint: string;
}

export interface Operator {
  readonly name: string;
  /** What stands behind it, for the reference. */
  readonly operand: string;
  readonly doc: string;
  /** Does it hold for most values, so that leaving the field out dodges a rule that needs it? */
  readonly negative: boolean;
  compile(
    operand: DocNode,
    context: OperatorContext,
  ): Result<Test, OperandProblem | readonly OperandProblem[]>;
}

const ORDERED = "number, or date";

/** `exists` is not in the table: it asks about the field and not about its value. */
export const OPERATORS: readonly Operator[] = [
  compare("eq", "any value", "equal", (value, operand) => equals(value, operand)),
  negative(compare("ne", "any value", "not equal", (value, operand) => invert(equals(value, operand)))),
  ordered("lt", "less than", (sign) => sign < 0),
  ordered("le", "at most", (sign) => sign <= 0),
  ordered("gt", "more than", (sign) => sign > 0),
  ordered("ge", "at least", (sign) => sign >= 0),
  listed("in", "equal to one of the list", oneOf),
  negative(listed("not_in", "equal to none of the list", (value, list) => invert(oneOf(value, list)))),
  holds("contains", "a string that holds the text, or a list that has the element", contains),
  negative(
    holds("not_contains", "the opposite of contains", (value, operand) => invert(contains(value, operand))),
  ),
  affix("startswith", "a string that begins so", (text, part) => text.startsWith(part)),
  affix("endswith", "a string that ends so", (text, part) => text.endsWith(part)),
  {
    name: "glob",
    operand: "glob",
    doc: "a string that the glob matches as a whole; `*` crosses `/`",
    negative: false,
    compile: compileGlobOperand,
  },
  {
    name: "regex",
    operand: "RE2 pattern",
    doc: "a string that has a match of the pattern somewhere",
    negative: false,
    compile: compileRegexOperand,
  },
  {
    name: "path",
    operand: "{ inside = [folders] } or { outside = [folders] }",
    doc: "a file path, normalised, inside one of the folders or outside of all of them",
    negative: false,
    compile: (operand, { fold, paths }) => compilePathOperand(operand, { fold, settings: paths }),
  },
];

/** Other names of operators, which the short form takes for what they mean. */
export const OPERATOR_ALIASES: Readonly<Record<string, string>> = {
  gte: "ge",
  lte: "le",
  neq: "ne",
  ">": "gt",
  "<": "lt",
  ">=": "ge",
  "<=": "le",
  "==": "eq",
  "!=": "ne",
};

/** What other systems call our operators: for hints. */
export const OPERATOR_SYNONYMS: Readonly<Record<string, string>> = {
  ...OPERATOR_ALIASES,
  equals: "eq",
  "=": "eq",
  not: "ne",
  prefix: "startswith",
  starts_with: "startswith",
  suffix: "endswith",
  ends_with: "endswith",
  matches: "regex",
  match: "regex",
  pattern: "regex",
  nin: "not_in",
  greater_than: "gt",
  less_than: "lt",
  greater: "gt",
  less: "lt",
  not_equals: "ne",
  like: "glob",
  is: "eq",
};

const BY_NAME: ReadonlyMap<string, Operator> = new Map(
  OPERATORS.map((operator) => [operator.name, operator]),
);

export function operatorNamed(name: string): Operator | undefined {
  return BY_NAME.get(name);
}

/** The first value in `node`, at any depth, that JSON does not have, such as a date of TOML. */
function oddIn(node: DocNode): Extract<DocNode, { kind: "other" }> | undefined {
  if (node.kind === "other") return node;
  if (node.kind === "list") return node.items.map(oddIn).find((odd) => odd !== undefined);
  if (node.kind !== "table") return undefined;
  return [...node.fields.values()].map(({ value }) => oddIn(value)).find((odd) => odd !== undefined);
}

type Comparison = (value: JsonValue, operand: Operand) => Match;

function negative(operator: Operator): Operator {
  return { ...operator, negative: true };
}

function compare(name: string, operand: string, doc: string, test: Comparison): Operator {
  return {
    name,
    operand,
    doc,
    negative: false,
    compile(node, { fold }) {
      const odd = oddIn(node);
      if (odd !== undefined) {
        const verb = odd === node ? "is" : "holds";
        return err({
          at: odd.at,
          message: `"${name}" ${verb} ${odd.what}, which arguments never hold`,
          hint: "put it in quotes",
        });
      }
      const prepared = prepareOperand(nodeToJson(node), fold);
      return ok((value) => test(value, prepared));
    },
  };
}

function ordered(name: string, doc: string, accepts: (sign: number) => boolean): Operator {
  return {
    name,
    operand: ORDERED,
    doc,
    negative: false,
    compile(node, { fold }) {
      if (node.kind !== "number" && node.kind !== "text") return err(wrongOperand(name, node, "a number"));
      const operand = prepareOperand(nodeToJson(node), fold);
      if (node.kind === "text" && operand.decimal === undefined && dateOf(node.value) === undefined) {
        return err(notOrdered(name, node.value));
      }
      return ok((value) => {
        const sign = order(value, operand);
        return sign === undefined ? "unevaluable" : matchOf(accepts(sign));
      });
    },
  };
}

function listed(
  name: string,
  doc: string,
  test: (value: JsonValue, list: readonly Operand[]) => Match,
): Operator {
  return {
    name,
    operand: "list of values",
    doc,
    negative: false,
    compile(node, { fold }) {
      if (node.kind !== "list") return err(wrongOperand(name, node, "a list"));
      if (node.items.length === 0) {
        return err({
          message: `"${name}" is an empty list`,
          hint: "name the values, or take the operator out",
        });
      }
      const odd = node.items.map(oddIn).find((item) => item !== undefined);
      if (odd !== undefined) return err({ at: odd.at, ...wrongOperand(name, odd, "a list of values") });
      const list = node.items.map((item) => prepareOperand(nodeToJson(item), fold));
      return ok((value) => test(value, list));
    },
  };
}

function holds(name: string, doc: string, test: Comparison): Operator {
  const base = compare(name, "string, or element of a list", doc, test);
  return {
    ...base,
    compile: (node, context) =>
      node.kind === "text" && node.value === "" ? err(emptyOperand(name)) : base.compile(node, context),
  };
}

function affix(name: string, doc: string, test: (text: string, part: string) => boolean): Operator {
  return {
    name,
    operand: "string",
    doc,
    negative: false,
    compile(node, { fold }) {
      if (node.kind !== "text") return err(wrongOperand(name, node, "a string"));
      if (node.value === "") return err(emptyOperand(name));
      const part = comparable(node.value, fold);
      return ok((value) =>
        typeof value === "string" ? matchOf(test(comparable(value, fold), part)) : "unevaluable"
      );
    },
  };
}

function compileGlobOperand(node: DocNode, { fold }: OperatorContext): Result<Test, OperandProblem> {
  if (node.kind !== "text") return err(wrongOperand("glob", node, "a string"));
  if (node.value === "") {
    return err({
      message: '"glob" is empty, which only the empty string matches',
      hint: 'write eq = "" for it',
    });
  }
  const glob = compileGlob(fold ? comparable(node.value, fold) : node.value);
  if (!glob.ok) {
    return err({
      message: `${JSON.stringify(node.value)} is not a glob: ${glob.error.message}`,
      hint: GLOB_HINT,
    });
  }
  return ok((value) =>
    typeof value === "string" ? matchOf(glob.value(fold ? comparable(value, fold) : value)) : "unevaluable"
  );
}

export const GLOB_HINT = "a glob has *, ?, [abc], [!abc] and {a,b}; \\ takes the next character as it is";

function compileRegexOperand(node: DocNode, { fold, regex }: OperatorContext): Result<Test, OperandProblem> {
  if (node.kind !== "text") return err(wrongOperand("regex", node, "a string"));
  if (regex === undefined) throw new Error("internal error: policy: the regex engine was not loaded");
  const search = regex.compile(node.value, { fold });
  if (!search.ok) {
    const hint = "patterns are RE2: no back-references, no look-around; (?i) ignores case";
    return err({ message: `${JSON.stringify(node.value)} is not a pattern: ${search.error}`, hint });
  }
  return ok((value) => {
    const found = typeof value === "string" ? search.value(composed(value)) : undefined;
    return found === undefined ? "unevaluable" : matchOf(found);
  });
}

function notOrdered(name: string, text: string): OperandProblem {
  return {
    message: `"${name}" is ${JSON.stringify(text)}, which is neither a number nor a date`,
    hint: `give ${name} a number, such as 500, or a date, such as "2026-01-31"; texts have no order`,
  };
}

function wrongOperand(name: string, node: DocNode, wanted: string): OperandProblem {
  return { message: `"${name}" is ${typeName(node)}, and must be ${wanted}`, hint: hintFor(name, wanted) };
}

function hintFor(name: string, wanted: string): string {
  if (wanted === "a list") return `write ${name} = ["…"]`;
  return wanted === "a string" ? `write ${name} = "…"` : `give ${name} ${wanted}`;
}

function emptyOperand(name: string): OperandProblem {
  return {
    message: `"${name}" is empty, which every string satisfies`,
    hint: "write the text that is meant",
  };
}
