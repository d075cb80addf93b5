/** Runs the detectors over one string. Here the views of a text (decoded, folded) will come in, in front of `detect`. */
import type { FindingAction } from "../verdict/mod.ts";
import { BLOB_KEYWORDS } from "./blob.ts";
import type { Detector, KeywordDetector, Span, ValueReader } from "./detector.ts";
import { ALL_DETECTORS } from "./detectors/all.ts";
import { nextDigitRun } from "./digits.ts";
import type { DetectorId } from "./ids.ts";
import { KeywordAutomaton } from "./keywords.ts";
import type { Hit } from "./overlap.ts";

/** What a key says about the value that stands under it. */
export interface KeyedReader {
  readonly detector: Detector;
  readonly read: ValueReader;
}

/** How a string is to be looked at. */
export interface Look {
  /** `undefined`: this detector is off here. */
  readonly actionOf: (id: DetectorId) => FindingAction | undefined;
  /** From the key that the string stands under. */
  readonly readers: readonly KeyedReader[];
  /** False for base64, where digits are no numbers. */
  readonly digits: boolean;
}

const KEYWORD_DETECTORS = ALL_DETECTORS.filter((detector) => detector.kind === "keyword");
const DIGIT_DETECTORS = ALL_DETECTORS.filter((detector) => detector.kind === "digits");
const WALK_DETECTORS = ALL_DETECTORS.filter((detector) => detector.kind === "walk");
/** Every number that a digit detector looks for has one of these; shorter ones start no search at all. */
const DIGIT_KEYWORDS: readonly string[] = ["00000", "000 00"];

interface Anchor {
  readonly keyword: string;
  /** Index into KEYWORD_DETECTORS, or what else may be there. */
  readonly means: number | "digits" | "key" | "blob";
}

const ANCHORS: readonly Anchor[] = [
  ...KEYWORD_DETECTORS.flatMap(({ keywords }, means) => keywords.map((keyword) => ({ keyword, means }))),
  ...DIGIT_KEYWORDS.map((keyword) => ({ keyword, means: "digits" }) as const),
  ...DIGIT_DETECTORS.flatMap(({ keywords = [] }) =>
    keywords.map((keyword) => ({ keyword, means: "key" }) as const)
  ),
  ...BLOB_KEYWORDS.map((keyword) => ({ keyword, means: "blob" }) as const),
];
const AUTOMATON = new KeywordAutomaton(ANCHORS.map(({ keyword }) => keyword));

/** Where in `text` something may be found, ascending; empty: nothing can be found, as it stands or in base64. */
export function traces(text: string): readonly number[] {
  let ends: readonly number[] = AUTOMATON.ends(text);
  for (const detector of WALK_DETECTORS) {
    const found = detector.traces(text);
    if (found.length > 0) ends = merged(ends, found);
  }
  return ends;
}

/** Both are ascending, and long in hostile texts: they are not sorted anew. */
function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  const all: number[] = [];
  let next = 0;
  for (const end of a) {
    for (; (b[next] ?? Infinity) < end; next++) all.push(b[next] ?? 0);
    all.push(end);
  }
  for (; next < b.length; next++) all.push(b[next] ?? 0);
  return all;
}

/** Everything that the detectors see in `text`; hits may overlap. ATTACKER-CONTROLLED; linear in the text. */
export function detect(text: string, look: Look): readonly Hit[] {
  const hits: Hit[] = [];
  if (detectKeywords(text, look, hits) && look.digits) detectDigits(text, look, hits);
  for (const detector of WALK_DETECTORS) {
    for (const span of detector.find(text)) add(hits, look, detector, span);
  }
  for (const { detector, read } of look.readers) {
    const span = read(text);
    if (span !== undefined) add(hits, look, detector, span);
  }
  return hits;
}

function add(hits: Hit[], look: Look, detector: Detector, span: Span): void {
  const action = look.actionOf(detector.id);
  if (action !== undefined) hits.push({ detector, start: span.start, end: span.end, action });
}

/** True where digits were among the keywords. */
function detectKeywords(text: string, look: Look, hits: Hit[]): boolean {
  // Each detector goes on behind its last hit: a keyword inside of a secret is not looked at again.
  const resumeAt: number[] = [];
  let hasDigits = false;
  AUTOMATON.scan(text, (keyword, start) => {
    const means = ANCHORS[keyword]?.means;
    if (means === "digits") hasDigits = true;
    if (typeof means !== "number" || start < (resumeAt[means] ?? 0)) return;
    const detector = KEYWORD_DETECTORS[means];
    const span = detector && tryAt(detector, text, start);
    if (detector === undefined || span === undefined) return;
    add(hits, look, detector, span);
    resumeAt[means] = span.end;
  });
  return hasDigits;
}

function tryAt({ pattern, locate }: KeywordDetector, text: string, start: number): Span | undefined {
  pattern.lastIndex = start;
  if (!pattern.test(text)) return undefined;
  const match = { start, end: pattern.lastIndex };
  return locate === undefined ? match : locate(text, match);
}

function detectDigits(text: string, look: Look, hits: Hit[]): void {
  for (
    let run = nextDigitRun(text, 0);
    run !== undefined;
    run = nextDigitRun(text, run.at(-1) ?? text.length)
  ) {
    for (const detector of DIGIT_DETECTORS) {
      for (const span of detector.find(text, run)) add(hits, look, detector, span);
    }
  }
}

const NO_READERS: readonly KeyedReader[] = [];
const MEMBER_DETECTORS = [...KEYWORD_DETECTORS, ...DIGIT_DETECTORS].filter(({ member }) =>
  member !== undefined
);
/** One look instead of one for each detector; separators are as one, as they are for the automaton. */
const MEMBER_REGEXP = new RegExp(
  MEMBER_DETECTORS.flatMap(({ keywords = [] }) => keywords).join("|").replaceAll('"', "").replaceAll(
    /[ -]/g,
    "[ .-]",
  ),
  "i",
);

/** What the key says about its value, for each detector that knows keys. */
export function readersFor(key: string): readonly KeyedReader[] {
  if (!MEMBER_REGEXP.test(key)) return NO_READERS;
  const readers: KeyedReader[] = [];
  for (const detector of MEMBER_DETECTORS) {
    const read = detector.member?.(key);
    if (read !== undefined) readers.push({ detector, read });
  }
  return readers;
}
