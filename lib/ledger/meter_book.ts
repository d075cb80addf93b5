/** The meters that one commit reads and changes. What is cached is valid while nobody else moves the head. */
import { Fault, sha256Hex } from "../base/mod.ts";
import {
  charge,
  checkCharge,
  decodeMeter,
  EMPTY_METER,
  encodeMeter,
  fits,
  type MeterCharge,
  type MeterState,
} from "../meter/mod.ts";
import { type Change, type LedgerStore, MAX_TOGETHER } from "./port.ts";

const MAX_NAME = 200;
const MAX_CACHED = 1000;
// A call of more charges than this is a mistake in the policy; with it a commit stays below the limits of the store.
export const MAX_CHARGES = 16;

/** How a meter is called in the store: its name, or a digest of one that is too long for a key. */
export function meterKey(name: string): string {
  const wellFormed = name.toWellFormed();
  return wellFormed.length <= MAX_NAME ? wellFormed : `sha256:${sha256Hex(wellFormed)}`;
}

export class MeterBook {
  /** By key, as the store has them. */
  readonly #states = new Map<string, MeterState>();
  readonly #changed = new Set<string>();

  /** Reads the meters of `names` that are not here yet. Call it after the head was read: the commit checks that. */
  async load(store: LedgerStore, names: Iterable<string>): Promise<void> {
    const missing = [...new Set([...names].map(meterKey))].filter((key) => !this.#states.has(key));
    for (let i = 0; i < missing.length; i += MAX_TOGETHER) {
      const some = missing.slice(i, i + MAX_TOGETHER);
      const cells = await store.readTogether(some.map((key) => ["meter", key]));
      some.forEach((key, at) => {
        const cell = cells[at];
        this.#states.set(key, cell === undefined ? EMPTY_METER : decodeMeter(cell.value));
      });
    }
  }

  /** The state of a meter that was loaded. One that was not is a mistake of ours, and must not look like one unused. */
  state(name: string): MeterState {
    const state = this.#states.get(meterKey(name));
    if (state !== undefined) return state;
    throw new Fault("internal", "Cannot charge a meter: it was not read from the store");
  }

  /** Charges all of `charges`, or none: then the answer is the first that does not fit. */
  charge<T extends MeterCharge>(charges: readonly T[], nowMicros: number): T | undefined {
    const after = new Map<string, MeterState>();
    for (const wanted of charges) {
      checkCharge(wanted);
      const key = meterKey(wanted.meter);
      const state = after.get(key) ?? this.state(key);
      if (!fits(state, wanted, nowMicros)) return wanted;
      after.set(key, charge(state, wanted, nowMicros));
    }
    for (const [key, state] of after) {
      this.#states.set(key, state);
      this.#changed.add(key);
    }
    return undefined;
  }

  /** The first charge that would not fit, without charging. */
  exceeded<T extends MeterCharge>(charges: readonly T[], nowMicros: number): T | undefined {
    const trial = new MeterBook();
    for (const { meter } of charges) trial.#states.set(meterKey(meter), this.state(meter));
    return trial.charge(charges, nowMicros);
  }

  /** The rows to write. */
  changes(): readonly Change[] {
    return [...this.#changed].map((key) => ({ table: "meter", key, value: encodeMeter(this.state(key)) }));
  }

  /** Rows and bytes that {@link changes} will have, from above. */
  get size(): { readonly rows: number; readonly bytes: number } {
    let bytes = 0;
    for (const key of this.#changed) bytes += 64 + this.state(key).events.length * 12;
    return { rows: this.#changed.size, bytes };
  }

  /** The changes are written. */
  settled(): void {
    this.#changed.clear();
    if (this.#states.size > MAX_CACHED) this.#states.clear();
  }

  /** Somebody else may have charged: nothing that is known here counts any more. */
  forget(): void {
    this.#states.clear();
    this.#changed.clear();
  }
}
