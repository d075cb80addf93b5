/** Charges and marks for the tests of meters and histories. */
import type { Charge, Effects, Guard, Mark, MeterWindow } from "../../lib/verdict/mod.ts";

export const RUNS = Deno.env.get("SLOW") === "1" ? 2000 : 200;
/** Microseconds since the epoch. */
export const START = 1_790_000_000_000_000;

export function sliding(ms: number): MeterWindow {
  return { kind: "sliding", ms };
}

export function fixed(ms: number): MeterWindow {
  return { kind: "fixed", ms };
}

export const NO_WINDOW: MeterWindow = { kind: "none" };

export function charge(limit: number | string, window: MeterWindow, amount: number | string = 1): Charge {
  return { meter: '["m"]', amount: String(amount), limit: String(limit), window };
}

export function over(one: Charge): Guard {
  return { kind: "limit", holds: "over", charge: one };
}

export function within(one: Charge): Guard {
  return { kind: "limit", holds: "within", charge: one };
}

export const SCOPE = '["session","s"]';

export function event(track: string, step?: number, keepMs?: number): Mark {
  return { kind: "event", scope: SCOPE, track, step: step ?? 0, ...(keepMs === undefined ? {} : { keepMs }) };
}

export function after(track: string, step?: number, withinMs?: number): Guard & { readonly kind: "event" } {
  const reach = withinMs === undefined ? {} : { withinMs };
  return { kind: "event", holds: "after", scope: SCOPE, track, step: step ?? 0, ...reach };
}

export function charges(...charges: readonly Charge[]): Effects {
  return { charges, marks: [] };
}

export function marks(...marks: readonly Mark[]): Effects {
  return { charges: [], marks };
}
