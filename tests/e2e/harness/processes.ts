/**
 * Which processes does a test leave behind? Every process of a test carries the test's mark in its environment, and a
 * child inherits it: so a grandchild is found even after its parents are gone and it belongs to process 1.
 */
import { poll } from "./deadline.ts";

/** A running process; a zombie is none, as nothing of it runs. */
export interface Running {
  readonly pid: number;
  readonly command: string;
}

/** The processes that carry `mark`, the caller itself left out. */
export function processesWith(mark: string): Running[] {
  const found = Deno.build.os === "linux" ? fromProc(mark) : fromPs(mark);
  return found.filter(({ pid }) => pid !== Deno.pid);
}

function fromProc(mark: string): Running[] {
  const found: Running[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!Deno.readTextFileSync(`/proc/${name}/environ`).includes(mark)) continue;
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
      found.push({ pid: Number(name), command });
    } catch {
      continue; // it ended while we looked, or it is not ours to read
    }
  }
  return found;
}

function fromPs(mark: string): Running[] {
  const { stdout } = new Deno.Command("ps", { args: ["-Aww", "-E", "-o", "pid=,command="] }).outputSync();
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(mark));
  return lines.map((line) => ({ pid: Number.parseInt(line.trim(), 10), command: line.trim().slice(0, 200) }));
}

/** Resolves when no process carries `mark` any more; else an error that names those that are left. */
export async function noneLeft(mark: string, ms = 10_000): Promise<void> {
  const names = () => processesWith(mark).map(({ pid, command }) => `  ${pid} ${command}`).join("\n");
  const gone = () => processesWith(mark).length === 0 ? true : undefined;
  await poll(gone, { what: "every process of the test to be gone", ms, detail: names });
}

/** Ends what a test left running. Only processes that carry its mark, each by its id. */
export function endAll(mark: string): void {
  for (const { pid } of processesWith(mark)) signal(pid, "SIGKILL");
}

/** Sends `name` to `pid`; a process that is gone already is what the caller wants. */
export function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
