/**
 * Meters and histories as of one commit: read from the store before, changed with the entry that they belong to, written
 * with it. Without a store (a test of a policy, a simulation) everything begins empty.
 */
import { Fault, sha256Hex } from "../base/mod.ts";
import type { Charge, Effects, Guard, Mark, Match, Usage } from "../verdict/mod.ts";
import { decodeMeter, encodeMeter } from "./codec.ts";
import { type History, isOlder, marked, NO_HISTORY, wasReached } from "./history.ts";
import { decodeHistory, encodeHistory, trackKey } from "./history_row.ts";
import { charged, EMPTY_METER, fits, fitsAt, type MeterState } from "./meter_state.ts";
import type { Needs } from "./needs.ts";

const MAX_NAME = 200;
const MAX_CACHED = 1000;

/** Where a row of the book is kept. */
export interface BookRow {
  readonly table: "meter" | "history";
  readonly key: string;
}

// Text that a peer chose has back slashes before its quotes, and so cannot look like this pair.
const SESSION_REGEXP = /"session","[^"\\]{1,64}"/;

/**
 * How a meter or a scope is called in the store: its name, or a digest of one that is too long for a key. The session
 * that it belongs to can be read in either: its rows go away with it.
 */
export function bookKey(name: string): string {
  const wellFormed = name.toWellFormed();
  if (wellFormed.length <= MAX_NAME) return wellFormed;
  const [session] = SESSION_REGEXP.exec(wellFormed) ?? [];
  return `sha256:${sha256Hex(wellFormed)}${session === undefined ? "" : ` ${session}`}`;
}

/** A book in memory, in which everything begins empty. */
export function memoryBook(): Book {
  return new Book({ beginsEmpty: true });
}

export class Book {
  /** By key. A Fault where the row is damaged: it is thrown at whoever needs the row, and at nobody else. */
  readonly #meters = new Map<string, MeterState | Fault>();
  readonly #histories = new Map<string, History | Fault>();
  readonly #changedMeters = new Set<string>();
  readonly #changedHistories = new Set<string>();
  readonly #beginsEmpty: boolean;

  constructor({ beginsEmpty = false }: { readonly beginsEmpty?: boolean } = {}) {
    this.#beginsEmpty = beginsEmpty;
  }

  /** What is known at `nowMicros`. Its answers throw Fault `ledger` for damaged rows, `internal` for ones not read. */
  at(nowMicros: number): Usage {
    return {
      match: (guard) => this.#match(guard, nowMicros),
      calls: (scope) => this.#history(scope).calls,
      progress: (scope, track) => this.#history(scope).walks.get(trackKey(track)) ?? 0,
    };
  }

