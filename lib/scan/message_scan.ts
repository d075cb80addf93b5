/** One look at one message: walks its tokens, runs the detectors, gathers the report and what is left when masked. */
import { decimalFromText, DEFAULT_MAX_DEPTH } from "../base/mod.ts";
import { EMPTY_REPORT, type FindingAction, type Report } from "../verdict/mod.ts";
import { type Blob64, BLOB_KEYS, decodeBlob, encodeBlob, isSurelyBlob, readBlob } from "./blob.ts";
import { detect, type KeyedReader, type Look, readersFor } from "./detect.ts";
import { Findings } from "./findings.ts";
import type { DetectorId } from "./ids.ts";
import type { Inspection, InspectionResult, InspectionTools } from "./inspection.ts";
import { asShown, maskFindings } from "./mask.ts";
import { settleHits } from "./overlap.ts";
import { pointerTo } from "./pointer.ts";
import { type Place, type Token, type TokenVisitor, TokenWalk } from "./tokens.ts";

/** Where something may be found in the text, ascending; and whether strings with escapes may hold more than that. */
export interface Traces {
  readonly found: readonly number[];
  readonly disguised: boolean;
}

/** What is remembered about a key: how it may be shown, and what it says about its value. */
interface KeyNote {
  readonly shown: string;
  readonly readers: readonly KeyedReader[];
  /** Base64 may stand under it, and shows no trace of what it encodes. */
  readonly blob: boolean;
}

interface Edit {
  readonly token: Token;
  readonly content: string;
}

const WALK_GAPS = {
  malformed: "the message is not strict JSON",
  "too-deep": `the message has more than ${DEFAULT_MAX_DEPTH} levels of nesting`,
} as const;
/** The clock costs as much as a short string: it is asked once for this many. */
const TOKENS_PER_CHECK = 64;
const NO_READERS: readonly KeyedReader[] = [];
/** Lengths that cards share with the ids of articles and with 64-bit numbers: digits alone, as ids are written. */
const ID_REGEXP = /^(?:\d{13}|\d{19})$/;
/** `id`, `user_id`, `userId`, `IDS`: a word of its own, so that "prepaid" and "valid" are none. */
const ID_KEY_REGEXP = /(?:^|[_.-])(?:ids?|IDS?)$|I[dD]s?$/;

export class MessageScan implements TokenVisitor<KeyNote> {
  readonly #inspection: Inspection;
  readonly #tools: InspectionTools;
  readonly #traces: Traces;
  readonly #walk: TokenWalk<KeyNote>;
  readonly #findings = new Findings();
  readonly #edits: Edit[] = [];
  readonly #deadline: number;
  /** The first trace that no token behind the walk can hold. */
  #next = 0;
  #looks = 0;
  #gap: string | undefined;
  #unmaskable = false;

  constructor(inspection: Inspection, tools: InspectionTools, traces: Traces) {
    this.#inspection = inspection;
    this.#tools = tools;
    this.#traces = traces;
    this.#walk = new TokenWalk(inspection.text, this);
    this.#deadline = tools.clock.monotonicMs() + tools.limits.maxMs;
  }

