/** The servers that the suite is run against: the fixture itself, and the product in front of it. */
import { type HttpPeer, startHttpPeer } from "../../tests/e2e/harness/http_peer.ts";
import { fixtureWithPackages, product, type ProductCommand } from "../../tests/e2e/harness/product.ts";

export const LEGS = ["direct", "http", "stdio"] as const;
export type Leg = (typeof LEGS)[number];

export const TITLES: Readonly<Record<Leg, string>> = {
  direct: "the fixture itself",
  http: "HTTP → countersign → HTTP",
  stdio: "HTTP → countersign → stdio",
};

export interface LegServer {
  readonly url: URL;
  stop(): Promise<void>;
}

const FIXTURE = fixtureWithPackages("conformance/server.ts");

/** Starts what a leg needs, with a configuration and a ledger of its own in `folder`. */
export async function startLeg(leg: Leg, folder: string): Promise<LegServer> {
  if (leg === "stdio") return await startProduct(folder, ["--", FIXTURE.command, ...FIXTURE.args, "--stdio"]);
  const fixture = await start(FIXTURE);
  if (leg === "direct") return fixture;
  try {
    const front = await startProduct(folder, ["--upstream-url", fixture.url.href]);
    return { url: front.url, stop: async () => void await Promise.all([front.stop(), fixture.stop()]) };
  } catch (error) {
    await fixture.stop();
    throw error;
  }
}

async function startProduct(folder: string, upstream: readonly string[]): Promise<HttpPeer> {
  const config = `${folder}/countersign.toml`;
  const text =
    'version = 1\n[agent]\nid = "conformance"\n[policy]\nfiles = ["permissive"]\n[ledger]\npath = "ledger"\n';
  await Deno.writeTextFile(config, text);
  const command = product(["run", "--config", config, "--listen", "127.0.0.1:0", ...upstream]);
  return await start(command, { on: "stderr", cwd: folder });
}

function start(
  { command, args }: ProductCommand,
  options: { readonly on?: "stdout" | "stderr"; readonly cwd?: string } = {},
): Promise<HttpPeer> {
  const { on, cwd } = options;
  return startHttpPeer({ command, args, env: Deno.env.toObject(), ...cwd !== undefined && { cwd } }, on);
}
