import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes, fromHex, toHex, utf8, utf8Decode, utf8Length } from "../../lib/base/mod.ts";
import { RUNS } from "./_json_text.ts";

Deno.test("utf8Decode() answers undefined for what is not UTF-8, and goes on decoding", () => {
  const broken = [[0xff], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80]];
  for (const bytes of broken) {
    assertEquals(utf8Decode(Uint8Array.from(bytes)), undefined);
    assertEquals(utf8Decode(utf8("é😀")), "é😀");
  }
});

Deno.test("utf8Decode() keeps a byte order mark as a character", () => {
  assertEquals(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
});

Deno.test("property: utf8Length() is the length of utf8(), and utf8Decode() takes it back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assertEquals(utf8Length(text), utf8(text).length);
      assertEquals(utf8Decode(utf8(text)), text);
    }),
    RUNS,
  );
});

Deno.test("property: fromHex() takes back toHex(), and nothing but lower-case pairs", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assertEquals(fromHex(toHex(bytes)), bytes)), RUNS);
  for (const text of ["a", "AB", "0g", " 00", "0x00"]) assertEquals(fromHex(text), undefined);
});

Deno.test("concatBytes() joins in order", () => {
  assertEquals(concatBytes(), new Uint8Array(0));
  assertEquals(concatBytes(Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)), Uint8Array.of(1, 2, 3));
});
