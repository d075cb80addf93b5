import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Fault } from "../../lib/base/mod.ts";
import { decodeMeter, encodeMeter } from "../../lib/meter/codec.ts";
import { charged, EMPTY_METER, fits, fitsAt, type MeterState } from "../../lib/meter/meter_state.ts";
import { MAX_EVENTS, usedUnits } from "../../lib/meter/sliding_log.ts";
import type { Charge, MeterWindow } from "../../lib/verdict/mod.ts";
import { charge, fixed, NO_WINDOW, RUNS, sliding, START } from "./_meter.ts";

interface Made {
  readonly at: number;
  readonly amount: number;
}

/** Units that count at `now`, one by one: the definition of each kind of window, without any cleverness. */
function naive(made: readonly Made[], window: MeterWindow, now: number): number {
  const sum = (some: readonly Made[]) => some.reduce((all, { amount }) => all + amount, 0);
  if (window.kind === "none") return sum(made);
  if (window.kind === "sliding") return sum(made.filter(({ at }) => at > now - window.ms * 1000));
  let since: Made[] = [];
  for (const one of made) {
    const first = since[0];
    since = first === undefined || one.at >= first.at + window.ms * 1000 ? [one] : [...since, one];
  }
  const first = since[0];
  return first === undefined || now >= first.at + window.ms * 1000 ? 0 : sum(since);
}

/** Through the bytes of the store each time, as a restart between any two charges would do. */
function stored(state: MeterState): MeterState {
  return decodeMeter(encodeMeter(state));
}

const KINDS = fc.oneof(
  fc.integer({ min: 1, max: 700 }).map(sliding),
  fc.integer({ min: 1, max: 700 }).map(fixed),
  fc.constant(NO_WINDOW),
);
const STEPS = fc.array(
  fc.record({ waitMicros: fc.nat(400_000), amount: fc.integer({ min: 0, max: 4 }) }),
  { maxLength: 80 },
);

