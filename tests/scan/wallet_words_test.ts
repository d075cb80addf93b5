import { assertEquals } from "@std/assert";
import { hashOf, isListed } from "../../lib/scan/detectors/wallet_words.ts";
import LIST from "../../lib/scan/detectors/bip39_english.txt" with { type: "text" };
import MARKS from "../../lib/scan/detectors/bip39_marks.txt" with { type: "text" };

const WORDS = LIST.slice(LIST.indexOf("\n")).trim().split(/\s+/);

Deno.test("the marks of the wallet's words are those of the list", () => {
  assertEquals(WORDS.length, 2048);
  const marks = new Uint8Array(2 ** 12);
  for (const word of WORDS) {
    const hash = hashOf(word, 0, word.length);
    marks[hash >> 3] = (marks[hash >> 3] ?? 0) | 1 << (hash & 7);
  }
  assertEquals(MARKS, `${marks.toBase64()}\n`);
});

Deno.test("isListed() knows every word in any case, and turns most others away", () => {
  for (const word of WORDS) {
    assertEquals(isListed(word, 0, word.length), true, word);
    assertEquals(isListed(`x ${word.toUpperCase()}`, 2, 2 + word.length), true, word);
  }
  const others = Array.from({ length: 2000 }, (_, index) => `qx${index.toString(36)}vj`.replace(/\d/g, "w"));
  const listed = others.filter((word) => isListed(word, 0, word.length));
  assertEquals(listed.length < 400, true, `${listed.length} of ${others.length}`);
});
