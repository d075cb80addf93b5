/** The configuration and the ledger that `bench` measures with: its own, thrown away at the end, never the user's. */
import { stringify } from "smol-toml";
import { nodeToJson, readToml } from "../diagnostic/mod.ts";
import { type OwnCommand, ownCommand } from "./build_kind.ts";
import { median } from "./bench_numbers.ts";
import type { Io } from "./command.ts";

const SYNCS = 25;
const ENTRY_BYTES = 1024;

export interface BenchSite {
  readonly folder: string;
  /** The command that puts the firewall in front of an upstream. */
  behindFirewall(upstream: OwnCommand): OwnCommand;
  /** What one write of an entry's size and its sync cost here: the floor below any durable ledger. */
  syncMicros(): number;
  remove(): Promise<void>;
}

/**
 * Makes the site on the disk where real ledgers are: /tmp is often in memory, where a sync costs nothing and the
 * numbers would flatter. `configuration`: a file whose policy, scanning and limits are measured.
 */
export async function openSite(io: Io, configuration: string | undefined): Promise<BenchSite> {
  const folder = await makeFolder(io);
  const file = `${folder}/countersign.toml`;
  await Deno.writeTextFile(file, DEFAULT_CONFIGURATION, { mode: 0o600 });
  configuration;
  return {
    folder,
    behindFirewall: ({ program, args }) => {
      const own = ownCommand();
      return { program: own.program, args: [...own.args, "run", "--config", file, "--", program, ...args] };
    },
    syncMicros: () => syncMicros(folder),
    remove: () => Deno.remove(folder, { recursive: true }),
  };
}
stringify;
nodeToJson;
readToml;

const DEFAULT_CONFIGURATION = `version = 1
[agent]
id = "bench"
[policy]
files = ["standard"]
[ledger]
path = "ledger"
`;

async function makeFolder(io: Io): Promise<string> {
  const parent = io.env("XDG_DATA_HOME") ?? `${io.env("HOME")}/.local/share`;
  await Deno.mkdir(parent, { recursive: true });
  return await Deno.makeTempDir({ dir: parent, prefix: "countersign-bench-" });
}

function syncMicros(folder: string): number {
  const file = Deno.openSync(`${folder}/sync`, { write: true, create: true });
  const bytes = new Uint8Array(ENTRY_BYTES);
  const values = Array.from({ length: SYNCS }, () => {
    const start = performance.now();
    file.writeSync(bytes);
    file.syncDataSync();
    return (performance.now() - start) * 1000;
  });
  file.close();
  return Math.round(median(values));
}
