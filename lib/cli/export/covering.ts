import type { LedgerDeps } from "../../ledger/mod.ts";
import { readTrustedNote } from "../../ledger/evidence/mod.ts";

/** A signed checkpoint that covers the entry `seq`: the newest that is kept, if our key signed it, else one made now. */
export async function coveringCheckpoint(deps: LedgerDeps, seq: number): Promise<string> {
  const { utf8Decode } = await import("../../base/mod.ts");
  for await (const { key, value } of deps.store.scan("checkpoint", { from: seq + 1, newestFirst: true })) {
    const note = readTrustedNote(utf8Decode(value) ?? "", [deps.keys.publicKey]);
    if (!note.ok || note.value.checkpoint.size !== key) break;
    return utf8Decode(value) ?? "";
  }
  return await checkpointNow(deps);
}

/** A signed checkpoint of all that is there. Throws Fault `usage` for an empty ledger. */
export async function checkpointNow({ store, keys, clock }: LedgerDeps): Promise<string> {
  const { makeCheckpoint } = await import("../../ledger/mod.ts");
  return (await makeCheckpoint({ store, keys, clock })).note;
}
