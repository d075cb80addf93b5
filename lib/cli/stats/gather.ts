import type { LedgerReader } from "../../ledger/mod.ts";
import { type Facts, Summary } from "../../report/mod.ts";
import type { EntryFilter, TimeRange } from "../audit/filter.ts";
import { progressOn } from "../audit/progress.ts";
import type { Io } from "../command.ts";

/** What is summed up. */
export interface Gathered {
  readonly io: Io;
  readonly range: TimeRange;
  /** Only entries that fit; absent: all within the range. */
  readonly filter?: EntryFilter;
}

/** One pass over the entries of the range, oldest first; entries that are written meanwhile are left for the next time. */
export async function gatherFacts(reader: LedgerReader, { io, range, filter }: Gathered): Promise<Facts> {
  const count = await reader.count();
  const from = range.since === undefined ? 0 : await reader.firstAt(range.since);
  const until = range.until === undefined ? count : await reader.firstAt(range.until);
  const summary = new Summary();
  const progress = progressOn(io, "reading", Math.max(0, until - from));
  if (from < until) {
    for await (const read of reader.oldestFirst(from, until)) {
      progress.step();
      if (filter === undefined || read.stored === undefined || filter.fits(read.stored.entry)) {
        summary.take(read);
      }
    }
  }
  progress.end();
  return summary.facts();
}
