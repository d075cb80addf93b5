/** A pack, verified: a folder or a tar. */
import { Fault } from "../../base/mod.ts";
import type { EvidenceReport, Pack } from "../../ledger/evidence/mod.ts";
import type { VerifySource } from "../../ledger/mod.ts";
import { openPack } from "../export/pack_files.ts";
import type { Io } from "../command.ts";
import { optionsOf, withHelper } from "./ledger.ts";
import { unreadableEvidence } from "./show.ts";
import type { Trust } from "./trust.ts";

/**
 * Verifies the pack at `path`, which somebody else may have made: what is no pack is `unreadable`. Where no key was named,
 * those that it brings are trusted. Throws Fault `usage` for a kept checkpoint that is not this ledger's.
 */
export async function verifyPackAt(path: string, trust: Trust, io: Io): Promise<EvidenceReport> {
  const { readPack } = await import("../../ledger/evidence/mod.ts");
  const opened = await openPack(path).catch((thrown) => {
    if (thrown instanceof Fault && thrown.code === "usage") return thrown.message;
    throw thrown;
  });
  if (typeof opened === "string") return unreadableEvidence(opened);
  try {
    const pack = await readPack(opened.files);
    return pack.ok ? await verifyOpen(pack.value, trust, io) : unreadableEvidence(pack.error);
  } finally {
    opened.close();
  }
}

async function verifyOpen(pack: Pack, trust: Trust, io: Io): Promise<EvidenceReport> {
  const [{ verifyPack }, { verifyLedger }] = await Promise.all([
    import("../../ledger/evidence/mod.ts"),
    import("../../ledger/mod.ts"),
  ]);
  const offeredKeys = [...pack.keys.values()];
  const publicKeys = trust.named.length > 0 ? trust.named : offeredKeys;
  const options = { ...optionsOf(trust, publicKeys), offeredKeys };
  return await verifyPack(pack, {
    publicKeys,
    kept: trust.kept,
    ...trust.policy !== undefined && { policy: trust.policy },
    verifyEntries: (source: VerifySource) =>
      withHelper(
        pack.manifest.predicate.entries,
        io,
        (more) => verifyLedger(source, { ...options, ...more }),
      ),
  });
}
