/** What a detector is: data with its proof attached. Adding one is adding an entry to a file in `detectors/`. */
import type { DetectorId } from "./ids.ts";

/** A half-open range of UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Whole texts that a detector must hit (at least once) and must leave alone. */
export interface Examples {
  readonly hits: readonly string[];
  readonly misses: readonly string[];
}

/** What a detector says about itself, for documents and commands. */
export interface DetectorInfo {
  readonly id: DetectorId;
  /** The file that it lives in: detectors of one family share their idea of what is a false hit. */
  readonly family: string;
  readonly description: string;
  /** Where findings overlap the higher one wins: 3 a format of its own, 2 a format with a check, 1 only a name. */
  readonly specificity: 1 | 2 | 3;
  /** Part of the floor: only an `allow` that names a server and a tool opens it. */
  readonly floor: boolean;
  /** Finds nothing unless an override asks for it. */
  readonly off?: true;
  readonly examples: Examples;
}

/**
 * Found at a keyword. `pattern` is sticky and tried where a keyword begins, nowhere else; it must be linear by
 * construction: no quantifier inside a quantifier, and nothing unbounded that a validator can still reject.
 */
export interface KeywordDetector extends DetectorInfo {
  readonly kind: "keyword";
  /** Lower-case ASCII, no character that JSON escapes. Digits stand for any digit; space, dot and hyphen are one. */
  readonly keywords: readonly string[];
  readonly pattern: RegExp;
  /** Has the last word on what `pattern` matched and says which span is the secret; without one it is the match. */
  readonly locate?: (text: string, match: Span) => Span | undefined;
  /** For `{"<key>": "<value>"}`: where in a value under this key is the secret? `undefined`: not such a key. */
  readonly member?: (key: string) => ValueReader | undefined;
}

/** The span of a value that is a secret, given the key that it stands under. */
export type ValueReader = (value: string) => Span | undefined;

/** Found in digits. Sees each run of digit groups once. */
export interface DigitDetector extends DetectorInfo {
  readonly kind: "digits";
  readonly find: (text: string, run: DigitRun) => readonly Span[];
  /** Names that say what a number is, as a keyword detector has them; `member` needs them. */
  readonly keywords?: readonly string[];
  readonly member?: (key: string) => ValueReader | undefined;
}

/** Found by a walk of its own: nothing short enough for a keyword tells where it may be. */
export interface WalkDetector extends DetectorInfo {
  readonly kind: "walk";
  /** Where something may be, in a text and in the JSON source of one; ascending. Quick: it sees every message. */
  readonly traces: (text: string) => readonly number[];
  readonly find: (text: string) => readonly Span[];
}

export type Detector = KeywordDetector | DigitDetector | WalkDetector;

/**
 * A maximal run of digit groups with one space, dot or hyphen between them, as
 * `[start of group 0, end of group 0, start of group 1, …]`.
 */
export type DigitRun = readonly number[];
