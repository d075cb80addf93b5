/** A secret that is cut over two strings of a result, where the first part alone is long enough to be found. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { DETECTORS } from "../../lib/scan/mod.ts";
import { inspectText, inspectValue, secretsOf } from "./_harness.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 5_000 : 300;

/** Long secrets, cut where the first half is a finding of its own; invented. */
const CUTS: readonly { readonly id: string; readonly head: string; readonly tail: string }[] = [
  {
    id: "anthropic-api-key",
    head: "sk-ant-" + "api03-Ydf6pFNo9fKkjm-4HsjfkAf1e8JK5HQK72wUeG_Xv",
    tail: "9ixp9YEHC8n_8l17ORNkMll3gTfXVUhyEgBLLsqivMhteQ76ldAEAA",
  },
  { id: "api-key-assignment", head: "SECRET_KEY = '8bb76793c89a8180834d", tail: "7c9cda337162108f42f2'" },
  {
    id: "authorization-header",
    head: "Authorization: Bearer eVXzyMyT7aLBI02E",
    tail: "Wl6H0EbZgwITc5Js5ym8hcvS",
  },
  {
    id: "slack-token",
    head: "xapp-" + "1-A0Z9PCUSG88-9639500273179-c20d8b88bdf4b42",
    tail: "c7ffad388fc8a4d9f0631e84d6e1c4c6f8404f0c1b8ca9625",
  },
  {
    id: "connection-string",
    head: "postgres://app:mnLzcpp9Gnvq5C@",
    tail: "db-70.internal.test:5432/orders",
  },
];

const PLACES: Readonly<Record<string, (texts: readonly string[]) => unknown>> = {
  "two blocks": (texts) => ({ content: texts.map((text) => ({ type: "text", text })) }),
  "two elements": (lines) => ({ structuredContent: { lines } }),
  "two fields": ([part1, part2]) => ({ structuredContent: { part1, part2 } }),
};

for (const [place, put] of Object.entries(PLACES)) {
  for (const { id, head, tail } of CUTS) {
    Deno.test(`both parts are masked where the first is found alone: ${id}, ${place}`, () => {
      const { clean = "", report } = inspectValue(put([`see ${head}`, `${tail} and so on`]));
      assertEquals(clean.includes(tail.slice(0, 12)), false, clean);
      assertEquals(clean.includes(" and so on") && clean.includes("see "), true, clean);
      assertEquals(new Set(report.findings.map((finding) => finding.id)), new Set([id]));
      assertEquals(secretsOf(inspectValue(JSON.parse(clean))), []);
    });
  }

  for (
    const next of [
      "and then run it",
      "README.md says how",
      "Restart the server now",
      "getUserName() returns it",
      "2026-11-20 10:00 started",
      "v1.2.3",
      "200 OK",
      "src/index.ts",
      "sha256",
      "HTTP/1.1 200",
      "SECOND_LINE=1",
      "-----",
      "",
    ]
  ) {
    Deno.test(`what follows a whole secret stays: ${next}, ${place}`, () => {
      for (const { head } of CUTS.slice(0, 4)) {
        const { clean = "" } = inspectValue(put([head, next]));
        assertEquals(clean.includes(JSON.stringify(next)), true, clean);
      }
    });
  }
}

Deno.test("a secret in three parts is masked in all of them, and no further than to the next word", () => {
  const { head = "", tail = "" } = CUTS[0] ?? {};
  const lines = [head, tail.slice(0, 20), tail.slice(20), "and", "so on"];
  const { clean = "" } = inspectValue({ lines });
  const marker = "[REDACTED:anthropic-api-key]";
  assertEquals(JSON.parse(clean).lines, [marker, marker, marker, "and", "so on"]);
});

Deno.test("an id beside a secret is no part of it", () => {
  const { head = "" } = CUTS[0] ?? {};
  for (
    const key of ["id", "request_id", "userId", "uuid", "sha256", "digest", "etag", "commit", "created_at"]
  ) {
    const { clean = "" } = inspectValue({ token: head, [key]: "9f3c2b1a-77de-4c1e-8a52-0d9be1c64f11" });
    assertEquals(clean.includes("9f3c2b1a-77de-4c1e-8a52-0d9be1c64f11"), true, key);
  }
});

Deno.test("two secrets beside each other stay two", () => {
  const { head = "" } = CUTS[0] ?? {};
  const { report, clean = "" } = inspectValue({ keys: [head, head] });
  assertEquals(report.findings.map(({ at, count }) => [at, count]), [["/keys/0", 1], ["/keys/1", 1]]);
  assertEquals(JSON.parse(clean).keys, Array(2).fill("[REDACTED:anthropic-api-key]"));
});

Deno.test("a property of it: what is left of cut secrets holds nothing to find", () => {
  const secret = fc.constantFrom(...DETECTORS.flatMap(({ examples }) => examples.hits));
  const cut = fc.tuple(secret, fc.integer({ min: 0, max: 1000 })).map(([text, part]) => {
    const at = Math.floor(text.length * part / 1000);
    return [text.slice(0, at), text.slice(at)];
  });
  const word = fc.constantFrom("and", "x9f3Kq0pLm", "2026-11-20", "a b", "password=").map((text) => [text]);
  const lines = fc.array(fc.oneof(cut, word), { minLength: 1, maxLength: 4 }).map((parts) => parts.flat());
  let masked = 0;
  fc.assert(
    fc.property(lines, fc.constantFrom(...Object.values(PLACES).slice(0, 2)), (texts, put) => {
      const { clean } = inspectValue(put(texts));
      if (clean === undefined) return;
      masked++;
      assertEquals(inspectText(clean).report.findings, []);
    }),
    { numRuns: RUNS },
  );
  assert(masked > RUNS / 10);
});
