import type { Principal } from "../../verdict/mod.ts";
import { startLedgerWorker } from "./workers.ts";

export interface RefusedStart {
  /** The ledger's folder, absolute. */
  readonly folder: string;
  readonly server: string;
  /** Who is configured: whoever the token names has not been verified. */
  readonly principal: Principal;
  /** A stable code, such as `token:expired`. */
  readonly reason: string;
}

/** There is no policy: it was not looked at. */
const NO_POLICY = "none";

/**
 * Writes down that a run did not start, and why, in a session of its own. Throws where the ledger cannot be written: the
 * start is refused all the same.
 */
export async function recordRefusedStart({ folder, server, principal, reason }: RefusedStart): Promise<void> {
  const ledger = startLedgerWorker(folder);
  try {
    await ledger.greet({
      operation: "open",
      payload: { folder, principal, server, policy: NO_POLICY, enforced: true },
    });
    await ledger.ask("write", {
      type: "incident",
      kind: "fault",
      direction: "to-upstream",
      server,
      reason,
      bytes: 0,
    });
    await ledger.ask("close", "not-started");
  } finally {
    ledger.close();
  }
}
