/** One look at one message: walks its tokens, looks at each, gathers the report and what is left when masked. */
import { DEFAULT_MAX_DEPTH } from "../base/mod.ts";
import { EMPTY_REPORT, type FindingAction, type Report } from "../verdict/mod.ts";
import { type Blob64, decodeBlob, encodeBlob, isSurelyBlob, MIN_BLOB, readBlob } from "./blob.ts";
import { joinReaders, type KeyedReader, type Look } from "./detect.ts";
import { type Edit, withEdits } from "./edits.ts";
import { Findings, stoppingIn } from "./findings.ts";
import { cleanForClient, withWarning } from "./handed_over.ts";
import type { Inspection, InspectionResult, InspectionTools } from "./inspection.ts";
import { isDressed, Looker } from "./look.ts";
import { sourceOf } from "./json_text.ts";
import { maskFindings } from "./mask.ts";
import { type Hit, settleHits } from "./overlap.ts";
import { pointerTo } from "./pointer.ts";
import { hiddenInKey, type KeyNote, noteOf, rigid } from "./message_keys.ts";
import { Signs } from "./message_signs.ts";
import { isIdNumber, wholeNumber } from "./numbers.ts";
import type { Survey } from "./survey.ts";
import { type Place, type Token, type TokenVisitor, TokenWalk } from "./tokens.ts";

const WALK_GAPS = {
  malformed: "the message is not strict JSON",
  "too-deep": `the message has more than ${DEFAULT_MAX_DEPTH} levels of nesting`,
} as const;
/** The clock costs as much as a short string: asked once for so many, and not before: no short message is left half-read. */
const TOKENS_PER_CHECK = 64;
const NO_READERS: readonly KeyedReader[] = [];
const NO_HITS: readonly Hit[] = [];

export class MessageScan implements TokenVisitor<KeyNote> {
  readonly #inspection: Inspection;
  readonly #tools: InspectionTools;
  readonly #survey: Survey;
  readonly #walk: TokenWalk<KeyNote>;
  readonly #findings = new Findings();
  readonly #edits: Edit[] = [];
  readonly #deadline: number;
  readonly #signs: Signs;
  readonly #looker: Looker;
  /** The first trace that no token behind the walk can hold. */
  #next = 0;
  #looks = 0;
  #gap: string | undefined;
  #unmaskable = false;
  /** The key at the end of the walk may hold a secret, and is not known to hold none. */
  #inKey = false;

