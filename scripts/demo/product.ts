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
  // On a terminal the command draws its own tables and colours; elsewhere it prints columns for programs.
  const to = Deno.stdout.isTerminal() ? "inherit" : "piped";
  const env = { COUNTERSIGN_CONFIG: scene.config };
  const child = new Deno.Command(command, { args: all, env, stdin: "null", stdout: to, stderr: to }).spawn();
  const said = to === "inherit" ? "" : (await child.stdout.text()) + (await child.stderr.text());
  const { code } = await child.status;
  if (said !== "") console.log(columns(said.trimEnd()).replaceAll(/^/gm, "      "));
  console.log(`      (exit code ${code})`);
}

/** Tab-separated columns, set apart for a reader. */
function columns(text: string): string {
  const rows = text.split("\n").map((row) => row.split("\t"));
  const width = (column: number) =>
    Math.max(...rows.map((row) => row.length > 1 ? (row[column] ?? "").length : 0));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(width(i))).join("  ").trimEnd()).join("\n");
}
