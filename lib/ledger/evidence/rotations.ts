import { toHex } from "../../base/mod.ts";
import type { LedgerStore } from "../port.ts";
import { checkpointOf } from "./checkpoint_text.ts";
import { lineOf, type ReadLine, readLine } from "./line.ts";

const KEY_AT = 97, PREFIX_AT = 105;
const MAX_ROTATIONS = 100;

/**
 * The changes of the key from the entry `seq` to the end of the tree of `checkpoint`, in order. A key signs without a gap
 * until it signs its own end: each change is found by halving, in so many reads as the ledger's size has binary digits.
 */
export async function rotationsSince(
  store: Pick<LedgerStore, "read">,
  seq: number,
  checkpoint: string,
): Promise<readonly ReadLine[]> {
  const newest = checkpointOf(checkpoint).size - 1;
  const rotations: ReadLine[] = [];
  for (let at = seq; rotations.length < MAX_ROTATIONS;) {
    const last = await lastOfKey(store, at, newest);
    const read = last === newest ? undefined : await lineAt(store, last);
    if (read === undefined) break;
    rotations.push(read);
    at = last + 1;
  }
  return rotations;
}

/** The last entry from `from` on, up to `newest`, that the key of `from` signed. */
async function lastOfKey(store: Pick<LedgerStore, "read">, from: number, newest: number): Promise<number> {
  const key = await keyAt(store, from);
  let low = from, high = newest;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await keyAt(store, middle) === key) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function keyAt(store: Pick<LedgerStore, "read">, seq: number): Promise<string | undefined> {
  const cell = await store.read("entry", seq);
  return cell === undefined ? undefined : toHex(cell.value.subarray(KEY_AT, PREFIX_AT));
}

async function lineAt(store: Pick<LedgerStore, "read">, seq: number): Promise<ReadLine | undefined> {
  const cell = await store.read("entry", seq);
  const text = cell === undefined ? undefined : lineOf(seq, cell.value);
  const line = text === undefined ? undefined : readLine(text);
  return line?.ok && line.value.fields !== undefined ? line.value : undefined;
}
