/** What an attacker with write access does first: change one byte of an entry in the database file. */
import { join } from "node:path";

const TOOL = "delete_file";

/** Makes the ledger name another tool. Throws where the entry cannot be found. */
export async function changeOneByte(ledger: string): Promise<void> {
  for (const name of ["ledger.db", "ledger.db-wal"]) {
    const path = join(ledger, name);
    const bytes = await Deno.readFile(path).catch(() => new Uint8Array());
    const at = indexOf(bytes, new TextEncoder().encode(TOOL));
    if (at < 0) continue;
    bytes[at] = "r".charCodeAt(0); // "relete_file"
    await Deno.writeFile(path, bytes);
    return;
  }
  throw new Error(`Cannot change the ledger: no entry in ${ledger} names ${TOOL}`);
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  return bytes.findIndex((_, at) => wanted.every((byte, i) => bytes[at + i] === byte));
}
