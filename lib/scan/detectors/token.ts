/** Tokens that their own form gives away, or the name of who gave them out: data in, a detector out. */
import type { DetectorInfo, KeywordDetector, Span } from "../detector.ts";
import { assignmentOf } from "./assigned.ts";
import { hasBase62Checksum } from "./checksum.ts";

/** No letter or digit in front; that of an escape (`\n`, `%3D`) is none. */
export const FREE = "(?:(?<![A-Za-z0-9])|(?<=\\\\[nrt])|(?<=%[0-9A-Fa-f]{2}))";
/** A row of x stands for a token, as in every guide. */
const NO_ROW = "(?<![xX]{12}={0,2})";

/** A token without a form of its own, known by its name. */
export interface NamedToken {
  /** RegExp source of the name, any case, from the keyword on to its end. */
  readonly name: string;
  /** RegExp source of the value, any case; it has an end. */
  readonly value: string;
}

/** What a token looks like; one of `format` and `named` at least. */
export interface TokenSpec extends Omit<DetectorInfo, "family"> {
  readonly keywords: readonly string[];
  /** RegExp source from the keyword on, case as written; what every token has at least. LINEAR: it has an end. */
  readonly format?: string;
  /** RegExp source of what may go on behind it and is masked, too. LINEAR: nothing turns the token away any more. */
  readonly tail?: string;
  /** The same, of a fixed length, whose last 36 characters end in their check sum: found inside of a word, too. */
  readonly checked?: string;
  readonly named?: NamedToken;
}

/** Makes the detectors of a family from their table. */
export function tokenDetectors(family: string, specs: readonly TokenSpec[]): readonly KeywordDetector[] {
  return specs.map((spec) => tokenDetector(family, spec));
}

const NEVER = "(?!)";
const CHECKED_LENGTH = 36;

function tokenDetector(
  family: string,
  { format, tail, checked, named, ...info }: TokenSpec,
): KeywordDetector {
  const free = format === undefined ? NEVER : `${FREE}(?:${format})${NO_ROW}${tail ?? ""}`;
  const assigned = named === undefined ? NEVER : `(?i:${assignmentOf(named.name).source})`;
  const pattern = new RegExp([free, checked ?? NEVER, assigned].join("|"), "y");
  const base = { ...info, kind: "keyword", family, pattern } as const;
  if (checked === undefined && named === undefined) return base;
  const freeRegExp = new RegExp(free, "y"), checkedRegExp = new RegExp(checked ?? NEVER, "y");
  const value = named === undefined ? undefined : valueOf(named);
  const locate = (text: string, { start, end }: Span) =>
    spanOf(freeRegExp, text, start) ?? checkedSpan(checkedRegExp, text, start) ??
      (value && spanOf(value, text, end));
  if (named === undefined || value === undefined) return { ...base, locate };
  const keyRegExp = new RegExp(`(?:${named.name})\\s*:?$`, "i");
  const member = (key: string) => keyRegExp.test(key) ? (text: string) => wholeSpan(value, text) : undefined;
  return { ...base, locate, member };
}

function valueOf({ value }: NamedToken): RegExp {
  return new RegExp(`(?:${value})(?![\\w+/=-])${NO_ROW}`, "iy");
}

function spanOf(pattern: RegExp, text: string, start: number): Span | undefined {
  pattern.lastIndex = start;
  return pattern.test(text) ? { start, end: pattern.lastIndex } : undefined;
}

function checkedSpan(pattern: RegExp, text: string, start: number): Span | undefined {
  const span = spanOf(pattern, text, start);
  return span && hasBase62Checksum(text.slice(span.end - CHECKED_LENGTH, span.end)) ? span : undefined;
}

function wholeSpan(pattern: RegExp, text: string): Span | undefined {
  const span = spanOf(pattern, text, text.length - text.trimStart().length);
  return span?.end === text.trimEnd().length ? span : undefined;
}
