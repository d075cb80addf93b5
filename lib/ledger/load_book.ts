/** Reads what a decision looks at into the book of a commit. What is here already is valid while nobody moves the head. */
import type { Book, Needs } from "../meter/mod.ts";
import { type LedgerStore, MAX_TOGETHER } from "./port.ts";

/** Call it after the head was read: the commit checks that nobody moved it since. */
export async function loadBook(book: Book, store: LedgerStore, needs: readonly Needs[]): Promise<void> {
  const missing = book.missing({
    meters: needs.flatMap(({ meters }) => meters),
    scopes: needs.flatMap(({ scopes }) => scopes),
  });
  for (let i = 0; i < missing.length; i += MAX_TOGETHER) {
    const some = missing.slice(i, i + MAX_TOGETHER);
    const cells = await store.readTogether(some.map(({ table, key }) => [table, key]));
    some.forEach((row, at) => book.put(row, cells[at]?.value));
  }
}
