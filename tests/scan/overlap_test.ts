import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ALL_DETECTORS } from "../../lib/scan/detectors/all.ts";
import { type Hit, settleHits } from "../../lib/scan/overlap.ts";
import type { FindingAction } from "../../lib/verdict/mod.ts";
import { inspectValue } from "./_harness.ts";

interface Row {
  readonly name: string;
  readonly text: string;
  readonly clean: string;
}

const ROWS: readonly Row[] = [
  {
    name: "the more specific wins",
    text: "api_key=ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    clean: "api_key=[REDACTED:github-token]",
  },
  {
    name: "a loser's rest does not leave",
    text: "see postgres://app:s3cr3tpw@db/AKIAIOSFODNN7EXAMPLE?x=1 there",
    clean: "see [REDACTED:aws-access-key] there",
  },
  {
    name: "two winners share the loser between them",
    text: "password=AKIAIOSFODNN7EXAMPLE/AKIAIOSFODNN7EXAMPLF!",
    clean: "password=[REDACTED:aws-access-key][REDACTED:aws-access-key]",
  },
  {
    name: "apart, all stay",
    text: "AKIAIOSFODNN7EXAMPLE 4111111111111111 078-05-1120",
    clean: "[REDACTED:aws-access-key] [REDACTED:pan] [REDACTED:ssn]",
  },
];

for (const { name, text, clean } of ROWS) {
  Deno.test(`overlapping findings: ${name}`, () => {
    assertEquals(JSON.parse(inspectValue(text).clean ?? "null"), clean);
  });
}

const hits = fc.array(
  fc.record({
    start: fc.nat(60),
    length: fc.integer({ min: 1, max: 20 }),
    detector: fc.constantFrom(...ALL_DETECTORS),
    action: fc.constantFrom<FindingAction>("redact", "redact", "withhold", "allow"),
  }).map(({ start, length, detector, action }): Hit => ({ start, end: start + length, detector, action })),
  { maxLength: 12 },
);

Deno.test("settleHits() leaves no character of an enforced hit unmasked and no two findings overlapping", () => {
  fc.assert(fc.property(hits, (given) => {
    const settled = settleHits(given, 100);
    const enforced = settled.filter(({ hit }) => hit.action !== "allow");
    for (const hit of given.filter(({ action }) => action !== "allow")) {
      for (let at = hit.start; at < hit.end; at++) {
        assert(enforced.some(({ mask }) => at >= mask.start && at < mask.end), `${at} is bare`);
      }
    }
    for (const [i, { hit, mask }] of settled.entries()) {
      assert(mask.start <= hit.start && mask.end >= hit.end || hit.action === "allow");
      assert(i === 0 || (settled[i - 1]?.mask.end ?? 0) <= mask.start);
    }
  }));
});

Deno.test("settleHits() keeps the winner that a naive choice keeps", () => {
  const strictness: Readonly<Record<string, number>> = { allow: 0, redact: 1, withhold: 2 };
  const rank = (a: Hit, b: Hit) =>
    (strictness[b.action] ?? 0) - (strictness[a.action] ?? 0) ||
    b.detector.specificity - a.detector.specificity ||
    (b.end - b.start) - (a.end - a.start) || a.start - b.start;
  fc.assert(fc.property(hits, (given) => {
    const enforced = given.filter(({ action }) => action !== "allow");
    const naive: Hit[] = [];
    for (const hit of enforced.toSorted(rank)) {
      if (!naive.some((other) => hit.start < other.end && other.start < hit.end)) naive.push(hit);
    }
    const settled = settleHits(enforced, 100).map(({ hit }) => hit);
    assertEquals(new Set(settled), new Set(naive));
  }));
});
