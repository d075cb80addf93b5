import type { LedgerReader } from "../../ledger/mod.ts";
import type { Args, Io } from "../command.ts";
import { ledgerFolderFor } from "../ledger_folder.ts";

/** A ledger that is open for reading. */
export interface OpenLedger {
  readonly reader: LedgerReader;
  /** Absolute. */
  readonly folder: string;
}

/** Opens the ledger that `args` mean, hands it to `use`, and closes it whatever happens. Throws Fault `usage` or `config`. */
export async function withReader<T>(args: Args, io: Io, use: (open: OpenLedger) => Promise<T>): Promise<T> {
  const { openLedgerReader } = await import("../../store/mod.ts");
  const folder = await ledgerFolderFor(args, io);
  const reader = await openLedgerReader(folder);
  try {
    return await use({ reader, folder });
  } finally {
    reader.close();
  }
}
