/** An archive of segments in a folder, verified. */
import type { EvidenceReport } from "../../ledger/evidence/mod.ts";
import type { VerifySource } from "../../ledger/mod.ts";
import type { Io } from "../command.ts";
import { folderTarget } from "../export/folder_target.ts";
import { optionsOf, withHelper } from "./ledger.ts";
import type { Trust } from "./trust.ts";

// A thread more is worth it where there may be many entries; how many there are, the archive alone says.
const MANY = 1_000_000;

/** Verifies the archive in `folder`, with the keys that were named: it brings none. Throws Fault `usage` without one. */
export async function verifyArchiveAt(folder: string, trust: Trust, io: Io): Promise<EvidenceReport> {
  const [{ verifySegments }, { verifyLedger }, { Fault }] = await Promise.all([
    import("../../ledger/evidence/mod.ts"),
    import("../../ledger/mod.ts"),
    import("../../base/mod.ts"),
  ]);
  if (trust.named.length === 0) {
    throw new Fault("usage", `Cannot verify the archive "${folder}": no key is named that is trusted`, {
      hint: "countersign verify ARCHIVE --public-key FILE",
    });
  }
  const publicKeys = trust.named;
  return await verifySegments(await folderTarget(folder), {
    publicKeys,
    verifyEntries: (source: VerifySource) =>
      withHelper(MANY, io, (more) => verifyLedger(source, { ...optionsOf(trust, publicKeys), ...more })),
  });
}

/** Has the folder a segment of an archive in it? */
export async function isArchive(folder: string): Promise<boolean> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^segment-\d{12}-\d{12}(?:-r\d{1,2})?\.json$/.test(name)) return true;
  }
  return false;
}
