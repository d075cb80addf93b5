/** Runs the detectors over one text as it stands; `look.ts` hands in its views as well. */
import type { FindingAction } from "../verdict/mod.ts";
import { BLOB_KEYWORDS } from "./blob.ts";
import type { Detector, KeywordDetector, Span, ValueReader } from "./detector.ts";
import { ALL_DETECTORS } from "./detectors/all.ts";
import { nextDigitRun } from "./digits.ts";
import { type Cursor, KeywordAutomaton } from "./keywords.ts";
import type { Hit, HitSource } from "./overlap.ts";

/** A detector that is no part of the house: the operator's own, a canary. Tried where one of its keywords stands. */
export interface GuestDetector extends HitSource {
  /** ASCII without quotes and backslashes, three characters at least; case and the value of digits do not matter. */
  readonly keywords: readonly string[];
  /** ATTACKER-CONTROLLED text; linear. */
  readonly find: (text: string) => readonly Span[];
}

/** What a key says about the value that stands under it. */
export interface KeyedReader {
  readonly detector: Detector;
  readonly read: ValueReader;
}

/** How a string is to be looked at. */
export interface Look {
  /** `undefined`: this detector is off here. */
  readonly actionOf: (id: string) => FindingAction | undefined;
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

/** A phrase of twelve words has more; shorter texts are not walked, and without a keyword nothing is in them. */
export const MIN_WALK = 40;

interface Anchor {
  readonly keyword: string;
  /** Index into KEYWORD_DETECTORS, or what else may be there. */
  readonly means: number | "digits" | "key" | "blob" | GuestDetector;
}

const HOUSE_ANCHORS: readonly Anchor[] = [
  ...KEYWORD_DETECTORS.flatMap(({ keywords }, means) => keywords.map((keyword) => ({ keyword, means }))),
  ...DIGIT_KEYWORDS.map((keyword) => ({ keyword, means: "digits" }) as const),
  ...DIGIT_DETECTORS.flatMap(({ keywords = [] }) =>
    keywords.map((keyword) => ({ keyword, means: "key" }) as const)
  ),
  ...BLOB_KEYWORDS.map((keyword) => ({ keyword, means: "blob" }) as const),
];

/** The detectors of the house, and guests. */
export class Detection {
  readonly #anchors: readonly Anchor[];
  /** By anchor: the index into KEYWORD_DETECTORS, or one of the others. */
  readonly #meanings: Int32Array;
  #automaton: KeywordAutomaton | undefined;

  constructor(guests: readonly GuestDetector[] = []) {
    this.#anchors = [
      ...HOUSE_ANCHORS,
      ...guests.flatMap((means) =>
        means.keywords.map((keyword) => ({ keyword: keyword.toLowerCase(), means }))
      ),
    ];
    this.#meanings = Int32Array.from(this.#anchors, meaningOf);
  }

  /** COST: built when it is needed first, for a worker has to start. */
  get automaton(): KeywordAutomaton {
    return this.#automaton ??= new KeywordAutomaton(this.#anchors.map(({ keyword }) => keyword));
  }

  /** Where in `text` something may be found, ascending; empty: nothing can be found, as it stands or in base64. */
  traces(text: string): readonly number[] {
    let ends: readonly number[] = this.automaton.ends(text);
    if (text.length < MIN_WALK) return ends;
    for (const detector of WALK_DETECTORS) {
      const found = detector.traces(text);
      if (found.length > 0) ends = merged(ends, found);
    }
    return ends;
  }

