import { assert, assertEquals } from "@std/assert";
import { checkDetectors, DETECTORS, SCAN_DETECTOR_IDS } from "../../lib/scan/mod.ts";
import { ALL_DETECTORS } from "../../lib/scan/detectors/all.ts";
import { idsOf, inspectText, inspectValue } from "./_harness.ts";

/** Policies and ledgers that exist name these: they stay, and mean what they meant. */
const CONTRACT = [
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
] as const;

Deno.test("SCAN_DETECTOR_IDS are the ids of the detectors, in their order, each once", () => {
  assertEquals(DETECTORS.map(({ id }) => id), [...SCAN_DETECTOR_IDS]);
  assertEquals(new Set(SCAN_DETECTOR_IDS).size, SCAN_DETECTOR_IDS.length);
  assertEquals(CONTRACT.filter((id) => !SCAN_DETECTOR_IDS.includes(id)), []);
  for (const id of SCAN_DETECTOR_IDS) assert(/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id) && id.length <= 40, id);
});

Deno.test("the floor is what opens code, clouds, money or other secrets", () => {
  const floor: readonly string[] = DETECTORS.filter(({ floor }) => floor).map(({ id }) => id);
  for (const id of ["aws-access-key", "aws-secret-key", "github-token", "private-key-pem", "stripe-key"]) {
    assert(floor.includes(id), id);
  }
  for (const id of ["stripe-test-key", "password-assignment", "pan", "us-phone"]) {
    assert(!floor.includes(id), id);
  }
});

for (const { id, examples, off } of DETECTORS) {
  const question = { overrides: off ? [{ detector: id, results: "redact" } as const] : [] };

  Deno.test(`${id} has examples that it must hit and others that it must not`, () => {
    assert(examples.hits.length >= 3 && examples.misses.length >= 3);
  });

  for (const example of examples.hits) {
    Deno.test(`${id} hits ${JSON.stringify(example).slice(0, 60)}`, () => {
      const { clean, ...found } = inspectValue({ text: example }, question);
      assert(idsOf(found).includes(id));
      // And it is masked in one go: what a mask leaves must not look like a secret again.
      assert(clean !== undefined, "the mask does not settle");
      assertEquals(idsOf(inspectText(clean ?? "", question)), []);
    });
  }

  for (const example of examples.misses) {
    Deno.test(`${id} leaves ${JSON.stringify(example).slice(0, 60)} alone`, () => {
      assert(!idsOf(inspectValue({ text: example }, question)).includes(id));
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
      assert(keyword.length >= 3 || keyword === "@", keyword);
      assert(/^[a-z0-9_ .:/=~@-]+$/.test(keyword), keyword);
    }
    assert(detector.pattern.sticky && !detector.pattern.global, detector.id);
  }
});

Deno.test("a detector that is off finds nothing until an override asks for it, and then where it asks", () => {
  const value = { from: "alice@corp.io" };
  assertEquals(idsOf(inspectValue(value)), []);
  assertEquals(idsOf(inspectValue(value, { direction: "to-upstream" })), []);
  const overrides = [{ detector: "email", requests: "block", server: "crm" }] as const;
  assertEquals(idsOf(inspectValue(value, { direction: "to-upstream", server: "crm", overrides })), ["email"]);
  assertEquals(idsOf(inspectValue(value, { direction: "to-upstream", server: "files", overrides })), []);
  assertEquals(idsOf(inspectValue(value, { server: "crm", overrides })), []);
});

Deno.test("a seed phrase is seen in a string beside names that are words of its list", () => {
  const phrase = `${"abandon ".repeat(11)}about`;
  assertEquals(idsOf(inspectValue({ word: "x", note: phrase, open: "item", number: "about" })), [
    "bip39-phrase",
  ]);
  assertEquals(idsOf(inspectValue([phrase.replaceAll(" ", "\n"), phrase.toUpperCase()])), ["bip39-phrase"]);
  assertEquals(idsOf(inspectValue(phrase.replace("about", "above"))), []);
});

Deno.test("a seed phrase is seen that is cut over two strings, wherever the cut is", () => {
  const phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
  for (let at = 1; at < phrase.length; at++) {
    const [head, rest] = [`my seed: ${phrase.slice(0, at)}`, `${phrase.slice(at)} is all`];
    const blocks = [{ type: "text", text: head }, { type: "text", text: rest }];
    for (const value of [{ content: blocks }, { part1: head, part2: rest }, [head, rest]]) {
      assertEquals(
        idsOf(inspectValue(value)),
        ["bip39-phrase"],
        `${at} ${JSON.stringify(value).slice(0, 8)}`,
      );
    }
  }
});
