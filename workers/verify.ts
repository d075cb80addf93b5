/**
 * The verify worker: checks signatures for `countersign verify`, beside main. Holds no permission at all.
 *
 * Input: signatures and hashes are ATTACKER-CONTROLLED; the key is the auditor's. Thread: its own. Imports: channel, ledger.
 */
import { serve } from "../lib/channel/mod.ts";
import { checkSignatures, type SignatureBatch } from "../lib/ledger/mod.ts";

serve({ check: (batch: SignatureBatch) => checkSignatures(batch) });
