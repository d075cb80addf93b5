import { assert } from "@std/assert";

const known = new Map<string, Promise<void>>();

/**
 * Puts an npm package into Deno's cache, so that a server in a test starts without the network and with nothing on
 * stderr. Uses the tester's own environment, as the machine may need its proxies and certificates for this.
 */
export function installed(specifier: string): Promise<void> {
  const running = known.get(specifier) ?? install(specifier);
  known.set(specifier, running);
  return running;
}

async function install(specifier: string): Promise<void> {
  const args = ["cache", "--quiet", "--no-config", "--no-lock", `npm:${specifier}`];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert(success, `Cannot install ${specifier}: ${new TextDecoder().decode(stderr)}`);
}

/**
 * Puts an npm package and all that it needs into `folder`, for a program that has to run under Node. The path of its
 * `node_modules`.
 */
export async function installedInto(folder: string, specifier: string): Promise<string> {
  const config = { nodeModulesDir: "auto", imports: { it: `npm:${specifier}` } };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet", "--no-lock"],
    cwd: folder,
  }).output();
  assert(success, `Cannot install ${specifier}: ${new TextDecoder().decode(stderr)}`);
  return `${folder}/node_modules`;
}
