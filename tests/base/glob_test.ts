import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { compileGlob, type Glob } from "../../lib/base/mod.ts";
import { RUNS } from "./_json_text.ts";
import { errorOf, valueOf } from "./_results.ts";

const TABLE: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
  // The first three rows are the policy specification's own.
  ["delete*", ["delete_user", "delete"], ["undelete", "Delete_user", "predelete_user"]],
  ["stripe.*", ["stripe.charge", "stripe."], ["stripex_safe", "stripe", "xstripe.a"]],
  ["read.*", ["read.file"], ["readwrite_all", "read"]],
  ["read_file", ["read_file"], ["read_files", "read-file", "READ_FILE", ""]],
  ["", [""], ["a"]],
  ["*", ["", "a", "anything\nat all", "😀"], []],
  ["**", ["", "abc"], []],
  ["?", ["a", "é", "😀", "\n"], ["", "ab"]],
  ["??", ["ab", "a😀", "😀😀"], ["a", "abc", "😀"]],
  ["*?", ["a", "abc", "😀"], [""]],
  ["?*?", ["ab", "abc", "😀😀"], ["", "a", "😀"]],
  ["*a?", ["ab", "xaab", "a😀"], ["a", "ba", "axx"]],
  ["*a*b*", ["ab", "xaybz", "aab"], ["ba", "a", "b"]],
  ["a*a", ["aa", "aba", "aaa"], ["a", "ab"]],
  ["ab*ab", ["abab", "abxab"], ["ab", "aba", "abaab "]],
  ["[abc]", ["a", "b", "c"], ["d", "", "ab", "A"]],
  ["[!abc]", ["d", "😀", "^"], ["a", "b", ""]],
  ["[^a]", ["^", "a"], ["b"]],
  ["[a-c]x", ["ax", "cx"], ["dx", "-x"]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[-a]", ["a", "-"], ["b"]],
  ["[]]", ["]"], ["[", ""]],
  ["[!]]", ["a"], ["]"]],
  ["[\\]a]", ["]", "a"], ["\\"]],
  ["[\\a-c]", ["a", "b"], ["\\", "d"]],
  ["[X-\\]]", ["X", "[", "]", "\\"], ["^", "W"]],
  ["[*?{]", ["*", "?", "{"], ["a"]],
  ["[a,b]", ["a", ",", "b"], ["c"]],
  ["[\uff00-😀]", ["\uff01", "😀", "🀀"], ["\ufeff", "😁"]],
  ["{a,b}", ["a", "b"], ["c", "a,b", ""]],
  ["{a,}x", ["ax", "x"], ["bx"]],
  ["{}x", ["x"], ["{}x"]],
  ["{a}", ["a"], ["{a}"]],
  ["{payment,refund}_*", ["payment_make", "refund_"], ["payment", "void_x"]],
  ["x{a,b{c,d}}y", ["xay", "xbcy", "xbdy"], ["xby", "xy"]],
  ["{a,b}{c,d}", ["ac", "ad", "bc", "bd"], ["ab", "cd"]],
  ["{[,],a}", [",", "a"], ["[", "]"]],
  ["\\*", ["*"], ["a", "\\*"]],
  ["\\{a,b\\}", ["{a,b}"], ["a"]],
  ["a\\,b", ["a,b"], []],
  ["\\\\", ["\\"], []],
  ["file:///srv/*", ["file:///srv/app/x", "file:///srv/"], ["file:///srv-evil/x", "FILE:///srv/x"]],
  // On NFC: composed and decomposed are one.
  ["caf\u00e9*", ["cafe\u0301_menu", "caf\u00e9"], ["cafe"]],
  ["cafe\u0301", ["caf\u00e9"], ["cafe"]],
  ["[\u00e9]", ["e\u0301"], ["e"]],
];

for (const [pattern, yes, no] of TABLE) {
  Deno.test(`compileGlob() "${pattern}"`, () => {
    const glob = compiled(pattern);
    for (const text of yes) assert(glob(text), `does not match ${JSON.stringify(text)}`);
    for (const text of no) assert(!glob(text), `matches ${JSON.stringify(text)}`);
  });
}

const BROKEN: readonly (readonly [pattern: string, at: number])[] = [
  ["[abc", 0],
  ["a[", 1],
  ["[]", 0],
  ["[!]", 0],
  ["a\\", 1],
  ["{a", 0],
  ["a}", 1],
  ["{a,{b}", 0],
  ["[z-a]", 0],
  ["*".repeat(1025), 1024],
  ["{a,b}".repeat(9), 40],
];

for (const [pattern, at] of BROKEN) {
  Deno.test(`compileGlob() refuses "${pattern.slice(0, 20)}" (${pattern.length} characters)`, () => {
    assertEquals(errorOf(compileGlob(pattern)).at, at);
  });
}

Deno.test("compileGlob() never throws, and no pattern costs more than its cap allows", () => {
  for (
    const pattern of [
      "{".repeat(1000),
      "{}".repeat(512),
      "{a,b}".repeat(200),
      "{{a,b},{c,d}}".repeat(75),
      "[".repeat(1000),
    ]
  ) {
    compileGlob(pattern);
  }
});

// A backtracking matcher would not come back from these in a lifetime; the test's own time is the assertion.
const HOSTILE: readonly (readonly [pattern: string, text: string])[] = [
  ["*a".repeat(50) + "b", "a".repeat(20_000)],
  ["*?".repeat(50) + "b", "a".repeat(20_000)],
  ["*[a-z]".repeat(50) + "[0-9]", "a".repeat(20_000)],
  ["{*a,*aa}{*a,*aa}{*a,*aa}{*a,*aa}*b", "a".repeat(20_000)],
  ["*aab*aab", "aa".repeat(100_000)],
];

for (const [pattern, text] of HOSTILE) {
  Deno.test(`a hostile text for "${pattern.slice(0, 24)}" ends`, () => assert(!compiled(pattern)(text)));
}

Deno.test("property: a glob matches what a slow, obvious matcher matches", () => {
  const piece = fc.constantFrom("a", "b", "*", "?", "[ab]", "[!a]", "😀", "{a,b*}", "{,ab}");
  const pattern = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(""));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "😀"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (glob, input) => assertEquals(compiled(glob)(input), obvious(glob, input))),
    {
      numRuns: RUNS.numRuns * 4,
    },
  );
});

/** The dialect as a RegExp: fine for eight characters of a test, unfit for anyone else's. */
function obvious(pattern: string, text: string): boolean {
  const source = pattern.replace(/\[!/g, "[^").replace(/\*/g, "[^]*").replace(/\?/g, "[^]")
    .replace(/\{([^}]*)\}/g, (_, inner: string) => `(?:${inner.replaceAll(",", "|")})`);
  return new RegExp(`^(?:${source})$`, "v").test(text);
}

function compiled(pattern: string): Glob {
  return valueOf(compileGlob(pattern));
}
