import { Fault } from "../base/mod.ts";
import type { Chain } from "./chain.ts";
import type { Head } from "./head.ts";
import type { LedgerStore } from "./port.ts";
import { recordHash } from "./record.ts";

/**
 * The head names an entry: it must be there and be that one, or we would sign on top of a hole; and nothing may stand behind
 * it, or somebody put an older head in place, and we would write over what was signed. Head and entries are read one after
 * the other; somebody may write an entry in between, so a head that moved is looked at again.
 */
export async function checkNewest(store: LedgerStore, chain: Chain): Promise<void> {
  for (let head = await chain.head();;) {
    if (await fitsNewest(store, head)) return;
    const before = head;
    head = await chain.head();
    if (head?.hash === before?.hash) break;
  }
  throw new Fault("ledger", "Cannot append to the ledger: its head does not name its newest entry", {
    hint: "countersign verify",
  });
}

async function fitsNewest(store: LedgerStore, head: Head | undefined): Promise<boolean> {
  if (head === undefined) return await store.read("entry", 0) === undefined;
  const [newest, behind] = await store.readTogether([["entry", head.seq], ["entry", head.seq + 1]]);
  return newest !== undefined && behind === undefined && recordHash(newest.value) === head.hash;
}
