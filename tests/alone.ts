/**
 * Tests that compare how much work two sizes are. Beside others they would measure the others: tests run in parallel, in
 * threads of one process. So each such file runs in a process of its own, and counts the processor time of that.
 */
import { assert } from "@std/assert";
import process from "node:process";

const FLAGS = [
  "--allow-all",
  "--no-check",
  "--v8-flags=--enable-experimental-regexp-engine-on-excessive-backtracks",
];

/** Milliseconds of processor time that this process has used so far, in all of its threads. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A test that holds when every test in `file` (its name does not end in `_test.ts`) does. */
export function testAlone(name: string, file: URL): void {
  Deno.test(name, async () => {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", ...FLAGS, file.pathname],
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "inherit",
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert(success && /\| [1-9]\d* passed/.test(said), said.slice(-4000));
  });
}
