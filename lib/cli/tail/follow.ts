import { Fault } from "../../base/mod.ts";
import type { LedgerReader, ReadEntry } from "../../ledger/mod.ts";

/** How to follow a ledger. */
export interface Following {
  /** The first entry that is wanted. */
  readonly from: number;
  /** Resolves when it is time to look again; `true`: nobody wants to go on. */
  readonly rest: () => Promise<boolean>;
  /** Says of something thrown that another process only held the file. */
  readonly isBusy: (thrown: unknown) => boolean;
}

/**
 * Entries as they are committed, by whatever process. Each look is one read of the head; entries and head are of one
 * commit, so that up to the head all of them are there. A busy store is waited for, however long. Throws Fault `ledger`
 * where the ledger went back: what was shown is not there any more.
 */
export async function* follow(
  reader: LedgerReader,
  { from, rest, isBusy }: Following,
): AsyncGenerator<ReadEntry> {
  let next = from;
  do {
    try {
      const count = await reader.count();
      if (count < next) throw wentBack(next, count);
      if (count === next) continue;
      for await (const read of reader.oldestFirst(next, count)) {
        yield read;
        next = read.seq + 1;
      }
      next = count;
    } catch (thrown) {
      if (!isBusy(thrown)) throw thrown;
    }
  } while (!await rest());
}

function wentBack(shown: number, count: number): Fault {
  return new Fault(
    "ledger",
    `Cannot go on following the ledger: it had ${shown} entries, and its head names ${count} now`,
    { hint: "countersign verify" },
  );
}

/** A wait of `ms` that ends early once `stopped` resolves. */
export function restUntil(stopped: Promise<unknown>, ms: number): () => Promise<boolean> {
  let isStopped = false;
  const mark = stopped.then(() => {
    isStopped = true;
  });
  return async () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([mark, new Promise<void>((resolve) => timer = setTimeout(resolve, ms))]);
    clearTimeout(timer);
    return isStopped;
  };
}
