/** The configuration and the ledger that `bench` measures with: its own, thrown away at the end, never the user's. */
import { parse, stringify } from "smol-toml";
import { Fault } from "../base/mod.ts";
import { initLedgerFolder } from "../store/mod.ts";
import { median } from "./bench_numbers.ts";
import { type OwnCommand, ownCommand } from "./build_kind.ts";
import type { Io } from "./command.ts";
import { absolutePath, dataFolder, readSetup } from "./setup.ts";

const SYNCS = 25;
const ENTRY_BYTES = 1024;
const OWNER_FOLDER = 0o700;

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
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    const text = configuration === undefined ? STANDARD : ownLedger(configuration, io);
    await Deno.writeTextFile(file, text, { mode: 0o600 });
    // Its keys are thrown away with it, and the firewall that is measured gets no passphrase.
    await initLedgerFolder(`${folder}/ledger`, { env: () => undefined });
  } catch (thrown) {
    await remove();
    throw thrown;
  }
  return {
    folder,
    behindFirewall: ({ program, args }) => {
      const own = ownCommand();
      return { program: own.program, args: [...own.args, "run", "--config", file, "--", program, ...args] };
    },
    syncMicros: () => syncMicros(folder),
    remove,
  };
}

const STANDARD = `version = 1
[agent]
id = "bench"
[policy]
files = ["standard"]
[ledger]
path = "ledger"
`;

/**
 * The operator's configuration with another ledger, and with its policy files where they are. The file is checked first,
 * so that its errors are said about it and not about a copy.
 */
function ownLedger(configuration: string, io: Io): string {
  const { config } = readSetup(io, configuration);
  const document = parse(Deno.readTextFileSync(absolutePath(configuration, io)));
  const files = config.policies.map((ref) => ref.kind === "file" ? ref.path : ref.name);
  return stringify({ ...document, policy: { files }, ledger: { path: "ledger" } });
}

async function makeFolder(io: Io): Promise<string> {
  const parent = dataFolder(io);
  try {
    await Deno.mkdir(parent, { recursive: true, mode: OWNER_FOLDER });
    return await Deno.makeTempDir({ dir: parent, prefix: "bench-" });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.PermissionDenied)) throw thrown;
    throw new Fault("io", `Cannot measure: no folder can be made in ${parent}`, {
      hint: "set XDG_DATA_HOME to a folder of yours, on the disk where the ledger will be",
    });
  }
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
