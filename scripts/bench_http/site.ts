/** The firewall that `bench:http` measures, and the folder with the configuration and ledger of each one that is started. */
import { filePath, type OwnCommand, ownCommand } from "../../lib/cli/build_kind.ts";
import { initLedgerFolder } from "../../lib/store/mod.ts";
import { type Started, startSaying } from "./processes.ts";

const BINARY = new URL("../../dist/countersign", import.meta.url);
const CONFIGURATION = `version = 1
[agent]
id = "bench"
[policy]
files = ["standard"]
[ledger]
path = "ledger"
`;

/** The binary where there is one, else the sources. */
export async function productCommand(fromSource: boolean): Promise<OwnCommand> {
  const isBuilt = !fromSource && await Deno.stat(BINARY).then(() => true, () => false);
  return isBuilt ? { program: filePath(BINARY), args: [] } : ownCommand();
}

/** A folder beside the sources, on a real disk: /tmp is often in memory, where a sync costs nothing. */
export function makeFolder(): Promise<string> {
  return Deno.makeTempDir({ dir: filePath(new URL("../../", import.meta.url)), prefix: ".bench-http-" });
}

/** Starts a firewall with a ledger of its own in `folder`. `target`: what stands behind its own flags. */
export async function startProduct(
  product: OwnCommand,
  folder: string,
  target: readonly string[],
): Promise<Started> {
  await Deno.mkdir(folder);
  const file = `${folder}/countersign.toml`;
  await Deno.writeTextFile(file, CONFIGURATION, { mode: 0o600 });
  await initLedgerFolder(`${folder}/ledger`, { env: () => undefined });
  const args = [...product.args, "run", "--config", file, "--listen", "127.0.0.1:0", ...target];
  return await startSaying({ program: product.program, args }, "stderr", /listening on \S+:(\d+)\/mcp/);
}
