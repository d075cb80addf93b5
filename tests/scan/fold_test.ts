import { assertEquals } from "@std/assert";
import { createScanner } from "../../lib/scan/mod.ts";
import { foldOf } from "../../lib/scan/views/fold.ts";

Deno.test("what is folded folds to itself: a view of a view is not made for it", () => {
  let unstable = "";
  for (let point = 0x80; point <= 0x10ffff; point++) {
    for (const character of foldOf(point)) {
      if (character >= "\x80" && foldOf(character.codePointAt(0) ?? 0) !== character) unstable += character;
    }
  }
  assertEquals(unstable, "");
});

Deno.test("two halves of a letter that come together in a view are one letter, and it is folded", () => {
  const scanner = createScanner({ overrides: [] });
  if (!scanner.ok) throw new Error(scanner.error);
  const bold = Array.from(
    "AKIAIOSFODNN7EXAMPLE",
    (letter) => letter < "A" ? letter : String.fromCodePoint(0x1d400 + letter.charCodeAt(0) - 65),
  );
  const text = JSON.stringify({ t: bold.map((letter) => letter.split("").join("\u200b")).join("") });
  for (const direction of ["to-upstream", "to-client"] as const) {
    const { report } = scanner.value.inspect({ text, direction, server: "", tool: "", method: "" });
    assertEquals(report.findings.map(({ id }) => id).includes("aws-access-key"), true, direction);
  }
});
