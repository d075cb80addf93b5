import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes, utf8 } from "../../lib/base/mod.ts";
import { FrameReader } from "../../lib/wire/mod.ts";
import { RUNS } from "../base/_json_text.ts";
import { framesOf } from "./_frames.ts";

const CAP = 8;

const TABLE: readonly (readonly [name: string, chunks: readonly string[], frames: readonly string[]])[] = [
  ["nothing", [], []],
  ["one line", ["abc\n"], ["abc"]],
  ["several lines in one chunk", ["a\nb\nc\n"], ["a", "b", "c"]],
  ["a line over three chunks", ["a", "b", "c\n"], ["abc"]],
  ["a line end at the start of a chunk", ["abc", "\n", "d\n"], ["abc", "d"]],
  ["a carriage return before the line end", ["a\r\nb\r\n"], ["a", "b"]],
  ["carriage return and line end in two chunks", ["a\r", "\nb"], ["a", "b"]],
  ["one carriage return of two", ["a\r\r\n"], ["a\r"]],
  ["a carriage return within a line", ["a\rb\n"], ["a\rb"]],
  ["blank lines", ["\n\r\n\na\n\n"], ["a"]],
  ["a line of white space, which is a frame", ["  \n"], ["  "]],
  ["a last line without end", ["a\nb"], ["a", "b"]],
  ["a last line with a carriage return", ["a\r"], ["a"]],
  ["a carriage return and nothing else", ["\r"], []],
  ["empty chunks", ["", "a", "", "\n", ""], ["a"]],
  ["a line of exactly the cap", ["12345678\n1"], ["12345678", "1"]],
  ["a line of one more", ["123456789\n1\n"], ["OVERSIZE 8", "1"]],
  ["a line that passes the cap chunk by chunk", ["1234", "5678", "9", "9".repeat(100), "\nok\n"], [
    "OVERSIZE 8",
    "ok",
  ]],
  ["an endless line", ["x".repeat(9), "x".repeat(9), "x".repeat(9)], ["OVERSIZE 8"]],
  ["two long lines", ["x".repeat(20), "\n", "y".repeat(20), "\nz"], ["OVERSIZE 8", "OVERSIZE 8", "z"]],
  ["a long line among others, in order", ["a\nxxxxxxxxx\nb\n"], ["a", "OVERSIZE 8", "b"]],
  ["a long last line", ["a\nxxxxxxxxx"], ["a", "OVERSIZE 8"]],
];

for (const [name, chunks, frames] of TABLE) {
  Deno.test(`FrameReader cuts ${name}`, () =>
    assertEquals(framesOf(chunks.map(utf8), { maxFrameBytes: CAP }), frames));
}

Deno.test("FrameReader reports a line as it passes the cap, not at its end", () => {
  const reader = new FrameReader({ maxFrameBytes: CAP });
  assertEquals(reader.push(utf8("12345678")), []);
  assertEquals(reader.push(utf8("9")), [{ kind: "oversize", limit: CAP }]);
  assertEquals(reader.push(utf8("9".repeat(1000))), []);
  assertEquals(reader.end(), []);
});

Deno.test("FrameReader takes no line separator of Unicode for a line end, whole or cut in two", () => {
  const bytes = utf8("\u2028a\u2029\u0085\n");
  const whole = framesOf([bytes], { maxFrameBytes: 100 });
  assertEquals(whole.length, 1);
  assertEquals(framesOf([bytes.slice(0, 2), bytes.slice(2)], { maxFrameBytes: 100 }), whole);
});

Deno.test("FrameReader is as new after the end", () => {
  const reader = new FrameReader({ maxFrameBytes: CAP });
  reader.push(utf8("123456789"));
  reader.end();
  assertEquals(reader.push(utf8("ab\n")).length, 1);
});

Deno.test("FrameReader never writes into a frame that it handed out", () => {
  const reader = new FrameReader({ maxFrameBytes: 100 });
  reader.push(utf8("first"));
  const [frame] = reader.push(utf8(" line\nsecond"));
  reader.push(utf8(" line\nthird line\n"));
  assertEquals(frame?.kind === "line" && new TextDecoder().decode(frame.bytes), "first line");
});

Deno.test("FrameReader takes a line of a mebibyte one byte at a time, in linear time", () => {
  const reader = new FrameReader({ maxFrameBytes: 1 << 20 });
  const byte = utf8("x");
  for (let i = 0; i < 1 << 20; i++) assertEquals(reader.push(byte).length, 0);
  const [frame] = reader.end();
  assertEquals(frame?.kind === "line" && frame.bytes.length, 1 << 20);
});

Deno.test("property: FrameReader gives the same frames however the stream is cut", () => {
  const stream = fc.array(
    fc.constantFrom("\n", "\r", "\r\n", "a", "bc", "{}", "\u00e9", "123456789", "12345678"),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(stream, fc.array(fc.nat(12), { maxLength: 40 }), (pieces, sizes) => {
      const bytes = utf8(pieces.join(""));
      assertEquals(framesOf(cut(bytes, sizes), { maxFrameBytes: CAP }), obvious(bytes));
      assertEquals(
        framesOf(Array.from(bytes, (byte) => Uint8Array.of(byte)), { maxFrameBytes: CAP }),
        obvious(bytes),
      );
    }),
    RUNS,
  );
});

Deno.test("property: FrameReader loses no byte of lines under the cap", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, max: 9 }), { minLength: 1 }),
      fc.array(fc.nat(5)),
      (lines, sizes) => {
        const stream = concatBytes(...lines.flatMap((line) => [line, utf8("\n")]));
        assertEquals(
          framesOf(cut(stream, sizes), { maxFrameBytes: 1000 }).map((line) => line.length),
          lines.map((l) => l.length),
        );
      },
    ),
    RUNS,
  );
});

/** Chunks of these sizes, one after another, and the rest. */
function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) chunks.push(bytes.slice(at, at += size));
  return [...chunks, bytes.slice(at)];
}

/** The whole stream at once. */
function obvious(bytes: Uint8Array): readonly string[] {
  const lines = new TextDecoder("latin1").decode(bytes).split("\n");
  const frames = lines.map((line) => line.length > CAP ? `OVERSIZE ${CAP}` : line.replace(/\r$/, ""));
  return frames.filter((line) => line !== "");
}