  run(): InspectionResult {
    const problem = this.#walk.run();
    if (problem !== undefined) this.#gap ??= WALK_GAPS[problem];
    const report = this.#report();
    if (this.#unmaskable || this.#findings.some("withhold")) return { report, withhold: true };
    return this.#edits.length === 0 ? { report } : { report, clean: this.#clean() };
  }

  key(token: Token): KeyNote | undefined {
    if (!this.#mayHold(token)) return undefined;
    const key = this.#decode(token);
    const look = { actionOf: this.#rigidAction, readers: NO_READERS, digits: true };
    const hits = detect(key, look);
    const note = { shown: asShown(key, hits), readers: readersFor(key), blob: BLOB_KEYS.includes(key) };
    this.#findings.add(settleHits(hits, key.length).map(({ hit }) => hit), () => this.#pointer(note));
    return note;
  }

  value(token: Token, kind: "string" | "number"): boolean {
    const note = this.#keyPlace()?.note;
    const readers = note?.readers ?? NO_READERS;
    if (!this.#mayHold(token) && !isWaiting(note)) return this.#goesOn();
    if (this.#isLate()) return false;
    if (kind === "number") this.#lookAtNumber(token, readers);
    else this.#lookAtString(token, readers);
    return this.#goesOn();
  }

  #isLate(): boolean {
    if (this.#looks++ % TOKENS_PER_CHECK !== 0 || this.#tools.clock.monotonicMs() <= this.#deadline) {
      return false;
    }
    this.#gap = `the scan took more than ${this.#tools.limits.maxMs} ms`;
    return true;
  }

  #lookAtNumber(token: Token, readers: readonly KeyedReader[]): void {
    const source = this.#inspection.text.slice(token.start, token.end);
    const text = wholeNumber(source);
    const look = { actionOf: this.#rigidAction, readers, digits: !this.#isId(text) };
    const hits = settleHits(detect(text, look), text.length).map(({ hit }) => hit);
    this.#findings.add(hits, () => this.#pointer());
  }

  #lookAtString(token: Token, readers: readonly KeyedReader[]): void {
    const text = this.#decode(token);
    const blob = readBlob(text, this.#key());
    const sure = blob !== undefined && isSurelyBlob(blob);
    const look: Look = {
      actionOf: sure ? this.#rigidAction : this.#action,
      readers,
      digits: !sure && !this.#isId(text),
    };
    const seen = this.#mask(text, look);
    const clean = blob !== undefined && seen === text ? this.#lookInto(blob, text) : seen;
    if (clean !== text) this.#edits.push({ token, content: JSON.stringify(clean).slice(1, -1) });
  }

  /** What base64 encodes, if that is text: looked at as text, masked as text and encoded again. */
  #lookInto(blob: Blob64, encoded: string): string {
    const text = decodeBlob(blob);
    if (text === undefined) return encoded;
    const clean = this.#mask(text, { actionOf: this.#action, readers: NO_READERS, digits: true });
    return clean === text ? encoded : encodeBlob(blob, clean);
  }

  /** Notes the findings in `text` and returns what may be handed over: towards the upstream nothing is masked. */
  #mask(text: string, look: Look): string {
    if (this.#inspection.direction === "to-upstream") {
      this.#findings.add(
        settleHits(detect(text, look), text.length).map(({ hit }) => hit),
        () => this.#pointer(),
      );
      return text;
    }
    const masked = maskFindings(text, look);
    this.#findings.add(masked.hits, () => this.#pointer());
    this.#unmaskable ||= !masked.settled;
    return masked.text;
  }

  readonly #action = (id: DetectorId): FindingAction | undefined =>
    this.#tools.actions.of(id, this.#inspection);

  /** For what cannot be masked and stay what it is: a masked number is no number, a masked key another key. */
  readonly #rigidAction = (id: DetectorId): FindingAction | undefined => {
    const action = this.#action(id);
    return action === "redact" ? "withhold" : action;
  };

  /** Is there a trace in the token, or could escapes hide one? Tokens must come in order. */
  #mayHold({ start, end, escaped }: Token): boolean {
    const { found, disguised } = this.#traces;
    while ((found[this.#next] ?? Infinity) < start) this.#next++;
    return (found[this.#next] ?? Infinity) < end || (disguised && escaped);
  }

  /** Nothing more can be found once the walk is behind the last trace and no key waits for its value. */
  #goesOn(): boolean {
    const { found, disguised } = this.#traces;
    return disguised || this.#next < found.length || this.#walk.places.some(({ note }) => isWaiting(note));
  }

  /** Where the key is that the value stands under; the items of an array stand under the array's key. */
  #keyPlace(): Place<KeyNote> | undefined {
    const { places } = this.#walk;
    for (let i = places.length - 1; i >= 0; i--) {
      if (places[i]?.array === false) return places[i];
    }
    return undefined;
  }

  #key(): string {
    const token = this.#keyPlace()?.key;
    return token === undefined ? "" : this.#inspection.text.slice(token.start, token.end);
  }

  /** A card of such a length is rare, a number under a key that ends in "id" is not. */
  #isId(text: string): boolean {
    return ID_REGEXP.test(text) && ID_KEY_REGEXP.test(this.#key());
  }

  #decode({ start, end, escaped }: Token): string {
    const { text } = this.#inspection;
    if (!escaped) return text.slice(start, end);
    try {
      return JSON.parse(text.slice(start - 1, end + 1));
    } catch {
      this.#gap ??= WALK_GAPS.malformed; // and what cannot be read is not looked at
      return "";
    }
  }

  #pointer(current?: KeyNote): string {
    const { places } = this.#walk;
    const top = places.at(-1);
    return pointerTo(places, (place) => {
      const note = place === top && current !== undefined ? current : place.note;
      return note?.shown ?? (place.key === undefined ? "" : this.#decode(place.key));
    });
  }

  #report(): Report {
    const report = { ...EMPTY_REPORT, findings: this.#findings.list() };
    return this.#gap === undefined ? report : { ...report, complete: false, gap: this.#gap };
  }

  #clean(): string {
    const { text } = this.#inspection;
    const parts: string[] = [];
    let from = 0;
    for (const { token, content } of this.#edits) {
      parts.push(text.slice(from, token.start), content);
      from = token.end;
    }
    parts.push(text.slice(from));
    return parts.join("");
  }
}

/** Has the key something to say about its value, even if that shows no trace? */
function isWaiting(note: KeyNote | undefined): boolean {
  return note !== undefined && (note.blob || note.readers.length > 0);
}

/** `4.1e15` and `41.0` as the whole numbers that they are; every other number as it is written. */
function wholeNumber(source: string): string {
  if (!/[.eE]/.test(source)) return source;
  const decimal = decimalFromText(source);
  if (decimal === undefined || decimal.exponent < 0 || decimal.digits.length + decimal.exponent > 19) {
    return source;
  }
  return decimal.digits + "0".repeat(decimal.exponent);
}