  /** When the charge fits if nothing else is charged meanwhile, in microseconds; `undefined`: never, as far as is known. */
  fitsAt(charge: Charge, nowMicros: number): number | undefined {
    return fitsAt(this.#meter(charge.meter), charge, nowMicros);
  }

  /** Makes the charges and puts the marks of one call (lib/verdict: `effectsOf`). Throws a Fault, and then none of them. */
  settle(effects: Effects, nowMicros: number): void {
    this.prepare(effects, nowMicros)();
  }

  /** As {@link settle}, in two steps: what can fail does so here, and what is answered cannot. Nothing comes between. */
  prepare({ charges, marks }: Effects, nowMicros: number): () => void {
    if (charges.length === 0 && marks.length === 0) return () => {};
    const meters = groupBy(charges, ({ meter }) => meter)
      .map(([name, group]) => [bookKey(name), charged(this.#meter(name), group, nowMicros)] as const);
    const histories = groupBy(marks.map(withTrackKey), ({ scope }) => scope)
      .map(([scope, group]) => [bookKey(scope), marked(this.#history(scope), group, nowMicros)] as const);
    return () => {
      for (const [key, state] of meters) change(this.#meters, this.#changedMeters, [key, state]);
      for (const [key, state] of histories) change(this.#histories, this.#changedHistories, [key, state]);
    };
  }

  /** The rows of `needs` that are not here yet. */
  missing({ meters, scopes }: Needs): readonly BookRow[] {
    return [
      ...keysMissing(meters, this.#meters).map((key) => ({ table: "meter", key }) as const),
      ...keysMissing(scopes, this.#histories).map((key) => ({ table: "history", key }) as const),
    ];
  }

  /** Takes a row as the store has it; `undefined`: it has none. */
  put({ table, key }: BookRow, value: Uint8Array | undefined): void {
    if (table === "meter") this.#meters.set(key, readOr(value, decodeMeter, EMPTY_METER));
    else this.#histories.set(key, readOr(value, decodeHistory, NO_HISTORY));
  }

  /** The rows to write. */
  changes(): readonly (BookRow & { readonly value: Uint8Array<ArrayBuffer> })[] {
    return [
      ...[...this.#changedMeters].map((key) => ({
        table: "meter" as const,
        key,
        value: encodeMeter(usable(this.#meters.get(key))),
      })),
      ...[...this.#changedHistories].map((key) => ({
        table: "history" as const,
        key,
        value: encodeHistory(usable(this.#histories.get(key))),
      })),
    ];
  }

  /** Rows and bytes that {@link changes} will have, from above; with `more`, if all of these were changed as well. */
  size(more: Needs = { meters: [], scopes: [] }): { readonly rows: number; readonly bytes: number } {
    const meters = more.meters.length === 0 ? this.#changedMeters : union(this.#changedMeters, more.meters);
    const scopes = more.scopes.length === 0
      ? this.#changedHistories
      : union(this.#changedHistories, more.scopes);
    let bytes = 0;
    for (const key of meters) bytes += meterBytes(this.#meters.get(key));
    for (const key of scopes) bytes += historyBytes(this.#histories.get(key));
    return { rows: meters.size + scopes.size, bytes };
  }

  /** The changes are written. */
  settled(): void {
    this.#changedMeters.clear();
    this.#changedHistories.clear();
    if (this.#meters.size > MAX_CACHED) this.#meters.clear();
    if (this.#histories.size > MAX_CACHED) this.#histories.clear();
  }

  /** Somebody else may have changed the rows: nothing that is known here counts any more. */
  forget(): void {
    this.#meters.clear();
    this.#histories.clear();
    this.#changedMeters.clear();
    this.#changedHistories.clear();
  }

  #match(guard: Guard, nowMicros: number): Match {
    if (guard.kind === "limit") {
      const fitting = fits(this.#meter(guard.charge.meter), guard.charge, nowMicros);
      return fitting === undefined ? "unevaluable" : fitting === (guard.holds === "within") ? "yes" : "no";
    }
    const history = this.#history(guard.scope);
    if (guard.kind === "age") return isOlder(history, guard.overMs, nowMicros) ? "yes" : "no";
    const reached = wasReached(history, { ...guard, track: trackKey(guard.track) }, nowMicros);
    return reached === (guard.holds === "after") ? "yes" : "no";
  }

  #meter(name: string): MeterState {
    return usable(this.#meters.get(bookKey(name)) ?? this.#unread(EMPTY_METER));
  }

  #history(scope: string): History {
    return usable(this.#histories.get(bookKey(scope)) ?? this.#unread(NO_HISTORY));
  }

  /** A row that was not read must not look like one that is empty. */
  #unread<T>(empty: T): T {
    if (this.#beginsEmpty) return empty;
    throw new Fault("internal", "Cannot look at limits or history: a row was not read from the store");
  }
}

function usable<T>(state: T | Fault | undefined): T {
  if (state instanceof Fault) throw state;
  // INVARIANT: what is changed is here; `#unread` has seen to the rest.
  if (state === undefined) throw new Fault("internal", "Cannot write limits or history: a row is not here");
  return state;
}

function readOr<T>(value: Uint8Array | undefined, read: (value: Uint8Array) => T, empty: T): T | Fault {
  if (value === undefined) return empty;
  try {
    return read(value);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

function withTrackKey(mark: Mark): Mark {
  return mark.kind === "call" ? mark : { ...mark, track: trackKey(mark.track) };
}

function change<T>(
  states: Map<string, T | Fault>,
  changed: Set<string>,
  [key, state]: readonly [string, T],
): void {
  states.set(key, state);
  changed.add(key);
}

function keysMissing(names: readonly string[], here: ReadonlyMap<string, unknown>): readonly string[] {
  if (names.length === 0) return [];
  return [...new Set(names.map(bookKey))].filter((key) => !here.has(key));
}

function union(keys: ReadonlySet<string>, names: readonly string[]): ReadonlySet<string> {
  return new Set([...keys, ...names.map(bookKey)]);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [string, T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups];
}

function meterBytes(state: MeterState | Fault | undefined): number {
  if (state === undefined || state instanceof Fault) return 0;
  return 512 + (state.sliding?.events.length ?? 0) * 12 + state.fixed.length * 160;
}

function historyBytes(state: History | Fault | undefined): number {
  if (state === undefined || state instanceof Fault) return 0;
  let bytes = 512 + state.walks.size * 90;
  for (const { best } of state.tracks.values()) bytes += 110 + best.length * 18;
  return Math.min(bytes, 64 * 1024);
}
