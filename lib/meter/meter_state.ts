/** One meter: what was charged to it, as the windows of its rules look at it. */
import {
  addDecimals,
  compareDecimals,
  type Decimal,
  decimalFromText,
  decimalText,
  Fault,
} from "../base/mod.ts";
import type { Charge, MeterWindow } from "../verdict/mod.ts";
import { EMPTY_LOG, logged, type SlidingLog, unitsFitAt, usedUnits } from "./sliding_log.ts";

/** All charges since `first` (microseconds); once that is `ms` ago, the count begins anew. */
export interface FixedCount {
  readonly ms: number;
  readonly first: number;
  /** Exact decimal, plain notation. */
  readonly total: string;
}

/** A part is there once a charge asked for its kind of window, and counts every charge of the meter from then on. */
export interface MeterState {
  readonly sliding?: SlidingLog;
  /** INVARIANT: each `ms` once. */
  readonly fixed: readonly FixedCount[];
  /** All charges there ever were. */
  readonly total?: string;
}

export const EMPTY_METER: MeterState = { fixed: [] };

const ZERO = "0";
/** Before the point, and behind it. So a total, which has room for 120, is never too long for the amounts to come. */
const MAX_AMOUNT_DIGITS = 45;
const WHOLE_REGEXP = /^\d{1,15}$/;
/** A hundred years: with more, the times of a log would not fit the store. */
const MAX_WINDOW_MS = 3_155_760_000_000;

/**
 * Would the charge still be within its limit? `undefined`: it cannot be told, because an amount is none, or because the
 * exact total has too many digits.
 */
export function fits(state: MeterState, charge: Charge, nowMicros: number): boolean | undefined {
  const { window } = charge;
  if (window.kind === "sliding") return fitsSliding(state, charge, { ms: window.ms, nowMicros });
  const amount = amountOf(charge.amount), limit = amountOf(charge.limit);
  if (amount === undefined || limit === undefined) return undefined;
  if (compareDecimals(amount, limit) > 0) return false; // however much is used
  const sum = isKeepable(amount) ? added(usedTotal(state, window, nowMicros), amount) : undefined;
  return sum === undefined ? undefined : compareDecimals(sum, limit) <= 0;
}

/** When the charge fits if nothing else is charged meanwhile, in microseconds; `undefined`: never, or nobody can tell. */
export function fitsAt(state: MeterState, charge: Charge, nowMicros: number): number | undefined {
  if (fits(state, charge, nowMicros) === true) return nowMicros;
  const { window } = charge;
  if (window.kind === "none") return undefined;
  if (window.kind === "fixed") {
    const end = (countOf(state, window.ms)?.first ?? nowMicros) + window.ms * 1000;
    return fits(EMPTY_METER, charge, end) === true ? end : undefined;
  }
  const amount = wholeOf(charge.amount), limit = wholeOf(charge.limit);
  if (amount === undefined || limit === undefined) return undefined;
  return unitsFitAt(state.sliding ?? EMPTY_LOG, { amount, limit, windowMs: window.ms }, nowMicros);
}

/**
 * The state after one call with these charges, all on this meter: it is charged once, with the largest amount. Throws
 * Fault `ledger` for what cannot be kept exactly. Whether it fits is not asked here.
 */
export function charged(state: MeterState, charges: readonly Charge[], nowMicros: number): MeterState {
  for (const { window } of charges) checkWindow(window);
  const amount = largest(charges);
  const windowMs = Math.max(0, ...charges.map(({ window }) => window.kind === "sliding" ? window.ms : 0));
  const lengths = charges.flatMap(({ window }) => window.kind === "fixed" ? [window.ms] : []);
  const forEver = state.total !== undefined || charges.some(({ window }) => window.kind === "none");
  const sliding = state.sliding !== undefined || windowMs > 0;
  return {
    ...(sliding
      ? { sliding: logged(state.sliding ?? EMPTY_LOG, { amount: roundedUp(amount), windowMs }, nowMicros) }
      : {}),
    fixed: counted(state.fixed, { lengths, amount, nowMicros }),
    ...(forEver ? { total: keptText(added(state.total ?? ZERO, amount)) } : {}),
  };
}

