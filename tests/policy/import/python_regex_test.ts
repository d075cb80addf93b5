import { assert, assertEquals } from "@std/assert";
import { re2OfPython } from "../../../lib/policy/import/python_regex.ts";
import { loadRegexEngine } from "../../../lib/policy/regex_engine.ts";

/** What `re.search` finds, and what it does not. */
const PATTERNS: readonly {
  readonly pattern: string;
  readonly finds: readonly string[];
  readonly misses: readonly string[];
}[] = [
  {
    pattern: "rm\\s+-rf",
    finds: ["rm -rf", "rm\u00a0-rf", "rm\u3000\t-rf", "rm\x1f-rf", "rm\v-rf"],
    misses: ["rm-rf", "rm\u200b-rf"],
  },
  { pattern: "^\\S+$", finds: ["a", "a\n"], misses: ["a\u00a0b", "a b"] },
  { pattern: "bash$", finds: ["curl | bash", "curl | bash\n"], misses: ["bash\n\n", "bash x"] },
  { pattern: "bash\\Z", finds: ["curl | bash"], misses: ["curl | bash\n"] },
  { pattern: "(?m)^end$", finds: ["a\nend\nb"], misses: ["ends"] },
  { pattern: "a\\$", finds: ["a$b"], misses: ["a"] },
  { pattern: "[$]x", finds: ["$x"], misses: ["x"] },
  { pattern: "\\d{2}", finds: ["42", "\u0664\u0662"], misses: ["4"] },
  { pattern: "[\\d-]x", finds: ["-x", "\u0664x"], misses: ["ax"] },
  { pattern: "^\\w+$", finds: ["abc_1", "größe"], misses: ["a-b", ""] },
  { pattern: "^[^\\s]$", finds: ["a"], misses: ["\u00a0"] },
  { pattern: "[[:alpha:]]", finds: [":]", "a]"], misses: ["b", "x]"] },
  { pattern: "[]a]x", finds: ["]x", "ax"], misses: ["x"] },
  { pattern: "[^]a]x", finds: ["bx"], misses: ["]x", "ax"] },
  { pattern: "^.{,8}$", finds: ["", "hunter2", "hunter2!"], misses: ["correct horse"] },
  { pattern: "^a{,}$", finds: ["", "aaa"], misses: ["b"] },
  { pattern: "a\\{,8}", finds: ["a{,8}"], misses: ["aaa"] },
  { pattern: "a[{,8}]b", finds: ["a{b", "a,b", "a8b"], misses: ["ab"] },
  {
    pattern: "rm[^\\S\\n]+-rf",
    finds: ["rm -rf", "rm\u00a0-rf", "rm\u3000-rf"],
    misses: ["rm\n-rf", "rmx-rf"],
  },
  { pattern: "^[^\\W\\d_]+$", finds: ["größe", "пароль"], misses: ["a1", "a_b", "a b", "a-b", "a\u00a0b"] },
  { pattern: "^[\\W_]+$", finds: ["-_ ", "\u2014"], misses: ["é", "a"] },
  { pattern: "^[\\D]$", finds: ["a"], misses: ["4", "\u0664"] },
  {
    pattern: "^[\\S ]$",
    finds: ["é", " ", "\u200b", "🙂"],
    misses: ["\u00a0", "\u1680", "\u2028", "\u205f", "\u3000"],
  },
  { pattern: "\\bpassword\\b", finds: ["my password"], misses: ["passwords"] },
  { pattern: "a\\\\$", finds: ["a\\"], misses: ["a"] },
  { pattern: "curl.*\\|.*bash", finds: ["curl x | bash"], misses: ["curl x\n| bash"] },
];

for (const { pattern, finds, misses } of PATTERNS) {
  Deno.test(`re2OfPython() finds with ${pattern} what Python finds`, async () => {
    const engine = await loadRegexEngine();
    const search = engine.compile(re2OfPython(pattern), { fold: false });
    if (!search.ok) throw new Error(search.error);
    for (const text of finds) assert(search.value(text), `${JSON.stringify(text)} is not found`);
    for (const text of misses) assert(!search.value(text), `${JSON.stringify(text)} is found`);
  });
}

Deno.test("re2OfPython() leaves what RE2 has nothing for, and what is no pattern, as it is", () => {
  for (const pattern of ["(?=x)(a)\\1", "(?P=n)", "a{2,3}?", "[", "[a", "[]", "[^]", "\\", "(", "*"]) {
    assertEquals(re2OfPython(pattern), pattern);
  }
});

Deno.test("re2OfPython(): a word's end in a pattern of another script is refused, where it would never match", async () => {
  const engine = await loadRegexEngine();
  for (const pattern of ["\\bпароль\\b", "é\\B"]) {
    assert(!engine.compile(re2OfPython(pattern), { fold: false }).ok, pattern);
  }
});
