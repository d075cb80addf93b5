/** Holds the shape of the code: short files and functions, doors that are only doors, one way to write each thing. */
import { isDoor, placeOf } from "./place.ts";

const MAX_FILE_LINES = 300;
const MAX_WORKER_LINES = 39;
const MAX_FUNCTION_LINES = 60;
const REASON_REGEXP = /one piece because: \S/;
const HOUSE = ["lib", "workers", "scripts", "demo", "main.ts"];

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

export const fileLengthRule: Deno.lint.Rule = {
  create(context) {
    const { top, path } = placeOf(context.filename);
    const most = top === "workers" ? MAX_WORKER_LINES : top === "lib" ? MAX_FILE_LINES : Infinity;
    return {
      Program(node) {
        const lines = lineCount(context.sourceCode.text.trimEnd());
        if (lines <= most) return;
        context.report({
          node,
          message: `${path} has ${lines} lines; ${most} are the most`,
          hint: top === "workers"
            ? "A worker is serve(handlers) and nothing else: move the rest into its room"
            : "Split it where it begins to tell a second story, one file for each",
        });
      },
    };
  },
};

export const functionLengthRule: Deno.lint.Rule = {
  create(context) {
    if (!HOUSE.includes(placeOf(context.filename).top)) return {};
    const check = (node: FunctionNode) => {
      const lines = lineCount(context.sourceCode.getText(node));
      if (lines <= MAX_FUNCTION_LINES || hasReason(context.sourceCode.text, node)) return;
      context.report({
        node,
        message: `A function of ${lines} lines; ${MAX_FUNCTION_LINES} are the most`,
        hint: "Name its steps as functions, or write above it: // one piece because: <reason>",
      });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};

/** The reason stands in the comment lines right above the function. */
function hasReason(text: string, node: FunctionNode): boolean {
  const above = text.slice(0, node.range[0]).split("\n").slice(0, -1).reverse();
  const end = above.findIndex((line) => !/^\s*(?:\/\/|\/\*|\*)/.test(line));
  return REASON_REGEXP.test(above.slice(0, end < 0 ? above.length : end).join("\n"));
}

export const doorRule: Deno.lint.Rule = {
  create(context) {
    if (!isDoor(placeOf(context.filename))) return {};
    return {
      Program(node) {
        if (!context.sourceCode.text.startsWith("/**")) {
          context.report({
            node,
            message: "A door without its header",
            hint: "Begin with /** what it does; is its input trusted; its thread; what it may import */",
          });
        }
        const other = node.body.find((statement) => !isReExport(statement));
        if (other !== undefined) {
          context.report({
            node: other,
            message: "A door that is more than a door",
            hint: 'Move this into a file of the room and write: export { … } from "./file.ts"',
          });
        }
      },
    };
  },
};

function isReExport(statement: Deno.lint.Node): boolean {
  if (statement.type === "ExportAllDeclaration") return true;
  return statement.type === "ExportNamedDeclaration" && statement.source !== null;
}

export const noPrivateKeywordRule: Deno.lint.Rule = {
  create(context) {
    const check = (node: Deno.lint.Node) => {
      // From the text: the tree that the linter hands out has no `accessibility` for constructor parameters.
      const keyword = /^(?:private|protected)\b(?=\s+[\w#[*])/.exec(context.sourceCode.getText(node))?.[0];
      if (keyword === undefined) return;
      context.report({
        node,
        message: `The keyword ${keyword}, which ends at the compiler`,
        hint: "Write #name: it is private while the program runs, too",
      });
    };
    return { MethodDefinition: check, PropertyDefinition: check, TSParameterProperty: check };
  },
};

export const topLevelFunctionRule: Deno.lint.Rule = {
  create(context) {
    if (!HOUSE.includes(placeOf(context.filename).top)) return {};
    return {
      VariableDeclarator(node) {
        if (node.init?.type !== "ArrowFunctionExpression" && node.init?.type !== "FunctionExpression") return;
        const level = node.parent.parent.type === "ExportNamedDeclaration" ? node.parent.parent : node.parent;
        if (level.parent?.type !== "Program") return;
        context.report({
          node,
          message: "A function at top level in a variable",
          hint: "Write: function name(…) { … }",
        });
      },
    };
  },
};

export const oneWayRule: Deno.lint.Rule = {
  create(context) {
    const { path } = placeOf(context.filename);
    return {
      ExportDefaultDeclaration(node) {
        if (path === "scripts/lint_plugin.ts") return; // the linter asks for one
        context.report({
          node,
          message: "A default export",
          hint: "Export it by name, so that it is called the same everywhere",
        });
      },
      TSEnumDeclaration(node) {
        context.report({
          node,
          message: "An enum",
          hint: 'Write a union of literals: type Effect = "allow" | "deny"',
        });
      },
    };
  },
};

/**
 * Names of ours are camelCase. Keys of objects are left alone: on the wire, in the ledger and in files that operators
 * write they are snake_case by contract.
 */
export const camelCaseRule: Deno.lint.Rule = {
  create(context) {
    const check = (node: Deno.lint.Node | Deno.lint.Parameter | null | undefined) => {
      if (node?.type !== "Identifier" || !/^[a-z][a-zA-Z0-9]*_/.test(node.name)) return;
      context.report({ node, message: "A name with an underscore", hint: "Write it in camelCase" });
    };
    const checkFunction = (node: FunctionNode) => {
      if (node.type === "FunctionDeclaration") check(node.id);
      node.params.forEach(check);
    };
    return {
      VariableDeclarator: (node) => check(node.id),
      FunctionDeclaration: checkFunction,
      FunctionExpression: checkFunction,
      ArrowFunctionExpression: checkFunction,
    };
  },
};

/** Wall time is handed in as a Clock, so that a test owns it. */
export const clockRule: Deno.lint.Rule = {
  create(context) {
    const { top, room, path } = placeOf(context.filename);
    if (top !== "lib" || room === "cli" || path === "lib/base/clock.ts") return {};
    const report = (node: Deno.lint.Node) =>
      context.report({
        node,
        message: "The machine's time, read in an engine",
        hint: "Take a Clock (lib/base/mod.ts) as parameter; lib/cli and the workers hand in systemClock",
      });
    return {
      NewExpression(node) {
        if (node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0) {
          report(node);
        }
      },
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.property.type !== "Identifier") return;
        if (node.object.name === "Date" && node.property.name === "now") report(node);
      },
    };
  },
};

function lineCount(text: string): number {
  return text.split("\n").length;
}
