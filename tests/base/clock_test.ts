import { assert, assertEquals } from "@std/assert";
import { clockFrom, manualClock, rfc3339Micros, systemClock } from "../../lib/base/mod.ts";

Deno.test("rfc3339Micros() writes UTC with six digits", () => {
  assertEquals(rfc3339Micros(0), "1970-01-01T00:00:00.000000Z");
  assertEquals(rfc3339Micros(1_795_000_066_123_456), "2026-11-18T11:07:46.123456Z");
  assertEquals(rfc3339Micros(1_795_000_066_000_009), "2026-11-18T11:07:46.000009Z");
});

Deno.test("manualClock() stands still until it is moved", () => {
  const clock = manualClock(5_000_000);
  assertEquals([clock.nowMicros(), clock.monotonicMs()], [5_000_000, 0]);
  clock.advanceMs(1.5);
  assertEquals([clock.nowMicros(), clock.monotonicMs()], [5_001_500, 1.5]);
});

Deno.test("clockFrom() counts microseconds between the steps of a coarse wall clock", () => {
  const sources = { wall: 1_000_000, passed: 10 };
  const clock = clockFrom({ wallMs: () => sources.wall, monotonicMs: () => sources.passed });
  const start = clock.nowMicros();
  sources.passed += 0.25; // the wall clock has not ticked
  assertEquals(clock.nowMicros() - start, 250);
});

Deno.test("clockFrom() follows the wall clock after the machine slept, or the clock was set", () => {
  const sources = { wall: 1_000_000, passed: 10 };
  const clock = clockFrom({ wallMs: () => sources.wall, monotonicMs: () => sources.passed });
  clock.nowMicros();
  sources.wall += 3_600_000; // asleep for an hour: the monotonic clock stood still
  assertEquals(clock.nowMicros(), 4_600_000_000);
  sources.wall -= 7_200_000;
  assertEquals(clock.nowMicros(), -2_600_000_000);
});

Deno.test("systemClock tells the time of the machine, in whole microseconds", () => {
  const now = systemClock.nowMicros();
  assert(Number.isInteger(now) && Math.abs(now / 1000 - Date.now()) < 1000);
  assert(systemClock.monotonicMs() <= systemClock.monotonicMs());
});
