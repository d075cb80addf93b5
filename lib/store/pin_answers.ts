/** What a person does about pins, from another process than the firewalls that run. */
import { pinsIn, type PinView } from "../ledger/mod.ts";
import type { OpenRequest, PinDecision, Ref } from "../verdict/mod.ts";
import { openLedgerFolder, openLedgerReader } from "./ledger_folder.ts";

/** All pins of the ledger in `folder`. Throws Fault `usage` where there is no ledger. */
export async function readPins(folder: string): Promise<readonly PinView[]> {
  const reader = await openLedgerReader(folder);
  try {
    return await pinsIn(reader.rows);
  } finally {
    reader.close();
  }
}

/**
 * Writes a person's answers, in a session of its own; each is one entry, in one commit with the rows that it is about.
 * Throws Fault `usage` where a definition is not the one that was meant any more; the answers before it stand.
 */
export async function answerPins(
  request: OpenRequest,
  decisions: readonly PinDecision[],
): Promise<readonly Ref[]> {
  const ledger = await openLedgerFolder(request);
  try {
    const refs: Ref[] = [];
    for (const decision of decisions) refs.push((await ledger.decidePins(decision)).ref);
    return refs;
  } finally {
    await ledger.close("answered");
  }
}
