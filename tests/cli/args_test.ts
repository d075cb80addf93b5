import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { expectWords, parseArgs } from "../../lib/cli/args.ts";
import type { Flag } from "../../lib/cli/command.ts";

const FLAGS: readonly Flag[] = [
  { name: "json", kind: "boolean", short: "j", help: "" },
  { name: "config", kind: "string", short: "c", value: "FILE", help: "" },
  { name: "count", kind: "number", short: "n", help: "" },
  { name: "policy", kind: "list", help: "" },
];
const TABLE = { name: "try", flags: FLAGS };

Deno.test("parseArgs(): reads words, flags of each kind, and what stands behind --", async () => {
  const argv = [
    "a",
    "--json",
    "--config",
    "f",
    "-n",
    "-5",
    "--policy=x=y",
    "--policy",
    "z",
    "-",
    "--",
    "--json",
    "--",
  ];
  const args = await parseArgs(argv, TABLE);
  assertEquals(args.words, ["a", "-"]);
  assertEquals(args.rest, ["--json", "--"]);
  assertEquals([args.has("json"), args.text("config"), args.number("count")], [true, "f", -5]);
  assertEquals(args.list("policy"), ["x=y", "z"]);
});

Deno.test("parseArgs(): what is not given is absent", async () => {
  const args = await parseArgs([], TABLE);
  assertEquals([args.has("json"), args.text("config"), args.number("count"), args.rest], [
    false,
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(args.list("policy"), []);
});

Deno.test("parseArgs(): a value may begin with - where it is attached", async () => {
  assertEquals((await parseArgs(["--config=-x"], TABLE)).text("config"), "-x");
});

const REFUSED: Readonly<Record<string, readonly [argv: readonly string[], message: string]>> = {
  "an unknown flag": [["--jsn"], 'unknown flag "--jsn"'],
  "an unknown short flag": [["-x"], 'unknown flag "-x"'],
  "short flags in one word": [["-jn"], 'unknown flag "-jn"'],
  "a long name with one dash": [["-json"], 'unknown flag "-json"'],
  "a flag of the language itself": [["--__proto__=1"], 'unknown flag "--__proto__"'],
  "a doubled flag": [["--config", "a", "-c", "b"], "--config is given twice"],
  "a boolean with a value": [["--json=true"], "--json takes no value"],
  "a missing value at the end": [["--config"], "--config needs a value"],
  "a missing value before a flag": [["--config", "--json"], "--config needs a value"],
  "an empty value": [["--config="], "--config needs a value"],
  "a number that is none": [["--count", "1e3"], '--count is "1e3", want a number'],
};
for (const [name, [argv, message]] of Object.entries(REFUSED)) {
  Deno.test(`parseArgs(): refuses ${name}`, async () => {
    const fault = await assertRejects(() => parseArgs(argv, TABLE), Fault, message);
    assertEquals(fault.code, "usage");
  });
}

Deno.test("expectWords(): refuses more words than a command has use for, and a program where it takes none", async () => {
  expectWords(await parseArgs(["a"], TABLE), TABLE, { most: 1 });
  expectWords(await parseArgs(["--", "a"], TABLE), TABLE, { most: 0, program: true });
  const [words, program] = [await parseArgs(["a", "b"], TABLE), await parseArgs(["--"], TABLE)];
  assertThrows(() => expectWords(words, TABLE, { most: 1 }), Fault, '"b" is one word too many');
  assertThrows(() => expectWords(program, TABLE, { most: 0 }), Fault, "it has no use for --");
});
