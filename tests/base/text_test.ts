import { assertEquals, assertNotEquals } from "@std/assert";
import { nameSkeleton } from "../../lib/base/mod.ts";

const ALIKE: readonly (readonly [name: string, a: string, b: string])[] = [
  ["case", "Read_File", "read_file"],
  ["full width", "ｒｅａｄ＿ｆｉｌｅ", "read_file"],
  ["white space", " read_ file\u00a0", "read_file"],
  ["a zero-width space", "read\u200b_file", "read_file"],
  ["a tag character", "read_file\u{e0041}", "read_file"],
  ["a variation selector", "read_file\ufe0f", "read_file"],
  ["a filler that is a letter", "read\u3164_file", "read_file"],
  ["a combining mark", "re\u0301ad_file", "read_file"],
  ["an enclosing mark", "re\u20ddad_file", "read_file"],
  ["Cyrillic letters", "r\u0435\u0430d_fil\u0435", "read_file"],
  ["Greek letters", "\u03c1ayment", "payment"],
  ["mathematical letters", "𝓻𝓮𝓪𝓭_file", "read_file"],
  ["a ligature", "read_\ufb01le", "read_file"],
  ["the digit one for an l", "read_fi1e", "read_file"],
  ["an upper-case I for an l", "de1ete", "deIete"],
  ["a zero for an o", "stripe.p0st", "stripe.post"],
  ["rn for an m", "forrnat", "format"],
  ["vv for a w", "vvrite", "write"],
];

for (const [name, a, b] of ALIKE) {
  Deno.test(`nameSkeleton() sees through ${name}`, () => assertEquals(nameSkeleton(a), nameSkeleton(b)));
}

Deno.test("nameSkeleton() keeps names apart that look different", () => {
  const names = [
    "read_file",
    "read-file",
    "read.file",
    "readfile",
    "read_files",
    "write_file",
    "read_file2",
    "reed_file",
  ];
  assertEquals(new Set(names.map(nameSkeleton)).size, names.length);
  assertNotEquals(nameSkeleton("a"), nameSkeleton("b"));
});
