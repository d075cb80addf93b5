import { Fault } from "../base/mod.ts";
import type { Args, Flag, Io } from "./command.ts";

/** The flags by which a command finds its ledger. */
export const LEDGER_FLAGS: readonly Flag[] = [
  { name: "ledger", kind: "string", value: "DIR", help: "the ledger's folder (default: as configured)" },
  { name: "config", kind: "string", value: "FILE", help: "the configuration that names the ledger" },
];

/**
 * The ledger's folder, absolute: `word` or `--ledger` where one is given, else as configured, else in the user's data
 * folder. Throws Fault `usage` or `config`.
 */
export async function ledgerFolderFor(args: Args, io: Io, word?: string): Promise<string> {
  const { absolutePath, readSetup } = await import("./setup.ts");
  const flag = args.text("ledger");
  if (word !== undefined && flag !== undefined) {
    throw new Fault("usage", `Cannot choose a ledger: "${word}" and --ledger "${flag}" are both given`, {
      hint: "name it once",
    });
  }
  const named = word ?? flag;
  if (named === undefined) {
    return readSetup(io, args.text("config"), { withoutSecrets: true }).ledgerFolder;
  }
  // The store itself is what people have at hand when they complete a path.
  return absolutePath(named, io).replace(/\/+$/, "").replace(/\/ledger\.db$/, "");
}

/** The `seq` that a word says. Throws Fault `usage`. */
export function readSeq(word: string | undefined, command: string): number {
  if (word !== undefined && /^\d{1,15}$/.test(word)) return Number(word);
  const cause = word === undefined
    ? "the number of an entry is missing"
    : `"${word}" is no number of an entry`;
  throw new Fault("usage", `Cannot run ${command}: ${cause}`, { hint: `countersign ${command} --help` });
}
