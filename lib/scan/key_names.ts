/** What a name says about its value, in whatever dress it comes: `pass\u200bword` is a password as well. */
import { type KeyedReader, readersFor } from "./detect.ts";
import { cleanControls } from "./injection/controls.ts";
import { characterView, isMarked } from "./views/characters.ts";

// deno-lint-ignore no-control-regex -- what terminals obey
const TERMINAL_REGEXP = /[\x1b\x80-\x9f]/;

/** As {@link readersFor}, for a name as it is read, or as it stands in a source of JSON. ATTACKER-CONTROLLED; linear. */
export function readersForName(name: string): readonly KeyedReader[] {
  const readers = readersFor(name);
  if (readers.length > 0) return readers;
  const view = isMarked(name) ? characterView(name)?.text ?? name : name;
  const plain = TERMINAL_REGEXP.test(view) || isMarked(view) ? plainWithoutControls(view) : view;
  return plain === name ? readers : readersFor(plain);
}

function plainWithoutControls(name: string): string {
  const { text } = cleanControls(name);
  return characterView(text)?.text ?? text;
}
