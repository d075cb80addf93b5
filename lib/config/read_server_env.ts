import { type DocNode, typeName } from "../diagnostic/mod.ts";
import type { ConfigContext } from "./context.ts";

const NAME_REGEXP = /^[A-Za-z_][A-Za-z0-9_]*$/;
const OURS_REGEXP = /^COUNTERSIGN_/i;
const REFERENCE_REGEXP = /\$\{([^}]*)\}?/g;

export interface ServerEnvContext extends ConfigContext {
  /** A variable that no upstream may get, as it could make agent tokens with it. */
  readonly withheld: string | undefined;
}

/**
 * The `env` table of a server. `${VAR}` is read from our own environment; an unset one is an error that names the
 * variable. Values are SECRET: no message shows one.
 */
export function readServerEnv(
  node: DocNode | undefined,
  context: ServerEnvContext,
): Readonly<Record<string, string>> {
  if (node === undefined) return {};
  const { sink } = context;
  if (node.kind !== "table") {
    sink.error(
      node.at,
      `"env" is ${typeName(node)}, and must be a table`,
      'write env = { API_TOKEN = "${API_TOKEN}" }',
    );
    return {};
  }
  const env: [string, string][] = [];
  for (const [name, { keyAt, value }] of node.fields) {
    if (!NAME_REGEXP.test(name)) {
      sink.error(
        keyAt,
        `${JSON.stringify(name)} is not the name of a variable`,
        "use letters, digits and underscores",
      );
    } else if (OURS_REGEXP.test(name)) {
      sink.error(keyAt, `${name} is a variable of our own, which no upstream gets`, "take it out");
    } else if (value.kind !== "text") {
      sink.error(value.at, `${name} is ${typeName(value)}, and must be a string`, `write ${name} = "…"`);
    } else env.push([name, expand(value.value, value.at, context)]);
  }
  return Object.fromEntries(env);
}

function expand(text: string, at: number, { sink, env, withheld }: ServerEnvContext): string {
  return text.replace(REFERENCE_REGEXP, (whole, name: string) => {
    if (!NAME_REGEXP.test(name) || !whole.endsWith("}")) {
      sink.error(at, "a ${ that does not name a variable", "write ${NAME}, with its closing brace");
      return whole;
    }
    if (OURS_REGEXP.test(name) || name === withheld) {
      const what = name === withheld ? "the secret of agent tokens" : "a variable of our own";
      sink.error(at, `${name} is ${what}, which no upstream gets`, "take it out");
      return whole;
    }
    if (env === undefined) return whole;
    const value = env(name);
    if (value === undefined) {
      sink.error(at, `the variable ${name} is not set`, `set ${name}, or take \${${name}} out`);
    }
    return value ?? whole;
  });
}
