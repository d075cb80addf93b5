/** JSON pointers (RFC 6901) to findings. They go into the ledger, so they are short and never hold a secret. */
import type { Place } from "./tokens.ts";

/** An entry of the ledger has to fit into 64 KiB with all its findings. */
const MAX_LENGTH = 256;

/**
 * The pointer to where the walk stands. One that would be too long ends early, at the deepest array or object that fits:
 * it is still the pointer to something that holds the finding. `keyText`: a key as it may be shown, findings masked.
 */
export function pointerTo<Note>(
  places: readonly Place<Note>[],
  keyText: (place: Place<Note>) => string,
): string {
  let pointer = "";
  for (const place of places) {
    const step = `/${place.array ? place.index : escapeStep(keyText(place))}`;
    if (pointer.length + step.length > MAX_LENGTH) break;
    pointer += step;
  }
  return pointer;
}

function escapeStep(key: string): string {
  // Keys that could never fit are not worth the copy.
  return key.length > MAX_LENGTH ? key : key.replaceAll("~", "~0").replaceAll("/", "~1");
}
