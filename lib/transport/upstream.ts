import { pause, within } from "../base/mod.ts";
import { FrameReader } from "../wire/mod.ts";
import type { ChildEnvironment } from "./environment.ts";
import type { Sink } from "./line_writer.ts";
import { signalGroup } from "./process_group.ts";
import { spawnFault } from "./spawn_fault.ts";

export interface UpstreamCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: ChildEnvironment;
  /** How long the upstream may take to leave after its input ended, and again after SIGTERM. Milliseconds. */
  readonly graceMs: number;
}

/** How the upstream ended. `code` as a shell reports it: 128 + signal number where a signal ended it. */
export interface Exit {
  readonly code: number;
  /** Did we have to send a signal? Then the code says nothing about the upstream. */
  readonly forced: boolean;
}

/** An MCP server that runs as our child, in a process group of its own. */
export interface Upstream {
  readonly pid: number;
  readonly sink: Sink;
  /** What it writes to stdout. ATTACKER-CONTROLLED. Each chunk is its own memory. */
  chunks(): AsyncIterable<Uint8Array>;
  /** What it writes to stderr, line by line. ATTACKER-CONTROLLED. */
  complaints(): AsyncIterable<string>;
  readonly exited: Promise<Exit>;
  /**
   * Ends it: input closed, then SIGTERM, then SIGKILL, to the whole group. Resolves when it is gone. `graceMs`: in place
   * of the command's own.
   */
  end(options?: { readonly graceMs: number }): Promise<Exit>;
}

/** Starts the upstream. Throws a Fault of code `upstream` where it cannot be started. */
export function startUpstream(spec: UpstreamCommand): Upstream {
  const child = spawn(spec);
  const input = child.stdin.getWriter();
  const life: Life = { exited: child.status, graceMs: spec.graceMs, forced: false };
  const exited = child.status.then(({ code }) => ({ code, forced: life.forced }));
  let ended: Promise<Exit> | undefined;
  return {
    pid: child.pid,
    sink: { write: (bytes) => input.write(bytes) },
    chunks: () => child.stdout,
    complaints: () => lines(child.stderr),
    exited,
    end(options) {
      Object.assign(life, options);
      return ended ??= end(child, input, life).then(() => exited);
    },
  };
}

// Nobody reads a longer line of complaint; memory does not grow with it.
const MAX_LINE_BYTES = 65_536;

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const reader = new FrameReader({ maxFrameBytes: MAX_LINE_BYTES });
  const decoder = new TextDecoder(); // not strict: a server may complain in any encoding
  const text = (frame: ReturnType<FrameReader["end"]>[number]) =>
    frame.kind === "line" ? decoder.decode(frame.bytes) : `[a line of more than ${frame.limit} bytes]`;
  for await (const chunk of chunks) yield* reader.push(chunk).map(text);
  yield* reader.end().map(text);
}

interface Life {
  readonly exited: Promise<unknown>;
  graceMs: number;
  forced: boolean;
}

type Child = ReturnType<typeof spawn>;

function spawn({ command, args, environment }: UpstreamCommand) {
  try {
    return new Deno.Command(
      command,
      {
        args: [...args],
        env: { ...environment.variables },
        clearEnv: environment.complete,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        // A process group of its own: it can be ended whole, and Ctrl-C in a terminal reaches us first.
        detached: Deno.build.os !== "windows",
      } as Deno.CommandOptions & { stdin: "piped"; stdout: "piped"; stderr: "piped" },
    ).spawn();
  } catch (error) {
    throw spawnFault(command, error);
  }
}

type Input = WritableStreamDefaultWriter<Uint8Array>;

async function end(child: Child, input: Input, life: Life): Promise<void> {
  // A pipe whose reader is gone cannot be closed politely; the process is on its way out then.
  await within(input.close().catch(() => {}), life.graceMs);
  if (!await within(life.exited, life.graceMs)) {
    life.forced = true;
    await signal(child, "SIGTERM");
    if (!await within(life.exited, life.graceMs)) await signal(child, "SIGKILL");
  }
  await life.exited;
  // The leader is gone; what it left behind in its group goes too.
  if (await signalGroup(child.pid, "SIGTERM")) {
    await pause(LEFTOVER_GRACE_MS);
    await signalGroup(child.pid, "SIGKILL");
  }
}

const LEFTOVER_GRACE_MS = 100;

async function signal(child: Child, name: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (await signalGroup(child.pid, name)) return;
  try {
    child.kill(name);
  } catch (error) {
    // "Child process has already terminated": exactly what is wanted.
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}
