/** What redaction promises: nothing is left to find, nothing else changes, nothing is told. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeJson, type JsonValue, parseJson } from "../../lib/base/mod.ts";
import { DETECTORS, SCAN_DETECTOR_IDS } from "../../lib/scan/mod.ts";
import { inspectText, inspectValue, SAMPLES } from "./_harness.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 20_000 : 300;
const MARKERS = SCAN_DETECTOR_IDS.map((id) => `[REDACTED:${id}]`);

/** Texts made of secrets, near misses and what may stand beside them. */
const piece = fc.oneof(
  fc.constantFrom(...DETECTORS.flatMap(({ examples }) => [...examples.hits, ...examples.misses])),
  fc.constantFrom(
    " ",
    "-",
    ".",
    "\n",
    "/",
    "7-",
    "-7",
    "=",
    '"',
    "password=",
    "api_key: ",
    "redis://a:",
    "@",
    ...MARKERS,
  ),
  fc.string({ maxLength: 8, unit: "grapheme" }),
);
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
const key = fc.oneof(fc.constantFrom("a", "0", "__proto__", "b/c~", "text"), fc.string({ maxLength: 5 }));
const value = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.constantFrom(null, true, 0, 1.5, 12345678901234567000),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(key, tie("node"), { maxKeys: 4 }),
  ),
})).node;

Deno.test("a masked message has nothing left to find", () => {
  let masked = 0;
  fc.assert(
    fc.property(value, (message) => {
      const { clean, report } = inspectValue(message);
      assert(report.complete);
      if (clean === undefined) return;
      masked++;
      const again = inspectText(clean);
      assertEquals(again.report.findings, []);
      assertEquals(again.clean, undefined);
    }),
    { numRuns: RUNS },
  );
  assert(masked > RUNS / 10, "the generator makes messages with secrets");
});

/** Every string of a value with its place; other leaves as their text. */
function leaves(message: JsonValue, at = ""): readonly (readonly [string, string])[] {
  if (typeof message === "string") return [[at, message]];
  if (message === null || typeof message !== "object") return [[at, String(message)]];
  return Object.entries(message).flatMap(([name, inner]) => leaves(inner as JsonValue, `${at}/${name}`));
}

Deno.test("masking changes strings with findings and nothing else", () => {
  fc.assert(
    fc.property(value, (message) => {
      const source = JSON.stringify(message);
      const { clean, report } = inspectText(source);
      if (clean === undefined) return;
      const before = leaves(JSON.parse(source)), after = leaves(JSON.parse(clean));
      assertEquals(after.map(([at]) => at), before.map(([at]) => at));
      let changed = 0;
      for (const [i, [, now]] of after.entries()) {
        const was = before[i]?.[1] ?? "";
        if (was === now) continue;
        changed++;
        assert(isMaskingOf(was, now), `${JSON.stringify(was)} became ${JSON.stringify(now)}`);
      }
      assert(changed > 0 && report.findings.length > 0);
    }),
    { numRuns: RUNS },
  );
});

/** Is `now` what `was` is with markers in place of parts of it? */
function isMaskingOf(was: string, now: string): boolean {
  let at = 0;
  for (const kept of now.split(/\[REDACTED:[a-z0-9-]+\]/)) {
    const found = was.indexOf(kept, at);
    if (found < 0) return false;
    at = found + kept.length;
  }
  return true;
}

Deno.test("the text around a masked string stays as it is: key order, digits, spelling", () => {
  const source =
    '{"b":9007199254740993,"2":1.0,"1":"\\u00e9","t":"x AKIAIOSFODNN7EXAMPLE y","a":1e400,"é":"\\n"}';
  const { clean } = inspectText(source);
  assertEquals(clean, source.replace("AKIAIOSFODNN7EXAMPLE", "[REDACTED:aws-access-key]"));
  const parsed = parseJson(clean ?? "");
  assert(parsed.ok && encodeJson(parsed.value).includes("9007199254740993"));
});

Deno.test("the report never holds a value", () => {
  for (const { text: sample, secret } of SAMPLES) {
    for (
      const message of [sample, [{ a: sample }], { [sample]: [sample] }, { [`${sample}/~`]: { b: sample } }]
    ) {
      for (const direction of ["to-client", "to-upstream"] as const) {
        const { report } = inspectValue(message, { direction });
        assert(report.findings.length > 0);
        for (const part of secret.split(/[\s@]/)) assert(!JSON.stringify(report).includes(part), part);
      }
    }
  }
});

Deno.test("a property of it: no finding of a random message holds what the detector saw", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SAMPLES),
      fc.array(fc.constantFrom("a", "b/c", "d~e"), { maxLength: 4 }),
      (sample, path) => {
        const nested = path.reduceRight<unknown>(
          (inner, name) => ({ [name]: inner, [sample.text]: 1 }),
          sample.text,
        );
        const { report } = inspectValue(nested, { direction: "to-upstream" });
        assert(report.findings.length > 0);
        assert(!JSON.stringify(report).includes(sample.secret.split("\n")[0] ?? ""));
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("what a mask frees is masked, too", () => {
  // Alone `7-078-05-1120` is a longer number; behind a marker the rest of it would be a social-security number.
  const { clean, report } = inspectText('{"t":"ghp_abcdefghijklmnopqrstuvwxyz0123456787-078-05-1120"}');
  assertEquals(clean, '{"t":"[REDACTED:github-token]-[REDACTED:ssn]"}');
  assertEquals(report.findings.map(({ id }) => id), ["github-token", "ssn"]);
});

Deno.test("what is cut at a marker takes all of the marker with it", () => {
  const secret = "jdbc:sqlserver://db;user=sa;password=s3cr3t;encrypt=true";
  // Masked, the second string is what the address in the first one went on with.
  const { clean } = inspectValue([[{ "": "redis://a:", " ": `alice@corp.io${secret}` }]]);
  assertEquals(clean, '[[{"":"[REDACTED:connection-string]"," ":"[REDACTED:connection-string]"}]]');
});

Deno.test("letters of another script beside what is encoded use up no layer", () => {
  const token = `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..${"aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3yZ"}aB3dE5fG7hJ`;
  for (const letter of ["㈀", "ᴬ", "⻳", "я"]) {
    const { report } = inspectValue([`{"t":"${token}"}${letter}[REDACTED:pypi-token]`]);
    assert(report.complete, `${letter}: ${report.gap}`);
  }
});
