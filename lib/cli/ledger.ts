/** `ledger prune`: lets go of what is old. */
import { Fault, parseDuration } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import type { FolderPruneOptions, PrunedFolder } from "../store/mod.ts";
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { LEDGER_FLAGS, ledgerFolderFor } from "./ledger_folder.ts";

export const command: Command = {
  name: "ledger",
  summary: "let go of recorded payloads and entries that are old",
  usage: "prune [--older-than AGE] [--entries] [--dry-run] [--ledger DIR] [--config FILE] [--json]",
  flags: [
    {
      name: "older-than",
      kind: "string",
      value: "AGE",
      help: "what is older goes, such as 30d (default: [ledger] retention)",
    },
    {
      name: "entries",
      kind: "boolean",
      help: "also the texts of old entries, as far as no session runs on; hashes and signatures stay",
    },
    { name: "dry-run", kind: "boolean", help: "say what would go, and change nothing" },
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "as JSON" },
  ],
  example: `countersign ledger prune --older-than 30d
pruned the payloads of 1204 entries, 3.1 MiB; every proof is as it was`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    if (args.words[0] !== "prune") throw noAction(args.words[0]);
    return await prune(args, io);
  },
};

function noAction(word: string | undefined): Fault {
  const cause = word === undefined ? "no action is named" : `unknown action "${word}"`;
  return new Fault("usage", `Cannot run ledger: ${cause}`, { hint: "countersign ledger prune --help" });
}

async function prune(args: Args, io: Io): Promise<number> {
  const { readSetup } = await import("./setup.ts");
  const { config, ledgerFolder } = readSetup(io, args.text("config"));
  const olderThanMs = ageWanted(args, config);
  const folder = args.has("ledger") ? await ledgerFolderFor(args, io) : ledgerFolder;
  const { pruneLedgerFolder } = await import("../store/mod.ts");
  const by = io.env("USER") ?? io.env("USERNAME"), entries = args.has("entries");
  const dryRun = args.has("dry-run");
  const pruned = await pruneLedgerFolder(folder, {
    olderThanMs,
    entries,
    dryRun,
    principal: principalOf(config),
    ...by !== undefined && { by },
  });
  io.out(args.has("json") ? jsonOf(pruned, dryRun) : told(pruned, dryRun));
  const left = overwrittenText(pruned);
  if (left !== "") io.err(left);
  return EXIT.done;
}

function ageWanted(args: Args, { ledger }: Config): number {
  const text = args.text("older-than");
  if (text !== undefined) {
    const age = parseDuration(text);
    if (age.ok) return age.value;
    throw new Fault("usage", `Cannot prune: --older-than "${text}" ${age.error}`);
  }
  if (ledger.retentionMs !== undefined) return ledger.retentionMs;
  throw new Fault("usage", "Cannot prune: no age is given, and the configuration has none", {
    hint: 'countersign ledger prune --older-than 30d, or retention = "30d" under [ledger]',
  });
}

function principalOf({ agent: { id, authorizedBy } }: Config): FolderPruneOptions["principal"] {
  return { id, verified: false, roles: [], ...authorizedBy !== undefined && { authorizedBy } };
}

/** Contract: the names of the fields. */
function jsonOf({ payloads, bytes, texts, overwritten }: PrunedFolder, dryRun: boolean): string {
  const { entries, until, seq } = texts ?? {};
  const fields = { dry_run: dryRun, payloads, payload_bytes: bytes, entries, until, entry: seq, overwritten };
  return `${JSON.stringify(fields)}\n`;
}

/** What went may be found in the file until that is written anew: a person should know where it was not. */
function overwrittenText({ overwritten, problem = "" }: PrunedFolder): string {
  if (overwritten === "done" || overwritten === "nothing") return "";
  const why = overwritten === "sessions" ? "sessions run; prune again when none does" : problem;
  return `the file was not written anew, and holds what went until its place is used again: ${why}\n`;
}

function told({ payloads, bytes, texts }: PrunedFolder, dryRun: boolean): string {
  const verb = dryRun ? "would prune" : "pruned";
  const first = `${verb} the payloads of ${counted(payloads)}, ${sizeOf(bytes)}; every proof is as it was\n`;
  if (texts === undefined) return first;
  const { entries, until, seq } = texts;
  const says = seq === undefined ? "" : `; entry ${seq} says so`;
  return `${first}${verb} the texts of ${counted(entries)} before entry ${until}${says}\n`;
}

function counted(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}
