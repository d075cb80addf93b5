/**
 * What the conformance suite starts as the client under test, with the URL of its server: the official client on stdio, and
 * the product between the two. What reaches the server is the product's own HTTP.
 */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { product } from "../../tests/e2e/harness/product.ts";

type Json = Record<string, unknown>;

interface Schema {
  readonly properties?: Json | undefined;
  readonly required?: readonly string[] | undefined;
}

interface Context {
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: Json }[];
}

if (import.meta.main) await converse(Deno.args.at(-1) ?? "");

async function converse(url: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-conformance-" });
  try {
    const client = newClient();
    await client.connect(transportTo(url, folder));
    await useTools(client);
    await useResources(client);
    await usePrompts(client);
    await client.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function newClient(): Client {
  const version = Deno.env.get("MCP_CONFORMANCE_PROTOCOL_VERSION") ?? "2025-11-25";
  const mode = version >= "2026" ? { pin: version } : "legacy" as const;
  const client = new Client({ name: "conformance-client", version: "1.0.0" }, {
    capabilities: { sampling: {}, elicitation: { form: { applyDefaults: true } }, roots: {} },
    versionNegotiation: { mode },
  });
  client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { confirmed: true } }));
  client.setRequestHandler("roots/list", () => ({ roots: [] }));
  return client;
}

function transportTo(url: string, folder: string): StdioClientTransport {
  const config = `${folder}/countersign.toml`;
  const text =
    'version = 1\n[agent]\nid = "conformance"\n[policy]\nfiles = ["permissive"]\n[ledger]\npath = "ledger"\n';
  Deno.writeTextFileSync(config, text);
  const { command, args } = product(["run", "--config", config, "--upstream-url", url]);
  return new StdioClientTransport({ command, args: [...args], env: Deno.env.toObject(), stderr: "inherit" });
}

async function useTools(client: Client): Promise<void> {
  const { tools } = await client.listTools();
  const context: Context = JSON.parse(Deno.env.get("MCP_CONFORMANCE_CONTEXT") ?? "{}");
  const rich = tools.find(({ name }) => name === "json_schema_2020_12_tool")?.inputSchema;
  const calls = context.toolCalls ?? tools.map(({ name, inputSchema }) => ({
    name,
    // One scenario wants to see what of a schema reached us.
    arguments: name === "json_schema_echo" ? { schema: rich } : sampleOf(inputSchema),
  }));
  for (const call of calls) await client.callTool(call).catch(tell);
}

/** A value for each parameter that has to be there. */
function sampleOf({ properties = {}, required = [] }: Schema): Json {
  const samples: Json = { string: "x", number: 1, integer: 1, boolean: true, array: [], object: {} };
  const typeOf = (name: string) => String((properties[name] as { type?: unknown } | undefined)?.type);
  return Object.fromEntries(required.map((name) => [name, samples[typeOf(name)] ?? null]));
}

async function useResources(client: Client): Promise<void> {
  if (client.getServerCapabilities()?.resources === undefined) return;
  const { resources } = await client.listResources();
  for (const { uri } of resources) await client.readResource({ uri }).catch(tell);
}

async function usePrompts(client: Client): Promise<void> {
  if (client.getServerCapabilities()?.prompts === undefined) return;
  const { prompts } = await client.listPrompts();
  for (const { name } of prompts) await client.getPrompt({ name }).catch(tell);
}

function tell(error: unknown): void {
  console.error(String(error));
}
