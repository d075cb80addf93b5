/** Masks the findings of one string, so that a second look finds nothing. */
import type { Span } from "./detector.ts";
import { markerOf } from "./ids.ts";
import { type Hit, type Settled, settleHits } from "./overlap.ts";

/** Each round can only bring up what a mask uncovered at its edge, so two are rare and four were never seen. */
const MAX_ROUNDS = 4;

/** A string after the look at it. */
export interface Masked {
  /** The findings, those of later rounds included. */
  readonly hits: readonly Hit[];
  /** The string with markers in place of the findings that are not allowed. */
  readonly text: string;
  /** No finding is left in `text`, but for allowed ones. */
  readonly settled: boolean;
}

/**
 * Masks again until nothing is found: a marker may free what a neighbour had disqualified (`7-078-05-1120` is no
 * social-security number, `[REDACTED:pan]-078-05-1120` is). `first`: the hits in `text`; `again`: those in what is left.
 */
export function maskFindings(
  text: string,
  first: readonly Hit[],
  again: (clean: string) => readonly Hit[],
): Masked {
  let clean = text;
  const hits: Hit[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const seen = round === 0 ? first : again(clean);
    if (seen.length === 0) return { hits, text: clean, settled: true };
    const found = settleHits(seen, clean.length);
    const fresh = round === 0 ? found : found.filter(({ hit }) => hit.action !== "allow");
    for (const { hit } of fresh) hits.push(hit);
    if (fresh.every(({ hit }) => hit.action === "allow")) return { hits, text: clean, settled: true };
    clean = withMarkers(clean, fresh);
  }
  return { hits, text: clean, settled: false };
}

/** `text` with a marker in place of every hit, allowed ones too: as it may be shown to anybody. */
export function asShown(text: string, hits: readonly Hit[]): string {
  if (hits.length === 0) return text;
  return withMarkers(text, settleHits(hits.map((hit) => ({ ...hit, action: "block" })), text.length));
}

/** `text` with a marker in place of each finding that is not allowed. */
function withMarkers(text: string, found: readonly Settled[]): string {
  const parts: string[] = [];
  const marked = text.includes(MARKER);
  let from = 0;
  for (const { hit, mask } of found) {
    if (hit.action === "allow") continue;
    const { start, end } = marked ? withWholeMarkers(text, mask) : mask;
    if (start > from) parts.push(text.slice(from, start));
    const marker = markerOf(hit.detector.id);
    parts.push(hit.quote === undefined ? marker : hit.quote + marker + hit.quote);
    from = Math.max(from, end);
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts.length === 1 ? parts[0] ?? "" : parts.join("");
}

const MARKER = "[REDACTED";
const MARKER_REGEXP = /\[REDACTED(?::[a-z0-9-]{1,64})?\]/g;
/** No marker is longer. */
const MARKER_MAX = 80;

/** A finding may end within the marker of an earlier one: half of a marker is nothing that anybody wrote. */
function withWholeMarkers(text: string, { start, end }: Span): Span {
  return { start: edgeOf(text, start)?.start ?? start, end: edgeOf(text, end)?.end ?? end };
}

/** The marker that `at` is within. */
function edgeOf(text: string, at: number): Span | undefined {
  const from = Math.max(0, at - MARKER_MAX);
  for (const { 0: marker, index } of text.slice(from, at + MARKER_MAX).matchAll(MARKER_REGEXP)) {
    const start = from + index, end = start + marker.length;
    if (start < at && at < end) return { start, end };
  }
  return undefined;
}
