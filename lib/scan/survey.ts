/** The first look at a message, over its source: is there anything at all to look for, and where? */
import type { Direction, FindingAction } from "../verdict/mod.ts";
import type { Detection, KeyedReader } from "./detect.ts";
import { Joints, mayJoin } from "./join.ts";
import { isDressed } from "./look.ts";
import type { Hit } from "./overlap.ts";
import { maySign } from "./message_signs.ts";
import { siblingReaders } from "./siblings.ts";

export interface Survey {
  /** Where keywords end, ascending. */
  readonly found: readonly number[];
  /** Strings with escapes may hold more than their source shows. */
  readonly disguised: boolean;
  /** Some string may read otherwise than it is written: encoded, folded, hidden. */
  readonly dressed: boolean;
  /** There may be threats or injections in it, as it stands. */
  readonly signed: boolean;
  /** By where a string begins: what stands beside it says what it is. */
  readonly siblings: ReadonlyMap<number, readonly KeyedReader[]>;
  /** By where a string begins: its part of a secret that is cut over several. */
  readonly joined: ReadonlyMap<number, readonly Hit[]>;
}

export interface SurveyOptions {
  readonly detection: Detection;
  readonly direction: Direction;
  readonly actionOf: (id: string) => FindingAction | undefined;
  /** No source tells of the operator's patterns: every string of a result is looked at. */
  readonly everything: boolean;
}

const NO_SIBLINGS: ReadonlyMap<number, readonly KeyedReader[]> = new Map();
const NO_JOINED: ReadonlyMap<number, readonly Hit[]> = new Map();

/** Surveys JSON text. ATTACKER-CONTROLLED; linear. */
export function survey(text: string, { detection, direction, actionOf, everything }: SurveyOptions): Survey {
  const found = detection.traces(text);
  // SOUND: no keyword has a character that JSON must escape, so what is in a string is in its source as well, unless it
  // was written with escapes that JSON does not need.
  const disguised = hasNeedlessEscape(text);
  const dressed = disguised || isDressed(text);
  const named = found.length > 0 || dressed;
  return {
    found,
    disguised,
    dressed,
    signed: disguised || (everything && direction === "to-client") || maySign(text, direction),
    siblings: named ? siblingReaders(text) : NO_SIBLINGS,
    joined: disguised || mayJoin(text, found, detection)
      ? new Joints(text, detection).hits({ actionOf, readers: [], digits: true })
      : NO_JOINED,
  };
}

const BACKSLASH = 0x5c, LETTER_U = 0x75, SLASH = 0x2f;

/** `\\u` or `\\/`. COST: the platform searches for two units at once, and is slow in a text that is full of the first. */
function hasNeedlessEscape(text: string): boolean {
  const first = text.indexOf("\\");
  if (first < 0) return false;
  for (let at = first; at < text.length; at++) {
    if (text.charCodeAt(at) !== BACKSLASH) continue;
    const next = text.charCodeAt(at + 1);
    if (next === LETTER_U || next === SLASH) return true;
  }
  return false;
}

/** A second look at a message that was masked: a marker may have joined what it stands between. */
export function surveyJoints(text: string, { detection, actionOf }: SurveyOptions): Survey {
  const nothing = { found: [], disguised: false, dressed: false, signed: false, siblings: NO_SIBLINGS };
  if (!mayJoin(text, detection.traces(text), detection)) return { ...nothing, joined: NO_JOINED };
  return { ...nothing, joined: new Joints(text, detection).hits({ actionOf, readers: [], digits: true }) };
}

/** Is there nothing to look at string by string? */
export function isBlank({ found, disguised, dressed, signed, joined }: Survey): boolean {
  return found.length === 0 && !disguised && !dressed && !signed && joined.size === 0;
}
