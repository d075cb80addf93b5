/** What a person does not see and a model reads, and what a terminal obeys. */
import type { Span } from "../detector.ts";
import type { InjectionSign } from "./sign.ts";

/** Signs that no keyword can find: their characters are looked for themselves. */
export interface HiddenSign extends Omit<InjectionSign, "look" | "keywords" | "quotable"> {
  /** Global; each match is a hit. LINEAR: one class of characters, repeated. */
  readonly pattern: RegExp;
}

/** Zero width, and no part of any script: stands for bits where many are in a row. */
const ZERO_WIDTH =
  "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2060-\\u2065\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\u{e0100}-\\u{e01ef}";

/** One look tells whether there is anything of all this in a text. */
// deno-lint-ignore no-control-regex -- what terminals obey
export const HIDDEN_REGEXP = new RegExp(
  "[\\x1b\\x90\\x98\\x9b-\\x9f\\u00ad\\u034f\\u061c\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\u115f\\u1160\\u3164\\uffa0\\ufe00-\\ufe0f\\ufff0-\\ufffb\\ud82f\\ud834\\udb40-\\udb43]",
);

export const HIDDEN_SIGNS: readonly HiddenSign[] = [
  {
    id: "tag-characters",
    weight: 5,
    explanation: "text in characters that nobody sees and a model reads",
    // A flag of a region is a black flag with a few tags and an end; a message has no flag before it.
    pattern:
      /(?<!\u{1f3f4})(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{1,8})[\u{e0000}-\u{e007f}]{2,}|(?<=\u{1f3f4})[\u{e0020}-\u{e007e}]{7,}/gu,
    examples: {
      hits: ["a\u{e0069}\u{e0067}\u{e006e}\u{e006f}b"],
      misses: ["\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "abc"],
    },
  },
  {
    id: "zero-width-run",
    weight: 4,
    explanation: "a row of characters without width, which may spell something",
    pattern: new RegExp(`[${ZERO_WIDTH}]{6,}`, "gu"),
    examples: {
      hits: ["a\u200b\u200c\u200b\u200b\u200c\u200c\u200bb"],
      misses: ["a\u200bb", "می\u200cخواهم", "👩\u200d💻"],
    },
  },
  {
    id: "variation-selector-run",
    weight: 4,
    explanation: "a row of variation selectors, which may spell something",
    pattern: /(?:[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]){3,}/gu,
    examples: { hits: ["😊\u{e0148}\u{e0155}\u{e015c}\u{e015c}"], misses: ["❤\ufe0f", "葛\u{e0100}"] },
  },
  {
    id: "text-turned-around",
    weight: 3,
    explanation: "shows letters in another order than they stand in",
    pattern: /[\u202d\u202e]/gu,
    examples: { hits: ["file\u202egnp.exe", "\u202dabc"], misses: ["\u2067שלום\u2069", "\u200fשלום"] },
  },
  {
    id: "terminal-command",
    weight: 4,
    explanation:
      "an escape by which a terminal writes to the clipboard, hides text or answers as if it were typed",
    pattern:
      // deno-lint-ignore no-control-regex -- escapes of terminals
      /(?:\x1b\]|\x9d)(?:52;|50;|1337;|777;|9;\d|4;\d)|(?:\x1b\[|\x9b)(?:[0-9;]{0,16};)?8m|(?:\x1b\[|\x9b)(?:[56]n|c|>c|21t)|(?:\x1bP|\x90)(?:[+$]q)/gu,
    examples: {
      hits: ["\x1b]52;c;cm0gLXJm\x07", "\x1b[8mhidden\x1b[0m", "\x1b[6n"],
      misses: ["\x1b[31mred\x1b[0m", "\x1b[2K", "\x1b[38m"],
    },
  },
  {
    id: "terminal-screen",
    weight: 1,
    explanation: "an escape that moves what is on the screen, or names a link",
    // deno-lint-ignore no-control-regex -- escapes of terminals
    pattern: /(?:\x1b\[|\x9b)(?:[23]?J|\d{0,4};?\d{0,4}[Hf]|\?1049[hl])|(?:\x1b\]|\x9d)(?:[012];|8;)/gu,
    examples: {
      hits: ["\x1b[2J", "\x1b[1;1H", "\x1b]0;title\x07", "\x1b]8;;https://a.example\x07x\x1b]8;;\x07"],
      misses: ["\x1b[31mred", "\x1b[2K", "\x1b[1A"],
    },
  },
];

/** A sign that was seen, for the rows above. */
export interface HiddenHit extends Span {
  readonly sign: HiddenSign;
}

/** Of each row the first that is hidden in `text`: all of them are taken out. ATTACKER-CONTROLLED; linear. */
export function hiddenIn(text: string): readonly HiddenHit[] {
  if (!HIDDEN_REGEXP.test(text)) return [];
  return HIDDEN_SIGNS.flatMap((sign) => {
    sign.pattern.lastIndex = 0;
    const match = sign.pattern.exec(text);
    return match === null ? [] : [{ sign, start: match.index, end: match.index + match[0].length }];
  });
}
