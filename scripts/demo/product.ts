/** The product as a person starts it: from source, with the flags that the binary has baked in. */
import { join } from "node:path";
import { line } from "./stage.ts";
import type { Scene } from "./scene.ts";

const MAIN = join(import.meta.dirname ?? ".", "..", "..", "main.ts");

/** The command line that stands for `countersign`. */
export function productCommand(args: readonly string[]): { command: string; args: string[] } {
  const flags = [
    "run",
    "--quiet",
    "--allow-all",
    "--v8-flags=--enable-experimental-regexp-engine-on-excessive-backtracks",
  ];
  return { command: Deno.execPath(), args: [...flags, MAIN, ...args] };
}

/** Runs one command at the other terminal and shows what it prints. */
export async function countersign(scene: Scene, args: readonly string[]): Promise<void> {
  line("terminal", `countersign ${args.join(" ")}`);
  const { command, args: all } = productCommand(args);
  const { stdout, stderr, code } = await new Deno.Command(command, {
    args: all,
    env: { COUNTERSIGN_CONFIG: scene.config },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  console.log(said.trimEnd().replaceAll(/^/gm, "      "));
  console.log(`      (exit code ${code})`);
}