function fitsSliding(
  state: MeterState,
  charge: Charge,
  { ms, nowMicros }: { readonly ms: number; readonly nowMicros: number },
): boolean | undefined {
  const amount = wholeOf(charge.amount), limit = wholeOf(charge.limit);
  if (amount === undefined || limit === undefined || !isWindow(ms)) return undefined;
  const units = usedUnits(state.sliding ?? EMPTY_LOG, ms, nowMicros) + amount;
  return Number.isSafeInteger(units) ? units <= limit : undefined;
}

function usedTotal(state: MeterState, window: MeterWindow, nowMicros: number): string {
  if (window.kind === "none") return state.total ?? ZERO;
  const count = window.kind === "fixed" ? countOf(state, window.ms) : undefined;
  return count === undefined || isOver(count, nowMicros) ? ZERO : count.total;
}

function countOf({ fixed }: MeterState, wanted: number): FixedCount | undefined {
  return fixed.find(({ ms }) => ms === wanted);
}

function isOver({ ms, first }: FixedCount, nowMicros: number): boolean {
  return nowMicros >= first + ms * 1000;
}

/** Every count of the meter, with the charge. Those that are over go, or begin anew where a charge asks for them. */
function counted(
  fixed: readonly FixedCount[],
  { lengths, amount, nowMicros }: {
    readonly lengths: readonly number[];
    readonly amount: Decimal;
    readonly nowMicros: number;
  },
): readonly FixedCount[] {
  if (fixed.length === 0 && lengths.length === 0) return fixed;
  const running = fixed.filter((count) => !isOver(count, nowMicros));
  const begun = [...new Set(lengths)]
    .filter((ms) => !running.some((count) => count.ms === ms))
    .map((ms) => ({ ms, first: nowMicros, total: ZERO }));
  return [...running, ...begun].map((count) => ({ ...count, total: keptText(added(count.total, amount)) }));
}

function largest(charges: readonly Charge[]): Decimal {
  let most: Decimal | undefined;
  for (const { amount } of charges) {
    const one = amountOf(amount);
    if (one === undefined) throw unkept("an amount is no exact decimal from 0");
    if (!isKeepable(one)) {
      throw unkept(`an amount has more than ${MAX_AMOUNT_DIGITS} digits before or behind the point`);
    }
    if (most === undefined || compareDecimals(one, most) > 0) most = one;
  }
  if (most === undefined) throw unkept("there is no amount");
  return most;
}

function amountOf(text: string): Decimal | undefined {
  const amount = decimalFromText(text);
  return amount === undefined || amount.negative ? undefined : amount;
}

function isKeepable({ digits, exponent }: Decimal): boolean {
  return digits.length + exponent <= MAX_AMOUNT_DIGITS && -exponent <= MAX_AMOUNT_DIGITS;
}

function added(total: string, amount: Decimal): Decimal | undefined {
  const before = decimalFromText(total);
  return before === undefined ? undefined : addDecimals(before, amount);
}

function keptText(total: Decimal | undefined): string {
  const text = total === undefined ? undefined : decimalText(total);
  if (text === undefined) throw unkept("the exact total has too many digits");
  return text;
}

function wholeOf(text: string): number | undefined {
  return WHOLE_REGEXP.test(text) ? Number(text) : undefined;
}

/** Rules of different kinds may share a meter; a log holds whole units, and one too many is on the safe side. */
function roundedUp(amount: Decimal): number {
  const [whole = "", fraction] = (decimalText(amount) ?? "").split(".");
  const units = wholeOf(whole);
  if (units === undefined) throw unkept("the amount is too large for a sliding window");
  return fraction === undefined ? units : units + 1;
}

function checkWindow(window: MeterWindow): void {
  if (window.kind === "none" || isWindow(window.ms)) return;
  throw unkept(`the window is ${window.ms} ms, want 1 to ${MAX_WINDOW_MS}`);
}

function isWindow(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 1 && ms <= MAX_WINDOW_MS;
}

function unkept(cause: string): Fault {
  return new Fault("ledger", `Cannot charge a meter: ${cause}`);
}
