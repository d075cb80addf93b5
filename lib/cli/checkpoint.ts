/** `checkpoint`: sign the ledger as it is now, to keep where whoever can write to it cannot. */
import type { MadeCheckpoint } from "../ledger/mod.ts";
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { LEDGER_FLAGS, ledgerFolderFor } from "./ledger_folder.ts";
import { printable } from "./render.ts";

export const command: Command = {
  name: "checkpoint",
  summary: "sign the ledger as it is now, to keep elsewhere",
  usage:
    "[-o FILE | --output FILE] [--force] [--rebuild] [--witnesses FILE] [--ledger DIR] [--config FILE] [--json]",
  flags: [
    { name: "output", short: "o", kind: "string", value: "FILE", help: "where to (default: stdout)" },
    { name: "force", kind: "boolean", help: "replace the file" },
    {
      name: "rebuild",
      kind: "boolean",
      help: "read every entry again, and write all tiles of the tree anew",
    },
    {
      name: "witnesses",
      kind: "string",
      value: "FILE",
      help: "ask the witnesses of this C2SP tlog-policy file to cosign; in place of [ledger] witnesses",
    },
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "as one JSON object" },
  ],
  example: `countersign checkpoint
countersign/73432e42931d995d
302
2SZm1yZp+JpD0PVAXOeCkpF7QURHh5pK0A2yZm1yZp8=

— countersign/73432e42931d995d TnsaMq9cnWZ...`,
  async run(args, io) {
    expectWords(args, command, { most: 0 });
    const place = await placeOf(args, io);
    if (place.witnesses === undefined) await io.giveUpNetwork?.();
    const made = await cosigned(await makeIn(place, args, io), place, io);
    const path = args.text("output");
    if (path !== undefined) await writeNote(path, made.note, { args, io });
    io.out(
      args.has("json")
        ? `${JSON.stringify(asJson(made, path))}\n`
        : path === undefined
        ? made.note
        : told(made, path),
    );
    if (!args.has("json")) io.err(adviceOn(path));
    return made.enough ? EXIT.done : EXIT.no;
  },
};

interface Place {
  readonly folder: string;
  readonly origin: string | undefined;
  /** A tlog-policy file; absent: nobody is asked. */
  readonly witnesses: string | undefined;
}

interface Cosigned extends MadeCheckpoint {
  /** Have as many witnesses cosigned as the policy asks for? */
  readonly enough: boolean;
}

/** Shows the checkpoint to the witnesses, if there are any. Those that do not cosign are told of on stderr. */
async function cosigned(made: MadeCheckpoint, { folder, witnesses }: Place, io: Io): Promise<Cosigned> {
  if (witnesses === undefined) return { ...made, enough: true };
  const [{ cosignFolder, readWitnessPolicy }, { sayCosigned }] = await Promise.all([
    import("./witness/cosign.ts"),
    import("./witness/say.ts"),
  ]);
  const answer = await cosignFolder(folder, await readWitnessPolicy(witnesses), { timeoutMs: WITNESS_MS });
  if (answer === undefined) return { ...made, enough: false };
  for (const line of sayCosigned(answer)) io.err(`${printable(line)}\n`);
  return { ...made, note: answer.note, enough: answer.quorum.met };
}

const WITNESS_MS = 15_000;

/** A ledger that is named without a configuration keeps the origin that it had. */
async function placeOf(args: Args, io: Io): Promise<Place> {
  const folder = await ledgerFolderFor(args, io);
  const { absolutePath, readSetup } = await import("./setup.ts");
  const named = args.text("witnesses");
  const witnesses = named === undefined ? undefined : absolutePath(named, io);
  if (args.has("ledger") && !args.has("config")) return { folder, origin: undefined, witnesses };
  const { config } = readSetup(io, args.text("config"), { withoutSecrets: true });
  return { folder, origin: config.ledger.origin, witnesses: witnesses ?? config.ledger.witnesses };
}

async function makeIn({ folder, origin }: Place, args: Args, io: Io): Promise<MadeCheckpoint> {
  const [{ withLedger }, { makeCheckpoint }] = await Promise.all([
    import("../store/mod.ts"),
    import("../ledger/mod.ts"),
  ]);
  try {
    return await withLedger(folder, (deps) => {
      return makeCheckpoint({ ...deps, origin, rebuild: args.has("rebuild"), onProgress: progressOn(io) });
    }, { env: io.env });
  } finally {
    if (io.terminal.err) io.err("\r\x1b[K");
  }
}

/** One line on a terminal that counts; nothing elsewhere. */
function progressOn(io: Io): (done: number, total: number) => void {
  return (done, total) => {
    if (!io.terminal.err) return;
    io.err(`\r\x1b[Kreading ${done.toLocaleString("en")} of ${total.toLocaleString("en")} entries`);
  };
}

async function writeNote(path: string, note: string, { args, io }: { args: Args; io: Io }): Promise<void> {
  const [{ absolutePath }, { writeWholeFile }] = await Promise.all([
    import("./setup.ts"),
    import("./export/whole_files.ts"),
  ]);
  await writeWholeFile(absolutePath(path, io), note, { force: args.has("force"), what: "the checkpoint" });
}

/** Contract: the names of the fields. */
function asJson({ origin, size, root, made, note }: MadeCheckpoint, file: string | undefined) {
  return { origin, size, root, made, note, ...file === undefined ? {} : { file } };
}

function told({ size, origin }: MadeCheckpoint, path: string): string {
  return `made ${path}: ${size} ${size === 1 ? "entry" : "entries"}, origin ${origin}\n`;
}

function adviceOn(path: string | undefined): string {
  return "keep it where nobody who can write to this ledger can: in a mail, a git tag, on paper\n" +
    `later: countersign verify --checkpoint ${path ?? "FILE"} proves that the ledger only grew\n`;
}
