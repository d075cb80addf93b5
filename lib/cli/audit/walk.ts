import type { LedgerReader, ReadEntry } from "../../ledger/mod.ts";
import type { EntryFilter } from "./filter.ts";

/** How to walk, and what to do with what fits. */
export interface Walk {
  readonly filter: EntryFilter;
  readonly most: number;
  readonly take: (read: ReadEntry) => void;
  /** Called for each entry that was looked at. */
  readonly onStep?: () => void;
  /** Nobody wants more: asked after each that was taken. */
  readonly isOver?: (() => boolean) | undefined;
  /** Only entries before this one. */
  readonly before?: number;
}

/** What a walk came upon. */
export interface Walked {
  readonly found: number;
  readonly damaged: number;
  /** Pruned entries that a filter could not be asked about. */
  readonly unknown: number;
  /** It ended because `most` were found: there may be more. */
  readonly cut: boolean;
}

/** From the newest entry backwards, as far as the filter can still be met. */
export async function walkBack(
  reader: LedgerReader,
  { filter, most, take, onStep, isOver, before: end }: Walk,
): Promise<Walked> {
  const counts = { found: 0, damaged: 0, unknown: 0 };
  if (most === 0) return { ...counts, cut: false };
  const before = filter.until === undefined ? end : await reader.firstAt(filter.until);
  for await (const read of reader.newestFirst(before)) {
    onStep?.();
    const fit = fits(read, filter);
    if (fit === "too old") break;
    if (fit === "damaged" || fit === "unknown") counts[fit]++;
    if (fit !== "yes") continue;
    take(read);
    if (++counts.found === most || isOver?.() === true) return { ...counts, cut: read.seq > 0 };
  }
  return { ...counts, cut: false };
}

/** Is it asked for? `unknown`: it is pruned, and the filter asks for something that is gone. */
export function fits(
  { stored, pruned }: ReadEntry,
  filter: EntryFilter,
): "yes" | "no" | "too old" | "damaged" | "unknown" {
  if (stored !== undefined) {
    if (filter.tooOld(stored.entry)) return "too old";
    return filter.fits(stored.entry) ? "yes" : "no";
  }
  if (pruned === undefined) return "damaged";
  return filter.isActive ? "unknown" : "yes";
}
