/** The product in front of several servers: as a configuration says it, and as a client finds it. */
import { assertEquals } from "@std/assert";
import { type Box, fixture, type Launch, type LineClient, product, type Proxying } from "../harness.ts";
import type { ProductCommand } from "../harness/product.ts";

export type Server = URL | ProductCommand & { readonly env?: Readonly<Record<string, string>> };
export type Servers = Readonly<Record<string, Server>>;

/** Where the packages of the servers are, whatever else they get of our environment. */
const DENO_DIR = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;

/** The product in front of `servers`, each of which gets what tells the box's processes from others, and no more. */
export function gateway(
  box: Box,
  servers: Servers,
  { flags = [], config = "", env, ...rest }: Proxying = {},
): Launch {
  const tables = Object.entries(servers).map(([name, server]) => {
    if (server instanceof URL) return `[servers.${name}]\nurl = "${server.href}"\n`;
    const { command, args, env } = server;
    const own = { E2E_MARK: box.mark, DENO_DIR, ...env };
    const variables = Object.entries(own).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return `[servers.${name}]\ncommand = ${JSON.stringify([command, ...args])}\nenv = { ${
      variables.join(", ")
    } }\n`;
  });
  box.writeConfig({ ...rest, config: `${config}\n${tables.join("\n")}` });
  const args = ["run", "--config", box.configPath, ...flags];
  return { ...product(args), env: box.env(env), cwd: box.folder };
}

export const ECHO = fixture("echo_upstream.ts");

export function counting(box: Box, name: string): Server {
  return { ...fixture("counting_upstream.ts"), env: { E2E_RECEIVED: box.path(name) } };
}

export async function finish(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

/** The process of a server in this box. */
export function processOf(box: Box, script: string): number {
  const found = box.processes().filter(({ command }) =>
    command.includes(script) && !command.includes("main.ts")
  );
  assertEquals(found.length, 1, JSON.stringify(found));
  return found[0]?.pid ?? 0;
}