  /** Everything that the detectors see in `text`; hits may overlap. ATTACKER-CONTROLLED; linear in the text. */
  detect(text: string, look: Look): readonly Hit[] {
    const hits: Hit[] = [];
    if (this.#detectKeywords(text, look, hits) && look.digits) detectDigits(text, look, hits);
    if (text.length >= MIN_WALK) {
      for (const detector of WALK_DETECTORS) addAll(hits, look, detector, detector.find(text));
    }
    for (const { detector, read } of look.readers) {
      const span = read(text);
      if (span !== undefined) add(hits, look, detector, span);
    }
    return hits;
  }

  /** True where digits were among the keywords. */
  #detectKeywords(text: string, look: Look, hits: Hit[]): boolean {
    // Each detector goes on behind its last hit: a keyword inside of a secret is not looked at again.
    const resumeAt: number[] = [];
    let guests: Set<GuestDetector> | undefined;
    let hasDigits = false;
    const automaton = this.automaton, cursor: Cursor = { at: 0, state: 0 };
    for (let count = automaton.next(text, cursor); count > 0; count = automaton.next(text, cursor)) {
      for (let i = 0; i < count; i++) {
        const keyword = automaton.found[2 * i] ?? 0, start = automaton.found[2 * i + 1] ?? 0;
        const means = this.#meanings[keyword] ?? NOTHING;
        if (means === DIGITS) hasDigits = true;
        else if (means === GUEST) guests = this.#withGuest(guests, keyword);
        else if (means >= 0 && start >= (resumeAt[means] ?? 0)) {
          const end = addAt(KEYWORD_DETECTORS[means], { text, start, look, hits });
          if (end >= 0) resumeAt[means] = end;
        }
      }
    }
    for (const guest of guests ?? []) addAll(hits, look, guest, guest.find(text));
    return hasDigits;
  }

  #withGuest(guests: Set<GuestDetector> | undefined, keyword: number): Set<GuestDetector> {
    const means = this.#anchors[keyword]?.means, known = guests ?? new Set();
    return typeof means === "object" ? known.add(means) : known;
  }
}

const DIGITS = -1, GUEST = -2, NOTHING = -3;

function meaningOf({ means }: Anchor): number {
  if (typeof means === "number") return means;
  return means === "digits" ? DIGITS : typeof means === "object" ? GUEST : NOTHING;
}

let house: Detection | undefined;

/** The detectors of the house, without guests. */
export function houseDetection(): Detection {
  return house ??= new Detection();
}

/** As {@link Detection.detect}, with the detectors of the house. */
export function detect(text: string, look: Look): readonly Hit[] {
  return houseDetection().detect(text, look);
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

function addAll(hits: Hit[], look: Look, detector: HitSource, spans: readonly Span[]): void {
  for (const span of spans) add(hits, look, detector, span);
}

function add(hits: Hit[], look: Look, detector: HitSource, span: Span): void {
  const action = look.actionOf(detector.id);
  if (action !== undefined) hits.push({ detector, start: span.start, end: span.end, action });
}

interface Try {
  readonly text: string;
  readonly start: number;
  readonly look: Look;
  readonly hits: Hit[];
}

/** Where the hit of `detector` at a keyword ends; −1 where there is none. */
function addAt(detector: KeywordDetector | undefined, { text, start, look, hits }: Try): number {
  if (detector === undefined) return -1;
  const { pattern, locate } = detector;
  pattern.lastIndex = start;
  if (!pattern.test(text)) return -1;
  const match = { start, end: pattern.lastIndex };
  const span = locate === undefined ? match : locate(text, match);
  if (span === undefined) return -1;
  add(hits, look, detector, span);
  return span.end;
}

function detectDigits(text: string, look: Look, hits: Hit[]): void {
  for (
    let run = nextDigitRun(text, 0);
    run !== undefined;
    run = nextDigitRun(text, run[run.length - 1] ?? text.length)
  ) {
    for (const detector of DIGIT_DETECTORS) {
      const found = detector.find(text, run);
      if (found.length > 0) addAll(hits, look, detector, found);
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

/** The key that was read last: in a list of alike objects it is the same again and again. */
let last: { readonly key: string; readonly readers: readonly KeyedReader[] } | undefined;
const MAX_KEPT = 64;

/** What the key says about its value, for each detector that knows keys; the same list for the same key, mostly. */
export function readersFor(key: string): readonly KeyedReader[] {
  if (!MEMBER_REGEXP.test(key)) return NO_READERS;
  if (last?.key === key) return last.readers;
  const readers = memberReaders(key);
  if (key.length <= MAX_KEPT) last = { key, readers };
  return readers;
}

function memberReaders(key: string): readonly KeyedReader[] {
  const readers: KeyedReader[] = [];
  for (const detector of MEMBER_DETECTORS) {
    const read = detector.member?.(key);
    if (read !== undefined) readers.push({ detector, read });
  }
  return readers;
}

/** Both; one of the two where the other is empty. */
export function joinReaders(
  own: readonly KeyedReader[],
  beside: readonly KeyedReader[],
): readonly KeyedReader[] {
  return beside.length === 0 ? own : own.length === 0 ? beside : [...own, ...beside];
}
