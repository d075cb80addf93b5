/** What the operator adds: detectors with their proof, and canaries. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CANARY_ID, createScanner, loadScanner, type OwnDetector, type Scanner } from "../../lib/scan/mod.ts";
import type { ScanOptions } from "../../lib/scan/mod.ts";
import type { Direction } from "../../lib/verdict/mod.ts";

const BADGE: OwnDetector = {
  id: "badge-number",
  keywords: ["badge"],
  pattern: "(?i)badge[ :#-]*[A-Z]{2}\\d{6}",
  examples: { hits: ["Badge: AB123456"], misses: ["badge of honour", "AB123456"] },
};

async function load(options: Partial<ScanOptions>): Promise<Scanner> {
  const loaded = await loadScanner({ overrides: [], ...options });
  if (!loaded.ok) throw new Error(loaded.error);
  return loaded.value;
}

function ask(scanner: Scanner, value: unknown, direction: Direction = "to-upstream") {
  return scanner.inspect({
    text: JSON.stringify(value),
    direction,
    server: "s",
    tool: "t",
    method: "tools/call",
  });
}

Deno.test("a detector of the operator's own finds, blocks and masks like those of the house", async () => {
  const scanner = await load({ detectors: [BADGE] });
  assertEquals(ask(scanner, { a: "his badge #AB123456 is lost" }).report.findings, [
    { id: "badge-number", at: "/a", action: "block", count: 1 },
  ]);
  const back = ask(scanner, { a: "his badge #AB123456 is lost, badge: cd123456 too" }, "to-client");
  assertEquals(back.clean, '{"a":"his [REDACTED:badge-number] is lost, [REDACTED:badge-number] too"}');
  const hidden = btoa("the badge: AB123456 of somebody");
  assertEquals(ask(scanner, { a: `x ${hidden} y` }).report.findings.map(({ id }) => id), ["badge-number"]);
  assertEquals(ask(scanner, { a: "AB123456 and a badge" }).report.findings, []);
});

Deno.test("an override for one's own detector is one for any other", async () => {
  const overrides = [{ detector: "badge-number", requests: "allow" }] as const;
  const scanner = await load({ detectors: [BADGE], overrides });
  assertEquals(ask(scanner, { a: "badge AB123456" }).report.findings.map(({ action }) => action), ["allow"]);
  assert(!(await loadScanner({ overrides })).ok);
});

const WRONG: readonly (readonly [name: string, detector: Partial<OwnDetector>, says: string])[] = [
  ["an id with capitals", { id: "Badge" }, 'the id "Badge"'],
  ["an id of the house", { id: "pan" }, "one of the house"],
  ["the id of canaries", { id: "canary" }, "one of the house"],
  ["no keywords", { keywords: [] }, "no keywords"],
  ["a keyword that is too short", { keywords: ["a"] }, 'the keyword "a"'],
  ["a keyword with a quote", { keywords: ['"badge'] }, "without quotes"],
  ["no proof", { examples: { hits: [], misses: ["x"] } }, "no proof"],
  ["a broken pattern", { pattern: "badge(" }, "the pattern of detector"],
  ["a pattern that matches nothing at all", { pattern: "(badge)*" }, "matches the empty text"],
  ["a backreference, which RE2 does not have", { pattern: "(badge)\\1" }, "the pattern of detector"],
  ["a pattern without end", { pattern: "badge[a-z]{1000}" }, "instructions"],
  [
    "an example that is not hit",
    { examples: { hits: ["badge AB1"], misses: ["x"] } },
    "does not hit its example 1",
  ],
  ["an example without a keyword", { keywords: ["ticket"] }, "it has no keyword"],
  ["an example that must not be hit", {
    examples: { hits: ["badge AB123456"], misses: ["x", "badge CD123456"] },
  }, "hits example 2"],
];

for (const [name, change, says] of WRONG) {
  Deno.test(`a detector with ${name} does not load`, async () => {
    const loaded = await loadScanner({ overrides: [], detectors: [{ ...BADGE, ...change }] });
    assertStringIncludes(loaded.ok ? "" : loaded.error, says);
  });
}

Deno.test("two detectors with one id do not load, and none without being loaded", async () => {
  const twice = await loadScanner({ overrides: [], detectors: [BADGE, BADGE] });
  assertStringIncludes(twice.ok ? "" : twice.error, 'two detectors have the id "badge-number"');
  const raw = createScanner({ overrides: [], detectors: [BADGE] });
  assertStringIncludes(raw.ok ? "" : raw.error, "loadScanner");
});

Deno.test("a text with very many matches is masked to its end", async () => {
  const scanner = await load({ detectors: [BADGE] });
  const { clean } = ask(scanner, { a: "badge AB123456 ".repeat(3000) }, "to-client");
  assert(clean !== undefined && !clean.includes("AB123456"));
});

const CANARY = "kestrel-7f3a Ωmega-90210";
const DRESSES: readonly (readonly [name: string, value: unknown])[] = [
  ["plain", { a: `x ${CANARY} y` }],
  ["in capitals", { a: CANARY.toUpperCase().replace("Ω", "Ω") }],
  ["as a key", { [CANARY]: 1 }],
  ["in JSON in a string", { a: JSON.stringify({ b: CANARY }) }],
  ["percent-encoded", { a: encodeURIComponent("kestrel-7f3a").replace("k", "%6b") }],
  ["in base64", { a: btoa("see kestrel-7f3a there") }],
  ["in hex", { a: "6b65737472656c2d37663361206b65737472656c" }],
  ["with characters of no width inside", { a: "kes\u200btrel-7\u200bf3a" }],
  ["cut in two", { content: [{ type: "text", text: "x kestr" }, { type: "text", text: "el-7f3a" }] }],
];

for (const [name, value] of DRESSES) {
  Deno.test(`a canary is seen: ${name}`, async () => {
    const scanner = await load({ canaries: [CANARY, "kestrel-7f3a"] });
    const { findings } = ask(scanner, value).report;
    assert(findings.length > 0);
    assertEquals([...new Set(findings.map(({ id, action }) => `${id} ${action}`))], [`${CANARY_ID} block`]);
    assertEquals(ask(await load({}), value).report.findings, []);
  });
}

Deno.test("nothing opens a canary, and one that would be found by accident does not load", async () => {
  const overrides = [{ detector: "canary", requests: "allow", server: "s", tool: "t" }] as const;
  assertStringIncludes(errorOf(createScanner({ overrides, canaries: [CANARY] })), 'no detector "canary"');
  assertStringIncludes(
    errorOf(createScanner({ overrides: [], canaries: ["short"] })),
    "canary 1 has 5 characters",
  );
  assertStringIncludes(errorOf(createScanner({ overrides: [], canaries: [CANARY, "ΩΩΩΩΩΩΩΩ"] })), "canary 2");
  assert(!errorOf(await loadScanner({ overrides: [], canaries: ["s3cr3t"] })).includes("s3cr3t"));
});

function errorOf(result: { readonly ok: true } | { readonly ok: false; readonly error: string }): string {
  return result.ok ? "" : result.error;
}
