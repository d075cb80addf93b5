import { type DocNode, typeName } from "../diagnostic/mod.ts";
import type { ConfigContext } from "./context.ts";

const NAME_REGEXP = /^[A-Za-z_][A-Za-z0-9_]*$/;
const OURS_REGEXP = /^COUNTERSIGN_/i;
const REFERENCE_REGEXP = /\$\{([^}]*)\}?/g;

export interface ServerEnvContext extends ConfigContext {
  /** A variable that no upstream may get, as it could make agent tokens with it. */
  readonly withheld: string | undefined;
}

/** A table of strings that may hold secrets: what its keys are called, and which of them are none. */
interface SecretTable {
  readonly key: "env" | "headers";
  readonly example: string;
  /** What is wrong with a key, and what to do. */
  readonly problem: (name: string) => readonly [message: string, hint: string] | undefined;
}

const ENV: SecretTable = {
  key: "env",
  example: 'env = { API_TOKEN = "${API_TOKEN}" }',
  problem: (name) => {
    if (!NAME_REGEXP.test(name)) {
      return [`${JSON.stringify(name)} is not the name of a variable`, "use letters, digits and underscores"];
    }
    if (!OURS_REGEXP.test(name)) return undefined;
    return [`${name} is a variable of our own, which no upstream gets`, "take it out"];
  },
};

const HEADERS: SecretTable = {
  key: "headers",
  example: 'headers = { Authorization = "Bearer ${API_TOKEN}" }',
  problem: (name) => {
    if (!HEADER_REGEXP.test(name)) {
      return [`${JSON.stringify(name)} is not the name of a header`, "write Authorization"];
    }
    if (!TRANSPORT_REGEXP.test(name)) return undefined;
    return [`${name} is a header of the transport, which sets it itself`, "take it out"];
  },
};

const HEADER_REGEXP = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** What is between us and the upstream, and what mirrors a message. */
const TRANSPORT_REGEXP =
  /^(?:mcp-.*|host|connection|content-.*|transfer-encoding|accept|accept-encoding|last-event-id|te|upgrade|x-countersign-.*)$/i;

/** The `env` table of a server. Values are SECRET: no message shows one. */
export function readServerEnv(
  node: DocNode | undefined,
  context: ServerEnvContext,
): Readonly<Record<string, string>> {
  return readSecretTable(node, ENV, context);
}

/** The `headers` table of a server, sent to its origin alone. Values are SECRET, as in {@link readServerEnv}. */
export function readServerHeaders(
  node: DocNode | undefined,
  context: ServerEnvContext,
): Readonly<Record<string, string>> {
  const headers = readSecretTable(node, HEADERS, context);
  for (const [name, value] of Object.entries(headers)) {
    // deno-lint-ignore no-control-regex -- a line end in a header would begin another one
    if (node === undefined || !/[\u0000-\u001f\u007f]|[^\u0000-\u00ff]/.test(value)) continue;
    context.sink.error(node.at, `${name} has a character that no header may have`, "take it out");
  }
  return headers;
}

/** The `url` of a server. It may hold a secret, whatever it should: no message repeats it. */
export function readServerUrl(node: DocNode | undefined, { sink }: ConfigContext): string | undefined {
  if (node?.kind !== "text") return undefined;
  if (/^https?:\/\/[^\s@]+$/.test(node.value) && URL.canParse(node.value)) return node.value;
  sink.error(
    node.at,
    '"url" is not where an MCP server can be',
    'write url = "https://…", without user name and password; a token belongs into headers',
  );
  return undefined;
}

/** `${VAR}` is read from our own environment; an unset one is an error that names the variable. */
function readSecretTable(
  node: DocNode | undefined,
  { key, example, problem }: SecretTable,
  context: ServerEnvContext,
): Readonly<Record<string, string>> {
  if (node === undefined) return {};
  const { sink } = context;
  if (node.kind !== "table") {
    sink.error(node.at, `"${key}" is ${typeName(node)}, and must be a table`, `write ${example}`);
    return {};
  }
  const found: [string, string][] = [];
  for (const [name, { keyAt, value }] of node.fields) {
    const wrong = problem(name);
    if (wrong !== undefined) sink.error(keyAt, ...wrong);
    else if (value.kind !== "text") {
      sink.error(value.at, `${name} is ${typeName(value)}, and must be a string`, `write ${name} = "…"`);
    } else found.push([name, expand(value.value, value.at, context)]);
  }
  return Object.fromEntries(found);
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
