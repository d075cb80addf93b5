import type { Principal } from "../../verdict/mod.ts";
import { LedgerWorker } from "./ledger_worker.ts";

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
  const worker = new LedgerWorker({ folder });
  try {
    await worker.start();
    const session = await worker.open({ folder, principal, server, policy: NO_POLICY, enforced: true });
    await session.ledger.write({
      type: "incident",
      kind: "fault",
      direction: "to-upstream",
      server,
      reason,
      bytes: 0,
    });
    await session.close("not-started");
    await worker.end();
  } finally {
    worker.drop();
  }
}