  constructor(inspection: Inspection, tools: InspectionTools, survey: Survey) {
    this.#inspection = inspection;
    this.#tools = tools;
    this.#survey = survey;
    this.#walk = new TokenWalk(inspection.text, this);
    this.#deadline = tools.clock.monotonicMs() + tools.limits.maxMs;
    this.#signs = new Signs(inspection.direction, tools.injection);
    this.#looker = new Looker({
      detection: tools.detection,
      budget: tools.limits.viewFactor * inspection.text.length + tools.limits.viewUnits,
      dressed: survey.dressed,
      isLate: () => this.#isLate(),
      signs: survey.signed || survey.dressed
        ? (text, layer) => this.#signs.see(text, () => this.#pointer(), layer)
        : () => NO_HITS,
    });
  }

  run(): InspectionResult {
    const problem = this.#walk.run();
    if (problem !== undefined) this.#gap ??= WALK_GAPS[problem];
    if (this.#signs.isInjection) this.#findings.raise("annotate", "withhold");
    const report = this.#report();
    if (this.#unmaskable || this.#findings.some("withhold")) return { report, withhold: true };
    return this.#edits.length === 0
      ? { report }
      : { report, clean: withEdits(this.#inspection.text, this.#edits) };
  }

  key(token: Token): KeyNote | undefined {
    const traced = this.#mayHold(token), { dressed, signed } = this.#survey;
    if (!traced && !dressed && !signed) return undefined;
    const key = this.#decode(token);
    const needed = traced || (dressed && isDressed(key));
    const look = { actionOf: this.#rigidAction, readers: NO_READERS, digits: true };
    this.#inKey = true;
    const seen = needed ? this.#looker.hits(key, look) : this.#signs.see(key, () => this.#pointer());
    this.#inKey = false;
    const hits = seen.map(rigid);
    const isBack = this.#inspection.direction === "to-client";
    const hidden = isBack && dressed ? hiddenInKey(key) : NO_HITS;
    const signs = isBack ? [...this.#signs.take().map(rigid), ...hidden] : NO_HITS;
    if (!needed && hits.length + signs.length === 0) return undefined;
    const note = noteOf(key, hits, hidden.length > 0);
    const found = settleHits(hits, key.length).map(({ hit }) => hit);
    this.#findings.add([...found, ...signs], () => this.#pointer(note));
    return note;
  }

  value(token: Token, kind: "string" | "number"): boolean {
    if (this.#isLate() || this.#isFull(NO_HITS)) return false;
    const note = this.#keyPlace()?.note;
    const traced = this.#mayHold(token);
    const beside = this.#survey.siblings.get(token.start) ?? NO_READERS;
    const readers = joinReaders(note?.readers ?? NO_READERS, beside);
    if (kind === "string") this.#lookAtString(token, { readers, traced, isBlob: note?.blob ?? false });
    else if (traced || readers.length > 0) this.#lookAtNumber(token, readers);
    return true;
  }

  #isLate(): boolean {
    if (++this.#looks % TOKENS_PER_CHECK !== 0 || this.#tools.clock.monotonicMs() <= this.#deadline) {
      return false;
    }
    this.#gap = `the scan took more than ${this.#tools.limits.maxMs} ms`;
    return true;
  }

  #lookAtNumber(token: Token, readers: readonly KeyedReader[]): void {
    const source = this.#inspection.text.slice(token.start, token.end);
    const text = wholeNumber(source);
    const look = { actionOf: this.#rigidAction, readers, digits: !this.#isId(text) };
    const hits = settleHits(this.#tools.detection.detect(text, look), text.length).map(({ hit }) => hit);
    this.#findings.add(hits, () => this.#pointer());
  }

  #lookAtString(token: Token, { readers, traced, isBlob }: Reading): void {
    const text = this.#decode(token);
    const joined = this.#survey.joined.get(token.start) ?? NO_HITS;
    const needed = traced || readers.length > 0 || joined.length > 0;
    if (!needed && !isBlob && !this.#survey.dressed) {
      if (!this.#survey.signed) return;
      // Nothing to mask, unless a sign is.
      const signs = this.#signs.see(text, () => this.#pointer());
      return this.#handOver(token, text, this.#maskHits(text, signs, () => signs));
    }
    const named = text.length < MIN_BLOB ? undefined : readBlob(text, this.#key());
    const sure = named !== undefined && isSurelyBlob(named);
    const blob = named ?? readBlob(text, "blob"); // by its letters alone; then it counts if text comes of it
    const look: Look = {
      actionOf: sure ? this.#rigidAction : this.#action,
      readers,
      digits: !sure && !this.#isId(text),
    };
    const inside = blob === undefined ? undefined : decodeBlob(blob);
    if (blob !== undefined && inside !== undefined) {
      return this.#lookAtBlob(token, text, { blob, inside, look, joined });
    }
    const again = (clean: string) => this.#looker.hits(clean, look, true);
    const own = needed ? this.#looker.hits(text, look) : this.#untraced(text, look);
    const hits = joined.length === 0 ? own : [...own, ...joined];
    this.#handOver(token, text, this.#maskHits(text, hits, again));
  }

  #untraced(text: string, look: Look): readonly Hit[] {
    const signs = this.#signs.see(text, () => this.#pointer());
    const hits = this.#looker.hitsInViews(text, look);
    return signs.length === 0 ? hits : [...hits, ...signs];
  }

  /** What base64 encodes, if that is text: looked at as text, masked as text and encoded again. */
  #lookAtBlob(token: Token, text: string, { blob, inside, look, joined }: BlobLook): void {
    const { detection } = this.#tools;
    const seen = this.#maskHits(
      text,
      [...detection.detect(text, look), ...joined],
      (clean) => detection.detect(clean, look),
    );
    if (seen !== text) return this.#handOver(token, text, seen);
    const within = { actionOf: this.#action, readers: NO_READERS, digits: true };
    const clean = this.#maskHits(
      inside,
      this.#looker.hits(inside, within),
      (left) => this.#looker.hits(left, within, true),
    );
    this.#handOver(token, text, clean === inside ? text : encodeBlob(blob, clean));
  }

  /** Notes the findings in `text` and returns what may be handed over: towards the upstream nothing is masked. */
  #maskHits(text: string, hits: readonly Hit[], again: (clean: string) => readonly Hit[]): string {
    if (hits.length === 0) return text;
    if (this.#isFull(hits)) {
      this.#findings.add(hits, () => this.#pointer());
      return text;
    }
    if (this.#inspection.direction === "to-upstream") {
      this.#findings.add(settleHits(hits, text.length).map(({ hit }) => hit), () => this.#pointer());
      return text;
    }
    const masked = maskFindings(text, hits, again);
    this.#findings.add(masked.hits, () => this.#pointer());
    this.#unmaskable ||= !masked.settled;
    return masked.text;
  }

  /** COST: findings are dear, and a message can be made of them: of one with so many nothing leaves, and it is left. */
  #isFull(more: readonly Hit[]): boolean {
    const { maxFindings } = this.#tools.limits;
    if (this.#findings.stopping + stoppingIn(more) <= maxFindings) return false;
    this.#gap ??= `the message has more than ${maxFindings} findings`;
    this.#unmaskable ||= this.#inspection.direction === "to-client";
    return true;
  }

  /** `masked` in place of `text`; on the way to the client without what nobody should see, and with what is said of it. */
  #handOver(token: Token, text: string, masked: string): void {
    if (this.#inspection.direction === "to-upstream") return;
    const cleaned = this.#survey.dressed ? cleanForClient(masked) : { text: masked, hits: NO_HITS };
    const signs = this.#signs.take();
    if (cleaned.hits.length + signs.length > 0) {
      this.#findings.add([...cleaned.hits, ...signs], () => this.#pointer());
    }
    const warned = signs.some(({ action }) => action === "annotate")
      ? withWarning(cleaned.text, { pointer: this.#pointer(), key: this.#key() })
      : cleaned.text;
    if (warned !== text) this.#edits.push({ token, content: sourceOf(warned) });
  }

  readonly #action = (id: string): FindingAction | undefined => this.#tools.actions.of(id, this.#inspection);

  /** For what cannot be masked and stay what it is: a masked number is no number, a masked key another key. */
  readonly #rigidAction = (id: string): FindingAction | undefined => {
    const action = this.#action(id);
    return action === "redact" ? "withhold" : action;
  };

  /** Is there a trace in the token, or could escapes hide one? Tokens must come in order. */
  #mayHold({ start, end, escaped }: Token): boolean {
    const { found, disguised } = this.#survey;
    while ((found[this.#next] ?? Infinity) < start) this.#next++;
    return (found[this.#next] ?? Infinity) < end || (disguised && escaped);
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

  #isId(text: string): boolean {
    return isIdNumber(text, () => this.#key());
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
    return pointerTo(this.#inKey ? places.slice(0, -1) : places, (place) => {
      const note = place === top && current !== undefined ? current : place.note;
      return note?.shown ?? (place.key === undefined ? "" : this.#decode(place.key));
    });
  }

  #report(): Report {
    const report = { ...EMPTY_REPORT, findings: this.#findings.list(), threat: this.#signs.threat };
    const gap = this.#gap ?? this.#looker.gap;
    return gap === undefined ? report : { ...report, complete: false, gap };
  }
}

interface Reading {
  readonly readers: readonly KeyedReader[];
  readonly traced: boolean;
  /** Base64 may stand there, and shows no trace of what it encodes. */
  readonly isBlob: boolean;
}

interface BlobLook {
  readonly blob: Blob64;
  readonly inside: string;
  readonly look: Look;
  readonly joined: readonly Hit[];
}
