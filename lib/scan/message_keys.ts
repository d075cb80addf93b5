/** What is done about a name besides the search for secrets: nothing in it can be masked, taken out or warned of. */
import { BLOB_KEYS } from "./blob.ts";
import type { KeyedReader } from "./detect.ts";
import type { CountedHit } from "./findings.ts";
import { cleanForClient, TERMINAL_ESCAPE } from "./handed_over.ts";
import { hiddenIn } from "./injection/invisible.ts";
import { readersForName } from "./key_names.ts";
import { asShown } from "./mask.ts";
import type { Hit } from "./overlap.ts";

/** What is remembered about a key: how it may be shown, and what it says about its value. */
export interface KeyNote {
  readonly shown: string;
  readonly readers: readonly KeyedReader[];
  /** Base64 may stand under it, and shows no trace of what it encodes. */
  readonly blob: boolean;
}

/** The note about `key`, in which `hits` were seen; `hides`: and something that is not to be seen. */
export function noteOf(key: string, hits: readonly Hit[], hides: boolean): KeyNote {
  const shown = asShown(key, hits);
  return {
    shown: hides ? cleanForClient(shown).text : shown,
    readers: readersForName(key),
    blob: BLOB_KEYS.includes(key),
  };
}

/** As {@link Hit}; of what a text would be masked for, a name is held back with all that it stands in. */
export function rigid(hit: Hit): Hit {
  return hit.action === "redact" ? { ...hit, action: "withhold" } : hit;
}

/**
 * What a text would lose on its way to the client, were it not a name: that stays, so escapes of terminals and what spells
 * something are held back. One invisible character is what is copied from a page along with a heading: it is told.
 * ATTACKER-CONTROLLED.
 */
export function hiddenInKey(key: string): readonly CountedHit[] {
  const { hits } = cleanForClient(key);
  if (hits.length === 0) return hits;
  const spells = hiddenIn(key).length > 0;
  return hits.map((hit) => ({
    ...hit,
    action: spells || hit.detector === TERMINAL_ESCAPE ? "withhold" : "annotate",
  }));
}
