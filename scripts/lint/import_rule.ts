/** Holds the import table: who may enter which room, and that they use the door. */
import { type Arrow, OUTSIDE, ROOMS, WORKERS } from "./rooms.ts";
import { isDoor, type Place, placeOf, targetOf } from "./place.ts";

/** What is wrong with one import, and what to do instead. */
interface Objection {
  readonly message: string;
  readonly hint: string;
}

type ImportNode =
  | Deno.lint.ImportDeclaration
  | Deno.lint.ExportNamedDeclaration
  | Deno.lint.ExportAllDeclaration;

export const importRule: Deno.lint.Rule = {
  create(context) {
    const from = placeOf(context.filename);
    const check = (node: Deno.lint.Node, specifier: string, typeOnly: boolean) => {
      const objection = objectionTo(from, specifier, typeOnly);
      if (objection !== undefined) context.report({ node, ...objection });
    };
    const checkStatic = (node: ImportNode) => {
      if (node.source !== null) check(node, node.source.value, isTypeOnly(node));
    };
    return {
      ImportDeclaration: checkStatic,
      ExportNamedDeclaration: checkStatic,
      ExportAllDeclaration: checkStatic,
      TSImportType(node) {
        const specifier = literalOf(node.argument);
        if (specifier !== undefined) check(node, specifier, true);
      },
      ImportExpression(node) {
        const specifier = literalOf(node.source);
        if (specifier !== undefined) check(node, specifier, false);
        else if (from.top === "lib") {
          context.report({
            node,
            message: "An import whose target is computed",
            hint:
              "Write the path as a literal, so that the import table can be held and the binary contains it",
          });
        }
      },
    };
  },
};

function literalOf(node: Deno.lint.Node): string | undefined {
  if (node.type === "TSLiteralType") return literalOf(node.literal);
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** `import type …`, `export type … from`, or braces in which every name says `type`. */
function isTypeOnly(node: ImportNode): boolean {
  if (node.type === "ImportDeclaration") {
    return node.importKind === "type" ||
      node.specifiers.length > 0 &&
        node.specifiers.every((name) => name.type === "ImportSpecifier" && name.importKind === "type");
  }
  if (node.exportKind === "type" || node.type === "ExportAllDeclaration") return node.exportKind === "type";
  return node.specifiers.length > 0 && node.specifiers.every((name) => name.exportKind === "type");
}

function objectionTo(from: Place, specifier: string, typeOnly: boolean): Objection | undefined {
  if (from.top === "tests") return undefined; // tests look behind every door
  const target = targetOf(from, specifier);
  if (target === undefined) return objectionToPackage(from, specifier);
  if (target.room === undefined) return objectionToOutside(from, target);
  if (target.room === from.room) return objectionInside(target);
  return objectionToRoom(from, target, typeOnly);
}

function objectionToPackage(from: Place, specifier: string): Objection | undefined {
  if (from.room !== "base" || specifier === "node:crypto") return undefined;
  return {
    message: `lib/base imports nothing but node:crypto, and this imports "${specifier}"`,
    hint: "Write the few lines yourself, or put the code in the room that needs the package",
  };
}

/** From lib/ nothing outside of it may be imported but data: bundled policies are text, not code. */
function objectionToOutside(from: Place, target: Place): Objection | undefined {
  if (from.top === target.top || from.top === "scripts" || from.top === "demo") return undefined;
  if (target.top === "policies" && (from.room === "policy" || from.room === "cli")) return undefined;
  if (target.path === "deno.json" && from.room === "cli") return undefined;
  return {
    message: `${from.path} imports ${target.path}, which stands above it`,
    hint: "Arrows point downwards: move what both need into a room under lib/, or hand it in as a parameter",
  };
}

function objectionInside(target: Place): Objection | undefined {
  if (!isDoor(target)) return undefined;
  return {
    message: "A room that goes out and in again by its own door",
    hint: `Import the file of ${target.path.replace(/mod\.ts$/, "")} that has the name`,
  };
}

function objectionToRoom(from: Place, target: Place, typeOnly: boolean): Objection | undefined {
  const room = target.room ?? "";
  const allowed = allowedFor(from);
  if (allowed === undefined) return unknownPlace(from);
  const whole = allowed.includes("*") || allowed.includes(room);
  if (!whole && !(typeOnly && allowed.includes(`type:${room}`))) {
    return wrongArrow(from, room, allowed);
  }
  if (isDoor(target) || isSideDoor(target)) return undefined;
  return {
    message: `${target.path} is entered from outside of its room past the door`,
    hint: `Import from lib/${room}/mod.ts, and let the door re-export the name if it does not`,
  };
}

function isSideDoor({ room = "", path }: Place): boolean {
  return ROOMS[room]?.sideDoors?.some((file) => path === `lib/${room}/${file}`) ?? false;
}

function allowedFor(from: Place): readonly Arrow[] | undefined {
  if (from.room !== undefined) return ROOMS[from.room]?.imports;
  if (from.top === "workers") return WORKERS[from.path.slice("workers/".length, -".ts".length)];
  return OUTSIDE[from.top];
}

function unknownPlace(from: Place): Objection {
  return {
    message: `${from.path} stands in no row of the import table`,
    hint: "Give it a row in scripts/lint/rooms.ts that says what it may import",
  };
}

function wrongArrow(from: Place, room: string, allowed: readonly Arrow[]): Objection {
  const name = from.room === undefined ? from.path : `lib/${from.room}`;
  if (allowed.includes(`type:${room}`)) {
    return {
      message: `${name} may import only types from lib/${room}`,
      hint: "Write `import type`, or have the value handed in",
    };
  }
  const may = allowed.length === 0 ? "no other room" : allowed.join(", ");
  return {
    message: `${name} must not import lib/${room}; it may import ${may}`,
    hint:
      "Hand the value or a port in from lib/cli, or move the shared part down into lib/base or lib/verdict",
  };
}
