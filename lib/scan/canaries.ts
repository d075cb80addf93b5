/** Canaries: planted values that must never appear in a call. Whoever sends one has read what nobody should read. */
import { err, ok, type Result } from "../base/mod.ts";
import type { GuestDetector } from "./detect.ts";
import type { Span } from "./detector.ts";

/** The id of findings; no exception opens it. */
export const CANARY_ID = "canary";

/** Shorter ones would be found by accident. */
const MIN_LENGTH = 8;
const MIN_KEYWORD = 3;
/** What a text and its JSON source have alike, and what an automaton can look for. */
const KEYWORD_REGEXP = /[ !#-[\]-~]+/g;
const MAX_KEYWORD = 32;

/** A detector for the planted values; the error is a phrase about the first that is off, and never holds it. */
export function canaryDetector(canaries: readonly string[]): Result<GuestDetector | undefined, string> {
  const keywords: string[] = [];
  for (const [index, canary] of canaries.entries()) {
    if (canary.length < MIN_LENGTH) {
      return err(`canary ${index + 1} has ${canary.length} characters, and ${MIN_LENGTH} are the fewest`);
    }
    const keyword = keywordOf(canary);
    if (keyword.length < MIN_KEYWORD) {
      return err(`canary ${index + 1} needs ${MIN_KEYWORD} letters or digits of ASCII in a row`);
    }
    keywords.push(keyword);
  }
  if (canaries.length === 0) return ok(undefined);
  const values = canaries.map(lowerAscii);
  return ok({ id: CANARY_ID, specificity: 3, keywords, find: (text) => findAll(lowerAscii(text), values) });
}

function keywordOf(canary: string): string {
  const [longest = ""] = (canary.match(KEYWORD_REGEXP) ?? []).toSorted((a, b) => b.length - a.length);
  return longest.slice(0, MAX_KEYWORD);
}

/** Folded unit by unit: `toLowerCase` would move what stands behind some letters. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function findAll(text: string, values: readonly string[]): readonly Span[] {
  const spans: Span[] = [];
  for (const value of values) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
      spans.push({ start: at, end: at + value.length });
    }
  }
  return spans.sort((a, b) => a.start - b.start);
}
