import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../lib/base/mod.ts";
import { RUNS } from "./_json_text.ts";

const READ: readonly (readonly [text: string, ms: number])[] = [
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["2h", 7_200_000],
  ["1h30m", 5_400_000],
  ["1d", 86_400_000],
  ["500ms", 500],
  ["1m500ms", 60_500],
  ["1d2h3m4s5ms", 93_784_005],
  ["0h5m", 300_000],
];

for (const [text, ms] of READ) {
  Deno.test(`parseDuration() reads ${text} as ${ms} ms`, () =>
    assertEquals(parseDuration(text), { ok: true, value: ms }));
}

const REFUSED = [
  "",
  "90",
  "s",
  "-5m",
  "+5m",
  "5 m",
  " 5m",
  "5m ",
  "5M",
  "1.5h",
  "5m1h",
  "1h1h",
  "1ms1s",
  "5min",
  "1w",
  "0s",
  "0d0h",
  "1h30",
  "１h",
  "1e3s",
  "9999999999s",
  "999999999d",
  "5m\n",
];

for (const text of REFUSED) {
  Deno.test(`parseDuration() refuses ${JSON.stringify(text)}`, () => assert(!parseDuration(text).ok));
}

Deno.test("property: parseDuration() reads back what formatDuration() writes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (ms) => {
      assertEquals(parseDuration(formatDuration(ms)), { ok: true, value: ms });
    }),
    RUNS,
  );
});

Deno.test("formatDuration() has a form for nothing at all", () => assertEquals(formatDuration(0), "0ms"));
