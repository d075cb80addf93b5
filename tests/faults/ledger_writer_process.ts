/** A process that writes calls and outcomes to a ledger as fast as it can, and says on stdout what was acknowledged. */
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { call, charge, decision, limited, openRequest, outcome, simple } from "../ledger/support.ts";

const [folder = "", count = "0", lanes = "8", limit = "0", amount = "1"] = Deno.args;

/** What one line on stdout says: a call whose write was answered. */
export interface Acknowledged {
  readonly seq: number;
  readonly verdict: string;
}

if (import.meta.main) {
  const ledger = simple(await openLedgerFolder(openRequest({ folder })));
  const size = Number(amount);
  const fits = limit === "0" ? decision() : limited(charge({
    limit,
    amount,
    // A sum is a budget that never resets; a count is at most so many in an hour.
    window: size === 1 ? { kind: "sliding", ms: 3_600_000 } : { kind: "none" },
  }));
  let left = Number(count);
  const lane = async () => {
    while (left-- > 0) {
      const { ref, settled } = await ledger.write(call({ decision: fits }));
      const said: Acknowledged = { seq: ref.seq, verdict: settled?.verdict ?? "none" };
      Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(said)}\n`));
      if (said.verdict === "forward") await ledger.write(outcome(ref.seq));
    }
  };
  await Promise.all(Array.from({ length: Number(lanes) }, lane));
  await ledger.close("done");
}
