/** Makes a scanner with all that the operator configured. The one place of this room that knows the package for RE2. */
import { err, ok, type Result } from "../base/mod.ts";
import type { GuestDetector } from "./detect.ts";
import type { Span } from "./detector.ts";
import { SCAN_DETECTOR_IDS } from "./ids.ts";
import type { FindPattern } from "./injection/extra.ts";
import type { OwnDetector } from "./own_detector.ts";
import { CANARY_ID } from "./canaries.ts";
import { createScanner, type Scanner, type ScannerParts, type ScanOptions } from "./scanner.ts";

const MAX_PATTERN = 4096;
/** RE2 costs as much for each unit of the text as the pattern has instructions. */
const MAX_INSTRUCTIONS = 512;
const MAX_MATCHES = 1024;
const MAX_DETECTORS = 256;
const ID_REGEXP = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MAX_ID = 40;
/** As in `KeywordDetector.keywords`: what a text and its JSON source have alike. */
const KEYWORD_REGEXP = /^[ !#-[\]-~]{3,64}$/;
const KNOWN_IDS: readonly string[] = [...SCAN_DETECTOR_IDS, CANARY_ID];

/** As {@link createScanner}, with the operator's own detectors; the error is a phrase about what is off. */
export async function loadScanner(
  options: ScanOptions,
  parts: Omit<ScannerParts, "own" | "extra"> = {},
): Promise<Result<Scanner, string>> {
  const own = await loadOwnDetectors(options.detectors ?? []);
  if (!own.ok) return own;
  const extra = await loadExtraPatterns(options.injection?.extraPatterns ?? []);
  return extra.ok ? createScanner(options, { ...parts, own: own.value, extra: extra.value }) : extra;
}

/** Compiles the operator's patterns of injections. */
async function loadExtraPatterns(
  patterns: readonly string[],
): Promise<Result<readonly FindPattern[], string>> {
  if (patterns.length === 0) return ok([]);
  if (patterns.length > MAX_DETECTORS) {
    return err(`there are ${patterns.length} extra patterns, and ${MAX_DETECTORS} are the most`);
  }
  const compile = await loadCompiler();
  const loaded: FindPattern[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const find = compile(pattern);
    if (!find.ok) return err(`extra pattern ${index + 1} of injections is off: ${find.error}`);
    loaded.push(find.value);
  }
  return ok(loaded);
}

/** Compiles and proves the operator's detectors: one whose examples fail does not load. */
export async function loadOwnDetectors(
  detectors: readonly OwnDetector[],
): Promise<Result<readonly GuestDetector[], string>> {
  if (detectors.length === 0) return ok([]);
  if (detectors.length > MAX_DETECTORS) {
    return err(`there are ${detectors.length} detectors, and ${MAX_DETECTORS} are the most`);
  }
  const compile = await loadCompiler();
  const loaded: GuestDetector[] = [];
  for (const [index, detector] of detectors.entries()) {
    const problem = problemOf(detector, detectors.slice(0, index));
    if (problem !== undefined) return err(problem);
    const find = compile(detector.pattern);
    if (!find.ok) return err(`the pattern of detector "${detector.id}" is off: ${find.error}`);
    const { id, keywords, specificity = 2 } = detector;
    const guest: GuestDetector = { id, keywords, specificity, find: find.value };
    const failed = failedExample(detector, guest);
    if (failed !== undefined) return err(failed);
    loaded.push(guest);
  }
  return ok(loaded);
}

type Find = (text: string) => readonly Span[];

async function loadCompiler(): Promise<(pattern: string) => Result<Find, string>> {
  const { RE2JS } = await import("re2js");
  return (pattern) => {
    if (pattern === "" || pattern.length > MAX_PATTERN) {
      return err(`it has ${pattern.length} characters, and 1 to ${MAX_PATTERN} are possible`);
    }
    try {
      const compiled = RE2JS.compile(pattern);
      const size = compiled.programSize();
      if (size > MAX_INSTRUCTIONS) {
        return err(`it has ${size} instructions, and ${MAX_INSTRUCTIONS} are the most`);
      }
      if (compiled.test("")) return err("it matches the empty text");
      return ok((text) => findAll(compiled.matcher(text), text.length));
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      return err(thrown.message.replace(/^error parsing regexp: /, ""));
    }
  };
}

/** The part of a matcher that is needed; the package has no better type for it. */
interface Matcher {
  find(): boolean;
  start(): number;
  end(): number;
}

/**
 * LINEAR: a search may look to the end of the text for a longer match, so there are only so many; the rest of a text that
 * has more counts as one.
 */
function findAll(matcher: Matcher, length: number): readonly Span[] {
  const spans: Span[] = [];
  while (matcher.find()) {
    const start = matcher.start();
    if (spans.length === MAX_MATCHES) return [...spans, { start, end: length }];
    if (matcher.end() > start) spans.push({ start, end: matcher.end() });
  }
  return spans;
}

function problemOf(detector: OwnDetector, earlier: readonly OwnDetector[]): string | undefined {
  const { id, keywords, examples: { hits, misses } } = detector;
  if (!ID_REGEXP.test(id) || id.length > MAX_ID) {
    return `the id "${id}" of a detector is not of lower-case words with hyphens, ${MAX_ID} characters at most`;
  }
  if (KNOWN_IDS.includes(id)) return `detector "${id}" has the id of one of the house: choose another`;
  if (earlier.some((other) => other.id === id)) return `two detectors have the id "${id}"`;
  if (keywords.length === 0) return `detector "${id}" has no keywords: name words that every match contains`;
  const off = keywords.find((keyword) => !KEYWORD_REGEXP.test(keyword));
  if (off !== undefined) {
    return `detector "${id}" has the keyword "${off}": 3 to 64 characters of ASCII without quotes and backslashes`;
  }
  if (hits.length === 0 || misses.length === 0) {
    return `detector "${id}" has no proof: give an example that it must hit and one that it must not`;
  }
  return undefined;
}

function failedExample({ id, keywords, examples }: OwnDetector, { find }: GuestDetector): string | undefined {
  const hasKeyword = (text: string) =>
    keywords.some((keyword) => text.toLowerCase().includes(keyword.toLowerCase()));
  const isHit = (text: string) => hasKeyword(text) && find(text).length > 0;
  const missed = examples.hits.findIndex((example) => !isHit(example));
  if (missed >= 0) {
    const why = hasKeyword(examples.hits[missed] ?? "") ? "the pattern does not match" : "it has no keyword";
    return `detector "${id}" does not hit its example ${missed + 1}: ${why}`;
  }
  const hit = examples.misses.findIndex(isHit);
  return hit < 0 ? undefined : `detector "${id}" hits example ${hit + 1} of those that it must not`;
}
