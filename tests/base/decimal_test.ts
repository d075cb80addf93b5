import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  addDecimals,
  compareDecimals,
  type Decimal,
  decimalFromText,
  decimalFromValue,
  decimalText,
  type JsonArray,
  parseJson,
} from "../../lib/base/mod.ts";
import { RUNS } from "./_json_text.ts";
import { valueOf } from "./_results.ts";

const EQUAL: readonly (readonly [a: string, b: string])[] = [
  ["1", "1.0"],
  ["1", "1e0"],
  ["75000", "75,000"],
  ["75000", "7.5e4"],
  ["75000", "+75000"],
  ["75000", " 75000\t"],
  ["1234567.5", "1,234,567.50"],
  ["-0.5", "-.5"],
  ["0.5", ".5"],
  ["0", "-0"],
  ["0", "0e999999999"],
  ["0", "0.000"],
  ["9007199254740993", "9007199254740993.0"],
  ["100", "1E+2"],
  ["0.001", "1e-3"],
  ["007", "7"],
];

for (const [a, b] of EQUAL) {
  Deno.test(`decimalFromText() reads "${a}" and "${b.replace("\t", "\\t")}" as one number`, () => {
    assertEquals(decimalFromText(a), decimalFromText(b));
    assertEquals(compareDecimals(decimal(a), decimal(b)), 0);
  });
}

const ASCENDING = [
  "-1e400",
  "-9007199254740993",
  "-9007199254740992",
  "-10",
  "-9.99",
  "-1e-400",
  "0",
  "1e-400",
  "0.1",
  "0.10000000000000001",
  "0.99",
  "1",
  "9",
  "9.5",
  "10",
  "50000",
  "50000.000001",
  "9007199254740992",
  "9007199254740993",
  "1e21",
  "1e400",
  "1e999999999",
];

Deno.test("compareDecimals() orders numbers that a double cannot tell apart", () => {
  for (const [i, a] of ASCENDING.entries()) {
    for (const [j, b] of ASCENDING.entries()) {
      assertEquals(Math.sign(compareDecimals(decimal(a), decimal(b))), Math.sign(i - j), `${a} and ${b}`);
    }
  }
});

const NO_NUMBERS = [
  "",
  " ",
  "-",
  "+",
  ".",
  "1.",
  "-.",
  "e5",
  "1e",
  "1e+",
  "--1",
  "+-3",
  "-+3",
  "++3",
  "1,5",
  "75,00",
  ",750",
  "1,234,56",
  "1_000",
  "1 000",
  "0x10",
  "1e1.5",
  "1e1234567890",
  "NaN",
  "Infinity",
  "٣",
  "１",
  "1\n2",
  "12abc",
  "1,000e3x",
];

for (const text of NO_NUMBERS) {
  Deno.test(`decimalFromText() reads no number in ${JSON.stringify(text)}`, () => {
    assertEquals(decimalFromText(text), undefined);
  });
}

Deno.test("decimalFromValue() reads numbers and strings, and nothing else", () => {
  const values = valueOf(parseJson('["7.5e4",75000,75000.0,null,true,[1],{"rawJSON":"1"}]')) as JsonArray;
  const [a, b, c, ...rest] = values.map(decimalFromValue);
  assertEquals([a, b], [c, c]);
  assertEquals(rest, [undefined, undefined, undefined, undefined]);
});

Deno.test("decimalFromText() takes a million digits in its stride", () => {
  const long = "1".repeat(1_000_000);
  assertEquals(compareDecimals(decimal(long), decimal(`${long}.0`)), 0);
  assertEquals(decimalFromText(`${long}x`), undefined);
  assertEquals(decimalFromText("1,111".repeat(200_000)), undefined);
});

Deno.test("property: compareDecimals() agrees with integers of any size", () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt(), (a, b) => {
      const order = a < b ? -1 : a > b ? 1 : 0;
      assertEquals(Math.sign(compareDecimals(decimal(String(a)), decimal(String(b)))), order);
    }),
    RUNS,
  );
});

Deno.test("property: compareDecimals() agrees with doubles, which are decimals too", () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(double, double, (a, b) => {
      const order = a < b ? -1 : a > b ? 1 : 0;
      assertEquals(Math.sign(compareDecimals(decimal(String(a)), decimal(String(b)))), order);
    }),
    RUNS,
  );
});

const PLAIN: readonly (readonly [string, string | undefined])[] = [
  ["0", "0"],
  ["-0", "0"],
  ["1e3", "1000"],
  ["75,000", "75000"],
  ["-.5", "-0.5"],
  ["99.950", "99.95"],
  ["1e-5", "0.00001"],
  ["1e119", `1${"0".repeat(119)}`],
  ["1e120", undefined],
  ["1e-121", undefined],
  ["1e999999999", undefined],
];

for (const [text, plain] of PLAIN) {
  Deno.test(`decimalText() of ${text} is ${plain?.slice(0, 12) ?? "too long to write down"}`, () => {
    assertEquals(decimalText(decimal(text)), plain);
  });
}

const SUMS: readonly (readonly [string, string, string | undefined])[] = [
  ["0.1", "0.2", "0.3"],
  ["9007199254740992", "1", "9007199254740993"],
  ["5", "-5", "0"],
  ["0", "-1.5", "-1.5"],
  ["1e100", "1", `1${"0".repeat(99)}1`],
  ["1e400", "1", undefined],
  ["1", "1e-400", undefined],
];

for (const [a, b, sum] of SUMS) {
  Deno.test(`addDecimals(): ${a} and ${b}, exactly or not at all`, () => {
    const added = addDecimals(decimal(a), decimal(b));
    assertEquals(added && decimalText(added), sum);
  });
}

Deno.test("property: addDecimals() agrees with integers and is exact in hundredths", () => {
  const cents = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
  fc.assert(
    fc.property(cents, cents, (a, b) => {
      const added = addDecimals(decimal(`${a}e-2`), decimal(`${b}e-2`));
      assertEquals(added, decimal(`${a + b}e-2`));
    }),
    RUNS,
  );
});

function decimal(text: string): Decimal {
  const value = decimalFromText(text);
  if (value === undefined) throw new Error(`no number: ${text}`);
  return value;
}
