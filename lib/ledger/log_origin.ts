import type { LedgerStore } from "./port.ts";
import { trustedCheckpoint } from "./tree/load_tree.ts";

// Rows that somebody else put among the checkpoints cost no more than so many looks.
const MOST_CHECKPOINTS = 64;

/**
 * What the ledger calls itself in its checkpoints: the origin of the newest one that `publicKey` (raw, 32 bytes) signed. A
 * rotation keeps it. `undefined` where there is none yet: then it is as configured, or `countersign/<key id>`.
 */
export async function originInUse(
  store: Pick<LedgerStore, "scan">,
  publicKey: Uint8Array,
): Promise<string | undefined> {
  let looks = 0;
  for await (const { value } of store.scan("checkpoint", { newestFirst: true })) {
    const checkpoint = trustedCheckpoint(value, publicKey);
    if (checkpoint !== undefined) return checkpoint.origin;
    if (++looks >= MOST_CHECKPOINTS) break;
  }
  return undefined;
}