Deno.test("property: a meter agrees with a naive count, whatever the window and the steps of time", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12 }), KINDS, STEPS, (limit, window, plan) => {
      let state = EMPTY_METER, now = START;
      const made: Made[] = [];
      for (const { waitMicros, amount } of plan) {
        now += waitMicros;
        const wanted = charge(limit, window, amount);
        const expected = naive(made, window, now) + amount <= limit;
        assertEquals(fits(state, wanted, now), expected);
        if (!expected) continue;
        state = stored(charged(state, [wanted], now));
        made.push({ at: now, amount });
      }
      if (window.kind !== "sliding") return;
      for (const { at } of made) assert(naive(made.filter((one) => one.at <= at), window, at) <= limit);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("property: a meter that several windows share keeps for each of them what it counts", () => {
  const windows = fc.array(KINDS, { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(windows, STEPS, (kinds, plan) => {
      let state = EMPTY_METER, now = START;
      const made: Made[] = [];
      for (const { waitMicros, amount } of plan) {
        now += waitMicros;
        for (const window of kinds) {
          const whole = naive(made, window, now) + amount;
          assertEquals(fits(state, charge(whole, window, amount), now), true);
          if (whole > 0) assertEquals(fits(state, charge(whole - 1, window, amount), now), false);
        }
        state = stored(charged(state, kinds.map((window) => charge(1, window, amount)), now));
        made.push({ at: now, amount });
      }
    }),
    { numRuns: RUNS / 2 },
  );
});

Deno.test("property: fitsAt() names the first instant at which the charge fits, and the one before does not", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(300_000), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(sliding(500), fixed(500)),
      (waits, amount, window) => {
        let state = EMPTY_METER, now = START;
        for (const wait of waits) {
          now += wait;
          if (fits(state, charge(5, window), now)) state = charged(state, [charge(5, window)], now);
        }
        const wanted = charge(5, window, amount);
        const at = fitsAt(state, wanted, now);
        if (at === undefined) throw new Error("a charge of at most the limit always fits some day");
        assert(at >= now && fits(state, wanted, at));
        if (at > now) assertEquals(fits(state, wanted, at - 1), false);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("fitsAt() is undefined for more units than the limit has, and where nothing is ever given back", () => {
  for (const window of [sliding(1000), fixed(1000), NO_WINDOW]) {
    assertEquals(fitsAt(EMPTY_METER, charge(2, window, 3), START), undefined);
  }
  const used = charged(EMPTY_METER, [charge(2, NO_WINDOW, 2)], START);
  assertEquals(fitsAt(used, charge(2, NO_WINDOW), START), undefined);
});

Deno.test("a charge exactly one window later fits, one microsecond earlier does not", () => {
  for (const window of [sliding(1000), fixed(1000)]) {
    const state = charged(EMPTY_METER, [charge(1, window)], START);
    assertEquals(fits(state, charge(1, window), START + 999_999), false);
    assertEquals(fits(state, charge(1, window), START + 1_000_000), true);
  }
});

Deno.test("an event ahead of the clock counts", () => {
  const state = charged(EMPTY_METER, [charge(1, sliding(1000))], START + 60_000_000);
  assertEquals(fits(state, charge(1, sliding(1000)), START), false);
});

Deno.test("several charges of one call: the largest amount, once", () => {
  const one = [charge(9, NO_WINDOW, "2.5"), charge(9, NO_WINDOW, "1"), charge(9, fixed(1000), "2.50")];
  const state = charged(EMPTY_METER, one, START);
  assertEquals(state.total, "2.5");
  assertEquals(state.fixed, [{ ms: 1000, first: START, total: "2.5" }]);
});

Deno.test("a fraction that comes to a log counts as one whole unit more, never less", () => {
  const state = charged(EMPTY_METER, [charge(9, sliding(1000), 2), charge(9, NO_WINDOW, "2.5")], START);
  assertEquals([usedUnits(state.sliding ?? { windowMs: 0, events: [] }, 1000, START), state.total], [
    3,
    "2.5",
  ]);
});

Deno.test("totals are exact where doubles are not", () => {
  let state = EMPTY_METER;
  for (let i = 0; i < 10; i++) state = charged(state, [charge(1, NO_WINDOW, "0.1")], START);
  assertEquals(state.total, "1");
  assertEquals(fits(state, charge("1.0000000000000000001", NO_WINDOW, "0.0000000000000000001"), START), true);
  assertEquals(fits(state, charge("1", NO_WINDOW, "0.0000000000000000001"), START), false);
});

interface Unsure {
  readonly one: Charge;
  /** `false`: it is over the limit whatever was used. */
  readonly fits: boolean | undefined;
}

const UNSURE: Readonly<Record<string, Unsure>> = {
  "an amount with a fraction in a log": { one: charge(5, sliding(1000), "0.5"), fits: undefined },
  "an amount that is no number": { one: charge(5, NO_WINDOW, "many"), fits: undefined },
  "a negative amount": { one: charge(5, NO_WINDOW, "-1"), fits: undefined },
  "an amount of 400 places": { one: charge(5, NO_WINDOW, "1e-400"), fits: undefined },
  "an amount of 400 digits": { one: charge(5, NO_WINDOW, "1e400"), fits: false },
  "a limit that is no number": { one: charge("lots", NO_WINDOW), fits: undefined },
  "a log of a thousand years": { one: charge(5, sliding(31_557_600_000_000)), fits: undefined },
};

for (const [name, { one, fits: expected }] of Object.entries(UNSURE)) {
  Deno.test(`fits() does not guess: ${name}`, () => assertEquals(fits(EMPTY_METER, one, START), expected));
}

const UNKEPT: Readonly<Record<string, readonly Charge[]>> = {
  "no amount at all": [],
  "a negative amount": [charge(5, NO_WINDOW, "-1")],
  "an amount of 400 places": [charge(5, NO_WINDOW, "1e-400")],
  "an amount of 400 digits": [charge(5, fixed(1000), "1e400")],
  "more units than a log can hold": [charge(5, sliding(1000), "1e20")],
  "a window of zero": [charge(5, sliding(0))],
  "a window that is no whole number": [charge(5, fixed(1.5))],
};

for (const [name, some] of Object.entries(UNKEPT)) {
  Deno.test(`charged() refuses ${name}`, () => {
    assertEquals(assertThrows(() => charged(EMPTY_METER, some, START), Fault).code, "ledger");
  });
}

Deno.test("amounts that are taken never make a total that cannot be kept", () => {
  let state = EMPTY_METER;
  const largest = "9".repeat(45), smallest = `0.${"0".repeat(44)}1`;
  for (let i = 0; i < 1000; i++) {
    for (const amount of [largest, smallest]) state = charged(state, [charge(1, NO_WINDOW, amount)], START);
  }
  assertEquals(fits(stored(state), charge(`1${"0".repeat(60)}`, NO_WINDOW), START), true);
});

Deno.test("a log beyond its cap: never less strict, at most a 2,048th of the window stricter, and fits the store", () => {
  const ms = 86_400_000, step = 1_700_000; // 50,000 charges in a day
  const made: Made[] = [];
  let state = EMPTY_METER, now = START;
  for (let i = 0; i < 60_000; i++) {
    now += step + (i * 7919) % 1000;
    state = charged(state, [charge(1e9, sliding(ms), 1 + i % 3)], now);
    made.push({ at: now, amount: 1 + i % 3 });
  }
  const log = state.sliding;
  if (log === undefined) throw new Error("a sliding charge has a log");
  assert(log.events.length <= MAX_EVENTS);
  const bytes = encodeMeter(state);
  assert(bytes.length < 60_000, `${bytes.length} bytes`);
  assertEquals(decodeMeter(bytes), state);
  for (const later of [0, 1_000_000, 3_600_000_000, 40_000_000_000, 86_399_000_000, 86_400_000_000]) {
    const exact = naive(made, sliding(ms), now + later);
    const kept = usedUnits(log, ms, now + later);
    const earlier = naive(made, sliding(ms), now + later - Math.ceil(ms * 1000 / 2048));
    assert(kept >= exact, `${kept} of ${exact}`);
    assert(kept <= earlier, `${kept}, want at most ${earlier}`);
  }
  const short = naive(made, sliding(60_000), now);
  assertEquals(
    usedUnits(log, 60_000, now),
    short,
    "a short window on the same meter sees the newest exactly",
  );
});

Deno.test("the largest log that can be fits the store", () => {
  const hundredYears = 3_155_760_000_000;
  let state = EMPTY_METER;
  for (let i = 0; i < MAX_EVENTS + 10; i++) {
    state = charged(state, [charge(1e9, sliding(hundredYears), 999_999_999)], START + i * 600_000_000_000);
  }
  assert(encodeMeter(state).length < 60_000, `${encodeMeter(state).length} bytes`);
});

const DAMAGED: Readonly<Record<string, readonly number[]>> = {
  "no bytes": [],
  "another format": [1, 0, 0, 0],
  "a number that does not end": [2, 0x80],
  "fewer events than it says": [2, 3, 1, 5, 1],
  "more events than there are bytes": [2, 0xff, 0xff, 0xff, 0x7f],
  "a number of nine bytes": [2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  "a total that is no decimal": [2, 0, 0, 1, 0x78],
  "a total that is cut off": [2, 0, 0, 5, 0x31],
  "bytes behind the end": [2, 0, 0, 0, 0],
  "one window twice": [2, 0, 2, 5, 5, 1, 0x31, 5, 5, 1, 0x31, 0],
};

for (const [name, bytes] of Object.entries(DAMAGED)) {
  Deno.test(`decodeMeter() refuses ${name}`, () => {
    assertThrows(() => decodeMeter(Uint8Array.from(bytes)), Fault, "damaged");
  });
}
