import {
  discardNextKey,
  loadStagedKeys,
  type Passphrase,
  putNextKey,
  removeLeftovers,
} from "../identity/mod.ts";
import { type Keys, signerOf } from "../ledger/mod.ts";
import { DATABASE, openKvStore } from "./kv_store.ts";

/**
 * Ends what a rotation began that did not get to its end. The caller holds the folder's lock, so that none is at work. Throws
 * Fault `key` where the staged key does not open.
 */
export async function settleRotation(folder: string, passphrase: Passphrase | undefined): Promise<void> {
  await removeLeftovers(folder);
  const staged = await loadStagedKeys(folder, passphrase);
  if (staged === undefined) return;
  const signer = await headSigner(folder, [staged.current, staged.next]);
  if (signer === staged.next) await putNextKey(folder, staged);
  else if (signer === staged.current || signer === "nobody") await discardNextKey(folder);
  // Somebody else's ledger: both keys stay where they are, and opening it says so.
}

async function headSigner(folder: string, keys: readonly Keys[]) {
  const store = await openKvStore(`${folder}/${DATABASE}`);
  try {
    return await signerOf(store, keys);
  } finally {
    store.close();
  }
}
