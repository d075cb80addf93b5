import type { Change, Check, LedgerStore } from "../port.ts";

// 8 KiB each: half of what one commit of the store holds.
const LOT = 48;

/**
 * Writes tiles of entries that are there, as long as `check` holds. False: it did not, or the file is busy. A crash in between
 * leaves some of them, which is as good as none: they are written another time.
 */
export async function writeTiles(
  store: Pick<LedgerStore, "commit">,
  check: Check,
  tiles: readonly Change[],
): Promise<boolean> {
  for (let at = 0; at < tiles.length; at += LOT) {
    const result = await store.commit({ checks: [check], changes: tiles.slice(at, at + LOT) });
    if (!result.done) return false;
  }
  return true;
}
