import { assert, assertEquals } from "@std/assert";
import { checkDetectors, DETECTORS, SCAN_DETECTOR_IDS } from "../../lib/scan/mod.ts";
import { ALL_DETECTORS } from "../../lib/scan/detectors/all.ts";
import { idsOf, inspectValue } from "./_harness.ts";

Deno.test("SCAN_DETECTOR_IDS are the ids that policies and ledgers know", () => {
  assertEquals([...SCAN_DETECTOR_IDS], [
    "aws-access-key",
    "aws-secret-key",
    "github-token",
    "private-key-pem",
    "connection-string",
    "api-key-assignment",
    "password-assignment",
    "pan",
    "ssn",
    "us-phone",
  ]);
  assertEquals(DETECTORS.map(({ id }) => id), [...SCAN_DETECTOR_IDS]);
});

Deno.test("the floor is the four whose finding is always a live credential", () => {
  assertEquals(DETECTORS.filter(({ floor }) => floor).map(({ id }) => id), [
    "aws-access-key",
    "aws-secret-key",
    "github-token",
    "private-key-pem",
  ]);
});

for (const { id, examples } of DETECTORS) {
  Deno.test(`${id} has examples that it must hit and others that it must not`, () => {
    assert(examples.hits.length >= 4 && examples.misses.length >= 5);
  });

  for (const example of examples.hits) {
    Deno.test(`${id} hits ${JSON.stringify(example).slice(0, 60)}`, () => {
      assert(idsOf(inspectValue({ text: example })).includes(id));
    });
  }

  for (const example of examples.misses) {
    Deno.test(`${id} leaves ${JSON.stringify(example).slice(0, 60)} alone`, () => {
      assert(!idsOf(inspectValue({ text: example })).includes(id));
    });
  }
}

Deno.test("checkDetectors() names an example that a detector does not live up to", () => {
  const lying = ALL_DETECTORS.filter(({ id }) => id === "ssn").map((detector) => ({
    ...detector,
    examples: { hits: ["no number here"], misses: ["078-05-1120"] },
  }));
  assertEquals(checkDetectors(), []);
  assertEquals(checkDetectors(lying), [
    { id: "ssn", kind: "hits", example: "no number here" },
    { id: "ssn", kind: "misses", example: "078-05-1120" },
  ]);
});

Deno.test("every keyword is lower-case ASCII that JSON never has to escape", () => {
  for (const detector of ALL_DETECTORS) {
    if (detector.kind !== "keyword") continue;
    for (const keyword of detector.keywords) {
      assert(keyword.length >= 3, keyword);
      assert(/^[a-z0-9_ :-]+$/.test(keyword), keyword);
    }
    assert(detector.pattern.sticky && !detector.pattern.global, detector.id);
  }
});
