// deno-lint-ignore-file countersign/named-where-allowed -- ports of other programs are looked for
/** Programs of `bench:http`: started, waited for until they serve, and looked at in /proc. */
import { Fault } from "../../lib/base/mod.ts";
import type { OwnCommand } from "../../lib/cli/build_kind.ts";

const START_MS = 30_000;
const LOOK_EVERY_MS = 50;
// `sysconf(_SC_CLK_TCK)`; on every Linux that Deno runs on.
const TICKS_PER_SECOND = 100;

export interface Started {
  readonly port: number;
  /** User and system, of the process alone and not of its children. NaN where there is no /proc. */
  cpuMs(): number;
  /** Resident memory in MB (10⁶ bytes). NaN where there is no /proc. */
  rssMb(): number;
  end(): Promise<void>;
}

/** Starts a program that says its port on `from`. Throws Fault `upstream` where it does not in half a minute. */
export async function startSaying(
  command: OwnCommand,
  from: "stdout" | "stderr",
  port: RegExp,
): Promise<Started> {
  const child = spawn(command, from);
  const said = Promise.withResolvers<number>();
  listenFor(child[from], port, said);
  const timer = setTimeout(
    () => said.reject(new Error("it does not say on which port it listens")),
    START_MS,
  );
  try {
    return started(child, await said.promise);
  } catch (thrown) {
    await end(child);
    throw noStart(command, thrown);
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a program that is told its port. Throws Fault `upstream` where nothing listens there in half a minute. */
export async function startOn(port: number, command: OwnCommand): Promise<Started> {
  const child = spawn(command, "none");
  const until = performance.now() + START_MS;
  while (!await isOpen(port)) {
    if (performance.now() > until) {
      await end(child);
      throw noStart(command, new Error(`nothing listens on port ${port}`));
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return started(child, port);
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

type Child = Deno.ChildProcess;

function spawn({ program, args }: OwnCommand, read: "stdout" | "stderr" | "none"): Child {
  return new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: read === "stdout" ? "piped" : "null",
    stderr: read === "stderr" ? "piped" : "null",
    detached: true, // a group of its own: what it starts is ended with it
  }).spawn();
}

async function listenFor(
  stream: ReadableStream<Uint8Array>,
  port: RegExp,
  said: PromiseWithResolvers<number>,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    if (text.length > 10_000) continue; // read on, so that the pipe never fills
    text += decoder.decode(chunk, { stream: true });
    const found = port.exec(text)?.[1];
    if (found !== undefined) said.resolve(Number(found));
  }
  said.reject(new Error(text.trim().split("\n").at(-1) ?? ""));
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.ConnectionRefused) return false;
    throw thrown;
  }
}

function started(child: Child, port: number): Started {
  return {
    port,
    cpuMs: () => cpuMs(child.pid),
    rssMb: () => rssMb(child.pid),
    end: () => end(child),
  };
}

function cpuMs(pid: number): number {
  const text = readProc(`${pid}/stat`);
  // The second field is the program's name, which may hold anything; the times are the 14th and the 15th.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS_PER_SECOND;
}

function rssMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readProc(`${pid}/status`))?.[1]) * 1024 / 1e6;
}

function readProc(path: string): string {
  return Deno.build.os === "linux" ? Deno.readTextFileSync(`/proc/${path}`) : "";
}

async function end(child: Child): Promise<void> {
  try {
    Deno.kill(-child.pid, "SIGTERM");
    const timer = setTimeout(() => Deno.kill(-child.pid, "SIGKILL"), 3_000);
    await child.status;
    clearTimeout(timer);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown; // it has ended by itself
  }
}

function noStart({ program, args }: OwnCommand, cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Fault("upstream", `Cannot measure: ${[program, ...args].join(" ")} does not serve: ${why}`, {
    cause,
  });
}
