/** Which findings of one string count where they overlap. */
import type { FindingAction } from "../verdict/mod.ts";
import type { Span } from "./detector.ts";

/** What a finding is called, and how much it counts against others. */
export interface HitSource {
  readonly id: string;
  readonly specificity: 1 | 2 | 3;
}

/** One hit of a detector in a string. */
export interface Hit extends Span {
  readonly detector: HitSource;
  readonly action: FindingAction;
  /** Goes around the marker where the hit is a whole number of a JSON text in the string: masked, it is a string. */
  readonly quote?: string;
}

/** What is left of the hits: the findings, and for each the part of the string that its marker replaces. */
export interface Settled {
  readonly hit: Hit;
  readonly mask: Span;
}

/**
 * The more specific hit wins, then the longer, then the earlier; hits that do not overlap all stay. An allowed hit never
 * covers one that is not: an exception for one detector is no hiding place from the others.
 *
 * The mask of a winner reaches over what the losers saw beside it. Without that, `postgres://u:p@h/AKIA…` would be masked
 * from `AKIA` on, and the password in front of it, seen and outvoted, would leave.
 */
export function settleHits(hits: readonly Hit[], length: number): readonly Settled[] {
  if (!hits.some(({ action }) => action === "allow")) return settle(hits, length);
  const allowed = hits.filter(({ action }) => action === "allow");
  const enforced = settle(hits.filter(({ action }) => action !== "allow"), length);
  let next = 0;
  const apart = settle(allowed, length).filter(({ hit }) => {
    while ((enforced[next]?.mask.end ?? Infinity) <= hit.start) next++;
    return (enforced[next]?.mask.start ?? Infinity) >= hit.end;
  });
  return [...enforced, ...apart.map(({ hit }) => ({ hit, mask: hit }))].sort((a, b) =>
    a.hit.start - b.hit.start
  );
}

function settle(hits: readonly Hit[], length: number): readonly Settled[] {
  if (areApart(hits)) return hits.map((hit) => ({ hit, mask: hit }));
  const sorted = hits.toSorted((a, b) => a.start - b.start || b.end - a.end);
  return tile(sorted, pickWinners(sorted, length));
}

/** Nearly always: one detector after the other has its say, and nothing overlaps. */
function areApart(hits: readonly Hit[]): boolean {
  let end = 0;
  for (const hit of hits) {
    if (hit.start < end) return false;
    end = hit.end;
  }
  return true;
}

/** LINEAR: a map of taken characters. Looking at all pairs would grow with the square of the hits. */
function pickWinners(hits: readonly Hit[], length: number): Set<Hit> {
  const taken = new Uint8Array(length);
  const winners = new Set<Hit>();
  for (const hit of [...hits].sort(byRank)) {
    if (taken.subarray(hit.start, hit.end).includes(1)) continue;
    taken.fill(1, hit.start, hit.end);
    winners.add(hit);
  }
  return winners;
}

const STRICTNESS: Readonly<Record<FindingAction, number>> = {
  allow: 0,
  annotate: 1,
  ask: 2,
  redact: 2,
  block: 3,
  withhold: 3,
};

function byRank(a: Hit, b: Hit): number {
  return STRICTNESS[b.action] - STRICTNESS[a.action] ||
    b.detector.specificity - a.detector.specificity ||
    (b.end - b.start) - (a.end - a.start) ||
    a.start - b.start;
}

/** Each cluster of overlapping hits is shared out among its winners without a gap. */
function tile(sorted: readonly Hit[], winners: ReadonlySet<Hit>): readonly Settled[] {
  const settled: { hit: Hit; mask: Span }[] = [];
  let clusterEnd = -1, clusterStart = 0;
  for (const hit of sorted) {
    if (hit.start >= clusterEnd) clusterStart = hit.start;
    const previous = settled.at(-1);
    if (previous !== undefined && hit.start >= clusterEnd) {
      previous.mask = { ...previous.mask, end: clusterEnd };
    }
    if (winners.has(hit)) {
      const open = previous !== undefined && previous.mask.start >= clusterStart;
      if (open) previous.mask = { ...previous.mask, end: hit.start };
      settled.push({ hit, mask: { start: open ? hit.start : clusterStart, end: hit.end } });
    }
    clusterEnd = Math.max(clusterEnd, hit.end);
  }
  const last = settled.at(-1);
  if (last !== undefined) last.mask = { ...last.mask, end: clusterEnd };
  return settled;
}
