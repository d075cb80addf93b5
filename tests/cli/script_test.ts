import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  lineMatches,
  parseScript,
  rewrite,
  runStep,
  type Script,
  settleLines,
  splitWords,
} from "./script.ts";

const FOLDER = new URL("./", import.meta.url);
const SCRIPTS = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".txt"))
  .sort();

Deno.test("scripts: there are some", () => {
  assert(SCRIPTS.length > 0, "no tests/cli/*.txt was found");
});

for (const name of SCRIPTS) {
  Deno.test(`script ${name}`, async () => {
    const text = await Deno.readTextFile(new URL(name, FOLDER));
    const script = parseScript(text);
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-script-" }));
    try {
      await writeFiles(script, folder);
      const outcomes = await runAll(script, folder);
      if (Deno.env.get("GOLDEN") === "update") {
        await Deno.writeTextFile(new URL(name, FOLDER), rewrite(text, script, outcomes));
      } else compare(script, outcomes, name);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function writeFiles({ files }: Script, folder: string): Promise<void> {
  for (const [path, content] of files) {
    const file = `${folder}/${path}`;
    await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(file, content);
  }
}

async function runAll({ steps }: Script, folder: string) {
  const outcomes = [];
  for (const step of steps) outcomes.push(await runStep(step, folder));
  return outcomes;
}

function compare({ steps }: Script, outcomes: Awaited<ReturnType<typeof runAll>>, name: string): void {
  steps.forEach(({ line, argv, exit, stdout, stderr }, i) => {
    const outcome = outcomes[i] ?? { exit: -1, stdout: [], stderr: [] };
    const expected = {
      exit,
      stdout: settleLines(stdout, outcome.stdout),
      stderr: settleLines(stderr, outcome.stderr),
    };
    assertEquals(outcome, expected, `tests/cli/${name}:${line}: countersign ${argv.join(" ")}`);
  });
}

Deno.test("parseScript(): reads commands, exit codes, both streams and files", () => {
  const script = parseScript(
    "prose\n$ countersign a 'b c'\n= 2\n> out\n!\n\n$ countersign d\n-- x/y --\n1\n-- z --\n",
  );
  assertEquals(script.steps, [
    { line: 2, argv: ["a", "b c"], exit: 2, stdout: ["out"], stderr: [""] },
    { line: 7, argv: ["d"], exit: 0, stdout: [], stderr: [] },
  ]);
  assertEquals([...script.files], [["x/y", "1\n"], ["z", "\n"]]);
});

const REFUSED = {
  "nothing": "",
  "no command": "prose\n",
  "another program": "$ ls\n",
  "no command yet": "> a\n",
};
for (const [name, text] of Object.entries(REFUSED)) {
  Deno.test(`parseScript(): refuses a script with ${name}`, () => {
    assertThrows(() => parseScript(text), Error);
  });
}

const LINES: readonly (readonly [expected: string, actual: string, matches: boolean])[] = [
  ["a", "a", true],
  ["a", "ab", false],
  ["a[..]", "a", true],
  ["a[..]c", "abc", true],
  ["a[..]c", "ab", false],
  ["[..]b[..]", "abc", true],
  ["a[..]b[..]c", "a b c", true],
  ["a[..]b[..]c", "a c", false],
  ["ab[..]bc", "abc", false],
];
for (const [expected, actual, matches] of LINES) {
  Deno.test(`lineMatches(): "${expected}" ${matches ? "stands" : "does not stand"} for "${actual}"`, () => {
    assertEquals(lineMatches(expected, actual), matches);
  });
}

Deno.test("splitWords(): quotes hold a word together, also in its middle", () => {
  assertEquals(splitWords(`a "b c" --x='d e' ''`), ["a", "b c", "--x=d e", ""]);
});

Deno.test("rewrite(): writes what came, and keeps lines that match by wildcard", () => {
  const text = "$ countersign x\n= 1\n> at [..]\n> old\n\n$ countersign y\n> z\n";
  const outcomes = [
    { exit: 0, stdout: ["at 12:00", "new"], stderr: ["e"] },
    { exit: 2, stdout: [], stderr: [] },
  ];
  assertEquals(
    rewrite(text, parseScript(text), outcomes),
    "$ countersign x\n> at [..]\n> new\n! e\n\n$ countersign y\n= 2\n",
  );
});
