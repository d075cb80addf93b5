/** Whole files and outputs of everyday work, in which nothing may be found. */
import { assert, assertEquals } from "@std/assert";
import { BENIGN_TEXTS } from "./_benign_texts.ts";
import { randomOutputs } from "./_benign_random.ts";
import { inspectValue, secretsOf } from "./_harness.ts";

/** More of them with SLOW=1: what is random should not be found with another seed either. */
const SEEDS = Deno.env.get("SLOW") === "1" ? Array.from({ length: 40 }, (_, i) => 4711 + i * 7919) : [4711];

const FILES = [
  ...Object.entries(BENIGN_TEXTS),
  ...SEEDS.flatMap((seed) =>
    Object.entries(randomOutputs(seed)).map(([name, text]) => [`${name} (${seed})`, text] as const)
  ),
];

Deno.test("there are benign files to look at", () => assert(FILES.length >= 60));

for (const [name, text] of FILES) {
  Deno.test(`nothing is found in a file: ${name}`, () => {
    const blocks = [{ content: [{ type: "text", text }] }, {
      structuredContent: { lines: text.split("\n") },
    }];
    for (const value of blocks) {
      assertEquals(secretsOf(inspectValue(value)), []);
      assertEquals(secretsOf(inspectValue(value, { direction: "to-upstream" })), []);
    }
  });
}
