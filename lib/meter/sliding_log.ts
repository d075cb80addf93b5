import { Fault } from "../base/mod.ts";

/** Units wanted from a meter: at most `limit` of them in any window of `windowMs`. */
export interface MeterCharge {
  readonly meter: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly amount: number;
}

/** One charge that was made: when (microseconds since the epoch), and how many units. */
export interface MeterEvent {
  readonly at: number;
  readonly amount: number;
}

/**
 * What was charged within the longest window that a charge of this meter had.
 * INVARIANT: events are in the order of time; amounts are at least 1.
 */
export interface MeterState {
  readonly windowMs: number;
  readonly events: readonly MeterEvent[];
}

export const EMPTY_METER: MeterState = { windowMs: 0, events: [] };

/**
 * The largest limit. Every unit may be an event of its own, and the log of a meter must fit a value of the store
 * (64 KiB): 5,000 events take at most 50 KB.
 */
export const MAX_LIMIT = 5000;

/** Throws Fault `ledger` for a charge that no meter can keep: the limit or the amount is out of range. */
export function checkCharge({ meter, limit, windowMs, amount }: MeterCharge): void {
  if (!Number.isSafeInteger(limit) || limit < 0 || limit > MAX_LIMIT) {
    throw new Fault("ledger", `Cannot charge a meter: its limit is ${limit}, want at most ${MAX_LIMIT}`, {
      hint: `lower the limit of the rule behind "${meter.slice(0, 60)}", or write it with a shorter window`,
    });
  }
  if (!Number.isSafeInteger(amount) || amount < 1) {
    throw new Fault("ledger", `Cannot charge a meter: the amount is ${amount}, want a whole number from 1`);
  }
  if (!Number.isSafeInteger(windowMs) || windowMs < 1) {
    throw new Fault("ledger", `Cannot charge a meter: the window is ${windowMs} ms, want at least 1`);
  }
}

/**
 * Does the charge fit now? A unit charged at `s` counts until `s` + window, exclusive: two charges exactly one window
 * apart never meet in one. `nowMicros` must not be earlier than the newest event, which entry times see to.
 */
export function fits(
  state: MeterState,
  { limit, windowMs, amount }: MeterCharge,
  nowMicros: number,
): boolean {
  return used(state, windowMs, nowMicros) + amount <= limit;
}

/** Units in use: those charged less than a window ago. An event ahead of `nowMicros` counts, on the safe side. */
function used({ events }: MeterState, windowMs: number, nowMicros: number): number {
  let units = 0;
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i];
    if (event === undefined || event.at <= nowMicros - windowMs * 1000) break;
    units += event.amount;
  }
  return units;
}

/** The state after the charge. The caller has asked {@link fits}; this does not ask again. */
export function charge(state: MeterState, { windowMs, amount }: MeterCharge, nowMicros: number): MeterState {
  // Rules with different windows may share a meter: what the longest of them looks back on is kept, unless that
  // would outgrow the store. Then this charge's own window is what counts.
  const longest = Math.max(state.windowMs, windowMs);
  const kept = recent(state.events, longest, nowMicros);
  if (kept.length < MAX_LIMIT) return { windowMs: longest, events: [...kept, { at: nowMicros, amount }] };
  return { windowMs, events: [...recent(kept, windowMs, nowMicros), { at: nowMicros, amount }] };
}

function recent(events: readonly MeterEvent[], windowMs: number, nowMicros: number): readonly MeterEvent[] {
  const first = events.findIndex(({ at }) => at > nowMicros - windowMs * 1000);
  return first < 0 ? [] : events.slice(first);
}

/** When the charge fits if nothing else is charged meanwhile, in microseconds; `undefined`: never. */
export function fitsAt(state: MeterState, wanted: MeterCharge, nowMicros: number): number | undefined {
  if (fits(state, wanted, nowMicros)) return nowMicros;
  if (wanted.amount > wanted.limit) return undefined;
  let units = used(state, wanted.windowMs, nowMicros);
  for (const { at, amount } of recent(state.events, wanted.windowMs, nowMicros)) {
    units -= amount;
    if (units + wanted.amount <= wanted.limit) return at + wanted.windowMs * 1000;
  }
  return undefined;
}
