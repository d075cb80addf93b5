/** `export`: evidence for somebody who does not trust us. */
import { Fault } from "../base/mod.ts";
import type { LedgerDeps } from "../ledger/mod.ts";
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { APPEND_FLAGS } from "./export/append_flags.ts";
import { CHOICE_FLAGS, chosenEntries } from "./export/chosen.ts";
import { LEDGER_FLAGS, ledgerFolderFor } from "./ledger_folder.ts";

export const command: Command = {
  name: "export",
  summary: "hand out entries with everything that proves them",
  usage:
    "-o DIR|FILE.tar [--output PATH] [--from SEQ] [--to SEQ] [--since TIME] [--until TIME] [--tool GLOB] " +
    "[--decision WORD] [--verdict WORD] [--kind WORD] [--server NAME] [--agent ID] [--session ID] [--payloads] " +
    "[--force] | --append-to DIR|s3://BUCKET/PREFIX [--retain 365d] [--mode WORD] [--endpoint URL] [--region NAME] " +
    "[--thorough]; both: [--ledger DIR] [--config FILE] [--json]",
  flags: [
    {
      name: "output",
      short: "o",
      kind: "string",
      value: "PATH",
      help: "a folder to make, or an archive where the name ends in .tar",
    },
    ...CHOICE_FLAGS,
    {
      name: "payloads",
      kind: "boolean",
      help: "with what was recorded in full, and the keys of the digests of these entries",
    },
    { name: "force", kind: "boolean", help: "replace a pack that is there" },
    ...APPEND_FLAGS,
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "say what was made as one JSON object" },
  ],
  example: `countersign export --since 30d -o november.tar
made november.tar: 302 of 1290 entries, signed by key 73432e42931d995d
countersign verify november.tar --public-key signing.pub
intact 302 entries`,
  async run(args, io) {
    expectWords(args, command, { most: 0 });
    if (args.text("append-to")?.startsWith("s3://") !== true) await io.giveUpNetwork?.();
    const { withLedger } = await import("../store/mod.ts");
    const folder = await ledgerFolderFor(args, io);
    if (args.has("append-to")) {
      refuseTogether(args);
      const { appendTo, archiveFrom } = await import("./export/append.ts");
      const target = await archiveFrom(args, io);
      return await withLedger(folder, (deps) => appendTo(deps, target, { args, io }), { env: io.env });
    }
    const path = outputPath(args);
    return await withLedger(folder, (deps) => exportPack(deps, { path, args, io }), { env: io.env });
  },
};

/** An archive has all entries: it is no choice of them. */
function refuseTogether(args: Args): void {
  const foreign = ["output", "payloads", "force", ...CHOICE_FLAGS.map(({ name }) => name)]
    .find((flag) => args.has(flag));
  if (foreign === undefined) return;
  throw new Fault("usage", `Cannot export: --${foreign} and --append-to do not go together`, {
    hint: "countersign export --help",
  });
}

function outputPath(args: Args): string {
  const foreign = APPEND_FLAGS.find(({ name }) => args.has(name));
  if (foreign !== undefined) {
    throw new Fault("usage", `Cannot export: --${foreign.name} goes with --append-to`, {
      hint: "countersign export --help",
    });
  }
  const path = args.text("output");
  if (path !== undefined && path !== "") return path.replace(/(?<=.)\/+$/, "");
  throw new Fault("usage", "Cannot export: where to is not said", {
    hint: "countersign export -o evidence.tar",
  });
}

interface Asked {
  readonly path: string;
  readonly args: Args;
  readonly io: Io;
}

async function exportPack(deps: LedgerDeps, { path, args, io }: Asked): Promise<number> {
  const { writePack } = await import("../ledger/evidence/mod.ts");
  const { makeDigester } = await import("../ledger/mod.ts");
  const { checkpointNow } = await import("./export/covering.ts");
  const { intoPack } = await import("./export/pack_output.ts");
  const { absolutePath } = await import("./setup.ts");
  const filter = chosenEntries(args);
  const made = await intoPack(
    absolutePath(path, io),
    args.has("force"),
    async (output) =>
      await writePack(deps, output, {
        checkpoint: await checkpointNow(deps),
        filter,
        disclose: args.has("payloads") ? makeDigester(deps.keys.blinding) : undefined,
        onProgress: progressOn(io),
      }),
  );
  if (io.terminal.err) io.err("\r\x1b[K");
  const { entries, checkpoint: { size, root } } = made;
  const all = filter === undefined ? `${size}` : `${entries} of ${size}`;
  io.out(
    args.has("json")
      ? `${JSON.stringify({ path, entries, size, root, key: deps.keys.id })}\n`
      : `made ${path}: ${all} entries, signed by key ${deps.keys.id}\n`,
  );
  return EXIT.done;
}

/** One line on a terminal that counts; nothing elsewhere. */
function progressOn(io: Io): (done: number, total: number) => void {
  return (done, total) => {
    if (io.terminal.err) {
      io.err(`\r\x1b[Kexporting ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
    }
  };
}
