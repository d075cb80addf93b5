import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../lib/cli/table.ts";
import { runStep } from "./script.ts";

const VISIBLE = COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name }) => name);

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`completions ${shell}: names every command, and none that is hidden`, async () => {
    const { exit, stdout } = await runStep({ argv: ["completions", shell] }, "/nowhere");
    assertEquals(exit, 0);
    const text = stdout.join("\n");
    for (const name of VISIBLE) assertStringIncludes(text, name);
    assertEquals(text.includes("echo-server"), false);
  });
}

const TYPED: readonly (readonly [words: string, completed: string])[] = [
  ["countersign ver", "verify version"],
  ["countersign bench --c", "--count --concurrency --config"],
  ["countersign nope --", ""],
];
for (const [words, completed] of TYPED) {
  Deno.test({
    name: `completions bash: "${words}" becomes "${completed}"`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const { stdout } = await runStep({ argv: ["completions", "bash"] }, "/nowhere");
      const typed = `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _countersign`;
      const script = `${stdout.join("\n")}\n${typed}; echo "\${COMPREPLY[*]}"`;
      const done = await new Deno.Command("bash", { args: ["-c", script] }).output();
      assertEquals(new TextDecoder().decode(done.stdout).trim(), completed);
    },
  });
}
