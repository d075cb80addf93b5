import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { KeywordAutomaton } from "../../lib/scan/keywords.ts";

/** As the automaton sees a text: one case, one digit, one separator. */
function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/\d/g, "0").replace(/[.-]/g, " ");
}

function naive(keywords: readonly string[], text: string): string[] {
  const found: string[] = [];
  for (let end = 1; end <= text.length; end++) {
    keywords.forEach((keyword, index) => {
      if (folded(text.slice(Math.max(0, end - keyword.length), end)) === folded(keyword)) {
        found.push(`${index}@${end - keyword.length}`);
      }
    });
  }
  return found.sort();
}

const letter = fc.constantFrom("a", "b", "c", "A", "1", "7", " ", "-", ".", "_", "é", "\n");
const word = fc.array(fc.constantFrom("a", "b", "c", "0", " ", "_"), { minLength: 1, maxLength: 4 }).map((
  all,
) => all.join(""));

function allIn(keywords: readonly string[], text: string): string[] {
  const automaton = new KeywordAutomaton(keywords), cursor = { at: 0, state: 0 }, all: string[] = [];
  for (let count = automaton.next(text, cursor); count > 0; count = automaton.next(text, cursor)) {
    for (let i = 0; i < count; i++) all.push(`${automaton.found[2 * i]}@${automaton.found[2 * i + 1]}`);
  }
  return all;
}

Deno.test("KeywordAutomaton.next() goes on where it left off", () => {
  const text = "xab".repeat(1000);
  assertEquals(allIn(["ab", "b", "abxab"], text).sort(), naive(["ab", "b", "abxab"], text));
  assertEquals(allIn(["ab"], ""), []);
});

Deno.test("KeywordAutomaton.next() finds keywords of other scripts in any case", () => {
  const found = allIn(["забудь", "忘记", "é a"], "ЗАБУДЬ 忘记 Забудь É.A");
  assertEquals(found, ["0@0", "1@7", "0@10", "2@17"]);
});

Deno.test("KeywordAutomaton.next() finds what looking everywhere finds", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 1, maxLength: 8 }),
      fc.array(letter, { maxLength: 40 }).map((all) => all.join("")),
      (keywords, text) => {
        assertEquals(allIn(keywords, text).sort(), naive(keywords, text));
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("KeywordAutomaton.ends() tells the first of neighbouring ends", () => {
  const automaton = new KeywordAutomaton(["00", "ab"]);
  assertEquals(automaton.ends("12345 ab x9"), [1, 7]);
  assertEquals(automaton.ends("abab"), [1, 3]);
  assertEquals(automaton.ends(""), []);
});

Deno.test("KeywordAutomaton.goesOver() tells of keywords that a cut goes through, wherever the cuts are", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 1, maxLength: 8 }),
      fc.array(fc.array(letter, { maxLength: 6 }).map((all) => all.join("")), { minLength: 2, maxLength: 5 }),
      (keywords, pieces) => {
        const automaton = new KeywordAutomaton(keywords);
        const text = pieces.join("");
        let state = 0, at = 0;
        for (const piece of pieces) {
          const end = at + piece.length;
          const expected = naive(keywords, text.slice(0, end)).some((found) => {
            const [index = "", start = ""] = found.split("@");
            const behind = Number(start) + (keywords[Number(index)]?.length ?? 0);
            return Number(start) < at && behind > at;
          });
          assertEquals(automaton.goesOver(state, text, at, end), expected);
          state = automaton.stateBehind(text, at, end, state);
          at = end;
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("a long text is walked through in stretches, and every keyword is found as in a short one", () => {
  const piece = fc.tuple(
    fc.array(letter, { minLength: 1, maxLength: 60 }),
    fc.integer({ min: 100, max: 400 }),
  );
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      fc.array(piece, { maxLength: 3 }),
      (keywords, pieces) => {
        const text = pieces.map(([letters, times]) => letters.join("").repeat(times)).join("|").slice(
          0,
          20_000,
        );
        const found = naive(keywords, text), automaton = new KeywordAutomaton(keywords);
        assertEquals(allIn(keywords, text).sort(), found);
        assertEquals(automaton.has(text), found.length > 0);
        const ends = new Set(
          found.map((hit) =>
            Number(hit.split("@")[1]) + (keywords[Number(hit.split("@")[0])] ?? "").length - 1
          ),
        );
        const first = [...ends].sort((a, b) => a - b).filter((end) => !ends.has(end - 1));
        assertEquals(automaton.ends(text), first);
      },
    ),
    { numRuns: 40 },
  );
});
