/** What happened in a scope (a session, an agent): which steps were reached when, how far workflows went, how many calls. */
import { Fault } from "../base/mod.ts";
import type { Mark } from "../verdict/mod.ts";

/** A list of steps. `best[i]`: the latest instant (microseconds) at which a run of steps 0 to i may have begun. */
export interface Track {
  readonly best: readonly (number | undefined)[];
  /** Nothing looks back farther than this; absent: as long as the scope lasts. */
  readonly keepMs?: number;
}

export interface History {
  /** How many calls were made, and when the first was. */
  readonly calls: number;
  readonly first?: number;
  readonly tracks: ReadonlyMap<string, Track>;
  /** How many steps of each workflow were gone. */
  readonly walks: ReadonlyMap<string, number>;
}

export const NO_HISTORY: History = { calls: 0, tracks: new Map(), walks: new Map() };

/** More tracks than any policy has conditions; where rules come and go, the oldest make room. */
export const MAX_TRACKS = 512;
const MAX_STEPS = 256;

/** Was the step reached by a run that began not longer than `withinMs` ago? */
export function wasReached(
  { tracks }: History,
  { track, step, withinMs }: { readonly track: string; readonly step: number; readonly withinMs?: number },
  nowMicros: number,
): boolean {
  const began = tracks.get(track)?.best[step];
  return began !== undefined && (withinMs === undefined || nowMicros - began <= withinMs * 1000);
}

/** Was the first call longer ago than `overMs`? */
export function isOlder({ first }: History, overMs: number, nowMicros: number): boolean {
  return first !== undefined && nowMicros - first > overMs * 1000;
}

/**
 * The history after one call with these marks, all of this scope. Each is applied to the history from before the call:
 * a call is one step of a run, never two.
 */
export function marked(before: History, marks: readonly Mark[], nowMicros: number): History {
  const tracks = new Map(before.tracks), walks = new Map(before.walks);
  let called = false;
  for (const mark of marks) {
    if (mark.kind === "call") called = true;
    else if (mark.kind === "walk") walk(walks, before, mark);
    else reach(tracks, { before, mark, nowMicros });
  }
  const first = before.first ?? (called ? nowMicros : undefined);
  return {
    calls: before.calls + (called ? 1 : 0),
    ...(first === undefined ? {} : { first }),
    tracks: newest(tracks, nowMicros),
    walks: walks.size <= MAX_TRACKS ? walks : new Map([...walks].slice(-MAX_TRACKS)),
  };
}

type MarkOf<K extends Mark["kind"]> = Extract<Mark, { readonly kind: K }>;

function walk(walks: Map<string, number>, before: History, { track, steps }: MarkOf<"walk">): void {
  const gone = before.walks.get(track) ?? 0;
  if (!steps.includes(gone)) return;
  walks.delete(track); // the newest are at the end
  walks.set(track, gone + 1);
}

function reach(
  tracks: Map<string, Track>,
  { before, mark, nowMicros }: {
    readonly before: History;
    readonly mark: MarkOf<"event">;
    readonly nowMicros: number;
  },
): void {
  const { track, step, keepMs } = mark;
  if (!Number.isSafeInteger(step) || step < 0 || step >= MAX_STEPS) {
    throw new Fault("ledger", `Cannot mark a history: the step is ${step}, want 0 to ${MAX_STEPS - 1}`);
  }
  const began = step === 0 ? nowMicros : before.tracks.get(track)?.best[step - 1];
  if (began === undefined) return;
  const now = tracks.get(track);
  const best = Array.from({ length: Math.max(step + 1, now?.best.length ?? 0) }, (_, i) => now?.best[i]);
  best[step] = Math.max(best[step] ?? -Infinity, began);
  tracks.set(track, { best, ...longestKeep(now, keepMs) });
}

/** Rules may share a track: it is kept for the one that looks back farthest. */
function longestKeep(now: Track | undefined, keepMs: number | undefined): { readonly keepMs?: number } {
  const forEver = keepMs === undefined || (now !== undefined && now.keepMs === undefined);
  return forEver ? {} : { keepMs: Math.max(now?.keepMs ?? 0, keepMs) };
}

/** Without what nothing looks back on any more; of too many tracks, those that were reached last. */
function newest(tracks: Map<string, Track>, nowMicros: number): ReadonlyMap<string, Track> {
  for (const [name, track] of tracks) {
    if (track.keepMs !== undefined && lastReached(track) < nowMicros - track.keepMs * 1000) {
      tracks.delete(name);
    }
  }
  if (tracks.size <= MAX_TRACKS) return tracks;
  const byAge = [...tracks].sort(([, a], [, b]) => lastReached(b) - lastReached(a));
  return new Map(byAge.slice(0, MAX_TRACKS));
}

function lastReached({ best }: Track): number {
  return best.reduce<number>((latest, began) => Math.max(latest, began ?? 0), 0);
}
