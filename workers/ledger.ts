/**
 * The ledger worker: the one with the pen. Reads and writes the ledger's folder, and has no other permission.
 *
 * Input: records from main; names in them may be ATTACKER-CONTROLLED. Thread: its own. Imports: channel, ledger.
 */
import { Fault } from "../lib/base/mod.ts";
import { serve } from "../lib/channel/mod.ts";
import type { Ledger } from "../lib/ledger/mod.ts";
import { openLedgerFolder } from "../lib/store/mod.ts";
import type { OpenRequest, PinObservation, WriteRequest } from "../lib/verdict/mod.ts";

let ledger: Ledger | undefined;

function opened(): Ledger {
  if (ledger === undefined) throw new Fault("ledger", "Cannot write to the ledger: it is not open");
  return ledger;
}

serve({
  async open(request: OpenRequest) {
    ledger = await openLedgerFolder(request);
    return ledger.opened;
  },
  write: (request: WriteRequest) =>
    request.type === "call" ? opened().record(request) : opened().write(request),
  observe: (seen: PinObservation) => opened().observe(seen),
  answers: (calls: readonly number[]) => opened().answers(calls),
  close: (reason: string) => opened().close(reason),
});
