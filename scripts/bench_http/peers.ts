/** The other proxies that are measured beside ours, at pinned versions out of npm. */
import { Fault } from "../../lib/base/mod.ts";
import type { OwnCommand } from "../../lib/cli/build_kind.ts";

export const PEERS = { "mcp-proxy": "6.7.19", "supergateway": "4.0.0" } as const;
export type Peer = keyof typeof PEERS;

const MAIN: Readonly<Record<Peer, string>> = {
  "mcp-proxy": "dist/bin/mcp-proxy.mjs",
  "supergateway": "dist/index.js",
};

/** A folder outside of the repository that has them; fetched where it does not. */
export async function fetchPeers(): Promise<string> {
  const base = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const packages = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`);
  const folder = `${base}/countersign-bench/${packages.join("_")}`;
  if (await has(folder)) return folder;
  await Deno.mkdir(folder, { recursive: true });
  const quietly = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  const args = ["install", ...quietly, "--prefix", folder, ...packages];
  const { success, stderr } = await new Deno.Command("npm", { args, stdin: "null" }).output();
  if (success && await has(folder)) return folder;
  throw new Fault("io", "Cannot measure beside others: npm could not fetch them", {
    hint: `${new TextDecoder().decode(stderr).trim()}\nor leave them out: deno task bench:http --alone`,
  });
}

async function has(folder: string): Promise<boolean> {
  const found = await Promise.allSettled(
    Object.keys(PEERS).map((peer) => Deno.stat(mainOf(folder, peer as Peer))),
  );
  return found.every(({ status }) => status === "fulfilled");
}

function mainOf(folder: string, peer: Peer): string {
  return `${folder}/node_modules/${peer}/${MAIN[peer]}`;
}

/** With their own defaults; supergateway with sessions, without which it starts a server for each request. */
export function peerCommand(folder: string, peer: Peer, port: number, upstream: OwnCommand): OwnCommand {
  const main = mainOf(folder, peer), words = [upstream.program, ...upstream.args];
  if (peer === "mcp-proxy") {
    const where = ["--host", "127.0.0.1", "--port", String(port), "--server", "stream"];
    return { program: "node", args: [main, ...where, "--", ...words] };
  }
  const where = ["--outputTransport", "streamableHttp", "--stateful", "--port", String(port)];
  const stdio = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return { program: "node", args: [main, ...where, "--logLevel", "none", "--stdio", stdio] };
}
