/** Tag characters (U+E0020 to U+E007E) spell ASCII that nobody sees: the view in which they are read. */
import { type View, viewOf, type ViewText } from "./view.ts";

/** All of them begin with this unit. */
const HIGH = "\udb40";
const TAGS_REGEXP = /[\u{e0020}-\u{e007e}]/u;
const ALL_TAGS_REGEXP = /[\u{e0020}-\u{e007e}]+/gu;
const FIRST_LOW = 0xdc00;

/** What the tag characters of `text` spell, one run after the other; `undefined` where there are none. */
export function tagView(text: string): View | undefined {
  if (!text.includes(HIGH)) return undefined;
  return TAGS_REGEXP.test(text) ? viewOf(text, (out) => putTags(text, out)) : undefined;
}

function putTags(text: string, out: ViewText): void {
  for (const { 0: run, index } of text.matchAll(ALL_TAGS_REGEXP)) {
    for (let i = 0; i < run.length; i += 2) {
      out.putUnit(run.charCodeAt(i + 1) - FIRST_LOW, index + i, index + i + 2);
    }
  }
}
