/** `[servers.NAME]`: the servers of a gateway. */
import { type Field, type FieldNode, readFields, type TableNode, typeName } from "../diagnostic/mod.ts";
import type { ServerConfig } from "./config.ts";
import { readServerEnv, readServerHeaders, readServerUrl, type ServerEnvContext } from "./read_server_env.ts";

/** What entries call what belongs to no server of a gateway: the session itself. No server is called so. */
export const GATEWAY_NAME = "gateway";
const NAME_REGEXP = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_SERVERS = 100;
const EXAMPLE = 'command = ["npx", "-y", "@modelcontextprotocol/server-memory"]';

export const SERVERS_FIELDS: readonly Field[] = [
  {
    key: "command",
    type: { kind: "texts" },
    example: EXAMPLE,
    doc: "The program and its arguments, one word each; no shell reads them.",
  },
  {
    key: "url",
    type: { kind: "text" },
    doc: "In place of `command`: where the server is, if it is reached over Streamable HTTP.",
  },
  {
    key: "headers",
    type: { kind: "any", shown: "table of strings" },
    doc: "Headers for that URL; they are sent to its origin alone. `${VAR}` as in `env`.",
  },
  {
    key: "env",
    type: { kind: "any", shown: "table of strings" },
    doc: "Variables for the command. `${VAR}` is read from our own environment.",
  },
  {
    key: "inherit_env",
    type: { kind: "boolean" },
    standard: "false",
    doc: "Does the command get all of our environment, or only what every program needs?",
  },
  {
    key: "translate",
    type: { kind: "boolean" },
    standard: "true",
    doc: "Is translated where the client speaks another era of the protocol than the server?",
  },
];

/** The servers by name, in the order of the file. */
export function readServers(
  table: TableNode | undefined,
  context: ServerEnvContext,
): readonly ServerConfig[] {
  if (table === undefined) return [];
  const { sink } = context;
  if (table.fields.size === 0) {
    sink.error(table.at, "[servers] names no server", `write [servers.memory] and ${EXAMPLE}`);
  }
  if (table.fields.size > MAX_SERVERS) {
    sink.error(table.at, `more than ${MAX_SERVERS} servers are named`, "run several gateways");
  }
  warnOfPrefixes(table, context);
  return [...table.fields].flatMap(([name, field]) => readServer(name, field, context) ?? []);
}

function readServer(
  name: string,
  { keyAt, value }: FieldNode,
  context: ServerEnvContext,
): ServerConfig | undefined {
  const { sink } = context;
  if (!NAME_REGEXP.test(name)) {
    const hint = "use at most 64 letters, digits, underscores and hyphens: it begins the names of its tools";
    sink.error(keyAt, `${JSON.stringify(name)} cannot be the name of a server`, hint);
  }
  if (name === GATEWAY_NAME) {
    sink.error(keyAt, `"${name}" is what entries call the gateway itself`, "give the server another name");
  }
  if (value.kind !== "table") {
    const hint = `write [servers.${name}] and ${EXAMPLE}`;
    sink.error(value.at, `"${name}" is ${typeName(value)}, and must be a table`, hint);
    return undefined;
  }
  const where = `[servers.${name}]`;
  const elsewhere = { keys: ["args"], hint: `${EXAMPLE}: the arguments stand in the same list` };
  const fields = readFields(value, SERVERS_FIELDS, { sink, where, elsewhere });
  const url = readServerUrl(fields.node("url"), context);
  const [command, ...args] = (fields.texts("command") ?? []).map((text) => text.value);
  // As written: one that is wrong has been complained of.
  if (value.fields.has("command") === value.fields.has("url")) {
    const wrong = value.fields.has("url")
      ? "has both a command and a url"
      : "has neither a command nor a url";
    sink.error(fields.at, `${where} ${wrong}`, `write ${EXAMPLE}, or url = "https://…"`);
  }
  for (const [key, of] of [["headers", "url"], ["env", "command"], ["inherit_env", "command"]] as const) {
    if (!fields.has(key) || value.fields.has(of)) continue;
    sink.error(fields.keyAt(key), `"${key}" is for a server with a ${of}`, "take it out");
  }
  return {
    name,
    ...command !== undefined && { command: [command, ...args] as const },
    ...url !== undefined && { url },
    env: readServerEnv(fields.node("env"), context),
    headers: readServerHeaders(fields.node("headers"), context),
    inheritEnv: fields.boolean("inherit_env") ?? false,
    translate: fields.boolean("translate") ?? true,
  };
}

/** Only where one name and `_` begin another can two servers' tools get one name: `a` with `b_x`, and `a_b` with `x`. */
function warnOfPrefixes(table: TableNode, { sink }: ServerEnvContext): void {
  const names = [...table.fields.keys()];
  for (const [longer, { keyAt }] of table.fields) {
    const shorter = names.find((name) => longer.startsWith(`${name}_`));
    if (shorter === undefined) continue;
    sink.warning(
      keyAt,
      `a tool of "${shorter}" and one of "${longer}" can get the same name, which is an error when it happens`,
      `write "${longer.replaceAll("_", "-")}" in place of "${longer}"`,
    );
  }
}
