/** Vectors with a random change: whatever comes out, the two verifiers say the same, and find it at the same entry. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { allVectors } from "../../../scripts/ledger_vectors.ts";
import { startPython } from "./python.ts";
import { readVector, verifyVector } from "./vector.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 5000 : 250;
const texts = [...allVectors().values()];

/** Characters that parsers differ about, and some that they do not. */
const ODD = [
  "",
  "0",
  "1",
  "-",
  "9007199254740993",
  "1e400",
  "\\u0000",
  "\\ud800",
  "\u2028",
  "\u00a0",
  '"',
  "\\",
  "{",
  "[",
  ",",
  " ",
  "\t",
  "A",
  "é",
  "\ufeff",
  "\u0001",
  "=",
  "/",
  "+",
  "null",
  "true",
];

const change = fc.constantFrom(...texts).chain((text) => {
  const lines = text.split("\n");
  const places = lines.flatMap((line, i) =>
    i > 2 && !line.startsWith("-- ") && !line.startsWith("public-key") ? [i] : []
  );
  if (places.length === 0) return fc.constant(text);
  const place = fc.constantFrom(...places);
  const edited = fc.tuple(place, fc.nat(), fc.nat(3), fc.constantFrom(...ODD)).map(
    ([at, where, length, odd]) => {
      const line = lines[at] ?? "", from = line.length === 0 ? 0 : where % line.length;
      return lines.with(at, line.slice(0, from) + odd + line.slice(from + length)).join("\n");
    },
  );
  const without = place.map((at) => lines.toSpliced(at, 1).join("\n"));
  const twice = place.map((at) => lines.toSpliced(at, 0, lines[at] ?? "").join("\n"));
  const swapped = fc.tuple(place, place).map(([one, two]) =>
    lines.with(one, lines[two] ?? "").with(two, lines[one] ?? "").join("\n")
  );
  return fc.oneof({ weight: 5, arbitrary: edited }, without, twice, swapped);
});

/** A change may have made a line that opens a section: then it is no vector, and nothing is asked. */
function isVector(text: string): boolean {
  try {
    readVector(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("a vector with a random change: both verifiers say the same", async () => {
  await using python = await startPython();
  await fc.assert(
    fc.asyncProperty(change.filter(isVector), async (text) => {
      const ours = await verifyVector(readVector(text));
      const { status, finding } = await python.ask({ vector: text });
      assertEquals({ status, seq: finding?.seq }, ours);
    }),
    { numRuns: RUNS },
  );
});
