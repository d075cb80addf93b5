/** A process that writes calls and outcomes to a ledger as fast as it can, and says on stdout what was acknowledged. */
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { call, charge, decision, openRequest, outcome } from "../ledger/support.ts";

const [folder = "", count = "0", lanes = "8", limit = "0"] = Deno.args;

/** What one line on stdout says: a call whose write was answered. */
export interface Acknowledged {
  readonly seq: number;
  readonly verdict: string;
}

if (import.meta.main) {
  const ledger = await openLedgerFolder(openRequest({ folder }));
  const charges = limit === "0" ? [] : [charge({ limit: Number(limit), windowMs: 3_600_000 })];
  let left = Number(count);
  const lane = async () => {
    while (left-- > 0) {
      const { ref, settled } = await ledger.write(call({ decision: decision({ charges }) }));
      const said: Acknowledged = { seq: ref.seq, verdict: settled?.verdict ?? "none" };
      Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(said)}\n`));
      if (said.verdict === "forward") await ledger.write(outcome(ref.seq));
    }
  };
  await Promise.all(Array.from({ length: Number(lanes) }, lane));
  await ledger.close("done");
}
