/** After the close of a session: its checkpoint is shown to the witnesses. */
import { messageOf } from "../../base/mod.ts";

// The session is closed and recorded; a client that waits for our end is not kept for longer.
const TIMEOUT_MS = 2_000;

/** Never throws: the next checkpoint asks them again. `policyFile`: of `[ledger] witnesses`. */
export async function cosignAtEnd(
  ledgerFolder: string,
  policyFile: string,
  log: (line: string) => void,
): Promise<void> {
  try {
    const [{ cosignFolder, readWitnessPolicy }, { sayCosigned }] = await Promise.all([
      import("../witness/cosign.ts"),
      import("../witness/say.ts"),
    ]);
    const policy = await readWitnessPolicy(policyFile);
    const cosigned = await cosignFolder(ledgerFolder, policy, { timeoutMs: TIMEOUT_MS });
    if (cosigned !== undefined) { for (const line of sayCosigned(cosigned)) log(line); }
  } catch (thrown) {
    log(`the witnesses could not be asked: ${messageOf(thrown)}`);
  }
}
