/** What was charged within a window that moves with the time, as a log: at most N in any window, whenever it begins. */

/** One charge that was made: when (microseconds since the epoch), and how many units. */
export interface MeterEvent {
  readonly at: number;
  readonly amount: number;
}

/**
 * What was charged within the longest window that a charge of this meter had.
 * INVARIANT: events are in the order of time; amounts are whole and at least 0.
 */
export interface SlidingLog {
  readonly windowMs: number;
  readonly events: readonly MeterEvent[];
}

export const EMPTY_LOG: SlidingLog = { windowMs: 0, events: [] };

/**
 * So many events are kept one by one; they take at most 55 KB, and a value of the store has 64 KiB. Beyond, the older of
 * them are put together, each group at the instant of its last: so nothing is forgotten early, and a charge may have to
 * wait longer by a 2,048th of the window.
 */
export const MAX_EVENTS = 5000;
const EXACT_EVENTS = 2048;
const GRAINS = 2048;

/**
 * Units in use: those charged less than a window ago. A unit charged at `s` counts until `s` + window, exclusive: two
 * charges exactly one window apart never meet in one. An event ahead of `nowMicros` counts, on the safe side.
 */
export function usedUnits({ events }: SlidingLog, windowMs: number, nowMicros: number): number {
  const since = nowMicros - windowMs * 1000;
  let units = 0;
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i];
    if (event === undefined || event.at <= since) break;
    units += event.amount;
  }
  return units;
}

/**
 * The log with one charge more. Rules with different windows may share a meter: what the longest of them looks back on
 * is kept. `nowMicros` must not be earlier than the newest event, which entry times see to.
 */
export function logged(
  log: SlidingLog,
  { amount, windowMs }: { readonly amount: number; readonly windowMs: number },
  nowMicros: number,
): SlidingLog {
  const longest = Math.max(log.windowMs, windowMs);
  const kept = recentEvents(log.events, longest, nowMicros);
  const room = kept.length < MAX_EVENTS ? kept : thinned(kept, longest);
  return { windowMs: longest, events: [...room, { at: nowMicros, amount }] };
}

/** When `amount` fits under `limit` if nothing else is charged meanwhile, in microseconds; `undefined`: never. */
export function unitsFitAt(
  log: SlidingLog,
  { amount, limit, windowMs }: { readonly amount: number; readonly limit: number; readonly windowMs: number },
  nowMicros: number,
): number | undefined {
  if (amount > limit) return undefined;
  let units = usedUnits(log, windowMs, nowMicros);
  if (units + amount <= limit) return nowMicros;
  for (const event of recentEvents(log.events, windowMs, nowMicros)) {
    units -= event.amount;
    if (units + amount <= limit) return event.at + windowMs * 1000;
  }
  return undefined;
}

function recentEvents(
  events: readonly MeterEvent[],
  windowMs: number,
  nowMicros: number,
): readonly MeterEvent[] {
  const since = nowMicros - windowMs * 1000;
  const oldest = events[0];
  if (oldest === undefined || oldest.at > since) return events;
  const first = events.findIndex(({ at }) => at > since);
  return first < 0 ? [] : events.slice(first);
}

/** The newest events as they are: a short window on the same meter sees them exactly. The others by grains of time. */
function thinned(events: readonly MeterEvent[], windowMs: number): readonly MeterEvent[] {
  const grain = Math.ceil(windowMs * 1000 / GRAINS);
  const merged: MeterEvent[] = [];
  for (const event of events.slice(0, -EXACT_EVENTS)) {
    const last = merged.at(-1);
    const sum = (last?.amount ?? 0) + event.amount;
    const together = last !== undefined && Math.floor(last.at / grain) === Math.floor(event.at / grain);
    // Later, never earlier: the group counts for at least as long as each of its charges would.
    if (together && Number.isSafeInteger(sum)) merged[merged.length - 1] = { at: event.at, amount: sum };
    else merged.push(event);
  }
  return [...merged, ...events.slice(-EXACT_EVENTS)];
}
