import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/cli/table.ts";

Deno.test("the table of commands has some, each once", () => {
  const names = COMMANDS.map(({ name }) => name);
  assert(names.length > 10);
  assertEquals([...new Set(names)], names);
});

for (const entry of COMMANDS) {
  Deno.test(`${entry.name}: the command says of itself what the table says, and can be helped with`, async () => {
    const { command } = await entry.load();
    assertEquals([command.name, command.summary], [entry.name, entry.summary]);
    assert(command.example.length > 0, "has no example");
    assert(!command.summary.endsWith("."), "the summary is a phrase");
    const names = command.flags.flatMap(({ name, short }) => short === undefined ? [name] : [name, short]);
    assertEquals([...new Set([...names, "help", "h"])], [...names, "help", "h"], "two flags of one name");
    for (const { name, kind, help } of command.flags) {
      assert(help.length > 0, `--${name} is not explained`);
      const told = command.usage.includes(`--${name}`) || command.usage.includes("[FLAGS]");
      assert(told || entry.hidden === true, `--${name} is not on the usage line`);
      assert(["boolean", "string", "number", "list"].includes(kind));
    }
  });
}
