/**
 * Walks a stretch of a text through the table of an automaton. COST: each step of such a walk waits for the one before it,
 * so four walks side by side take as long as one; and bytes are read in a fraction of the time that characters take.
 */

/** A longer text is walked through in stretches of so many units. */
export const STRETCH = 8192;
/** Shorter ones are not worth the way to bytes. */
export const MIN_STRETCH = 1024;
const LANES = 4;
const PROBED = 32;

/** As in `KeywordAutomaton`. */
export interface Table {
  readonly classes: Uint8Array;
  readonly next: Int32Array;
  /** Units of the longest keyword. */
  readonly longest: number;
}

const encoder = new TextEncoder();
const bytes = new Uint8Array(STRETCH);

/**
 * Where keywords end: in pairs, the index of the last unit and the state. There is one, for it is large: whoever fills it
 * reads it before anybody else comes by.
 */
export const ended = new Int32Array(2 * STRETCH);
/** By lane: up to where its part of {@link ended} is filled. */
const filled = new Int32Array(LANES);

/** Walks through `text[from, to)` from `state` on. Returns how many pairs {@link ended} has, `state` where the walk is now. */
export function walkStretch(
  table: Table,
  text: string,
  { from, to, state }: Stretch,
): { readonly count: number; readonly state: number } {
  const length = to - from;
  if (length >= MIN_STRETCH && table.longest <= length >> 3 && isAsciiIn(text, from, to)) {
    return walkBytes(table, { from, length, state });
  }
  return walkUnits(table, text, { from, to, state });
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly state: number;
}

/** Where it is true, `bytes` are the text. */
function isAsciiIn(text: string, from: number, to: number): boolean {
  // COST: what is written in another script shows it at once.
  for (let at = from, last = Math.min(to, from + PROBED); at < last; at++) {
    if (text.charCodeAt(at) > 0x7f) return false;
  }
  const { read, written } = encoder.encodeInto(text.slice(from, to), bytes);
  return read === to - from && written === read;
}

/** Has `text` nothing but ASCII? In a tenth of the time that a look at each unit takes. */
export function isAscii(text: string): boolean {
  for (let from = 0; from < text.length; from += STRETCH) {
    if (!isAsciiIn(text, from, Math.min(from + STRETCH, text.length))) return false;
  }
  return true;
}

function walkUnits(
  { classes, next }: Table,
  text: string,
  { from, to, state }: Stretch,
): { readonly count: number; readonly state: number } {
  const limit = classes.length;
  let now = state, count = 0;
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    now = next[now + (unit < limit ? classes[unit] ?? 0 : 0)] ?? 0;
    if (now >= 0) continue;
    now = -now;
    ended[count++] = at;
    ended[count++] = now;
  }
  return { count: count >> 1, state: now };
}

/** The last lane walks to the end, and takes what cannot be shared out. */
function walkBytes(
  table: Table,
  { from, length, state }: { readonly from: number; readonly length: number; readonly state: number },
): { readonly count: number; readonly state: number } {
  const { classes, next } = table, lane = length >> 2;
  let s0 = state, s1 = stateAt(table, lane), s2 = stateAt(table, 2 * lane), s3 = stateAt(table, 3 * lane);
  let n0 = 0, n1 = 2 * lane, n2 = 4 * lane, n3 = 6 * lane;
  for (let at = 0; at < lane; at++) {
    s0 = next[s0 + (classes[bytes[at] ?? 0] ?? 0)] ?? 0;
    s1 = next[s1 + (classes[bytes[at + lane] ?? 0] ?? 0)] ?? 0;
    s2 = next[s2 + (classes[bytes[at + 2 * lane] ?? 0] ?? 0)] ?? 0;
    s3 = next[s3 + (classes[bytes[at + 3 * lane] ?? 0] ?? 0)] ?? 0;
    if ((s0 | s1 | s2 | s3) >= 0) continue;
    if (s0 < 0) {
      ended[n0++] = from + at;
      ended[n0++] = s0 = -s0;
    }
    if (s1 < 0) {
      ended[n1++] = from + at + lane;
      ended[n1++] = s1 = -s1;
    }
    if (s2 < 0) {
      ended[n2++] = from + at + 2 * lane;
      ended[n2++] = s2 = -s2;
    }
    if (s3 < 0) {
      ended[n3++] = from + at + 3 * lane;
      ended[n3++] = s3 = -s3;
    }
  }
  for (let at = LANES * lane; at < length; at++) {
    s3 = next[s3 + (classes[bytes[at] ?? 0] ?? 0)] ?? 0;
    if (s3 >= 0) continue;
    ended[n3++] = from + at;
    ended[n3++] = s3 = -s3;
  }
  filled.set([n0, n1, n2, n3]);
  return { count: closeUp(lane) >> 1, state: s3 };
}

/** The state in front of `at`: it remembers no more units than the longest keyword has. */
function stateAt({ classes, next, longest }: Table, at: number): number {
  let state = 0;
  for (let i = at - longest; i < at; i++) state = Math.abs(next[state + (classes[bytes[i] ?? 0] ?? 0)] ?? 0);
  return state;
}

/** Puts what the lanes found one behind the other. */
function closeUp(lane: number): number {
  let count = filled[0] ?? 0;
  for (let index = 1; index < LANES; index++) {
    const start = 2 * lane * index, end = filled[index] ?? start;
    ended.copyWithin(count, start, end);
    count += end - start;
  }
  return count;
}
