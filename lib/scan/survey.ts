/** The first look at a message, over its source: is there anything at all to look for, and where? */
import type { FindingAction } from "../verdict/mod.ts";
import type { Detection, KeyedReader } from "./detect.ts";
import { Joints } from "./join.ts";
import { isDressed } from "./look.ts";
import type { Hit } from "./overlap.ts";
import { siblingReaders } from "./siblings.ts";

export interface Survey {
  /** Where keywords end, ascending. */
  readonly found: readonly number[];
  /** Strings with escapes may hold more than their source shows. */
  readonly disguised: boolean;
  /** Some string may read otherwise than it is written: encoded, folded, hidden. */
  readonly dressed: boolean;
  /** By where a string begins: what stands beside it says what it is. */
  readonly siblings: ReadonlyMap<number, readonly KeyedReader[]>;
  /** By where a string begins: its part of a secret that is cut over several. */
  readonly joined: ReadonlyMap<number, readonly Hit[]>;
}

const NO_SIBLINGS: ReadonlyMap<number, readonly KeyedReader[]> = new Map();
const NO_JOINED: ReadonlyMap<number, readonly Hit[]> = new Map();

/** Surveys JSON text. ATTACKER-CONTROLLED; linear. */
export function survey(
  text: string,
  detection: Detection,
  actionOf: (id: string) => FindingAction | undefined,
): Survey {
  const found = detection.traces(text);
  // SOUND: no keyword has a character that JSON must escape, so what is in a string is in its source as well, unless it
  // was written with escapes that JSON does not need.
  const disguised = text.includes("\\u") || text.includes("\\/");
  const joints = new Joints(text, detection);
  return {
    found,
    disguised,
    dressed: isDressed(text),
    siblings: found.length > 0 || disguised ? siblingReaders(text) : NO_SIBLINGS,
    joined: disguised || joints.mayJoin(found)
      ? joints.hits({ actionOf, readers: [], digits: true })
      : NO_JOINED,
  };
}

/** Is there nothing to look at string by string? */
export function isBlank({ found, disguised, dressed, joined }: Survey): boolean {
  return found.length === 0 && !disguised && !dressed && joined.size === 0;
}
