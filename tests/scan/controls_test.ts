import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cleanControls } from "../../lib/scan/injection/controls.ts";

const FLAG = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";

const STAYS: Readonly<Record<string, string>> = {
  "plain text": "Hello, world.\n\tNext line.\r\n",
  "a family of joined emoji": "👨\u200d👩\u200d👧\u200d👦",
  "a woman at a computer with a skin tone": "👩🏽\u200d💻",
  "a heart on fire with variation selectors": "❤\ufe0f\u200d🔥",
  "a keycap and a text heart": "1\ufe0f\u20e3 ❤\ufe0e",
  "the flag of England": FLAG,
  "Persian with a non-joiner": "می\u200cخواهم",
  "Hindi with a joiner": "शक्\u200dति क्\u200c",
  "Sinhala with a joiner": "ශ්\u200dරී",
  "Hebrew with marks of direction": "שלום \u200fworld\u200e",
  "Arabic with a mark of direction": "\u061cمرحبا",
  "an ideograph with its variant": "葛\u{e0100}",
  "a soft hyphen": "co\u00adoperate",
  "brackets that look like an escape": "[31m not red [0m",
  "accents and ligatures": "naïve café ﬁ",
  "a Hangul filler of its own": "ㅎ\u3164ㅎ",
};

for (const [name, text] of Object.entries(STAYS)) {
  Deno.test(`cleanControls leaves ${name} as it is`, () => {
    assertEquals(cleanControls(text), { text, removed: [] });
  });
}

const GOES: Readonly<Record<string, readonly [text: string, clean: string]>> = {
  "colours": ["\x1b[1;31mred\x1b[0m", "red"],
  "colours in 8 bits": ["\x9b31mred\x9b0m", "red"],
  "movements and erasures": ["a\x1b[2K\x1b[1A\x1b[?25lb", "ab"],
  "a title": ["\x1b]0;evil\x07ok", "ok"],
  "a link with its address": ["\x1b]8;;https://evil.example\x1b\\text\x1b]8;;\x1b\\", "text"],
  "a write to the clipboard": ["\x1b]52;c;cm0gLXJm\x07ok", "ok"],
  "a device control string": ["\x1bP+q544e\x1b\\ok", "ok"],
  "a string that does not end": ["a\x1b]0;everything behind stays", "a0;everything behind stays"],
  "a lone escape": ["a\x1b", "a"],
  "an escape that an escape hides": ["\x1b\x1b[31m[31mred", "[31mred"],
  "a character set": ["\x1b(Bok", "ok"],
  "tag characters": ["a\u{e0069}\u{e0067}\u{e006e}b", "ab"],
  "tags behind a flag that is too long": [`${FLAG}\u{e0061}\u{e0062}`, FLAG],
  "overrides and embeddings": ["a\u202eb\u202cc\u202ad", "abcd"],
  "isolates": ["\u2066a\u2069", "a"],
  "zero-width characters": ["a\u200bb\ufeffc\u2060d\u200ce\u200df", "abcdef"],
  "a joiner between a letter and a picture": ["a\u200d👩", "a👩"],
  "a row of joiners in Persian": ["می\u200c\u200d\u200c\u200dخ", "میخ"],
  "a row of variation selectors": ["😊\ufe0f\ufe0e\u{e0148}\u{e0155}", "😊\ufe0f"],
  "a row of Hangul fillers": ["a\u3164\u3164\u3164b", "ab"],
};

for (const [name, [text, clean]] of Object.entries(GOES)) {
  Deno.test(`cleanControls takes out ${name}`, () => {
    assertEquals(cleanControls(text).text, clean);
  });
}

const PIECE = fc.constantFrom(
  "\x1b",
  "[",
  "]",
  "31m",
  "\x07",
  "\\",
  "\u200b",
  "\u200c",
  "\u200d",
  "👩",
  "م",
  "a",
  "\u202e",
  "\ufe0f",
  "\u{1f3f4}",
  "\u{e0067}",
  "\u{e007f}",
  "\x9b",
  "\u{e0100}",
  "0;",
  "P",
  "\u3164",
  "\n",
  "क्",
  "❤",
);

Deno.test("no escape, override or space without width is left, and the spans say exactly what is gone", () => {
  fc.assert(
    fc.property(fc.array(PIECE, { maxLength: 24 }).map((pieces) => pieces.join("")), (text) => {
      const { text: clean, removed } = cleanControls(text);
      let rest = "", from = 0;
      for (const { start, end } of removed) {
        assert(start >= from && end > start);
        rest += text.slice(from, start);
        from = end;
      }
      assertEquals(rest + text.slice(from), clean);
      // deno-lint-ignore no-control-regex -- that none is left is the point
      assert(!/[\x1b\x9b\x9d\x90\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]/.test(clean));
    }),
    { numRuns: 500 },
  );
});
