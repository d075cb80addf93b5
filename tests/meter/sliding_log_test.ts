import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  charge,
  checkCharge,
  decodeMeter,
  EMPTY_METER,
  encodeMeter,
  fits,
  fitsAt,
  MAX_LIMIT,
  type MeterCharge,
  type MeterState,
} from "../../lib/meter/mod.ts";
import { Fault } from "../../lib/base/mod.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 2000 : 200;
const START = 1_790_000_000_000_000;

function rate(limit: number, windowMs: number, amount = 1): MeterCharge {
  return { meter: "rate/files/read_file", limit, windowMs, amount };
}

interface Made {
  readonly at: number;
  readonly amount: number;
}

/** Units within the half-open window of `windowMs` that ends right behind `now`, counted one by one. */
function unitsInWindow(made: readonly Made[], windowMs: number, now: number): number {
  return made.filter(({ at }) => at > now - windowMs * 1000 && at <= now)
    .reduce((sum, { amount }) => sum + amount, 0);
}

Deno.test("a meter agrees with a naive count of every window, whatever the steps of time", () => {
  const steps = fc.array(
    fc.record({ waitMicros: fc.nat(400_000), amount: fc.integer({ min: 1, max: 4 }) }),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 700 }),
      steps,
      (limit, windowMs, plan) => {
        let state: MeterState = EMPTY_METER;
        let now = START;
        const made: Made[] = [];
        for (const { waitMicros, amount } of plan) {
          now += waitMicros;
          const wanted = rate(limit, windowMs, amount);
          const expected = unitsInWindow(made, windowMs, now) + amount <= limit;
          assertEquals(fits(state, wanted, now), expected);
          if (!expected) continue;
          // Through the bytes of the store each time, as a restart between any two charges would do.
          state = decodeMeter(encodeMeter(charge(state, wanted, now)));
          made.push({ at: now, amount });
        }
        for (const { at } of made) assert(unitsInWindow(made, windowMs, at) <= limit);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("fitsAt() names the first instant at which the charge fits, and the one before does not", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(300_000), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 3 }),
      (waits, amount) => {
        const windowMs = 500;
        let state: MeterState = EMPTY_METER;
        let now = START;
        for (const wait of waits) {
          now += wait;
          if (fits(state, rate(5, windowMs), now)) state = charge(state, rate(5, windowMs), now);
        }
        const wanted = rate(5, windowMs, amount);
        const at = fitsAt(state, wanted, now);
        if (at === undefined) throw new Error("a charge of at most the limit always fits some day");
        assert(at >= now);
        assert(fits(state, wanted, at));
        if (at > now) assert(!fits(state, wanted, at - 1));
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("fitsAt() is undefined for more units than the limit has", () => {
  assertEquals(fitsAt(EMPTY_METER, rate(2, 1000, 3), START), undefined);
});

Deno.test("a charge exactly one window later fits, one microsecond earlier does not", () => {
  const state = charge(EMPTY_METER, rate(1, 1000), START);
  assertEquals(fits(state, rate(1, 1000), START + 999_999), false);
  assertEquals(fits(state, rate(1, 1000), START + 1_000_000), true);
});

Deno.test("an event ahead of the clock counts", () => {
  const state = charge(EMPTY_METER, rate(1, 1000), START + 60_000_000);
  assertEquals(fits(state, rate(1, 1000), START), false);
});

Deno.test("two windows on one meter: the short one does not drop what the long one looks back on", () => {
  let state = charge(EMPTY_METER, rate(2, 60_000), START);
  state = charge(state, rate(5, 1000), START + 30_000_000);
  assertEquals(fits(state, rate(2, 60_000), START + 30_000_001), false);
});

Deno.test("a full meter of the largest limit fits a value of the store", () => {
  let state: MeterState = EMPTY_METER;
  for (let i = 0; i < MAX_LIMIT; i++) {
    state = {
      windowMs: 86_400_000,
      events: [...state.events.slice(), { at: START + i * 17_000_000, amount: 1 }],
    };
  }
  const bytes = encodeMeter(state);
  assert(bytes.length < 60_000, `${bytes.length} bytes`);
  assertEquals(decodeMeter(bytes), state);
  const after = charge(state, rate(MAX_LIMIT, 86_400_000), START + MAX_LIMIT * 17_000_000);
  assert(after.events.length <= MAX_LIMIT + 1);
});

const BAD_CHARGES: Readonly<Record<string, MeterCharge>> = {
  "a limit over the cap": rate(MAX_LIMIT + 1, 1000),
  "a limit that is no whole number": rate(1.5, 1000),
  "a negative limit": rate(-1, 1000),
  "an amount of zero": rate(1, 1000, 0),
  "an amount that is not a number": rate(1, 1000, NaN),
  "a window of zero": rate(1, 0),
};

for (const [name, bad] of Object.entries(BAD_CHARGES)) {
  Deno.test(`checkCharge() refuses ${name}`, () => {
    const fault = assertThrows(() => checkCharge(bad), Fault);
    assertEquals(fault.code, "ledger");
  });
}

Deno.test("checkCharge() takes the largest limit", () => checkCharge(rate(MAX_LIMIT, 1000)));

const DAMAGED: Readonly<Record<string, readonly number[]>> = {
  "no bytes": [],
  "another format": [2, 1],
  "a number that does not end": [1, 0x80],
  "an event without its amount": [1, 1, 5],
  "a number of nine bytes": [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
};

for (const [name, bytes] of Object.entries(DAMAGED)) {
  Deno.test(`decodeMeter() refuses ${name}`, () => {
    assertThrows(() => decodeMeter(Uint8Array.from(bytes)), Fault);
  });
}
