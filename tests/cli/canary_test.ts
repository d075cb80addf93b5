import { assert, assertEquals } from "@std/assert";
import { main } from "../../lib/cli/mod.ts";
import { loadConfig } from "../../lib/config/mod.ts";
import { createScanner } from "../../lib/scan/mod.ts";

async function run(...argv: readonly string[]): Promise<string> {
  let out = "";
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => {
      throw new Error(text);
    },
    terminal: { out: false, err: false },
    env: () => undefined,
    cwd: () => "/",
  };
  assertEquals(await main(["canary", "new", ...argv], io), 0);
  return out;
}

for (const kind of ["aws", "token", "password"]) {
  Deno.test(`canary new --like ${kind} makes a value that the configuration takes and no detector knows`, async () => {
    const { value, line } = JSON.parse(await run("--like", kind, "--json"));
    const config = loadConfig({ text: `version = 1\n${line}\n` });
    if (!config.ok) throw new Error(JSON.stringify(config.error));
    assertEquals(config.value.scan.canaries, [value]);
    const scanner = createScanner({ overrides: [] });
    if (!scanner.ok) throw new Error(scanner.error);
    const seen = scanner.value.inspect({
      text: JSON.stringify({ note: `here: ${value}` }),
      direction: "to-client",
      server: "s",
      tool: "t",
      method: "tools/call",
    });
    assertEquals(seen.report.findings, []);
  });
}

Deno.test("canary new makes another value each time, and prints the line that plants it", async () => {
  const values = new Set<string>();
  for (let i = 0; i < 50; i++) values.add((await run()).split("\n")[0] ?? "");
  assertEquals(values.size, 50);
  const [value, ...rest] = (await run("--like", "token")).split("\n");
  assert(/^ops_[A-Za-z0-9]{36}$/.test(value ?? ""));
  assert(rest.includes(`  canaries = ["${value}"]`));
});
