/**
 * The ledger worker: the one with the pen. Reads and writes the ledger's folder, reads the passphrase of its
 * keys, and has no other permission.
 *
 * Input: records from main; names in them may be ATTACKER-CONTROLLED. Thread: its own. Imports: channel, ledger.
 */
import { Fault } from "../lib/base/mod.ts";
import { serve } from "../lib/channel/mod.ts";
import type { Ledger } from "../lib/ledger/mod.ts";
import { openLedgerFolder } from "../lib/store/mod.ts";
import type { OpenRequest, PinObservation, WriteRequest } from "../lib/verdict/mod.ts";

let ledger: Ledger | undefined;
let opening: Promise<Ledger> | undefined;

/** What is asked of a worker that was just restarted waits until it is open: keys under a passphrase take their time. */
function whenOpen<T>(work: (ledger: Ledger) => T): T | Promise<Awaited<T>> {
  if (ledger !== undefined) return work(ledger);
  if (opening !== undefined) return opening.then(work) as Promise<Awaited<T>>;
  throw new Fault("ledger", "Cannot write to the ledger: it is not open");
}

serve({
  async open(request: OpenRequest) {
    opening = openLedgerFolder(request);
    ledger = await opening;
    return ledger.opened;
  },
  write: (request: WriteRequest) =>
    whenOpen((ledger) => request.type === "call" ? ledger.record(request) : ledger.write(request)),
  observe: (seen: PinObservation) => whenOpen((ledger) => ledger.observe(seen)),
  answers: (calls: readonly number[]) => whenOpen((ledger) => ledger.answers(calls)),
  close: (reason: string) => whenOpen((ledger) => ledger.close(reason)),
});
