import { assert, assertStringIncludes } from "@std/assert";
import { importPolicy } from "../../../lib/policy/mod.ts";

const KIB = 1024;

function filled(start: string, part: string, end = ""): string {
  return start + part.repeat(Math.floor((256 * KIB - start.length - end.length) / part.length)) + end;
}

const RULES = "default_action: deny\nrules:\n";

/** Texts that somebody may have laid out for whoever imports policies: a part of what is said of them, or that they are imported. */
const TEXTS: Readonly<Record<string, readonly [file: string, text: string, said: string | undefined]>> = {
  "a megabyte": ["p.yaml", "a: 1\n".repeat(210_000), "the file has more than 262144 characters"],
  "aliases": ["p.yaml", filled(RULES, "- *a\n"), "an alias"],
  "anchors": ["p.yaml", filled(`${RULES}- [`, "&a x, ", "]"), "an anchor"],
  "aliases of aliases": [
    "p.yaml",
    `a: &a [x, x]\n${
      [..."bcdefghijkl"].map((key, i) => `${key}: &${key} [*${"abcdefghijkl"[i]}, *${"abcdefghijkl"[i]}]`)
        .join("\n")
    }`,
    "an anchor",
  ],
  "duplicate keys": ["p.yaml", filled("rules: []\n", "a: 1\n"), "not valid YAML"],
  "deep YAML": ["p.yaml", filled("rules: ", "["), "not valid YAML"],
  "deep JSON": [
    "p.json",
    `{"rules":${"[".repeat(90_000)}${"]".repeat(90_000)}}`,
    "not valid JSON",
  ],
  "deep but closed": ["p.json", `{"rules":${"[".repeat(90)}${"]".repeat(90)}}`, "more than 32 levels"],
  "deep TOML": [
    "p.toml",
    filled("a = ", "["),
    "not valid TOML",
  ],
  "more rules than anybody writes": ["p.yaml", filled(RULES, "- {action: deny}\n"), "more than 5000 tables"],
  "numbers in the place of rules": [
    "p.yaml",
    filled(RULES, "- 7\n"),
    '"rules[0]" is a number, and must be a table',
  ],
  "half a surrogate pair": [
    "p.json",
    '{"rules":[{"action":"deny","tools":["\\ud800"]}]}',
    "not valid JSON",
  ],
  "unknown keys": [
    "p.yaml",
    `${RULES.replace("rules:\n", "")}${Array.from({ length: 15_000 }, (_, i) => `k${i}: 1\n`).join("")}`,
    undefined,
  ],
  "thousands of rules": ["p.yaml", RULES + "- {action: allow, tools: [a, b*]}\n".repeat(4900), undefined],
  "thousands of patterns that are none": [
    "p.yaml",
    RULES + '- {action: deny, when: {arg_regex: {a: "(?=x)"}}}\n'.repeat(1600),
    undefined,
  ],
  "a pattern that grows": [
    "p.yaml",
    `${RULES}- {action: deny, when: {arg_regex: {a: "((a{100}){100}){100}"}}}\n`,
    undefined,
  ],
  "a glob that is longer than any name": [
    "p.yaml",
    filled(`${RULES}- {action: deny, tools: ["`, "*a", '"]}\n'),
    undefined,
  ],
  "a list without an end": ["p.toml", filled("[rules]\nallow_tools = [", '"x.*", ', "]"), undefined],
};

for (const [name, [file, text, said]] of Object.entries(TEXTS)) {
  Deno.test(`a hostile file is imported or told: ${name}`, async () => {
    const imported = await importPolicy({ file, text });
    if (said === undefined) assert(imported.ok, JSON.stringify(imported).slice(0, 400));
    else assertStringIncludes(imported.ok ? "imported" : imported.error[0]?.message ?? "", said);
    if (!imported.ok) assert(imported.error.length <= 100, `${imported.error.length} diagnostics`);
  });
}
