import { Fault } from "../base/mod.ts";
import type { OpenRequest } from "../verdict/mod.ts";
import type { Ledger } from "./ledger.ts";
import { type LedgerDeps, SharedLedger } from "./shared_ledger.ts";

/**
 * Opens a ledger for one session: checks that its head is ours, notes sessions that died, and begins a session with an
 * entry (or goes on with `request.resume`). Its end lets go of the store. Throws Fault `ledger` or `key`.
 * `request.folder` is not looked at.
 */
export async function openLedger(request: OpenRequest, deps: LedgerDeps): Promise<Ledger> {
  const { origin, resume } = request;
  const shared = await SharedLedger.open(deps, { origin, own: resume === undefined ? [] : [resume] });
  const [ledger] = await shared.beginAll([request]);
  if (ledger === undefined) throw new Fault("internal", "Cannot open the ledger: it has no session");
  return onlyOne(ledger, shared);
}

function onlyOne(ledger: Ledger, shared: SharedLedger): Ledger {
  let closing: Promise<void> | undefined;
  return {
    opened: ledger.opened,
    record: (call) => ledger.record(call),
    write: (note) => ledger.write(note),
    observe: (seen) => ledger.observe(seen),
    decidePins: (decision) => ledger.decidePins(decision),
    answers: (calls) => ledger.answers(calls),
    attest: (call, audience) => ledger.attest(call, audience),
    close: (reason) => closing ??= ledger.close(reason).finally(() => shared.close()),
  };
}
