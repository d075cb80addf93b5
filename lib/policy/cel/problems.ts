/** What is said about an expression that cannot be used: where, what, and what to write instead. */
import { nearName } from "../../diagnostic/mod.ts";
import { isVariable, SHAPES, VARIABLES } from "./facts.ts";
import { FUNCTIONS } from "./functions.ts";
import { LOOPS } from "./loop.ts";
import { SPAN_PARTS, TIME_PARTS } from "./time.ts";

/** `at`: offset in the expression, in UTF-16 units. */
export interface CelProblem {
  readonly at: number;
  readonly message: string;
  readonly hint: string;
}

/** Names of types, as `type(args.x) == string` has them. */
export const TYPE_NAMES = ["bool", "double", "int", "list", "map", "null_type", "string", "type"] as const;

/** How each function is called: `size/1` is `size(a)`, `.size/0` is `x.size()`. */
const FORMS: readonly string[] = [
  ...Object.keys(FUNCTIONS),
  ...Object.keys(LOOPS).map((key) => `.${key}`),
  ...[...Object.keys(TIME_PARTS)].flatMap((name) => [`.${name}/0`, `.${name}/1`]),
  ...Object.keys(SPAN_PARTS).map((name) => `.${name}/0`),
  ".matches/1",
  "has/1",
];

export function unknownVariable(name: string, at: number, locals: readonly string[]): CelProblem {
  const names = [...VARIABLES, ...locals];
  const near = nearName(name, names);
  const hint = near === undefined
    ? `the variables are ${VARIABLES.join(", ")}; an argument of the call is written args.${name}`
    : `did you mean "${near}"?`;
  return { at, message: `unknown variable ${JSON.stringify(name)}`, hint };
}

export function unknownField(shape: string, name: string, at: number): CelProblem {
  const fields = Object.keys(SHAPES[shape] ?? {});
  const near = nearName(name, fields);
  const what = isVariable(shape) ? JSON.stringify(shape) : `a ${shape}`;
  const known = fields.length === 0 ? "it has none" : `its fields are ${fields.join(", ")}`;
  const hint = near === undefined ? known : `did you mean "${near}"?`;
  return { at, message: `${what} has no field ${JSON.stringify(name)}`, hint };
}

/** A function that there is not, or not in this form. `method`: called with a dot. */
export function unknownFunction(
  name: string,
  { at, method }: { readonly at: number; readonly method: boolean },
): CelProblem {
  const names = [...new Set(FORMS.map(nameOfForm))];
  const forms = FORMS.filter((form) => nameOfForm(form) === name).map(shown);
  if (forms.length > 0) {
    const message = `${JSON.stringify(name)} cannot be called like this`;
    return { at, message, hint: `write ${[...new Set(forms)].join(" or ")}` };
  }
  const near = nearName(name, names);
  const known = names.filter((one) =>
    FORMS.some((form) => nameOfForm(form) === one && isMethod(form) === method)
  );
  const hint = near === undefined ? `the functions are ${known.join(", ")}` : `did you mean "${near}"?`;
  return { at, message: `unknown function ${JSON.stringify(name)}`, hint };
}

function isMethod(form: string): boolean {
  return form.startsWith(".");
}

function nameOfForm(form: string): string {
  return form.replace(/^\.|\/\d$/g, "");
}

function shown(form: string): string {
  const name = nameOfForm(form), count = Number(form.at(-1));
  if (name === "has") return "has(args.x)";
  if (Object.hasOwn(LOOPS, form.slice(1))) {
    return `x.${name}(${["e", "e > 1", "e + 1"].slice(0, count).join(", ")})`;
  }
  const args = ["a", "b"].slice(0, count).join(", ");
  return isMethod(form) ? `x.${name}(${args})` : `${name}(${args})`;
}

const LIMITS: readonly (readonly [message: RegExp, words: (whole: string, most: string) => string])[] = [
  [/^Exceeded maxDepth \((\d+)\)/, (_, most) => `nested more than ${most} levels deep`],
  [/^Exceeded maxAstNodes \((\d+)\)/, (_, most) => `more than ${most} parts in one expression`],
  [/^Exceeded maxListElements \((\d+)\)/, (_, most) => `more than ${most} elements in one list`],
  [/^Exceeded max\w+ \((\d+)\)/, (_, most) => `more than ${most} entries in one place`],
  [/^.*invalid predicate iteration variable/, () => "the first part of a loop is not the name of a variable"],
];

/** What the parser calls its tokens. */
const TOKENS: Readonly<Record<string, string>> = {
  EOF: "the end of the expression",
  IDENTIFIER: "a name",
  LPAREN: '"("',
  RPAREN: '")"',
  LBRACKET: '"["',
  RBRACKET: '"]"',
  LBRACE: '"{"',
  RBRACE: '"}"',
  COLON: '":"',
  QUESTION: '"?"',
  DOT: '"."',
  COMMA: '","',
};

/** The parser's message as a person would put it. */
export function plainly(message: string): string {
  const limited = LIMITS.reduce((text, [regexp, words]) => text.replace(regexp, words), message);
  const plain = /^(?:Une|E)xpected/.test(limited)
    ? limited.replace(/\b[A-Z]{2,}\b/g, (token) => TOKENS[token] ?? token.toLowerCase())
    : limited;
  return `${plain.charAt(0).toLowerCase()}${plain.slice(1)}`;
}

const IN_SIGNS = "and is written &&, or is written ||, not is written !";

const HINTS: readonly (readonly [message: RegExp, hint: string])[] = [
  [/^Ternary branches/, "both sides of the colon give values of one kind: condition ? 1 : 2"],
  [/^no such overload/, "numbers of one kind go together (1.0 with 0.5), and texts stand in quotes"],
  [/^Logical operator|^Ternary condition|predicate must return bool/, "compare: args.flag == true"],
  [/^found no matching overload/, "the function takes values of other kinds"],
  [/^Exceeded|nested too deeply/, "split the rule in two, or put long lists into a table condition"],
  [/^Reserved identifier/, 'a field of that name is written args["name"]'],
  [/^Unterminated|^Newlines/, "close the text with the quote that it began with"],
  [/^Unexpected character: =/, "compare with =="],
  [/^Unexpected character: [&|]/, IN_SIGNS],
];

/** The hint for a problem that the parser or the type check found in `text`. */
export function hintFor(message: string, text: string): string {
  if (/^(?:Unexpected|Expected)/.test(message) && /\s(?:and|or)\s|(?:^|[\s(])not\s/i.test(text)) {
    return IN_SIGNS;
  }
  const known = HINTS.find(([regexp]) => regexp.test(message))?.[1];
  return known ?? "an expression looks like args.amount < 500 && agent.verified";
}
