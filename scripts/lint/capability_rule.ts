/** Holds who may name what: the store alone opens KV, the channel alone has workers, powerless rooms have nothing. */
import { CAPABILITIES, type Capability, ROOMS } from "./rooms.ts";
import { type Place, placeOf } from "./place.ts";

export const capabilityRule: Deno.lint.Rule = {
  create(context) {
    const from = placeOf(context.filename);
    const check = (node: Deno.lint.Node, name: string) => {
      const capability = CAPABILITIES.find(({ names }) => names.includes(name));
      if (capability === undefined || mayName(from, capability)) return;
      context.report({
        node,
        message: `${from.path} names ${name.replace(/^\./, "")}, which belongs to ${
          capability.allowed[0]
        } alone`,
        hint: capitalised(capability.instead),
      });
    };
    return {
      MemberExpression(node) {
        const property = propertyName(node);
        if (property === undefined) return;
        if (node.object.type === "Identifier" && isGlobalObject(node.object.name)) check(node, property);
        else check(node, `.${property}`);
        if (node.object.type !== "Identifier") return;
        check(node, `${node.object.name}.${property}`);
        check(node, node.object.name);
      },
      NewExpression(node) {
        if (node.callee.type === "Identifier") check(node, node.callee.name);
      },
      CallExpression(node) {
        if (node.callee.type === "Identifier") check(node, node.callee.name);
      },
      TSTypeReference(node) {
        if (node.typeName.type === "Identifier") check(node, node.typeName.name);
      },
      // `const { openKv } = Deno` would walk past the checks above.
      VariableDeclarator(node) {
        if (node.init?.type !== "Identifier" || node.init.name !== "Deno") return;
        context.report({
          node,
          message: "Deno taken apart, so that nobody sees what is used of it",
          hint: "Name each function in full, such as Deno.readTextFile",
        });
      },
    };
  },
};

/** A powerless room gets everything handed in, so it has no reason to name Deno. */
export const powerlessRule: Deno.lint.Rule = {
  create(context) {
    const { room } = placeOf(context.filename);
    if (room === undefined || ROOMS[room]?.powerless !== true) return {};
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "Deno") return;
        context.report({
          node,
          message: `lib/${room} runs without permissions and must not name Deno`,
          hint: "Hand the text, the clock or a port in from lib/cli or the worker",
        });
      },
    };
  },
};

function mayName(from: Place, capability: Capability): boolean {
  if (
    capability.except.some((path) => from.path === path || path.endsWith("/") && from.path.startsWith(path))
  ) {
    return false;
  }
  return capability.allowed.includes(from.room ?? from.top);
}

function propertyName(node: Deno.lint.MemberExpression): string | undefined {
  if (!node.computed && node.property.type === "Identifier") return node.property.name;
  if (node.property.type === "Literal" && typeof node.property.value === "string") return node.property.value;
  return undefined;
}

function isGlobalObject(name: string): boolean {
  return name === "globalThis" || name === "self" || name === "window";
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
